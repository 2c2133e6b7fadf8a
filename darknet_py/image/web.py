"""Pictures from web servers, within a time and a size."""

from __future__ import annotations

import os
import re
import time
from base64 import b64encode
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from .._support.version import __version__
from .._support.words import reason
from ..errors import ImageError, printable

__all__ = ["is_address", "fetched", "local", "shown"]

TIMEOUT = 10  # seconds to connect, and between two packets
LONGEST = 60  # seconds for all
MOST = 1 << 28  # bytes
CHUNK = 1 << 16
SAFE = "/%:=&?~+!$,;'@()*[]"  # of a path and a query that may be quoted already
_WEB = re.compile(r"(https?):/+", re.IGNORECASE)  # pathlib makes one / of two
_FILE = re.compile(r"file:/+", re.IGNORECASE)
_STREAM = re.compile(r"(rtsps?|rtmp|udp|tcp|rtp|ftp):/+", re.IGNORECASE)
_USER = re.compile(r"//[^/?#]*@")


def is_address(picture: str | os.PathLike[str]) -> bool:
    """Whether it is an http or https address.  Raises ImageError for those of streams."""
    text = os.fspath(picture)
    if _STREAM.match(text):
        raise ImageError(f"{shown(text)}: no address of a picture; streams are for net.stream, or darknet_py detector demo")
    return _WEB.match(text) is not None


def local(picture: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """A path, also of a file:// address.  Raises ImageError for one of another machine."""
    text = os.fspath(picture)
    if not _FILE.match(text):
        return picture
    from urllib.request import url2pathname

    parts = urlsplit(_FILE.sub("file:///", text) if "://" not in text or ":///" in text else text)
    if parts.netloc not in ("", "localhost"):
        raise ImageError(f"{text}: a file of another machine, {parts.netloc}; give a path, or file:///path")
    return url2pathname(parts.path)


def shown(picture: str | os.PathLike[str]) -> str:
    """A path or an address without user and password."""
    text = os.fspath(picture)
    return _USER.sub("//", text, count=1) if "://" in text else text


def fetched(picture: str | os.PathLike[str], most: int) -> bytes:
    """What a server sends, ``most`` bytes at most, nor more than ``MOST``.  Raises ImageError, in one line."""
    address, most = os.fspath(picture), min(most, MOST)
    end, data = time.monotonic() + LONGEST, bytearray()
    try:
        with _opened(_WEB.sub(r"\1://", address, count=1)) as reply:
            expected = int(reply.headers.get("Content-Length") or 0)
            while expected <= most and len(data) <= most and (chunk := reply.read1(CHUNK)):
                data += chunk
                if time.monotonic() > end:
                    raise TimeoutError(f"{len(data)} bytes in {LONGEST} seconds, and no end")
    except (OSError, HTTPException, ValueError) as e:
        raise ImageError(f"{shown(address)}: {_why(e)}; check the address, or download the file and give its path") from e
    if max(expected, len(data)) > most:
        raise ImageError(f"{shown(address)}: more than {most} bytes; download the file and give its path")
    if len(data) < expected:
        raise ImageError(f"{shown(address)}: the connection ended after {len(data)} of {expected} bytes; try again")
    return bytes(data)


def _opened(address: str) -> Any:
    from urllib.request import Request, urlopen

    parts = urlsplit(address)
    user, _, server = parts.netloc.rpartition("@")
    host = server if server.isascii() else server.encode("idna").decode()
    url = urlunsplit((parts.scheme, host, quote(parts.path, SAFE), quote(parts.query, SAFE), ""))
    request = Request(url, headers={"User-Agent": f"darknet_py/{__version__}"})
    if user:
        request.add_unredirected_header("Authorization", f"Basic {b64encode(unquote(user).encode()).decode()}")
    return urlopen(request, timeout=TIMEOUT)


def _why(error: Exception) -> str:
    """An answer that is no file, or what kept it from coming, in one line."""
    code = getattr(error, "code", None)
    if code is not None:
        error.close()  # type: ignore[attr-defined]
        return f"the server answers {code} {printable(str(getattr(error, 'reason', '')))}"
    inner = getattr(error, "reason", None)
    said = reason(inner if isinstance(inner, BaseException) else error)
    return f"cannot be fetched ({printable(str(said) or type(error).__name__)})"
