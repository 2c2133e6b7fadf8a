"""Files from web servers, from the middle on where the server can."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from .._support.version import __version__
from .._support.words import reason
from ..errors import FetchError, printable
from .reply import CHUNK, Interrupted, Reply

__all__ = ["open_web"]

TIMEOUT = (15, 60)  # seconds to connect, and between two packets
HEADERS = {"User-Agent": f"darknet_py/{__version__}", "Accept-Encoding": "identity"}
REMEDY = "try again later, or take another source"
PARTIAL, UNSATISFIABLE = 206, 416


@contextmanager
def open_web(address: str, start: int, version: str, elsewhere: str) -> Iterator[Reply]:
    """See ``sources.open_source``."""
    with _answer(address, start, version, elsewhere) as response:
        if not response.ok:
            raise FetchError(f"{address}: {response.status_code} {printable(response.reason)}; {REMEDY} {elsewhere}")
        if response.status_code == PARTIAL:
            first, total = start, _range(response)[1]
        else:
            first, total = 0, _integer(response.headers.get("Content-Length"))
        yield Reply(first, total, _version(response), _chunks(address, response))


def _answer(address: str, start: int, version: str, elsewhere: str) -> requests.Response:
    """The answer to a request for the bytes from ``start`` on, or for all when that is not what the server sends."""
    if not start:
        return _get(address, {}, elsewhere)
    response = _get(address, {"Range": f"bytes={start}-", "If-Range": version}, elsewhere)
    if response.status_code not in (PARTIAL, UNSATISFIABLE) or _range(response)[0] == start:
        return response
    response.close()
    return _get(address, {}, elsewhere)


def _get(address: str, headers: dict[str, str], elsewhere: str) -> requests.Response:
    try:
        return requests.get(address, headers=HEADERS | headers, stream=True, timeout=TIMEOUT)
    except requests.RequestException as e:
        raise FetchError(f"{address}: no connection ({_reason(e)}); {REMEDY} {elsewhere}") from e


def _chunks(address: str, response: requests.Response) -> Iterator[bytes]:
    try:
        yield from response.iter_content(CHUNK)
    except requests.RequestException as e:
        raise Interrupted(f"{address}: the connection was lost ({_reason(e)})") from e


def _range(response: requests.Response) -> tuple[int | None, int | None]:
    """The first byte that is sent and the size of the whole, as Content-Range says."""
    match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", "").strip())
    return (int(match[1]), _integer(match[2])) if match else (None, None)


def _version(response: requests.Response) -> str:
    """What If-Range takes: the ETag, unless it is a weak one, or the date."""
    tag = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")


def _integer(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def _reason(error: BaseException) -> str:
    """The innermost cause in its own words, without the objects and addresses that requests wraps around it."""
    inner = error
    while cause := inner.__cause__ or inner.__context__ or _wrapped(inner):
        inner = cause
    return printable(reason(inner))


def _wrapped(error: BaseException) -> BaseException | None:
    inner = getattr(error, "reason", None) or next(iter(error.args), None)
    return inner if isinstance(inner, BaseException) else None
