"""A web server on this machine that serves one file and misbehaves as told."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass
class Site:
    """What the server has and does, and the headers of all requests so far.

    ``cuts``: after how many bytes of the body the connection is closed, for each request in turn; then never more.
    ``location``: where /old leads, if not to the same path without it.
    ``pause``: if given, the body stops at its middle until it is set.
    """

    data: bytes
    url: str = ""
    etag: str | None = '"first"'
    ranges: bool = True
    status: int = 200
    length: bool = True
    cuts: list[int] = field(default_factory=list)
    location: str = ""
    pause: Event | None = None
    requests: list[dict[str, str]] = field(default_factory=list)

    @property
    def starts(self) -> list[int]:
        """The first byte that each request asked for."""
        return [int(r.get("range", "bytes=0-")[6:-1]) for r in self.requests]


class Handler(BaseHTTPRequestHandler):
    """Answers /old with a redirect, everything else with the site's file."""

    def do_GET(self) -> None:
        site: Site = self.server.site
        if self.path.startswith("/old/"):
            self.send_response(302)
            self.send_header("Location", site.location or self.path[4:])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        site.requests.append({name.lower(): value for name, value in self.headers.items()})
        start = self._start(site)
        self._head(site, start)
        body = site.data[start:]
        if site.pause and not start:
            self.wfile.write(body[: len(body) // 2])
            body = body[len(body) // 2 :]
            site.pause.wait(60)
        self.wfile.write(body[: site.cuts.pop(0)] if site.cuts else body)
        self.close_connection = True

    def _start(self, site: Site) -> int:
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = self.headers.get("If-Range") in (None, site.etag)
        return int(asked[1]) if asked and same and site.ranges else 0

    def _head(self, site: Site, start: int) -> None:
        size = len(site.data)
        status = 416 if start >= size > 0 else 206 if start else site.status
        self.send_response(status)
        if site.length:
            self.send_header("Content-Length", str(max(0, size - start)))
        if site.etag:
            self.send_header("ETag", site.etag)
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def until(happens: Callable[[], object]) -> None:
    """Wait for it, a minute at most."""
    for _ in range(6000):
        if happens():
            return
        time.sleep(0.01)
    raise AssertionError("it has not happened")


@contextmanager
def served(data: bytes) -> Iterator[Site]:
    """A site with this file, under any name, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.site = Site(data, f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
