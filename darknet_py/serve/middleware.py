"""What every request passes: who may ask, limits of its body, a number for it, headers of its answer, log and metrics."""

from __future__ import annotations

import asyncio
from typing import Any

from .errors import told
from .http_settings import HttpSettings
from .jobs import Refusal
from .logs import tell
from .metrics import Metrics
from .request_context import Bodies, Receive, RequestContext, Scope, Send
from .security import Security

__all__ = ["Middleware"]


class Middleware:
    """An ASGI app around ``app``."""

    def __init__(self, app: Any, settings: HttpSettings, metrics: Metrics) -> None:
        self.app, self.settings, self.metrics = app, settings, metrics
        self.security = Security(settings)
        self.bodies = Bodies(settings.max_body, max(settings.max_bodies, 2 * settings.max_body), settings.timeout)
        foreign = b"cross-origin" if settings.origins else b"same-origin"
        self.headers = [
            (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-resource-policy", foreign),
        ]  # fmt: skip

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        context = RequestContext(scope, receive, send, self.bodies, self.headers)
        if b"range" in context.asked:  # files are sent whole, small as they are
            scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"range"]
        scope["context"], scope["request_id"] = context, context.number
        try:
            if refusal := self.security.refusal(scope, context.asked) or context.too_long():
                await told(scope, refusal)(scope, context.receive, context.send)
            else:
                await self.app(scope, context.receive, context.send)
        except asyncio.CancelledError:  # the client has left, see protocol.py, or the server's time to end is over
            if not context.gone and not context.status:
                await told(scope, Refusal(503, "the server is ending", 5))(scope, context.receive, context.send)
        finally:
            self.bodies.held -= context.received
            self.metrics.of_request(context)
            tell(context)
