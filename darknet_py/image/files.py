"""A picture's file → its bytes, of a regular file only and no more than a picture can need."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .._support.kinds import kind_of
from .._support.words import reason
from ..errors import ImageError

__all__ = ["MOST_A_PIXEL", "AnyPath", "enough_memory", "read_bytes", "read_open_file"]

AnyPath = str | os.PathLike[str]

MOST_A_PIXEL = 8  # bytes: four channels of 16 bits, not compressed
CHUNK = 1 << 20
BESIDE = 1 << 26  # bytes of all that is no pixel: profiles, thumbnails, maker notes
WITHOUT_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def read_bytes(path: AnyPath, most_pixels: int) -> bytes:
    """The whole file.  Raises ImageError when it cannot be read, is empty, or is none: a pipe, a device, a directory."""
    most = most_pixels * MOST_A_PIXEL + BESIDE
    try:
        _check(path, os.stat(path), most)  # to open some devices is to do something
        handle = os.open(path, os.O_RDONLY | WITHOUT_WAITING)
        with open(handle, "rb") as file:
            _check(path, os.fstat(handle), most)
            data = file.read()
    except (OSError, ValueError, TypeError) as e:  # ValueError: a NUL in the path
        raise ImageError(f"{path!s}: cannot be read ({reason(e)}); check the path") from e
    if not data:
        raise ImageError(f"{path}: the file is empty; give a PNG, JPEG or BMP file")
    return data


def read_open_file(file: Any, name: str, most_pixels: int) -> bytes:
    """What is left in a file that is open in binary mode.  Raises ImageError when it cannot be read, or does not end."""
    most, data = most_pixels * MOST_A_PIXEL + BESIDE, bytearray()
    while len(data) <= most:
        try:
            chunk = file.read(CHUNK)
        except (OSError, ValueError, TypeError) as e:  # ValueError: it is closed
            raise ImageError(f"{name}: cannot be read ({reason(e)}); open it with open(path, 'rb')") from e
        if not isinstance(chunk, bytes):
            raise ImageError(f"{name}: its read() gives {type(chunk).__name__}, not bytes; open it with open(path, 'rb')")
        if not chunk and not data:
            raise ImageError(f"{name}: nothing is left to be read; after it was written or read, file.seek(0) goes back")
        if not chunk:
            return bytes(data)
        data += chunk
    raise ImageError(f"{name}: goes on after {most} bytes, more than a picture within the limit of pixels can have")


@contextmanager
def enough_memory(path: AnyPath) -> Iterator[None]:
    """Raises ImageError for a picture that has no place in memory: a failed picture, which others may follow."""
    try:
        yield
    except MemoryError as e:
        raise ImageError(f"{path}: not enough memory for this picture; make it smaller, or cut it into several") from e


def _check(path: AnyPath, status: os.stat_result, most: int) -> None:
    if kind := kind_of(status.st_mode):
        raise ImageError(f"{path}: is a {kind}; give a picture file")
    if status.st_size > most:
        raise ImageError(f"{path}: {status.st_size} bytes are more than a picture within the limit of pixels can have; "
                         "is it a picture?  -max_pixels N (max_pixels=N) raises the limit")  # fmt: skip

