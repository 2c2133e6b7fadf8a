"""/v1: what is found in pictures, and which models there are."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from ..results.forms.darknet_json import BEFORE, BETWEEN, END, frame_text
from .accept import accepted
from .inference import Inference, timing
from .jobs import Answer, Refusal
from .openapi import BYTES, Frame, body_of
from .options import DetectOptions, DetectRequest, ReadOptions, ReadRequest, in_query
from .requests import Asked, asked_of

__all__ = ["pictures_router"]

JSON, BINARY = "application/json", "application/octet-stream"
DRAWN = {"image/png": "png", "image/jpeg": "jpeg"}
FORM = {"type": "object", "required": ["picture"], "properties": {"picture": BYTES}}
PICTURE = {BINARY: BYTES, "multipart/form-data": FORM}
DRAWINGS = {kind: {"schema": BYTES} for kind in DRAWN}
DETECT = in_query(DetectOptions) | body_of(DetectRequest, PICTURE)
READ = in_query(ReadOptions) | body_of(ReadRequest, PICTURE)


def pictures_router(inference: Inference) -> APIRouter:
    """The addresses below /v1 that take pictures."""
    router = APIRouter(prefix="/v1", tags=["pictures"], route_class=Plain)

    @router.post("/detect", response_class=Response, summary="Objects in pictures", openapi_extra=DETECT,
                 responses={200: {"model": list[Frame], "content": DRAWINGS}})  # fmt: skip
    async def detect(request: Request) -> Response:
        form = accepted(request.headers.get("accept", ""), [JSON, *DRAWN])
        asked = await asked_of(request, DetectOptions, inference.settings)
        if form == JSON:
            answers = await inference.all(request.scope["context"], "detect", asked, _no_frame)
            return _answer(BEFORE.encode() + BETWEEN.encode().join(a.body for a in answers) + END.encode(), JSON, answers)
        return await _one(inference, request, DRAWN[form], asked, form)

    @router.post("/read", response_class=Response, summary="Characters in pictures, line by line",
                 openapi_extra=READ, responses={200: {"content": {JSON: {}}}})  # fmt: skip
    async def read(request: Request) -> Response:
        asked = await asked_of(request, ReadOptions, inference.settings)
        answers = await inference.all(request.scope["context"], "read", asked, _no_lines)
        body = b", ".join(answer.body for answer in answers)
        return _answer(body if len(answers) == 1 else b"[%b]" % body, JSON, answers)

    @router.post("/candidates", response_class=Response, summary="All boxes of a picture before suppression, as numbers",
                 openapi_extra=DETECT, responses={200: {"content": {BINARY: {"schema": BYTES}}}})  # fmt: skip
    async def candidates(request: Request) -> Response:
        asked = await asked_of(request, DetectOptions, inference.settings)
        return await _one(inference, request, "candidates", asked, BINARY)

    async def models() -> dict[str, Any]:
        return {"models": [asdict(facts) for facts in inference.workers.models.values()]}

    router.add_api_route("/models", models, summary="The models, and what is known of them", route_class_override=APIRoute)
    return router


class Plain(APIRoute):
    """A route whose function reads the request itself: FastAPI tells of it, and does nothing for each request."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        return self.endpoint  # type: ignore[no-any-return]


async def _one(inference: Inference, request: Request, kind: str, asked: Asked, form: str) -> Response:
    """An answer that is one picture's."""
    if len(asked.pictures) > 1:
        raise Refusal(422, f"{form} is an answer for one picture, and {len(asked.pictures)} were sent")
    answers = await inference.all(request.scope["context"], kind, asked, _no_frame)
    return _answer(answers[0].body, form, answers)


def _no_frame(number: int, name: str, reason: str) -> str:
    return frame_text(number, name, (), reason)


def _no_lines(number: int, name: str, reason: str) -> str:
    return json.dumps({"filename": name, "lines": [], "error": reason})


def _answer(body: bytes, kind: str, answers: Sequence[Answer]) -> Response:
    """With the times of the picture that took longest."""
    slowest = max(answers, key=lambda answer: sum(answer.seconds.values()))
    return Response(body, headers={"Server-Timing": timing(slowest.seconds), "Cache-Control": "no-store"}, media_type=kind)
