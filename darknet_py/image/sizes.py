"""Width and height as a picture's header claims them, before a decoder believes it.

A file that these functions do not understand has no size here; OpenCV's own limit of 2**30 pixels holds for it.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

from . import jpeg

__all__ = ["claimed_size"]

Size = tuple[int, int]


def claimed_size(data: bytes) -> Size | None:
    """(width, height) of a PNG, JPEG, BMP, TIFF, WebP, GIF, PNM, PFM, JPEG 2000, HDR, Sun raster or AVIF file."""
    for magic, read in _READERS:
        if magic.match(data):
            try:
                return read(data)
            except (struct.error, OverflowError):  # the header is cut off, or points far out of the file
                return None
    return None


def _at(form: str, offset: int) -> Callable[[bytes], Size]:
    """A reader of two numbers."""

    def read(data: bytes) -> Size:
        width, height = struct.unpack_from(form, data, offset)[:2]
        return abs(width), abs(height)

    return read


def _bmp(data: bytes) -> Size:
    (header,) = struct.unpack_from("<I", data, 14)
    return _at("<HH" if header == 12 else "<ii", 18)(data)


_TIFF_VALUES = {1: "B", 3: "H", 4: "I", 16: "Q"}


def _tiff(data: bytes) -> Size | None:
    """The first picture's, of TIFF (entries of 12 bytes) or BigTIFF (20)."""
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4].strip(b"\0") == b"+"
    (directory,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
    (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, directory)
    start, step = directory + (8 if big else 2), 20 if big else 12
    sides = {}
    for at in range(start, min(start + count * step, len(data) - step + 1), step):
        tag, kind = struct.unpack_from(order + "HH", data, at)
        if tag in (256, 257) and kind in _TIFF_VALUES:
            sides[tag] = struct.unpack_from(order + _TIFF_VALUES[kind], data, at + (12 if big else 8))[0]
    return (sides[256], sides[257]) if len(sides) == 2 else None


def _webp(data: bytes) -> Size | None:
    if data[12:16] == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if data[12:16] == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1


def _text(pattern: bytes, swap: bool = False) -> Callable[[bytes], Size | None]:
    """A reader of two numbers that a header of text spells; ``swap``: height comes first."""
    sides = re.compile(pattern)

    def read(data: bytes) -> Size | None:
        if not (match := sides.search(data, 0, 1 << 16)):
            return None
        first, second = map(int, match.groups())
        return (second, first) if swap else (first, second)

    return read


def _jpeg2000(data: bytes) -> Size | None:
    if (start := data.find(b"\xff\x4f\xff\x51")) < 0:
        return None
    width, height, left, top = struct.unpack_from(">IIII", data, start + 8)
    return max(width - left, 0), max(height - top, 0)


def _avif(data: bytes) -> Size | None:
    """The largest of all pictures in it, thumbnails and parts."""
    sizes = [struct.unpack_from(">II", data, match.end() + 4) for match in re.finditer(b"ispe", data[: 1 << 20])]
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


_BLANK = rb"(?:\s|#[^\n]*\n)+"
_NUMBER = rb"(\d{1,18})"
_READERS: list[tuple[re.Pattern[bytes], Callable[[bytes], Size | None]]] = [
    (re.compile(magic, re.DOTALL), read)
    for magic, read in [
        (rb"\xff\xd8", jpeg.claimed_size),
        (rb"\x89PNG\r\n\x1a\n", _at(">II", 16)),
        (rb"BM", _bmp),
        (rb"II[*+]\0|MM\0[*+]", _tiff),
        (rb"RIFF....WEBP", _webp),
        (rb"GIF8", _at("<HH", 6)),
        (rb"P[1-6Ff]\s", _text(rb"^P." + _BLANK + _NUMBER + _BLANK + _NUMBER)),
        (rb"P7\s", _text(rb"^P7\s(?=(?s:.*?)WIDTH\s+" + _NUMBER + rb")(?=(?s:.*?)HEIGHT\s+" + _NUMBER + rb")")),
        (rb"\xff\x4f\xff\x51|\0\0\0\x0cjP", _jpeg2000),
        (rb"#\?RGBE|#\?RADIANCE", _text(rb"[-+]Y " + _NUMBER + rb" [-+]X " + _NUMBER, swap=True)),
        (rb"\x59\xa6\x6a\x95", _at(">II", 4)),
        (rb"....ftypavi", _avif),
    ]
]
