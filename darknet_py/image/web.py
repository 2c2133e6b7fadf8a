"""Pictures from web servers, within a time and a size."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Sequence
from contextlib import closing
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from .._support.version import __version__
from .._support.words import reason
from ..errors import ImageError, printable
from ..files.addresses import is_web, shown, whole
from .formats import begins_picture
from .public import Watched

__all__ = ["fetched", "sends_picture"]

TIMEOUT = 10  # seconds to connect, and between two packets
LONGEST = 60  # seconds for all
MOST = 1 << 28  # bytes
CHUNK = 1 << 16
HEAD = 64  # bytes that tell a picture
SAFE = "/%:=&?~+!$,;'@()*[]"  # of a path and a query that may be quoted already


def sends_picture(address: str) -> bool:
    """Whether a server sends one picture, and no video; False where it does not answer."""
    try:
        with _opened(whole(address)) as reply:
            head = reply.read(HEAD)
            video = reply.headers.get_content_maintype() == "video" or head[4:8] == b"ftyp"  # MP4, or HEIC
            return begins_picture(head) and not video
    except (OSError, HTTPException, ValueError):
        return False


def fetched(address: str, most: int, seconds: float | None = None, public: bool = False) -> bytes:
    """What a server sends, ``most`` bytes at most, nor more than ``MOST``.  Raises ImageError, in one line.

    ``seconds``: for all, ``LONGEST`` if not given.  ``public``: see ``Watched``.
    """
    most, longest = min(most, MOST), LONGEST if seconds is None else seconds
    end, data = time.monotonic() + longest, bytearray()
    try:
        with closing(Watched(max(0.0, longest), public)) as watched, _opened(whole(address), watched.handlers) as reply:
            expected = int(reply.headers.get("Content-Length") or 0)
            while expected <= most and len(data) <= most and (chunk := reply.read1(CHUNK)):
                data += chunk
                if time.monotonic() > end:
                    raise TimeoutError(f"{len(data)} bytes in {longest:g} seconds, and no end")
    except (OSError, HTTPException, ValueError) as e:
        raise ImageError(f"{shown(address)}: {_why(e)}; check the address, or download the file and give its path") from e
    if max(expected, len(data)) > most:
        raise ImageError(f"{shown(address)}: more than {most} bytes; download the file and give its path")
    if len(data) < expected:
        raise ImageError(f"{shown(address)}: the connection ended after {len(data)} of {expected} bytes; try again")
    return bytes(data)


def _opened(address: str, handlers: Sequence[Any] = ()) -> Any:
    from urllib.error import URLError
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    class WithinTheWeb(HTTPRedirectHandler):
        def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
            if is_web(newurl):
                return super().redirect_request(req, fp, code, msg, headers, newurl)
            fp.close()
            raise URLError(f"it redirects to {shown(newurl)}, which is no http or https address")

    parts = urlsplit(address)
    user, _, server = parts.netloc.rpartition("@")
    host = server if server.isascii() else server.encode("idna").decode()
    url = urlunsplit((parts.scheme, host, quote(parts.path, SAFE), quote(parts.query, SAFE), ""))
    request = Request(url, headers={"User-Agent": f"darknet_py/{__version__}"})
    if user:
        request.add_unredirected_header("Authorization", f"Basic {b64encode(unquote(user).encode()).decode()}")
    return build_opener(WithinTheWeb, *handlers).open(request, timeout=TIMEOUT)


def _why(error: Exception) -> str:
    """An answer that is no file, or what kept it from coming, in one line."""
    code = getattr(error, "code", None)
    if code is not None:
        error.close()  # type: ignore[attr-defined]
        return f"the server answers {code} {printable(str(getattr(error, 'reason', '')))}"
    inner = getattr(error, "reason", None)
    said = reason(inner if isinstance(inner, BaseException) else error)
    return f"cannot be fetched ({printable(str(said) or type(error).__name__)})"
