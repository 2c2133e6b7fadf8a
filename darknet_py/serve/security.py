"""Who may ask: by which name the server was called, which page asks, and whether the token is known."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from starlette.requests import cookie_parser

from ..errors import printable
from ..video.request import OWN_NAMES, host_name, not_called
from .http_settings import HttpSettings
from .jobs import Refusal

__all__ = ["COOKIE", "Security"]

COOKIE = "darknet_py_token"  # in which a page has the token, for what browsers ask without headers: pictures, streams
ANY = "*"
GUARDED = "/v1", "/v2", "/metrics"
OPEN = "/v2/health/live", "/v2/health/ready"  # which balancers ask
Headers = Mapping[bytes, bytes]


class Security:
    """What a request must be before anything of its body is read."""

    def __init__(self, settings: HttpSettings) -> None:
        self.names = OWN_NAMES | {name.lower() for name in (settings.address, *settings.names)}
        self.origins = {origin.lower().rstrip("/").encode() for origin in settings.origins}
        self.token, self.most = settings.token.encode(), settings.max_head

    def refusal(self, scope: Mapping[str, Any], headers: Headers) -> Refusal | None:
        """Why a request is not answered; ``headers``: those of the scope, of which the last of each name counts."""
        size = len(scope["raw_path"]) + len(scope["query_string"]) + sum(len(n) + len(v) for n, v in scope["headers"])
        if size > self.most:
            return Refusal(431, f"the request's line and headers are longer than {self.most} bytes")
        return self._of_host(scope) or self._of_origin(headers) or self._of_token(scope["path"], headers)

    def _of_host(self, scope: Mapping[str, Any]) -> Refusal | None:
        given = [value for name, value in scope["headers"] if name == b"host"]
        if len(given) > 1 or not (all(given) if given else scope["http_version"] == "1.0"):
            return Refusal(400, "a request needs one Host header")
        if given and ANY not in self.names and (host := host_name(given[0])) not in self.names:
            own = scope.get("server") or ("", 0)
            if host != own[0].removeprefix("::ffff:"):  # of IPv4 at a socket of IPv6
                return Refusal(403, not_called(host))
        return None

    def _of_origin(self, headers: Headers) -> Refusal | None:
        """A page of the web may send a request to any address; a browser says whose page it is."""
        origin = headers.get(b"origin")
        if origin is None or (origin := origin.lower()) in self.origins or ANY.encode() in self.origins:
            return None
        if origin.partition(b"://")[2] == headers.get(b"host", b"").lower():
            return None
        shown = printable(origin.decode("latin-1"), 100)
        return Refusal(403, f"pages of {shown} may not use this server; if they may, start it with -allow_origin {shown}")

    def _of_token(self, path: str, headers: Headers) -> Refusal | None:
        if not self.token or path in OPEN or not path.startswith(GUARDED):
            return None
        scheme, _, given = headers.get(b"authorization", b"").strip().partition(b" ")
        if scheme.lower() != b"bearer":
            given = _cookie(headers.get(b"cookie", b""))
        if not given:
            return Refusal(401, "a token is needed: Authorization: Bearer TOKEN")
        return None if hmac.compare_digest(given.strip(), self.token) else Refusal(401, "this is not the token")


def _cookie(header: bytes) -> bytes:
    """Of all that a browser has for this machine, some of which may be no cookies by the standard."""
    return cookie_parser(header.decode("latin-1")).get(COOKIE, "").encode("latin-1", "replace")
