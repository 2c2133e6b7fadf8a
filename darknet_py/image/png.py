"""PNG files from chunk to chunk: their EXIF data, and those that decoders refuse though all pixels are there."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

__all__ = ["exif", "is_png", "whole"]

START = b"\x89PNG\r\n\x1a\n"
LENGTHS = 12  # bytes of a chunk beside its data: length, name, check sum
PART = 1 << 20  # bytes of pixels that are looked at together


def is_png(data: bytes) -> bool:
    """Whether a file's bytes are a PNG."""
    return data.startswith(START)


def exif(data: bytes) -> bytes:
    """The TIFF structure of its EXIF chunk, empty without one."""
    return next((body for name, body, _ in _chunks(data) if name == b"eXIf"), b"")


def whole(data: bytes) -> bytes | None:
    """The file; where check sums are wrong or its end is missing, as it should be.   C: stb_image.h, which needs neither

    None when its header or pixels are missing or damaged: libpng would print to stderr.
    """
    chunks = list(_chunks(data))
    if not chunks or not chunks[0][2]:
        return None
    if all(right for _, _, right in chunks) and chunks[-1][0] == b"IEND":
        return data
    if not _all_pixels(b"".join(body for name, body, _ in chunks if name == b"IDAT")):
        return None
    kept = [(name, body) for name, body, _ in chunks if name != b"IEND"]
    return START + b"".join(_chunk(name, body) for name, body in [*kept, (b"IEND", b"")])


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bool]]:
    """(name, data, whether its check sum is right) up to IEND; one that is cut off is left out."""
    at = len(START)
    while at + LENGTHS <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        end = at + LENGTHS + length
        if end > len(data):
            return
        named = data[at + 4 : end - 4]
        yield named[:4], named[4:], zlib.crc32(named) == struct.unpack_from(">I", data, end - 4)[0]
        if named[:4] == b"IEND":
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
