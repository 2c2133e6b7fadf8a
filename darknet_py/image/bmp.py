"""BMP files without their end, which Darknet reads.   C: stb_image.h stbi__bmp_load"""

from __future__ import annotations

import struct

__all__ = ["is_bmp", "whole"]

OS2 = 12  # bytes of an older header
PLAIN = 0, 3  # compressions that are none


def is_bmp(data: bytes) -> bool:
    """Whether a file's bytes are a BMP."""
    return data.startswith(b"BM")


def whole(data: bytes) -> bytes:
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
