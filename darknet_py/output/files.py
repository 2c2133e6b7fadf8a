"""Files that are written; a failure is an OutputError that names the file."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol

import numpy as np
from numpy.typing import NDArray

from .._support import whole_file, write_whole
from .._support.words import reason
from ..errors import OutputError

__all__ = ["Records", "Writer", "encoded", "make_folder", "naming", "save_picture", "write", "write_text"]

JPEG_QUALITY = 95


class Writer(Protocol):
    """What takes text: a file, standard output."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> object: ...


@contextmanager
def naming(path: str | Path) -> Iterator[None]:
    """An OSError in the block becomes an OutputError about the file.  A pipe without a reader stays what it is."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as e:
        raise OutputError(f"{path}: cannot be written ({reason(e)}); check the folder and its rights") from e


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


def write(path: str | Path, data: bytes) -> None:
    """Write a file at once, whole or not at all."""
    with naming(path):
        write_whole(path, data)


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


def save_picture(path: str | Path, picture: NDArray[np.uint8]) -> None:
    """Write a BGR picture in the format of its suffix."""
    write(path, encoded(picture, path))


def encoded(picture: NDArray[np.uint8], path: str | Path, quality: int = JPEG_QUALITY) -> bytes:
    """A BGR picture as a file in the format of the suffix of ``path``; ``quality`` of a JPEG, up to 100."""
    from .._support.with_cv2 import cv2

    jpeg = Path(path).suffix.lower() in (".jpg", ".jpeg")
    try:
        done, data = cv2.imencode(Path(path).suffix, picture, [cv2.IMWRITE_JPEG_QUALITY, quality] if jpeg else [])
    except cv2.error as e:
        raise OutputError(f"{path}: no such picture format; use .jpg or .png") from e
    if not done:
        raise OutputError(f"{path}: the picture cannot be encoded; use .jpg or .png")
    return data.tobytes()
