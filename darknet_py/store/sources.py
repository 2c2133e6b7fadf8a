"""Where files come from: web servers, and folders of this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from .._support.words import reason
from ..errors import FetchError
from .reply import CHUNK, MIRROR, Interrupted, Reply

__all__ = ["at_mirror", "open_source"]


def at_mirror(mirror: str, file: str) -> str:
    """The address of a file at a mirror: a folder, or an address of one."""
    return f"{mirror.rstrip('/')}/{file}" if "://" in mirror else str(Path(mirror) / file)


def open_source(address: str, start: int, version: str, elsewhere: str = MIRROR) -> AbstractContextManager[Reply]:
    """The file at ``address``, from ``start`` on if it still is of this version, else from its first byte.

    ``elsewhere``: how the user takes another source.

    Raises FetchError when it cannot be had, and Interrupted when it breaks off.
    """
    scheme = address.partition("://")[0].lower() if "://" in address else ""
    if scheme not in OPENERS:
        raise FetchError(f"{address}: {scheme} is not supported; use http, https, file or the path of a folder")
    return OPENERS[scheme](address, start, version, elsewhere)


def _open_web(address: str, start: int, version: str, elsewhere: str) -> AbstractContextManager[Reply]:
    from .web import open_web

    return open_web(address, start, version, elsewhere)


def _open_file_url(address: str, start: int, version: str, elsewhere: str) -> AbstractContextManager[Reply]:
    from urllib.request import url2pathname  # with it come http, email and ssl

    return _open_path(url2pathname(urlsplit(address).path), start, version, elsewhere)


@contextmanager
def _open_path(path: str, start: int, version: str, elsewhere: str) -> Iterator[Reply]:
    with ExitStack() as stack:
        try:
            file = stack.enter_context(Path(path).open("rb"))
            status = Path(path).stat()
        except OSError as e:
            raise FetchError(f"{path}: cannot be read ({reason(e)})") from e
        current = f"{status.st_mtime_ns}-{status.st_size}"
        file.seek(first := start if current == version else 0)
        yield Reply(first, status.st_size, current, _read(path, file))


def _read(path: str, file: BinaryIO) -> Iterator[bytes]:
    try:
        while chunk := file.read(CHUNK):
            yield chunk
    except OSError as e:
        raise Interrupted(f"{path}: cannot be read to its end ({reason(e)})") from e


OPENERS: dict[str, Callable[[str, int, str, str], AbstractContextManager[Reply]]] = {
    "http": _open_web,
    "https": _open_web,
    "file": _open_file_url,
    "": _open_path,
}
