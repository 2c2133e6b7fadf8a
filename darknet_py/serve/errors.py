"""What a client is told when it does not get what it asked for: a status, and one line of JSON without path or traceback."""

from __future__ import annotations

import http
import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from .._support.spelling import meant, suggestion
from ..errors import DarknetError, one_line, printable
from .jobs import Refusal
from .options import DetectOptions

__all__ = ["add_handlers", "refusal_of", "told"]

log = logging.getLogger("darknet_py.serve")
MOST = 300  # characters
OWN_FAULT = "something is wrong in the server, whose log says what"
ELSEWHERE = {404: "there is nothing at this address; /docs lists what there is", 405: "this address does not take METHOD"}


def told(scope: Mapping[str, Any], refusal: Refusal, headers: Mapping[str, str] | None = None) -> Response:
    """A refusal as an answer."""
    more = dict(headers or {})
    if refusal.retry_after is not None:
        more["Retry-After"] = str(max(1, round(refusal.retry_after)))
    if refusal.status == 401:
        more["WWW-Authenticate"] = "Bearer"
    if refusal.status in (408, 500):  # the rest of the body is not waited for; uvicorn closes after a fault
        more["Connection"] = "close"
    answer = {"error": one_line(refusal, MOST), "request_id": scope.get("request_id", "")}
    return JSONResponse(answer, refusal.status, more)


def add_handlers(app: FastAPI) -> None:
    """Answers to whatever is raised."""
    app.add_exception_handler(Refusal, lambda request, e: told(request.scope, e))  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, lambda request, e: told(request.scope, refusal_of(e, DetectOptions)))  # type: ignore
    app.add_exception_handler(HTTPException, _of_starlette)  # type: ignore[arg-type]
    app.add_exception_handler(DarknetError, _own_fault)
    app.add_exception_handler(Exception, lambda request, e: told(request.scope, Refusal(500, OWN_FAULT)))


def _of_starlette(request: Request, e: HTTPException) -> Response:
    text = ELSEWHERE.get(e.status_code, str(e.detail) or http.HTTPStatus(e.status_code).phrase)
    return told(request.scope, Refusal(e.status_code, text.replace("METHOD", printable(request.method, 20))), e.headers)


def _own_fault(request: Request, e: Exception) -> Response:
    log.error("%s: %s", request.scope.get("request_id", ""), e)
    return told(request.scope, Refusal(500, OWN_FAULT))


def refusal_of(error: ValidationError | RequestValidationError, known: type[BaseModel] | None = None) -> Refusal:
    """The first of what pydantic has against a request, as a line; ``known``: whose fields names are compared with."""
    first = error.errors()[0]
    place = [str(part) for part in first["loc"] if part not in ("query", "body", "header")]
    name, kind = printable(".".join(place), 80), first["type"]
    if kind == "extra_forbidden":
        near = suggestion(meant(place[-1], known.model_fields)) if known and len(place) == 1 else ""
        return Refusal(422, f"there is no option {name}{f'; {near}' if near else ''}")
    if kind == "json_invalid":
        return Refusal(400, f"the body is no JSON: {first.get('ctx', {}).get('error', first['msg'])}")
    given = first.get("input")
    shown = f" (it is '{printable(given, 40)}')" if isinstance(given, (str, int, float)) else ""
    what = str(first["ctx"]["error"]) if kind == "value_error" else first["msg"][:1].lower() + first["msg"][1:]
    return Refusal(422, f"{name}: {what}{shown}" if name else what)
