"""Files that are written; a failure is an OutputError that names the file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import OutputError
from .files import write_whole
from .words import reason

__all__ = ["naming", "write"]


@contextmanager
def naming(path: str | Path) -> Iterator[None]:
    """An OSError in the block becomes an OutputError about the file.  A pipe without a reader stays what it is."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as e:
        raise OutputError(f"{path}: cannot be written ({reason(e)}); check the folder and its rights") from e


def write(path: str | Path, data: bytes) -> None:
    """Write a file at once, whole or not at all."""
    with naming(path):
        write_whole(path, data)
