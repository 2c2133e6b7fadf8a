"""The addresses of a service's streams: a list, and of each the video, what is in it as it comes, and a picture."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ..errors import printable
from ..video.audience import Audience, Listener
from ..video.stream_server import MJPEG, SEND_BUFFER, SEND_SECONDS, Form
from .jobs import Refusal
from .streams import BUSY, Stream

__all__ = ["streams_router"]

EVENTS = Form("text/event-stream", b"retry: 2000\n\n", b"", b"", 100)
HEARTBEAT = 15.0  # seconds of silence; proxies and browsers take longer ones for the end
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx would wait for more


class Live(StreamingResponse):
    """A stream for one client, until it leaves or takes nothing any more, or the stream ends.  Raises Refusal."""

    def __init__(self, audience: Audience, form: Form, opening: bytes, heartbeat: bytes) -> None:
        super().__init__((), headers={**HEADERS, "Content-Type": form.content_type})
        self.audience, self.form, self.opening, self.heartbeat = audience, form, opening, heartbeat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport: asyncio.Transport = scope["state"]["transport"]
        client = str(scope.get("client"))  # with its port, as behind a proxy all have one address
        self.listener = Listener(self.form.backlog, client, transport.abort)
        if not self.audience.has_room(self.listener):
            raise BUSY
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        with self.audience.joined_by(self.listener):
            await super().__call__(scope, receive, send)

    async def stream_response(self, send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await self._send(send, self.opening)
            while (item := await self._next()) is not None:
                await self._send(send, item)
            await self._send(send, self.form.closing, more=False)
        except asyncio.TimeoutError:
            self.listener.drop()

    async def _next(self) -> bytes | None:
        try:
            return await asyncio.wait_for(self.listener.take(), HEARTBEAT)
        except asyncio.TimeoutError:
            return self.heartbeat

    async def _send(self, send: Send, data: bytes, more: bool = True) -> None:
        """Send something, and wait until there is room for the next, so that what is taken then is the newest."""
        with self.listener.sending():
            for body in (data, b"")[: 1 + more]:
                await asyncio.wait_for(send({"type": "http.response.body", "body": body, "more_body": more}), SEND_SECONDS)


def streams_router(streams: Mapping[str, Stream]) -> APIRouter:
    """``/v1/streams`` and what is below it."""
    router = APIRouter(prefix="/v1/streams", tags=["streams"])

    def named(name: str) -> Stream:
        if name not in streams:
            there = ", ".join(streams) or "none"
            raise Refusal(404, f"there is no stream {printable(name, 80)}; there are: {there}")
        return streams[name]

    @router.get("")
    async def all_streams() -> dict[str, Any]:
        """All streams: whether they are running, their size, the frames a second that the network does."""
        return {"streams": [stream.facts for stream in streams.values()]}

    @router.get("/{name}", response_class=Response, responses={200: {"content": {"multipart/x-mixed-replace": {}}}})
    async def video(name: str, boxes: bool = True) -> Response:
        """The video with its boxes, as MJPEG: what an `<img>` shows and video players play.  It has no end.

        Without boxes, each picture has what is in it as JSON in the field Detections of its part.
        """
        return Live(named(name).drawn if boxes else named(name).plain, MJPEG, b"", b"")

    @router.get("/{name}/boxes", response_class=Response, responses={200: {"content": {"text/event-stream": {}}}})
    async def boxes(name: str) -> Response:
        """What is in each frame, as server-sent events.  It has no end."""
        stream = named(name)
        return Live(stream.boxes, EVENTS, EVENTS.opening + stream.state, b":\n\n")

    @router.get("/{name}/picture", response_class=Response, responses={200: {"content": {"image/jpeg": {}}}})
    async def picture(name: str) -> Response:
        """The newest frame with its boxes."""
        return Response(await named(name).picture(), media_type="image/jpeg", headers=HEADERS)

    return router
