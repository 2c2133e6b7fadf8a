"""A picture file → its pixels, by OpenCV's decoders."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DarknetWarning, ImageError
from .arrays import Picture, Planes, from_array
from .opencv import silence

__all__ = ["is_jpeg", "load_image", "read_image"]

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG, _JPEG_SCAN, _END_OF_JPEG = b"\xff\xd8", b"\xff\xda", b"\xff\xd9"


def load_image(path: str | Path, channels: int = 3, exif: bool = False) -> Planes:
    """Read a picture file: (channels, h, w) float32, RGB or grey.  Raises ImageError.   C: image.c load_image_stb

    Transparency is dropped, not blended; 16-bit pictures keep their upper eight bits.  ``exif=True`` turns the picture as
    its EXIF tag says, which the reference does only when built with OpenCV.
    """
    return from_array(read_image(path, exif), channels)


def read_image(path: str | Path, exif: bool = False) -> Picture:
    """Read a picture file: (h, w, 3) uint8, BGR.  Raises ImageError naming the file and what mends it."""
    import cv2

    data = _bytes(path)
    if data.startswith(_PNG) and not _png_whole(data):
        raise ImageError(f"{path}: damaged PNG (cut off or changed); copy or download it again")
    flags = cv2.IMREAD_COLOR | (0 if exif else cv2.IMREAD_IGNORE_ORIENTATION)
    with silence:
        try:
            picture: Any = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
        except cv2.error as e:
            raise ImageError(f"{path}: cannot be decoded ({e.err}); convert it to PNG or JPEG") from e
    if picture is None:
        raise ImageError(f"{path}: not a picture that can be read; give a whole PNG, JPEG or BMP file")
    if data.startswith(_JPEG) and _END_OF_JPEG not in data[data.rfind(_JPEG_SCAN) + 1 :]:
        warnings.warn(f"{path}: the JPEG ends early; the rest of the picture is blank", DarknetWarning, stacklevel=2)
    return np.asarray(picture, np.uint8)


def is_jpeg(data: bytes) -> bool:
    """Whether a file's bytes are a JPEG, which decoders decode to values a level or two apart."""
    return data.startswith(_JPEG)


def _bytes(path: str | Path) -> bytes:
    try:
        data = Path(path).read_bytes()
    except IsADirectoryError as e:
        raise ImageError(f"{path}: is a directory; give a picture file") from e
    except (OSError, ValueError) as e:
        reason = getattr(e, "strerror", None) or str(e)
        raise ImageError(f"{path}: cannot be read ({reason}); check the path") from e
    if not data:
        raise ImageError(f"{path}: the file is empty; give a PNG, JPEG or BMP file")
    return data


def _png_whole(data: bytes) -> bool:
    """Whether all chunks up to IEND are there and pass their check sums: libpng would print to stderr if not."""
    at = len(_PNG)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        body, end = data[at + 4 : at + 8 + length], at + 12 + length
        if end > len(data) or zlib.crc32(body) != struct.unpack_from(">I", data, end - 4)[0]:
            return False
        if body[:4] == b"IEND":
            return True
        at = end
    return False
