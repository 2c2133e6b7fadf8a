"""Something that answers like a service, or not at all, as its test says: for what is said of services."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from service_clients import END, Address

OBJECTS: list[Any] = [{"class_id": 1, "name": "dog"}]


def answer(status: int, told: Any, *headers: str) -> bytes:
    body = json.dumps(told).encode()
    return "\r\n".join([f"HTTP/1.1 {status} So", f"content-length: {len(body)}", *headers]).encode() + END + body


GOOD = answer(200, [{"frame_id": 1, "objects": OBJECTS}])
WRONG = answer(200, [{"frame_id": 1, "objects": []}])
BAD = answer(400, {"error": "not a picture"})
BUSY = answer(503, {"error": "busy"}, "Retry-After: 0.01")


@contextlib.asynccontextmanager
async def answering(reply: Callable[[int], bytes]) -> AsyncIterator[Address]:
    """``reply``: what is said to the n-th question; of no bytes the connection is closed."""
    count = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readuntil(END):
                lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.startswith(b"Content-Length")]
                await reader.readexactly(int(lengths[0]) if lengths else 0)
                count += 1
                if not (said := reply(count)):
                    break
                writer.write(said)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()
