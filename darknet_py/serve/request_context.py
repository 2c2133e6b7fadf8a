"""A request and its answer, as they pass: their sizes and times, and limits of its body."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from .jobs import Refusal

__all__ = ["Bodies", "Receive", "Scope", "Send", "RequestContext"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
OWN_NUMBER = re.compile(rb"[\w.:-]{1,64}", re.ASCII)
GONE = 499  # nginx's number for a client that did not wait
POLICY = (
    b"default-src 'self'; script-src 'self' 'wasm-unsafe-eval' blob:; worker-src 'self' blob:; img-src 'self' blob: data:; "
    b"media-src 'self' blob:; connect-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'none'"
)


@dataclass
class Bodies:
    """Bytes that a body may have, that all may have together, and have; seconds for one to come."""

    most: int
    most_held: int
    timeout: float
    held: int = 0


class RequestContext:
    """A request on its way.  ``facts``: what its log line has beside; ``asked``: its headers; ``headers``: of its answer."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, bodies: Bodies, headers: Sequence[tuple[bytes, bytes]]
    ) -> None:  # fmt: skip
        self.scope, self._receive, self._send, self.bodies, self.headers = scope, receive, send, bodies, headers
        self.start = time.perf_counter()
        self.asked: dict[bytes, bytes] = dict(scope["headers"])
        given = self.asked.get(b"x-request-id", b"")
        self.number = given.decode() if OWN_NUMBER.fullmatch(given) else os.urandom(8).hex()
        self.task = asyncio.current_task()
        self.facts: dict[str, Any] = {}
        self.received = self.sent = self.status = 0
        self.whole = self.gone = self.late = False

    @property
    def seconds(self) -> float:
        """Since it came."""
        return time.perf_counter() - self.start

    @property
    def code(self) -> int:
        """The status that was sent."""
        return GONE if self.gone else self.status

    def leave(self) -> None:
        """The client has left: what is done for it ends."""
        self.gone = True
        if self.task:
            self.task.cancel()

    def too_long(self) -> Refusal | None:
        """By what the client says of the body."""
        length = self.asked.get(b"content-length", b"0")
        return self._too_long() if int(length) > self.bodies.most else None

    async def receive(self) -> Message:
        """The next of the body; after it, that the client has left.  Raises Refusal: 408, 413, 503."""
        if self.whole:
            return await self._receive()
        timer = asyncio.get_running_loop().call_later(self.bodies.timeout - self.seconds, self._end_waiting)
        try:
            message = await self._receive()
        except asyncio.CancelledError:
            if self.late:
                raise Refusal(408, f"the body did not come within {self.bodies.timeout:g} seconds") from None
            raise
        finally:
            timer.cancel()
        self.whole = not message.get("more_body", False)
        self.count(len(message.get("body", b"")))
        return message

    def _end_waiting(self) -> None:
        self.late = True
        if self.task:
            self.task.cancel()

    def count(self, size: int) -> None:
        """So many bytes more are there.  Raises Refusal."""
        self.received += size
        self.bodies.held += size
        if self.received > self.bodies.most:
            raise self._too_long()
        if self.bodies.held > self.bodies.most_held:
            raise Refusal(503, "there are too many pictures at the same time; try again later", 1)

    def _too_long(self) -> Refusal:
        return Refusal(413, f"the body is longer than {self.bodies.most} bytes")

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message.get("headers", ()), *self.headers, (b"x-request-id", self.number.encode())]
            if not any(name == b"content-security-policy" for name, _ in headers):
                headers.append((b"content-security-policy", POLICY))
            message = {**message, "headers": headers}
        else:
            self.sent += len(message.get("body", b""))
        await self._send(message)
