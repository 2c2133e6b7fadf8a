"""Frames with objects in them are told to an HTTP server.   C: http_stream.cpp send_http_post_request"""

from __future__ import annotations

import contextlib
import http.client
import logging
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event, Thread, Timer
from urllib.parse import urlsplit

from ..capture.bounded_queue import BoundedQueue
from ..errors import printable

__all__ = ["HttpPoster", "Target", "target"]

log = logging.getLogger("darknet_py")

SECONDS = 3.0   # that a post may take from the connection to the answer; C: for each packet of it
WAITING = 8     # messages; when the server is slower, the oldest are dropped

CONNECTIONS = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}


@dataclass(frozen=True)
class Target:
    """Where messages go."""

    scheme: str
    host: str
    port: int | None
    path: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}{f':{self.port}' if self.port else ''}{self.path}"


def target(text: str) -> Target:
    """That of ``host[:port][/path]``, which may start with http:// or https://.  Raises ValueError for anything else."""
    url = urlsplit(text if "://" in text else f"http://{text}")
    if url.scheme not in CONNECTIONS or not url.hostname or url.username or any(map(str.isspace, text)):
        raise ValueError("not host:port/path")
    return Target(url.scheme, url.hostname, url.port, (url.path or "/") + (f"?{url.query}" if url.query else ""))


class HttpPoster:
    """Posts messages from a thread of its own.

    The first failure is said, and the first message that is dropped for a server that is too slow; at the end, how many
    there were of both.
    """

    def __init__(self, where: Target, content_type: str) -> None:
        self.where, self.headers = where, {"Content-Type": content_type}
        self.failed = self.sent = self.under_way = 0
        self.told = False
        self.gone = Event()
        self.messages: BoundedQueue[bytes] = BoundedQueue(WAITING, self.gone, newest=True)
        self.thread = Thread(target=self._run, name="http post", daemon=True)
        self.thread.start()

    def post(self, message: bytes) -> None:
        """Hand over a message; returns at once."""
        self.messages.put(message)
        if self.messages.dropped == 1 and not self.told:
            self.told = True
            log.warning("%s: is slower than the video: the oldest posts are dropped; this is said once", self.where)

    def close(self) -> None:
        """Give what waits a last chance, and say how many failed or were dropped."""
        self.messages.close()
        self.thread.join(2 * SECONDS)
        self.gone.set()
        dropped = self.messages.dropped + len(self.messages.items) + self.under_way
        if self.failed or dropped:
            every = self.failed + self.sent + dropped
            log.warning("%s: of %d posts %d failed and %d were dropped", self.where, every, self.failed, dropped)

    def _run(self) -> None:
        for message in self.messages:
            self.under_way = 1
            problem = self._send(message)
            self.under_way = 0
            if problem:
                self.failed += 1
                if self.failed == 1:
                    log.warning("%s: cannot be posted to (%s); this is said once", self.where, problem)
            else:
                self.sent += 1

    def _send(self, message: bytes) -> str:
        """What went wrong, or nothing."""
        start = time.monotonic()
        connection = CONNECTIONS[self.where.scheme](self.where.host, self.where.port, timeout=SECONDS)
        try:
            connection.connect()
            with _ending(connection.sock, start + SECONDS):
                connection.request("POST", self.where.path, message, self.headers)
                answer = connection.getresponse()
            said = f"{answer.status} {printable(answer.reason)}" if answer.status >= http.client.BAD_REQUEST else ""
        except (OSError, http.client.HTTPException) as e:
            said = printable(e) or type(e).__name__
        finally:
            connection.close()
        return f"timed out after {SECONDS:g} s" if time.monotonic() - start >= SECONDS else said


@contextlib.contextmanager
def _ending(sock: socket.socket, end: float) -> Iterator[None]:
    """Within it the connection breaks at that time, which a socket's own timeout, for each packet, does not see to."""

    def shut() -> None:
        with contextlib.suppress(OSError):  # closed by the other side
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    timer = Timer(max(end - time.monotonic(), 0), shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
