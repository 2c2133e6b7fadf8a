"""PNG files from chunk to chunk: their EXIF data, and those that decoders refuse though all pixels are there."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["exif", "is_png", "repaired"]

START = b"\x89PNG\r\n\x1a\n"
LENGTHS = 12  # bytes of a chunk beside its data: length, name, check sum
PART = 1 << 20  # bytes of pixels that are looked at together


def is_png(data: bytes) -> bool:
    return data.startswith(START)


def exif(data: bytes) -> bytes:
    """The TIFF structure of its EXIF chunk, empty without one."""
    return next((chunk.body(data) for chunk in _chunks(data) if chunk.name == b"eXIf"), b"")


def repaired(data: bytes) -> bytes | None:
    """The file; where check sums are wrong or its end is missing, as it should be.   C: stb_image.h, which needs neither

    None when its header or pixels are missing or damaged: libpng would print to stderr.
    """
    chunks = list(_chunks(data))
    if not chunks or not chunks[0].right(data):
        return None
    if chunks[-1].name == b"IEND" and all(chunk.right(data) for chunk in chunks):
        return data
    if not _all_pixels(b"".join(chunk.body(data) for chunk in chunks if chunk.name == b"IDAT")):
        return None
    kept = [(chunk.name, chunk.body(data)) for chunk in chunks if chunk.name != b"IEND"]
    return START + b"".join(_chunk(name, body) for name, body in [*kept, (b"IEND", b"")])


class Chunk(NamedTuple):
    """``start``: of its name, which its data follow; ``end``: where its check sum begins."""

    name: bytes
    start: int
    end: int

    def body(self, data: bytes) -> bytes:
        return data[self.start + 4 : self.end]

    def right(self, data: bytes) -> bool:
        """Whether its check sum is."""
        (expected,) = struct.unpack_from(">I", data, self.end)
        return zlib.crc32(memoryview(data)[self.start : self.end]) == expected


def _chunks(data: bytes) -> Iterator[Chunk]:
    """All up to IEND; one that is cut off is left out."""
    at = len(START)
    while at + LENGTHS <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        end = at + LENGTHS + length
        if end > len(data):
            return
        yield (chunk := Chunk(data[at + 4 : at + 8], at + 4, end - 4))
        if chunk.name == b"IEND":
            return
        at = end


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _all_pixels(packed: bytes) -> bool:
    """Whether compressed data are whole, by their own check sum."""
    unpacking = zlib.decompressobj()
    try:
        while packed and not unpacking.eof:
            unpacking.decompress(packed, PART)
            packed = unpacking.unconsumed_tail
    except zlib.error:
        return False
    return unpacking.eof
