"""The page of a service: the files of ``data/web``, which draws what the service finds."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._support.version import __version__

if TYPE_CHECKING:
    from starlette.applications import Starlette

__all__ = ["add_page"]

DATA = Path(__file__).parent.parent / "data" / "web"
DESCRIPTION = {"service": True, "version": __version__}  # in place of an exported page's; it tells nobody of the models


def add_page(app: Starlette) -> None:
    """Offer the page at ``/``, behind all routes that are there: these come first.

    Its files need no token, since browsers send none with them; what the page asks of the service does.
    """
    from starlette.responses import JSONResponse, Response
    from starlette.staticfiles import StaticFiles

    class Files(StaticFiles):
        def file_response(self, *arguments: Any, **rest: Any) -> Response:
            response = super().file_response(*arguments, **rest)
            response.headers["Cache-Control"] = "no-cache"  # else modules of two versions may come together
            return response

    async def network(_: Any) -> JSONResponse:
        return JSONResponse(DESCRIPTION)

    mimetypes.add_type("text/javascript", ".js")  # Windows' registry may have another type, which browsers refuse
    app.add_route("/network.json", network, methods=["GET"], include_in_schema=False)
    app.router.default = Files(directory=DATA, html=True)  # a mount at / would take wrong methods of other addresses
