"""What a source of files answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import FetchError

__all__ = ["CHUNK", "MIRROR", "Interrupted", "Reply"]

CHUNK = 1 << 16
MIRROR = "with -mirror"  # how a user takes another source


class Interrupted(FetchError):
    """The file has not come to its end."""


@dataclass(frozen=True)
class Reply:
    """A file's bytes from ``start`` on.  ``total``: of the whole file, None if not told.  ``version``: PartialFile's."""

    start: int
    total: int | None
    version: str
    chunks: Iterator[bytes]
