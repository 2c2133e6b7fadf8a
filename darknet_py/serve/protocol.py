"""uvicorn's HTTP with limits that it has not: of the time for a request's head, of its size, of connections, and of clients
that take nothing of an answer; and work that nobody waits for any more is ended."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections import deque
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from .http_settings import HttpSettings
from .logs import tell_refused

__all__ = ["protocol_of"]

TAKING = 30.0  # seconds in which a client must take something of an answer
REST = 10.0  # seconds for the rest of a body that was refused
READ = 2.0  # seconds that a client has to read why it is refused
CHUNK = 1 << 18
UPGRADE = re.compile(rb"\r\nupgrade(?=[ \t]*:)", re.IGNORECASE)


class LimitedProtocol(HttpToolsProtocol):
    """A connection.  Of too many the one goes that has waited longest for a request, or the new one where none does."""

    settings: HttpSettings
    waiting: dict[LimitedProtocol, None]  # connections without a request, of one server; the oldest first

    patience: asyncio.TimerHandle | None = None
    taking: asyncio.TimerHandle | None = None
    heading = False  # whether some of a request's head is there, and not all
    bodied = False  # whether the head is there, and not all of the body
    refused = False
    head = 0  # bytes of the head so far, but for those that came with something else

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.asked: deque[RequestResponseCycle] = deque()  # what has no answer yet; ``cycle`` is the last of them
        self.waiting[self] = None
        self.wait(self.settings.head_timeout)
        if len(self.connections) > self.settings.max_connections:
            oldest = next(iter(self.waiting))
            oldest.refuse(503, "there are too many connections; try again later")
            oldest.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.waiting.pop(self, None)
        self.wait(0)
        self._take(0)
        super().connection_lost(exc)
        for cycle in self.asked:
            cycle.disconnected = True
            context: Any = cycle.scope.get("context")
            if context:
                context.leave()

    def data_received(self, data: bytes) -> None:
        if self.refused:
            return
        if self.heading:
            self.head += len(data)
        elif not self.bodied:
            data = _as_it_is(data)
        super().data_received(data)
        if self.heading and self.head > self.settings.max_head + CHUNK:
            self.refuse(431, f"the request's line and headers are longer than {self.settings.max_head} bytes")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["transport"] = self.transport  # for answers that have no end
        self.heading, self.head = True, 0
        self.wait(self.settings.head_timeout)

    def on_headers_complete(self) -> None:
        self.heading, self.bodied = False, True
        self.waiting.pop(self, None)
        self.wait(0)
        super().on_headers_complete()
        self.asked.append(self.cycle)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.bodied = False
        self._rest()

    def on_response_complete(self) -> None:
        self.asked.popleft()
        super().on_response_complete()
        self._unset_keepalive_if_required()  # it begins anew with every byte
        self._rest()

    def _rest(self) -> None:
        """After an answer, or the end of a body: what comes next is not waited for without end."""
        if self.transport.is_closing() or self.heading or not self.cycle.response_complete:
            return
        if self.bodied:
            self.wait(REST)
        else:
            self.waiting[self] = None
            self.wait(self.settings.keep_alive)

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
        """Answer without the app, and close; where there is an answer on its way, or soon, that one is given up."""
        if self.refused or self.transport.is_closing():
            return
        self.waiting.pop(self, None)
        idle = self.cycle is None or self.cycle.response_complete
        if idle or not self.cycle.response_started:
            number = os.urandom(8).hex()
            body = json.dumps({"error": message, "request_id": number}).encode()
            head = (f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", "Connection: close", "Content-Type: application/json",
                    f"Content-Length: {len(body)}", f"X-Request-Id: {number}", "", "")  # fmt: skip
            self.transport.write("\r\n".join(head).encode() + body)
            tell_refused(number, self.client, status, message)
        if idle and self.transport.can_write_eof():  # what is closed with bytes unread takes its last words back
            self.refused = True
            self.transport.write_eof()
            self.wait(READ)
        else:
            self.transport.close()

    def wait(self, seconds: float) -> None:
        """From now on so long for what comes next; 0: as long as it takes."""
        if self.patience:
            self.patience.cancel()
        self.patience = self.loop.call_later(seconds, self._late) if seconds else None

    def _late(self) -> None:
        self.patience = None
        if self.heading and not self.refused:
            self.refuse(408, f"the request's head did not come within {self.settings.head_timeout:g} seconds")
        else:
            self.transport.close()

    def _take(self, seconds: float) -> None:
        if self.taking:
            self.taking.cancel()
        self.taking = self.loop.call_later(seconds, self.transport.abort) if seconds else None


def _as_it_is(data: bytes) -> bytes:
    """A request that would rather go on by another protocol, as Java's clients do; httptools would skip its body."""
    end = data.find(b"\r\n\r\n")
    if end < 0 or not UPGRADE.search(data, 0, end):
        return data
    return UPGRADE.sub(b"\r\nnot-upgraded", data[:end]) + data[end:]


def protocol_of(settings: HttpSettings) -> type[LimitedProtocol]:
    """The connections of one server."""
    more: dict[str, Any] = {"settings": settings, "waiting": {}}
    return type("Protocol", (LimitedProtocol,), more)
