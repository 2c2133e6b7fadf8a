"""What a .weights file begins with: three int32 (major, minor, revision) and the number of pictures seen in training."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ..errors import WeightsError
from .source import Source

__all__ = ["SEEN", "SHORT", "VERSION", "Header", "read_header"]

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


def read_header(source: Source, short_size: int) -> Header:
    """The header of a file.  Raises WeightsError when that is too short.   C: load_weights_upto

    Legacy versions were written with ``seen`` of either size: it takes 4 bytes if all of the file is ``short_size`` long.
    """
    _check_least(source, SHORT)
    major, minor, revision = VERSION.unpack(source.read(0, VERSION.size))
    width = 8 if major * 10 + minor >= 2 else 4
    if max(major, minor) > LEGACY and source.size == short_size:
        width = 4
    _check_least(source, VERSION.size + width)
    (seen,) = SEEN[width].unpack(source.read(VERSION.size, width))
    return Header(major, minor, revision, seen, VERSION.size + width)


def _check_least(source: Source, least: int) -> None:
    if source.size < least:
        raise WeightsError(f"{source.name}: {source.size} bytes are too few for a .weights file; get the file again")
