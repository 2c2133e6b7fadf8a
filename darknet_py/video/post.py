"""Frames with objects in them are told to an HTTP server.   C: http_stream.cpp send_http_post_request"""

from __future__ import annotations

import http.client
import logging
from dataclasses import dataclass
from threading import Event, Thread
from urllib.parse import urlsplit

from .lane import Lane

__all__ = ["HttpPoster", "Target", "target"]

log = logging.getLogger("darknet_py")

SECONDS = 3.0   # that the server may take to answer, as in C
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
    """Posts messages from a thread of its own; the first failure is said, and how many there were at the end."""

    def __init__(self, where: Target, content_type: str) -> None:
        self.where, self.headers = where, {"Content-Type": content_type}
        self.failed = self.sent = 0
        self.gone = Event()
        self.messages: Lane[bytes] = Lane(WAITING, self.gone, newest=True)
        self.thread = Thread(target=self._run, name="http post", daemon=True)
        self.thread.start()

    def post(self, message: bytes) -> None:
        """Hand over a message; returns at once."""
        self.messages.put(message)

    def close(self) -> None:
        """Give what waits a last chance, and say how many failed."""
        self.messages.close()
        self.thread.join(2 * SECONDS)
        self.gone.set()
        if self.failed:
            log.warning("%s: %d of %d posts failed", self.where, self.failed, self.failed + self.sent)

    def _run(self) -> None:
        for message in self.messages:
            if problem := self._send(message):
                self.failed += 1
                if self.failed == 1:
                    log.warning("%s: cannot be posted to (%s); this is said once", self.where, problem)
            else:
                self.sent += 1

    def _send(self, message: bytes) -> str:
        """What went wrong, or nothing."""
        connection = CONNECTIONS[self.where.scheme](self.where.host, self.where.port, timeout=SECONDS)
        try:
            connection.request("POST", self.where.path, message, self.headers)
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as e:
            return str(e) or type(e).__name__
        finally:
            connection.close()
        return f"{answer.status} {answer.reason}" if answer.status >= http.client.BAD_REQUEST else ""
