"""What a .weights file begins with: three int32 (major, minor, revision) and the number of pictures seen in training."""

from __future__ import annotations

import mmap
import os
import struct
from dataclasses import dataclass
from pathlib import Path

from .._support.kinds import kind_of
from ..errors import WeightsError

__all__ = ["SEEN", "SHORT", "VERSION", "Data", "Header", "map_file", "read_header"]

Data = mmap.mmap | bytes

VERSION = struct.Struct("<iii")
SEEN = {8: struct.Struct("<Q"), 4: struct.Struct("<I")}
SHORT = VERSION.size + min(SEEN)
LEGACY = 1000  # versions above mark transposed [connected] weights
PLAUSIBLE = 10**6


@dataclass(frozen=True)
class Header:
    """What stands before the arrays; ``size`` in bytes, 20 or 16 as ``seen`` takes 8 or 4."""

    major: int = 0
    minor: int = 2
    revision: int = 5
    seen: int = 0
    size: int = 20

    @property
    def legacy(self) -> bool:
        """Whether [connected] weights are transposed."""
        return self.major > LEGACY or self.minor > LEGACY

    @property
    def plausible(self) -> bool:
        """Whether it can be a version at all."""
        return 0 <= self.major < PLAUSIBLE and 0 <= self.minor < PLAUSIBLE

    @property
    def other_size(self) -> int:
        """The bytes that a header of the other kind takes."""
        return 36 - self.size


def map_file(path: str | Path) -> mmap.mmap:
    """The bytes of a file.  Raises WeightsError when it is missing, too short for a header, or no file."""
    try:
        if kind := kind_of(os.stat(path).st_mode):
            raise WeightsError(f"{path}: cannot be read (it is a {kind}); give a .weights file")
        with Path(path).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            _check_least(size, SHORT, path)
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as e:
        reason = e.strerror if isinstance(e, OSError) else str(e)
        raise WeightsError(f"{path}: cannot be read ({reason})") from e


def _check_least(size: int, least: int, path: str | Path) -> None:
    if size < least:
        raise WeightsError(f"{path}: {size} bytes are too few for a .weights file; get the file again")


def read_header(data: Data, path: str | Path, short_size: int) -> Header:
    """The header of a file of ``path``.   C: load_weights_upto

    Legacy versions were written with ``seen`` of either size: it takes 4 bytes if all of the file is ``short_size`` long.
    """
    _check_least(len(data), SHORT, path)
    major, minor, revision = VERSION.unpack_from(data)
    width = 8 if major * 10 + minor >= 2 else 4
    if max(major, minor) > LEGACY and len(data) == short_size:
        width = 4
    _check_least(len(data), VERSION.size + width, path)
    (seen,) = SEEN[width].unpack_from(data, VERSION.size)
    return Header(major, minor, revision, seen, VERSION.size + width)
