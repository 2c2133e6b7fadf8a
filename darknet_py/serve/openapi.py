"""The OpenAPI document, beside what FastAPI makes of functions, and /docs, which shows it from this server alone."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Security
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.params import Depends
from fastapi.security import HTTPBearer
from pydantic import BaseModel
from starlette.responses import HTMLResponse, JSONResponse
from starlette.staticfiles import StaticFiles
from swagger_ui_bundle import swagger_ui_path

__all__ = ["BYTES", "ERRORS", "TOKEN", "Frame", "add_docs", "body_of"]

BYTES: dict[str, Any] = {"type": "string", "format": "binary"}
TOKEN: Depends = Security(HTTPBearer(scheme_name="token", auto_error=False))  # asked for by ``security.Security``
FILES = "docs/files"
SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
POLICY = (
    "default-src 'none'; script-src 'self' '{}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class ErrorAnswer(BaseModel):
    """Why there is no answer; ``request_id``: by which the server's log knows the request."""

    error: str
    request_id: str


ERRORS: dict[int | str, dict[str, Any]] = {status: {"model": ErrorAnswer} for status in ("4XX", "500", "503", "504")}


class Place(BaseModel):
    """Centre and size, in parts of the picture."""

    center_x: float | None
    center_y: float | None
    width: float | None
    height: float | None


class Found(BaseModel):
    class_id: int
    name: str
    relative_coordinates: Place
    confidence: float | None


class Frame(BaseModel):
    """A picture as ``detect -format json`` has it; ``error``: why there is nothing in it."""

    frame_id: int
    filename: str = ""
    objects: list[Found]
    error: str = ""


def body_of(model: type[BaseModel], others: Mapping[str, dict[str, Any]], required: bool = True) -> dict[str, Any]:
    """``openapi_extra`` of a body that is JSON of a model, or of other types with their schemas."""
    schema = model.model_json_schema()
    content = {"application/json": {"schema": _whole(schema, schema.get("$defs", {}))}}
    content |= {name: {"schema": other} for name, other in others.items()}
    return {"requestBody": {"required": required, "content": content}}


def _whole(part: Any, named: dict[str, Any]) -> Any:
    """A schema with what it refers to in its place."""
    if isinstance(part, list):
        return [_whole(each, named) for each in part]
    if not isinstance(part, dict):
        return part
    if reference := part.get("$ref"):
        return _whole(named[reference.rpartition("/")[2]], named)
    return {key: _whole(value, named) for key, value in part.items() if key != "$defs"}


def add_docs(app: FastAPI) -> None:
    """/docs, by Swagger UI's own files."""
    page = get_swagger_ui_html(
        openapi_url="docs/openapi.json", title=f"{app.title} {app.version}", swagger_js_url=f"{FILES}/swagger-ui-bundle.js",
        swagger_css_url=f"{FILES}/swagger-ui.css", swagger_favicon_url=f"{FILES}/favicon-32x32.png",
    )  # fmt: skip
    own = hashlib.sha256(b"".join(SCRIPT.findall(bytes(page.body)))).digest()
    policy = {"Content-Security-Policy": POLICY.format(f"sha256-{b64encode(own).decode()}")}

    async def docs(_: Any) -> HTMLResponse:
        return HTMLResponse(page.body, headers=policy)

    async def document(_: Any) -> JSONResponse:
        return JSONResponse({**app.openapi(), "openapi": "3.0.3"})  # this Swagger UI knows none that is newer

    app.add_route("/docs", docs, methods=["GET"], include_in_schema=False)
    app.add_route("/docs/openapi.json", document, methods=["GET"], include_in_schema=False)
    app.mount(f"/{FILES}", StaticFiles(directory=swagger_ui_path), "docs")
