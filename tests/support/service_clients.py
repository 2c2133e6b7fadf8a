"""Clients of a service over bare connections: one that costs little, and some that misbehave."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import re
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
END = b"\r\n\r\n"
Address = tuple[str, int]


class Lost(Exception):
    """A connection ended before the whole answer was there."""


@dataclass(frozen=True)
class Reply:
    """An answer: its status line with the headers, and its body."""

    head: bytes
    body: bytes

    @property
    def status(self) -> int:
        return int(self.head[9:12])

    def header(self, name: str) -> str | None:
        found = re.search(rf"\r\n{name}: *([^\r]*)".encode(), self.head, re.IGNORECASE)
        return found[1].decode("latin-1") if found else None

    @property
    def busy(self) -> float:
        """Seconds after which to ask again, where it is a refusal for now; else 0."""
        return float(self.header("Retry-After") or 0) if self.status == 503 else 0.0

    def json(self) -> Any:
        return json.loads(self.body)


def post(path: str, body: bytes, kind: str = "image/jpeg", *headers: str) -> bytes:
    """The bytes of a request; ``kind``: its content type; ``headers``: more lines of its head."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}", f"Content-Type: {kind}", *headers]
    return "\r\n".join(lines).encode("latin-1") + END + body


def parts(path: str, *pictures: bytes, options: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """A request of several pictures: multipart/form-data."""
    fields = [(f'name="{name}"', value.encode()) for name, value in options.items()]
    files = [(f'name="file"; filename="{i}.jpg"', picture) for i, picture in enumerate(pictures)]
    start = "--cut\r\nContent-Disposition: form-data; "
    body = b"".join((start + told).encode() + END + data + b"\r\n" for told, data in (*fields, *files))
    return post(path, body + b"--cut--\r\n", "multipart/form-data; boundary=cut")


def base64s(path: str, *pictures: bytes, **options: Any) -> bytes:
    """A request of several pictures: application/json."""
    images = [{"data": base64.b64encode(picture).decode()} for picture in pictures]
    return post(path, json.dumps({"images": images, **options}).encode(), "application/json")


class Connection(asyncio.Protocol):
    """A connection that is kept, on which one question is asked at a time."""

    def __init__(self) -> None:
        self.closed = False
        self._data = bytearray()
        self._answer: asyncio.Future[Reply] | None = None

    @classmethod
    async def to(cls, address: Address) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(cls, *address)
        return connection

    def ask(self, request: bytes) -> asyncio.Future[Reply]:
        """The answer to come.  It raises Lost where the connection ends before it, or had ended."""
        self._data.clear()
        self._answer = asyncio.get_running_loop().create_future()
        if self.closed:
            self._answer.set_exception(Lost("the connection had been closed"))
        else:
            self.transport.write(request)
        return self._answer

    def close(self) -> None:
        self.transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        end = self._data.find(END)
        length = LENGTH.search(self._data, 0, max(end, 0))
        if length and len(self._data) >= end + len(END) + int(length[1]):
            self._answered(end)

    def connection_lost(self, _error: Exception | None) -> None:
        """An answer that tells no length ends here."""
        self.closed = True
        if not self._answer or self._answer.done():
            return
        end = self._data.find(END)
        if end > 0 and not LENGTH.search(self._data, 0, end):
            self._answered(end)
        else:
            self._answer.set_exception(Lost(f"closed after {len(self._data)} bytes of an answer"))

    def _answered(self, end: int) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_result(Reply(bytes(self._data[:end]), bytes(self._data[end + len(END) :])))


async def ask(address: Address, request: bytes, seconds: float = 60) -> Reply:
    """The answer to a question on a connection of its own, whatever bytes it is.  Raises Lost, TimeoutError."""
    connection = await Connection.to(address)
    try:
        return await asyncio.wait_for(connection.ask(request), seconds)
    except asyncio.TimeoutError as e:
        raise TimeoutError(f"no answer within {seconds:g} s") from e
    finally:
        connection.close()


async def drip(address: Address, request: bytes, start: int, pause: float, seconds: float) -> Reply | None:
    """Send the first ``start`` bytes at once and the others one by one: what the server says, None if it just closes.

    Raises TimeoutError: it has borne that for ``seconds``.
    """
    connection = await Connection.to(address)
    answer = connection.ask(request[:start])
    deadline = asyncio.get_running_loop().time() + seconds
    try:
        for position in range(start, len(request)):
            await asyncio.wait({answer}, timeout=pause)
            if answer.done():
                return answer.result()
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError(f"a slow request was borne for {seconds:g} s")
            connection.transport.write(request[position : position + 1])
        return await answer
    except Lost:
        return None
    finally:
        answer.cancel()
        connection.close()


async def cut(address: Address, request: bytes, length: int, reset: bool = False) -> None:
    """Send the first ``length`` bytes of a request and leave; ``reset``: without the end that TCP has for it."""
    connection = await Connection.to(address)
    answer = connection.ask(request[:length])
    await asyncio.sleep(0.01)
    if reset:
        plug: socket.socket = connection.transport.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.transport.abort()
    with contextlib.suppress(Lost):
        await answer
