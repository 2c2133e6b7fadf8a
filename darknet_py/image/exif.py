"""How a camera was held, as a picture's EXIF data say, and turning the picture upright."""

from __future__ import annotations

import struct
import warnings

import numpy as np

from .._support import forks
from ..errors import DarknetWarning
from . import jpeg, png
from .arrays import Picture
from .files import AnyPath

__all__ = ["Told", "orientation", "upright"]

ORIENTATION = 0x0112
UPRIGHT = 1


def orientation(data: bytes) -> int:
    """1 to 8 as EXIF numbers them, of a JPEG, PNG or WebP file; 1, upright, without EXIF data that can be read."""
    for is_kind, exif in ((jpeg.is_jpeg, jpeg.exif), (png.is_png, png.exif), (_is_webp, _webp_exif)):
        if is_kind(data):
            try:
                return _in_tiff(exif(data))
            except struct.error:  # cut off
                return UPRIGHT
    return UPRIGHT


def upright(picture: Picture, turn: int) -> Picture:
    """The picture (h, w, c) with an orientation undone: mirrored, turned or both."""
    if turn >= 5:
        picture = picture.swapaxes(0, 1)
    if turn in (2, 3, 6, 7):
        picture = picture[:, ::-1]
    if turn in (3, 4, 7, 8):
        picture = picture[::-1]
    return np.ascontiguousarray(picture)


class Told:
    """Whether a user knows that pictures are taken as they are stored: ``tell`` warns the first time only."""

    def __init__(self) -> None:
        self._guard, self._done = forks.lock(self, "_guard"), False

    def tell(self, path: AnyPath, turn: int) -> None:
        with self._guard:
            first, self._done = not self._done, True
        if first:
            warnings.warn(_AS_STORED.format(path=path, turn=turn), DarknetWarning, stacklevel=4)


_AS_STORED = (
    "{path}: taken as it is stored, as Darknet does, and not turned as its EXIF orientation {turn} says; so are others.  "
    "-exif (exif=True) turns pictures as cv2.imread does, -no_exif (exif=False) ends this warning"
)


def _in_tiff(tiff: bytes) -> int:
    """The orientation in the first directory of a TIFF structure.  Raises struct.error when it is cut off."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return UPRIGHT
    (directory,) = struct.unpack_from(order + "I", tiff, 4)
    (count,) = struct.unpack_from(order + "H", tiff, directory)
    for at in range(directory + 2, directory + 2 + 12 * count, 12):
        tag, _, _, value = struct.unpack_from(order + "HHIH", tiff, at)
        if tag == ORIENTATION:
            return value if 1 <= value <= 8 else UPRIGHT
    return UPRIGHT


def _is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def _webp_exif(data: bytes) -> bytes:
    at = 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"EXIF":
            return data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    return b""
