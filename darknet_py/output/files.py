"""Files that are written; a failure is an OutputError that names the file."""

from __future__ import annotations

import io
import os
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import IO, Protocol

from .._support import whole_file
from .._support.words import reason
from .._support.writing import naming, write
from ..errors import OutputError
from ..image.writing import encoded, save_picture

__all__ = ["Records", "Writer", "encoded", "make_folder", "naming", "save_picture", "write", "write_text"]


class Writer(Protocol):
    """What takes text: a file, standard output."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> object: ...


class Records:
    """A text file that never ends within a record: what one ``write`` is given is in it to the end, or not at all.

    ``atomic``: it has its name only from ``close`` on; else at once, for others to read along.  Paths that are not UTF-8
    are written into it as they are.  ``keep``: it begins with so many bytes of the file that is there.
    Raises OutputError, after which what was written before may still be closed.
    """

    def __init__(self, path: str | Path, atomic: bool, keep: int = 0) -> None:
        self.path, self.size = path, keep
        with naming(path):
            self.manager = _opened(path, atomic, keep)
            file = self.manager.__enter__()
            if atomic and keep:
                file.write(Path(path).read_bytes()[:keep])
                file.flush()
        self.raw = file.raw if isinstance(file, (io.BufferedWriter, io.BufferedRandom)) else file

    def write(self, text: str) -> None:
        done = False
        try:
            with naming(self.path):
                self._append(text.encode("utf-8", "surrogateescape"))
            done = True
        finally:
            if not done:
                self._cut()

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        with naming(self.path):
            self.manager.__exit__(None, None, None)

    def __enter__(self) -> Records:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _append(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[self.raw.write(left) :]
        self.size += len(data)

    def _cut(self) -> None:
        """Take back part of a record; what went into a pipe cannot be."""
        with suppress(OSError):
            self.raw.truncate(self.size)
            self.raw.seek(self.size)


def _opened(path: str | Path, atomic: bool, keep: int) -> AbstractContextManager[IO[bytes]]:
    regular = Path(path).is_file() or not Path(path).exists()
    standing = regular and not str(path).startswith("/dev/")  # which may be another name of what is open already
    if not standing or atomic:
        return whole_file(path)
    if not keep:
        return Path(path).open("wb")
    os.truncate(path, keep)
    return Path(path).open("ab")


def write_text(path: str | Path, text: str) -> None:
    """Write a text file at once, whole or not at all."""
    write(path, text.encode("utf-8", "surrogateescape"))


def make_folder(path: str | Path) -> Path:
    """The folder, made with those above it where it is not there."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise OutputError(f"{path}: cannot be made a folder ({reason(e)}); choose another one") from e
    return Path(path)
