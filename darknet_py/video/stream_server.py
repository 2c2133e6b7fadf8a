"""A port at which any number of HTTP clients watch a stream, as many as may and as slow as they like.

C: http_stream.cpp JSON_sender, MJPG_sender.  Other than there, clients are served by a thread of their own, which the
frames never wait for: each client has a short queue, and who does not keep up loses its oldest items.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread

from ..errors import OutputError

__all__ = ["JSON", "MJPEG", "Form", "StreamServer", "jpeg_part"]

CLIENTS = 32            # at a time; others are told that it is busy
REQUEST_BYTES = 8192    # longest request
REQUEST_SECONDS = 5.0   # in which it must be there
SEND_SECONDS = 10.0     # in which a client must take what it is sent
CLOSE_SECONDS = 2.0     # for the last items, at the end
SEND_BUFFER = 1 << 18   # bytes under way to a client: more would be seconds of video

HEADER = (
    "HTTP/1.0 200 OK\r\nConnection: close\r\nMax-Age: 0\r\nExpires: 0\r\nCache-Control: no-cache, private\r\n"
    "Pragma: no-cache\r\nContent-Type: {}\r\n\r\n"
)
BAD_REQUEST = b"HTTP/1.0 400 Bad Request\r\nConnection: close\r\n\r\n"
NOT_ALLOWED = b"HTTP/1.0 405 Method Not Allowed\r\nAllow: GET\r\nConnection: close\r\n\r\n"
BUSY = b"HTTP/1.0 503 Service Unavailable\r\nConnection: close\r\n\r\n"


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


def jpeg_part(data: bytes) -> bytes:
    """A JPEG file as an item of an ``MJPEG`` stream."""
    return b"--mjpegstream\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n" % (len(data), data)


class StreamServer:
    """Serves a stream of one form at ``address``:``port`` (0: any free one, see ``port``) until it is closed."""

    def __init__(self, address: str, port: int, form: Form) -> None:
        """Raises OutputError when the port cannot be had."""
        self.form = form
        self.clients: set[_Client] = set()
        self.connections = 0
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
    def watched(self) -> bool:
        """Whether there is a client."""
        return bool(self.clients)

    def publish(self, item: bytes) -> None:
        """Send an item to every client; returns at once."""
        self.loop.call_soon_threadsafe(self._publish, item)

    def close(self) -> None:
        """End all streams; clients that are slow to take the end do not get it."""
        self.loop.call_soon_threadsafe(self.closing.set)
        self.thread.join()

    def _publish(self, item: bytes) -> None:
        for client in self.clients:
            client.put(item)

    async def _run(self, address: str, port: int, ready: Future[int]) -> None:
        self.loop, self.closing = asyncio.get_running_loop(), asyncio.Event()
        try:
            server = await asyncio.start_server(self._serve, address, port, limit=REQUEST_BYTES)
        except OSError as e:
            ready.set_exception(e)
            return
        ready.set_result(server.sockets[0].getsockname()[1])
        await self.closing.wait()
        server.close()
        for client in self.clients:
            client.end()
        if others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others, timeout=CLOSE_SECONDS)  # who is not through by then is cancelled

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its request to its end."""
        self.connections += 1
        try:
            with contextlib.suppress(OSError, EOFError, asyncio.TimeoutError, asyncio.CancelledError):  # cancelled: see _run
                if refusal := await self._refusal(reader):
                    writer.write(refusal)
                    await asyncio.wait_for(writer.drain(), SEND_SECONDS)
                else:
                    await self._stream(writer)
        finally:
            self.connections -= 1
            writer.transport.abort()  # close() would wait for a client that takes nothing

    async def _refusal(self, reader: asyncio.StreamReader) -> bytes:
        """What to answer instead of the stream; nothing to a good request."""
        if self.connections > CLIENTS:
            return BUSY
        try:
            request = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), REQUEST_SECONDS)
        except asyncio.LimitOverrunError:
            return BAD_REQUEST
        words = request.split(b"\r\n", 1)[0].split()
        if len(words) != 3 or not words[2].startswith(b"HTTP/"):
            return BAD_REQUEST
        return b"" if words[0] == b"GET" else NOT_ALLOWED

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(0)  # drain() then waits until all is under way
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        client, between = _Client(self.form.backlog), b""
        self.clients.add(client)
        try:
            await _send(writer, HEADER.format(self.form.content_type).encode() + self.form.opening)
            while (item := await client.take()) is not None:
                await _send(writer, between + item)
                between = self.form.between
            await _send(writer, self.form.closing)
        finally:
            self.clients.discard(client)


class _Client:
    """The items that one client has not been sent yet."""

    def __init__(self, backlog: int) -> None:
        self.items: deque[bytes] = deque(maxlen=backlog)
        self.news = asyncio.Event()
        self.ended = False

    def put(self, item: bytes) -> None:
        self.items.append(item)
        self.news.set()

    def end(self) -> None:
        self.ended = True
        self.news.set()

    async def take(self) -> bytes | None:
        """The next item; None after the last."""
        while not self.items and not self.ended:
            self.news.clear()
            await self.news.wait()
        return self.items.popleft() if self.items else None


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await asyncio.wait_for(writer.drain(), SEND_SECONDS)
