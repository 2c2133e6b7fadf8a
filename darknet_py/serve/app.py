"""The service as an ASGI app: its parts, each of which adds what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from .._support.version import __version__
from .errors import add_handlers
from .http_settings import HttpSettings
from .inference import Inference
from .jobs import Workers
from .kserve import kserve_router
from .metrics import Metrics
from .middleware import Middleware
from .openapi import ERRORS, TOKEN, add_docs
from .page import add_page
from .pictures import pictures_router
from .stream_routes import streams_router
from .streams import Stream

__all__ = ["make_app"]

READABLE = ["Server-Timing", "X-Request-Id", "Retry-After"]
NO_STREAMS: Mapping[str, Stream] = {}


def make_app(workers: Workers, settings: HttpSettings, streams: Mapping[str, Stream] = NO_STREAMS) -> Any:
    """What uvicorn is given.  ``.app`` of a Middleware is the FastAPI app, for its OpenAPI document."""
    app = FastAPI(
        title="darknet_py", version=__version__, docs_url=None, redoc_url=None, redirect_slashes=False, responses=ERRORS,
        dependencies=[TOKEN] * bool(settings.token),
    )  # fmt: skip
    metrics = Metrics()
    inference = Inference(workers, settings, metrics)
    add_handlers(app)
    app.include_router(pictures_router(inference))
    app.include_router(streams_router(streams))
    app.include_router(kserve_router(inference, settings.control))
    app.include_router(metrics.router(workers))
    add_docs(app)
    add_page(app)  # the last: it takes what is left
    middleware = Middleware(app, settings, metrics)
    if not settings.origins:
        return middleware
    return CORSMiddleware(
        middleware, allow_origins=list(settings.origins), allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "X-Request-Id"], expose_headers=READABLE,
    )  # fmt: skip
