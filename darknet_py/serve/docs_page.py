"""/docs: what the service answers, to read and to try; all of it comes from this server."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, JSONResponse
from starlette.staticfiles import StaticFiles
from swagger_ui_bundle import swagger_ui_path

__all__ = ["add_docs"]

FILES = "docs/files"
SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
POLICY = (
    "default-src 'none'; script-src 'self' '{}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def add_docs(app: FastAPI, guarded: bool) -> None:
    """``guarded``: the document says that a token is needed."""
    if guarded:
        _say_token(app)
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


def _say_token(app: FastAPI) -> None:
    made = app.openapi

    def with_token() -> dict[str, Any]:
        document = made()
        document.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
        return document

    app.openapi = with_token  # type: ignore[method-assign]
