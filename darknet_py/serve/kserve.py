"""/v2: KServe's protocol, as Triton's clients speak it, for tensors and for pictures.

A model takes ``input``, what a model of ``export -outputs boxes`` takes, and gives its ``boxes`` and ``scores``; or it takes
``image``, files of pictures, and gives ``detections`` too, each as ``detect -format json`` writes it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from .._support.version import __version__
from ..errors import DarknetError
from . import kserve_facts
from .inference import Inference, timing, together
from .jobs import Answer, Facts, Job, Refusal
from .kserve_asked import IndexRequest, Wanted, index_asked
from .kserve_form import packed, plain, read
from .kserve_request import InferRequest
from .openapi import BYTES, body_of

__all__ = ["kserve_router"]

JSON, BINARY = "application/json", "application/octet-stream"
JSON_LENGTH = "Inference-Header-Content-Length"
AT_A_TIME = 2  # bodies that are unpacked and understood, which may take many times their size
log = logging.getLogger("darknet_py.serve")
ANSWER: dict[int | str, dict[str, Any]] = {200: {"content": {JSON: {}, BINARY: {}}}}
INDEX = body_of(IndexRequest, {}, required=False)
BODY = body_of(InferRequest, {BINARY: BYTES})


def kserve_router(inference: Inference, control: bool = False) -> APIRouter:
    """The addresses below /v2.  ``control``: whether models may be loaded and dropped."""
    server, model = _Server(inference, control), _Model(inference)
    router = APIRouter(prefix="/v2", tags=["KServe"])
    router.add_api_route("", server.metadata, summary="The server and its extensions of the protocol")
    router.add_api_route("/health/live", server.live, summary="Whether the server runs")
    router.add_api_route("/health/ready", server.ready, summary="Whether a worker lives that has a model")
    router.add_api_route("/models/stats", server.statistics, summary="Counts and times of all models")
    router.add_api_route("/{kind}sharedmemory/{rest:path}", shared, methods=["GET", "POST"], include_in_schema=False)
    router.add_api_route("/repository/index", server.index, methods=["POST"], openapi_extra=INDEX, summary="The models")
    for done in (server.load, server.unload):
        path = f"/repository/models/{{name}}/{done.__name__}"
        router.add_api_route(path, done, methods=["POST"], summary="Needs -control")
    for path, known in (("", model.known), ("/versions/{version}", model.known_version)):
        router.include_router(model.router(), prefix=f"/models/{{name}}{path}", dependencies=[Depends(known)])
    return router


async def shared() -> None:
    """Triton's clients ask for regions of it before they use them."""
    raise Refusal(404, "there is no shared memory here; send tensors in the request")


class _Server:
    def __init__(self, inference: Inference, control: bool) -> None:
        self.inference, self.workers, self.control = inference, inference.workers, control
        self.known = list(self.workers.models)  # which may be loaded

    async def metadata(self) -> dict[str, Any]:
        extensions = ["binary_tensor_data", "model_configuration", "model_repository", "statistics"]
        return {"name": kserve_facts.PLATFORM, "version": __version__, "extensions": extensions}

    async def live(self) -> dict[str, bool]:
        return {"live": True}

    async def ready(self) -> dict[str, bool]:
        if not self.workers.ready:
            raise Refusal(503, "no worker has a model at the moment", 1)
        return {"ready": True}

    async def index(self, request: Request) -> list[dict[str, str]]:
        """Those that were dropped are unavailable; ``ready``: those that take requests alone."""
        there, asked = self.workers.models, index_asked(await request.body())
        told = [kserve_facts.index_entry(name, there.get(name)) for name in dict.fromkeys([*self.known, *there])]
        return [one for one in told if one["state"] == kserve_facts.READY or not asked.ready]

    async def statistics(self) -> dict[str, Any]:
        return {"model_stats": [kserve_facts.statistics(name, self.inference.metrics) for name in self.workers.models]}

    async def load(self, name: str) -> Response:
        """Have a model anew from its files."""
        return await self._controlled(name, "loaded", self.workers.load)

    async def unload(self, name: str) -> Response:
        """Drop a model."""
        return await self._controlled(name, "dropped", self.workers.unload)

    async def _controlled(self, name: str, what: str, do: Callable[[str], Awaitable[None]]) -> Response:
        if not self.control:
            raise Refusal(403, f"models are not {what} by clients here; start the server with -control")
        try:
            await do(name)
        except Refusal:
            raise
        except DarknetError as e:
            log.error("%s: %s", name, e)
            raise Refusal(400, f"model {name[:80]!r} could not be {what}; the server's log says why") from e
        return JSONResponse({})


