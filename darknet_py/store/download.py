"""A file from its source into a PartialFile, whatever the connection does on the way."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from ..errors import FetchError
from .partial_file import PartialFile
from .reply import MIRROR, Interrupted, Reply
from .sources import open_source

__all__ = ["Report", "download"]

Report = Callable[[int, int], None]

TRIES = 5


def download(address: str, part: PartialFile, size: int, report: Report, elsewhere: str = MIRROR) -> None:
    """Bring what ``part`` lacks of a file of ``size`` bytes; ``report`` is told bytes that are there, and ``size``.

    ``elsewhere``: how the user takes another source.

    A lost connection is taken up again as long as each brings something.  Raises FetchError when the file cannot be had
    or is not one of ``size`` bytes, and OSError when ``part`` cannot be written; what has come remains, to go on with.
    """
    if part.size > size:
        part.discard()
    for left in reversed(range(TRIES)):
        before = part.size
        if before == size and part.version:
            return
        try:
            _receive(address, part, size, report, elsewhere)
            return
        except Interrupted as e:
            if not left or part.size <= before:
                raise FetchError(f"{e}; {part.size} of {size} bytes are here: fetch it again to go on") from e


def _receive(address: str, part: PartialFile, size: int, report: Report, elsewhere: str) -> None:
    start = part.size if part.version else 0
    with open_source(address, start, part.version, elsewhere) as reply:
        first = next(reply.chunks, b"")
        _check(address, reply, first, size, elsewhere)
        with part.open(reply.start, reply.version) as file:
            report(reply.start, size)
            for chunk in chain([first], reply.chunks):
                file.write(chunk)
                report(min(file.tell(), size), size)
                if file.tell() > size:
                    raise FetchError(f"{address}: more than the {size} bytes that it must have: it is another file")
            if file.tell() < size:
                raise Interrupted(f"{address}: the connection was lost")


def _check(address: str, reply: Reply, first: bytes, size: int, elsewhere: str) -> None:
    """Raises FetchError for what cannot be the file, before anything that has come is written over."""
    if reply.start == 0 and first.lstrip().startswith(b"<"):
        raise FetchError(f"{address}: a web page came, not the file: the file has moved, or a proxy or log-in is between; "
                         f"open the address in a browser, or take another source {elsewhere}")  # fmt: skip
    if reply.total not in (None, size):
        raise FetchError(f"{address}: {reply.total} bytes, but it must have {size}: it is another file")
