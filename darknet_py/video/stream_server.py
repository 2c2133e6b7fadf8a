"""A port at which any number of HTTP clients watch a stream, as many as may and as slow as they like.

C: http_stream.cpp JSON_sender, MJPG_sender.  Other than there, clients are served by a thread of their own, which the
frames never wait for: each client has a short queue, and who does not keep up loses its oldest items.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread
from typing import Any

from ..errors import OutputError
from .audience import CLIENTS, OF_AN_ADDRESS, SLOW_SECONDS, Audience, Listener
from .request import BUSY, OWN_NAMES, refusal

__all__ = ["ASKING", "CLIENTS", "JSON", "MJPEG", "OF_AN_ADDRESS", "Form", "StreamServer", "jpeg_part"]

log = logging.getLogger("darknet_py")

ASKING = 64             # requests under way
REQUEST_BYTES = 8192    # longest request
REQUEST_SECONDS = 5.0   # in which it must be there
SEND_SECONDS = 10.0     # in which a client must take what it is sent
CLOSE_SECONDS = 2.0     # for the last items, at the end
SEND_BUFFER = 1 << 18   # bytes under way to a client: more would be seconds of video

HEADER = (
    "HTTP/1.0 200 OK\r\nConnection: close\r\nMax-Age: 0\r\nExpires: 0\r\nCache-Control: no-cache, private\r\n"
    "Pragma: no-cache\r\nContent-Type: {}\r\n\r\n"
)
OUT_OF_RESOURCES = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


@dataclass(frozen=True)
class Form:
    """A stream's content type, the bytes at its start, between two items and at its end, and items kept for a client."""

    content_type: str
    opening: bytes
    between: bytes
    closing: bytes
    backlog: int


JSON = Form("application/json", b"[\n", b", \n", b"\n]", 100)
MJPEG = Form("multipart/x-mixed-replace; boundary=mjpegstream", b"", b"", b"--mjpegstream--\r\n", 1)


def jpeg_part(data: bytes, fields: bytes = b"") -> bytes:
    """A JPEG file as an item of an ``MJPEG`` stream; ``fields``: further lines of its head."""
    head = b"--mjpegstream\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n%b\r\n" % (len(data), fields)
    return head + data + b"\r\n"


class StreamServer:
    """Serves a stream of one form at ``address``:``port`` (0: any free one, see ``port``) until it is closed."""

    def __init__(self, address: str, port: int, form: Form, names: Iterable[str] = ()) -> None:
        """``names``: other names than the address by which clients call it.  Raises OutputError for a port not to be had."""
        self.form = form
        self.names = OWN_NAMES | {name.lower() for name in (address, *names)}
        self.asking: dict[asyncio.StreamWriter, None] = {}  # whose requests are not there yet, the oldest first
        self.audience = Audience()
        self.connections = 0
        self.told = False
        ready: Future[int] = Future()
        self.thread = Thread(target=lambda: asyncio.run(self._run(address, port, ready)), daemon=True)
        self.thread.start()
        try:
            self.port = ready.result()
        except OSError as e:
            reason = os.strerror(e.errno) if e.errno and e.errno > 0 else e.strerror  # asyncio's text is longer
            raise OutputError(f"port {port} of {address} cannot be used ({reason}); choose another port, "
                             "or another address with -bind") from e  # fmt: skip

    @property
    def clients(self) -> set[Listener]:
        return self.audience.listeners

    @property
    def watched(self) -> bool:
        """Whether there is a client."""
        return bool(self.clients)

    def publish(self, item: bytes) -> None:
        """Send an item to every client; returns at once."""
        self.loop.call_soon_threadsafe(self.audience.publish, item)

    def close(self) -> None:
        """End all streams; clients that are slow to take the end do not get it."""
        self.loop.call_soon_threadsafe(self.closing.set)
        self.thread.join()

    async def _run(self, address: str, port: int, ready: Future[int]) -> None:
        self.loop, self.closing = asyncio.get_running_loop(), asyncio.Event()
        self.loop.set_exception_handler(self._tell)
        try:
            server = await asyncio.start_server(self._serve, address, port, limit=REQUEST_BYTES)
        except OSError as e:
            ready.set_exception(e)
            return
        ready.set_result(server.sockets[0].getsockname()[1])
        await self.closing.wait()
        server.close()
        self.audience.end()
        if others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others, timeout=CLOSE_SECONDS)  # who is not through by then is cancelled

    def _tell(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """asyncio cannot take a client and tries again each second; it would say so a hundred times."""
        if not isinstance(problem := context.get("exception"), OSError) or problem.errno not in OUT_OF_RESOURCES:
            loop.default_exception_handler(context)
        elif not self.told:
            self.told = True
            log.warning("port %d: new clients have to wait (%s); allow more with ulimit -n", self.port, problem.strerror)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its request to its end."""
        self.connections += 1
        try:
            with contextlib.suppress(OSError, EOFError, asyncio.TimeoutError, asyncio.CancelledError):  # cancelled: see _run
                request = await self._request(reader, writer)
                client = _Client(self.form.backlog, writer)
                if answer := refusal(request, self.names | {client.own_address}):
                    await client.send(answer)
                elif not self.audience.has_room(client, SLOW_SECONDS):
                    await client.send(BUSY)
                else:
                    await self._stream(client)
        finally:
            self.connections -= 1
            writer.transport.abort()  # close() would wait for a client that takes nothing

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        """The head of a request, nothing if it is too long.  Where too many ask, the one that takes longest is dropped."""
        self.asking[writer] = None
        if len(self.asking) > ASKING:
            oldest = next(iter(self.asking))
            del self.asking[oldest]
            oldest.transport.abort()
        try:
            return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), REQUEST_SECONDS)
        except asyncio.LimitOverrunError:
            return b""
        finally:
            self.asking.pop(writer, None)

    async def _stream(self, client: _Client) -> None:
        client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        between = b""
        with self.audience.joined_by(client):
            await client.send(HEADER.format(self.form.content_type).encode() + self.form.opening)
            while (item := await client.take()) is not None:
                await client.send(between + item)
                between = self.form.between
            await client.send(self.form.closing)


class _Client(Listener):
    """A connection."""

    def __init__(self, backlog: int, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        writer.transport.set_write_buffer_limits(0)  # drain() then waits until all is under way
        address, self.own_address = (str((writer.get_extra_info(end) or [""])[0]) for end in ("peername", "sockname"))
        super().__init__(backlog, address, writer.transport.abort)

    async def send(self, data: bytes) -> None:
        with self.sending():
            self.writer.write(data)
            await asyncio.wait_for(self.writer.drain(), SEND_SECONDS)