class _Model:
    """What is asked of one model, which ``known`` puts into ``request.state``."""

    def __init__(self, inference: Inference) -> None:
        self.inference, self.settings = inference, inference.settings
        self.reading = asyncio.Semaphore(AT_A_TIME)

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("", self.metadata, summary="What a model takes and gives")
        router.add_api_route("/ready", self.ready, summary="Whether a model is loaded")
        router.add_api_route("/config", self.config, summary="A model's configuration as Triton has it")
        router.add_api_route("/stats", self.statistics, summary="Counts and times of a model")
        router.add_api_route("/infer", self.infer, methods=["POST"], response_class=Response, responses=ANSWER,
                             openapi_extra=BODY, summary="Boxes of tensors or pictures")  # fmt: skip
        return router

    async def known(self, request: Request, name: str) -> None:
        request.state.facts = self.inference.workers.models[self.inference.model(name)]

    async def known_version(self, request: Request, name: str, version: str) -> None:
        await self.known(request, name)
        if version != kserve_facts.VERSION:
            raise Refusal(404, f"model {name[:80]!r} has the version {kserve_facts.VERSION} alone")

    async def metadata(self, request: Request) -> dict[str, Any]:
        return kserve_facts.metadata(request.state.facts)

    async def ready(self, request: Request) -> Response:
        """503 where no worker has it: clients look at the status alone."""
        facts = request.state.facts
        if facts.ready:
            return JSONResponse({"name": facts.name, "ready": True})
        error = {"error": kserve_facts.LACKING, "request_id": request.scope.get("request_id", "")}
        return JSONResponse({"name": facts.name, "ready": False, **error}, 503, {"Retry-After": "10"})

    async def config(self, request: Request) -> dict[str, Any]:
        return kserve_facts.config(request.state.facts, self.settings.max_parts)

    async def statistics(self, request: Request) -> dict[str, Any]:
        return {"model_stats": [kserve_facts.statistics(request.state.facts.name, self.inference.metrics)]}

    async def infer(self, request: Request) -> Response:
        """JSON or, behind it, binary tensors; also with Content-Encoding gzip or deflate."""
        data = await request.body()
        async with self.reading:
            wanted, jobs = await asyncio.to_thread(self._wanted, request.state.facts, data, request.headers)
        request.scope["context"].facts |= {"model": wanted.facts.name, "pictures": len(jobs)}
        answers = await self._answers(jobs, wanted.seconds(self.settings.timeout))
        body, length = await asyncio.to_thread(wanted.body, answers)
        body, encoding = await asyncio.to_thread(packed, body, request.headers.get("accept-encoding", ""))
        headers = {"Server-Timing": timing(answers[0].seconds), "Cache-Control": "no-store"}
        headers |= {} if length is None else {JSON_LENGTH: str(length)}
        headers |= {"Content-Encoding": encoding} if encoding else {}
        return Response(body, headers=headers, media_type=JSON if length is None else BINARY)

    def _wanted(self, facts: Facts, data: bytes, headers: Mapping[str, str]) -> tuple[Wanted, list[Job]]:
        data = plain(data, headers.get("content-encoding", "").lower(), self.settings.max_body)
        asked, parts = read(data, headers.get(JSON_LENGTH))
        wanted = Wanted(facts, asked, self.settings.max_parts)
        return wanted, wanted.jobs(parts.get(asked.inputs[0].name))

    async def _answers(self, jobs: Sequence[Job], seconds: float) -> list[Answer]:
        try:
            return await asyncio.wait_for(together([partial(self._answer, job, len(jobs)) for job in jobs]), seconds)
        except asyncio.TimeoutError:
            raise Refusal(504, f"it takes longer than the {seconds:g} seconds of the request's timeout") from None

    async def _answer(self, job: Job, of: int) -> Answer:
        try:
            return await self.inference.ask(job)
        except Refusal as e:
            if of == 1:
                raise
            raise Refusal(e.status, f"{job.frame_id} of {of}: {e}", e.retry_after) from e
