"""The bytes of a .weights file, in memory or on disk.

A file on disk stays open and is read when its numbers are asked for: training may replace it (what was opened is still
there), but when it has been written to since, a read is an error and not other numbers.
"""

from __future__ import annotations

import hashlib
import os
import threading
import weakref
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from .._support.kinds import kind_of
from .._support.words import reason
from ..errors import WeightsError

__all__ = ["Source", "opened", "sha256"]

CHUNK = 1 << 24  # bytes looked at together for a check sum


class Source(Protocol):
    """``name`` for messages, and ``size`` in bytes."""

    name: str
    size: int

    def read(self, offset: int, size: int) -> bytes:
        """``size`` bytes from ``offset`` on.  Raises WeightsError when they cannot be had or are not what they were."""

    def is_at(self, path: str | Path) -> bool:
        """Whether it is the file of this path, by whatever name."""


def opened(source: str | Path | bytes) -> Source:
    """The bytes themselves, or the file of a path.  Raises WeightsError when that is missing or no file."""
    return Memory(source) if isinstance(source, bytes) else File(source)


class Memory:
    """Bytes that are at hand."""

    name = "<weights>"

    def __init__(self, data: bytes) -> None:
        self.data, self.size = data, len(data)

    def read(self, offset: int, size: int) -> bytes:
        return self.data[offset : offset + size]

    def is_at(self, path: str | Path) -> bool:
        return False


class File:
    """A file that is read piece by piece.  Pickled, it is its path and a check sum."""

    def __init__(self, path: str | Path) -> None:
        self.name = str(path)
        self.path = os.path.abspath(path)
        try:
            self._open()
        except (OSError, ValueError) as e:
            raise WeightsError(f"{path}: cannot be read ({reason(e)}); give a .weights file") from e
        self._before = os.fstat(self._descriptor)
        self.size = self._before.st_size

    def read(self, offset: int, size: int) -> bytes:
        try:
            data = _pread(self._descriptor, size, offset)
        except OSError as e:
            raise WeightsError(f"{self.name}: cannot be read ({reason(e)})") from e
        if self._is_written() or len(data) < size:
            raise WeightsError(f"{self.name}: was written to after it was loaded; load it again")
        return data

    def is_at(self, path: str | Path) -> bool:
        return os.path.exists(path) and os.path.samestat(os.stat(path), os.fstat(self._descriptor))

    def _open(self) -> None:
        flags = getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
        self._descriptor = os.open(self.path, os.O_RDONLY | flags)
        weakref.finalize(self, os.close, self._descriptor)
        if kind := kind_of(os.fstat(self._descriptor).st_mode):
            raise ValueError(f"it is a {kind}")

    def _is_written(self) -> bool:
        """Whether the file was written to since it was opened, even if somebody set the time of that back.

        The time of change, which nobody can set, is also that of another name, owner or right.
        """
        before, now = self._before, os.fstat(self._descriptor)
        if (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            return True
        return now.st_ctime_ns != before.st_ctime_ns and _rights(now) == _rights(before) and self.is_at(self.path)

    def __reduce__(self) -> tuple[Callable[..., File], tuple[Any, ...]]:
        return _again, (self.path, self.size, _check_sum(self))


def _rights(status: os.stat_result) -> tuple[int, ...]:
    return status.st_nlink, status.st_mode, status.st_uid, status.st_gid


def _again(path: str, size: int, check_sum: int) -> File:
    """A pickled file, if it still is what it was.  Raises WeightsError else."""
    file = File(path)
    if file.size != size or _check_sum(file) != check_sum:
        raise WeightsError(f"{path}: is not the file that was pickled; load it again")
    return file


def sha256(source: Source) -> str:
    """The check sum of all of it, as published ones are written.  Raises WeightsError when it cannot be read."""
    digest = hashlib.sha256()
    for offset in range(0, source.size, CHUNK):
        digest.update(source.read(offset, min(CHUNK, source.size - offset)))
    return digest.hexdigest()


def _check_sum(file: File) -> int:
    crc = 0
    for offset in range(0, file.size, CHUNK):
        crc = zlib.crc32(file.read(offset, min(CHUNK, file.size - offset)), crc)
    return crc


def _pread_by_seeking(descriptor: int, size: int, offset: int) -> bytes:
    with _seeking:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, size)


_seeking = threading.Lock()
_read_at: Callable[[int, int, int], bytes] = getattr(os, "pread", _pread_by_seeking)


def _pread(descriptor: int, size: int, offset: int) -> bytes:
    """``size`` bytes, less at the end of the file; systems give two gigabytes at most at once."""
    parts = [_read_at(descriptor, size, offset)]
    while parts[-1] and (have := sum(map(len, parts))) < size:
        parts.append(_read_at(descriptor, size - have, offset + have))
    return parts[0] if len(parts) == 1 else b"".join(parts)
