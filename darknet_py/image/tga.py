"""TGA files, which Darknet reads and OpenCV does not.   C: stb_image.h stbi__tga_load"""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DarknetWarning, ImageError
from .arrays import Picture
from .files import AnyPath

__all__ = ["Header", "header", "read"]

HEADER = struct.Struct("<BBBHHBHHHHBB")
INDEXED, COLOURS, GREY, PACKED = 1, 2, 3, 8  # kinds of picture
TOP_DOWN, RIGHT_TO_LEFT = 0x20, 0x10  # flags
DEPTHS = 8, 15, 16, 24, 32  # bits of a pixel, or of a colour in a palette


@dataclass(frozen=True)
class Header:
    """``text``: bytes before the palette; ``colours``, ``colour_bits``: of the palette; ``bits``: of a pixel."""

    text: int
    palette: int
    kind: int
    first: int
    colours: int
    colour_bits: int
    x: int
    y: int
    width: int
    height: int
    bits: int
    flags: int

    @property
    def possible(self) -> bool:
        """Whether this is the header of a TGA; the files have no mark of their own."""
        kinds = {0: (COLOURS, GREY), 1: (INDEXED,)}.get(self.palette, ())
        depths = (8, 16) if self.palette else DEPTHS
        return (
            self.kind & ~PACKED in kinds and self.bits in depths and self.width > 0 and self.height > 0
            and (not self.palette or self.colour_bits in DEPTHS)
        )  # fmt: skip

    @property
    def grey(self) -> bool:
        """Whether pixels of 16 bits are grey and alpha."""
        return self.kind & ~PACKED == GREY


def header(data: bytes) -> Header | None:
    """None when a file's bytes cannot be a TGA."""
    if len(data) < HEADER.size:
        return None
    head = Header(*HEADER.unpack_from(data))
    return head if head.possible else None


def read(path: AnyPath, data: bytes, head: Header) -> Picture:
    """The pixels: (h, w, 3) BGR or (h, w, 4) BGRA uint8.  Raises ImageError when some are missing."""
    at = HEADER.size + head.text
    if head.palette:
        start = at + head.first  # the reference passes over so many bytes, though entries are meant
        at = start + head.colours * _bytes(head.colour_bits)
        if not head.colours or len(data) < at:
            raise ImageError(f"{path}: damaged TGA (its palette is cut off); copy or download it again")
        palette = _colours(data[start:at], head.colour_bits, False)
        index = np.frombuffer(_pixels(path, data, at, head), "<u2" if head.bits == 16 else "u1")
        picture = palette[np.where(index < head.colours, index, 0)]
    else:
        picture = _colours(_pixels(path, data, at, head), head.bits, head.grey)
    if head.flags & RIGHT_TO_LEFT:
        message = f"{path}: a TGA stored from right to left, which is read from left to right as Darknet does"
        warnings.warn(message, DarknetWarning, stacklevel=4)
    picture = picture.reshape(head.height, head.width, -1)
    return np.ascontiguousarray(picture if head.flags & TOP_DOWN else picture[::-1])


def _pixels(path: AnyPath, data: bytes, at: int, head: Header) -> bytes | bytearray:
    """All pixels' bytes, unpacked."""
    size = _bytes(head.bits)
    wanted = head.width * head.height * size
    pixels = _unpacked(data, at, size, wanted) if head.kind & PACKED else data[at : at + wanted]
    if len(pixels) < wanted:
        raise ImageError(f"{path}: damaged TGA (cut off after {len(pixels) // size} of {head.width * head.height} pixels); "
                         "copy or download it again")  # fmt: skip
    return pixels


def _unpacked(data: bytes, at: int, size: int, wanted: int) -> bytearray:
    """Runs: a byte that says how many, then one pixel for all of them or each; fewer bytes when the file ends early."""
    out = bytearray()
    while len(out) < wanted and at < len(data):
        count, repeated = (data[at] & 127) + 1, data[at] >> 7
        length = size if repeated else size * count
        run = data[at + 1 : at + 1 + length]
        if len(run) < length:
            break
        out += run * count if repeated else run
        at += 1 + length
    return out[:wanted]


def _colours(data: bytes | bytearray, bits: int, grey: bool) -> NDArray[Any]:
    """Bytes of pixels → (n, 3) BGR or (n, 4) BGRA uint8."""
    if bits == 15 or (bits == 16 and not grey):
        words = np.frombuffer(data, "<u2").astype(np.uint32)
        return np.stack([(words >> shift & 31) * 255 // 31 for shift in (0, 5, 10)], 1).astype(np.uint8)
    values = np.frombuffer(data, np.uint8).reshape(-1, bits // 8)
    return values if bits >= 24 else values[:, [0, 0, 0, 1][: 3 if bits == 8 else 4]]


def _bytes(bits: int) -> int:
    return -(-bits // 8)
