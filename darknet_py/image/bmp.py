"""BMP files where Darknet reads other than OpenCV: without their end, and of 16 bits.   C: stb_image.h stbi__bmp_load"""

from __future__ import annotations

import struct

import numpy as np

from .arrays import Picture

__all__ = ["full_range", "is_bmp", "repaired"]

OS2 = 12  # bytes of an older header
PLAIN = 0, 3  # compressions that are none
MASKED, GREEN_OF_6 = b"\3\0\0\0", b"\xe0\7\0\0"


def is_bmp(data: bytes) -> bool:
    return data.startswith(b"BM")


def repaired(data: bytes) -> bytes:
    """The file, with zeros, black, in place of pixels that are missing; one without any pixel as it is."""
    try:
        first, header = struct.unpack_from("<II", data, 10)
        form = "<HHHH" if header == OS2 else "<iiHH"
        width, height, _, bits = struct.unpack_from(form, data, 18)
        compression = 0 if header == OS2 else struct.unpack_from("<I", data, 30)[0]
    except struct.error:  # cut off in its header
        return data
    size = first + (width * bits + 31) // 32 * 4 * abs(height)
    plain = compression in PLAIN and width > 0 and bits in (1, 4, 8, 16, 24, 32)
    return data.ljust(size, b"\0") if plain and first < len(data) < size else data


def full_range(data: bytes, picture: Picture) -> Picture:
    """The picture with colours of five and six bits up to 255, which OpenCV takes to 248 and 252; others as they are."""
    if not is_bmp(data) or data[28:30] != b"\x10\0":
        return picture
    six = data[30:34] == MASKED and data[58:62] == GREEN_OF_6
    return picture | picture >> np.array([5, 6 if six else 5, 5], np.uint8)
