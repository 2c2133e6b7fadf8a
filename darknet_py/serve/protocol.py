"""uvicorn's HTTP with limits that it has not: of the time for a request's head, of its size, of connections, and of clients
that take nothing of an answer; and work that nobody waits for any more is ended."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .http_settings import HttpSettings

__all__ = ["protocol_of"]

TAKING = 30.0  # seconds in which a client must take something of an answer
REST = 10.0    # seconds for the rest of a body that was refused
CHUNK = 1 << 16


class LimitedProtocol(HttpToolsProtocol):
    """A connection.  Of too many the one goes that has waited longest for a request, or the new one where none does."""

    settings: HttpSettings
    waiting: dict[LimitedProtocol, None]  # connections without a request, of one server; the oldest first

    patience: asyncio.TimerHandle | None = None
    taking: asyncio.TimerHandle | None = None
    head = 0          # bytes of a request's head so far
    heading = True    # whether the head is not there yet

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.settings.max_connections:
            oldest = next(iter(self.waiting), None)
            if oldest is None:
                self.refuse(503, "there are too many connections; try again later")
                return
            del self.waiting[oldest]
            oldest.transport.close()
        self.waiting[self] = None
        self.wait(self.settings.head_timeout)

    def connection_lost(self, exc: Exception | None) -> None:
        self.waiting.pop(self, None)
        self.wait(0)
        self._take(0)
        working = self.cycle is not None and not self.cycle.response_complete
        super().connection_lost(exc)
        if working:
            visit: Any = self.cycle.scope.get("visit")
            if visit:
                visit.leave()

    def data_received(self, data: bytes) -> None:
        if self.heading:
            self.head += len(data)
        super().data_received(data)
        if self.heading and self.head and not self.transport.is_closing():
            if self.head > self.settings.max_head + CHUNK:
                self.refuse(431, f"the request's line and headers are longer than {self.settings.max_head} bytes")
            elif not self.patience:
                self.wait(self.settings.head_timeout)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["transport"] = self.transport  # for answers that have no end

    def on_headers_complete(self) -> None:
        self.heading, self.head = False, 0
        self.waiting.pop(self, None)
        self.wait(0)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.heading = True
        self.wait(0)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            return
        if self.heading:
            self.waiting[self] = None
        else:
            self.wait(REST)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._take(TAKING)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._take(0)

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is told so."""
        self.refuse(400, "this is no HTTP request")

    def refuse(self, status: int, message: str) -> None:
        """Answer without the app, and close."""
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            body = json.dumps({"error": message, "request_id": ""}).encode()
            head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
            self.transport.write(f"{head}Content-Type: application/json\r\n\r\n".encode() + body)
        self.transport.close()

    def wait(self, seconds: float) -> None:
        """From now on so long for the head, or for the rest of a body; 0: as long as it takes."""
        if self.patience:
            self.patience.cancel()
        self.patience = self.loop.call_later(seconds, self._late) if seconds else None

    def _late(self) -> None:
        self.patience = None
        if self.heading and self.head:
            self.refuse(408, f"the request's head did not come within {self.settings.head_timeout:g} seconds")
        else:
            self.transport.close()

    def _take(self, seconds: float) -> None:
        if self.taking:
            self.taking.cancel()
        self.taking = self.loop.call_later(seconds, self.transport.abort) if seconds else None


def protocol_of(settings: HttpSettings) -> type[LimitedProtocol]:
    """The connections of one server."""
    more: dict[str, Any] = {"settings": settings, "waiting": {}}
    return type("Protocol", (LimitedProtocol,), more)
