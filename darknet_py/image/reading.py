"""A picture file → its pixels: OpenCV's decoders behind checks of what they are given, and a reader of TGA."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from .._support.machine import memory_limit
from ..errors import DarknetWarning, ImageError
from . import bmp, exif, jpeg, opencv, png, tga
from .arrays import Picture, Planes, check_channels, from_array
from .exif import Told
from .files import AnyPath, enough_memory, read_bytes
from .formats import unread
from .sizes import claimed_size

__all__ = ["LIMIT_REMEDY", "MAX_PIXELS", "ONCE", "Reading", "check_size", "decode_image", "load_image", "read_image",
           "turned"]  # fmt: skip

LIMIT_REMEDY = "; -max_pixels"  # with which it begins, in messages; clients of a service have no such flag
MAX_PIXELS = 1 << 28  # 268 million: 16384 x 16384
SMALL = 1 << 24  # pixels that there is memory for without a look
ONCE = Told()
PIXEL = 16  # bytes of memory that a pixel needs on its way: 3 of BGR, 12 of float32 planes, and a row here and there


class Reading(NamedTuple):
    """How picture files are read.

    ``exif``: True turns pictures upright as their EXIF orientation says, which the reference does only when built with
    OpenCV; False takes them as they are stored; None does so too, and warns of the first one that stands otherwise.
    ``max_pixels``: width times height above which a picture is refused by its header alone; None: MAX_PIXELS.
    ``whole``: files that are cut off or changed are refused, which else are read with a warning.
    ``told``: whether that warning was given; ONCE: in this process.
    """

    exif: bool | None = None
    max_pixels: int | None = None
    told: Told = ONCE
    whole: bool = False

    @property
    def most(self) -> int:
        """Pixels that a picture may have."""
        return MAX_PIXELS if self.max_pixels is None else self.max_pixels


def load_image(
    path: AnyPath, channels: int = 3, exif: bool | None = None, max_pixels: int | None = None, told: Told = ONCE
) -> Planes:
    """Read a picture file: (channels, h, w) float32 in [0, 1].  Raises ImageError.   C: image.c load_image_stb

    ``channels``: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.  With 1 and 3 transparency is dropped, not blended; 16-bit
    pictures keep their upper eight bits.  ``exif``, ``max_pixels``, ``told``: see ``Reading``.
    """
    check_channels(channels)
    with enough_memory(path):
        return from_array(read_image(path, exif, max_pixels, told, alpha=channels in (2, 4)), channels)


def read_image(
    path: AnyPath, exif: bool | None = None, max_pixels: int | None = None, told: Told = ONCE, whole: bool = False,
    alpha: bool = False,
) -> Picture:  # fmt: skip
    """Read a picture file: (h, w, 3) BGR uint8 or, with ``alpha``, (h, w, 4) BGRA of a picture that has it.

    ``exif``, ``max_pixels``, ``told``, ``whole``: see ``Reading``.  Raises ImageError naming the file and what fixes it.
    Warns (DarknetWarning) of a file that is damaged, but can be read.
    """
    with enough_memory(path):
        return _read(path, Reading(exif, max_pixels, told, whole), alpha)


def decode_image(name: AnyPath, data: bytes, how: Reading, alpha: bool = False) -> Picture:
    """``read_image`` of a file's bytes; ``name``: what messages call it."""
    with enough_memory(name):
        if not data:
            raise ImageError(f"{name}: no bytes; give those of a PNG, JPEG or BMP file")
        return _pixels(name, data, how, alpha)


def turned(path: AnyPath, picture: Picture) -> Picture:
    """What ``read_image`` gave as it is stored in a file, upright as the file's EXIF data say.  Raises ImageError."""
    return exif.upright(picture, exif.orientation(read_bytes(path, picture.size)))


def _read(path: AnyPath, how: Reading, alpha: bool) -> Picture:
    return _pixels(path, read_bytes(path, how.most), how, alpha)


@contextmanager
def _ending(path: AnyPath) -> Iterator[None]:
    try:
        yield
    except jpeg.EndlessError as e:
        raise ImageError(f"{path}: {e}, which no picture has; copy or download it again") from e


def _pixels(path: AnyPath, data: bytes, how: Reading, alpha: bool) -> Picture:
    head = tga.header(data)
    with _ending(path):
        size = (head.width, head.height) if head else claimed_size(data)
        if size:
            check_size(path, size, how.most)
        if head:
            picture = tga.read(path, data, head)
            return picture if alpha else picture[..., :3]
        return _decoded(path, _repaired(path, data, how.whole), how, alpha)


def check_size(path: AnyPath, size: tuple[int, int], most: int) -> None:
    """Raises ImageError for a picture of more pixels than ``most``, or than there is memory for."""
    pixels = size[0] * size[1]
    claim = f"{path}: a picture of {size[0]} x {size[1]} pixels by its header"
    if pixels > most:
        raise ImageError(f"{claim}, more than the limit of {most}{LIMIT_REMEDY} {pixels} (max_pixels={pixels}) raises it")
    if pixels > SMALL and pixels * PIXEL > (limit := memory_limit()).bytes:
        raise ImageError(f"{claim}, which takes about {pixels * PIXEL / 2**30:.1f} GiB of memory; there are {limit.text}; "
                         "make it smaller, or cut it into several")  # fmt: skip


def _repaired(path: AnyPath, data: bytes, whole: bool) -> bytes:
    """The file as decoders take it, repaired where nothing of the picture is lost, or no more than in the reference.

    Raises ImageError where that is not enough, or, with ``whole``, is needed.
    """
    for is_kind, repair, kind, warning in _REPAIRS:
        if is_kind(data):
            repaired = repair(data)
            if repaired is None or (whole and repaired is not data):
                raise ImageError(f"{path}: damaged {kind} (cut off or changed); copy or download it again")
            if repaired is not data:
                warnings.warn(f"{path}: {warning}", DarknetWarning, stacklevel=6)
            return repaired
    return data


_REPAIRS = [
    (jpeg.is_jpeg, jpeg.repaired, "JPEG", "the JPEG ends early; what is missing of the picture is blank"),
    (bmp.is_bmp, bmp.repaired, "BMP", "the BMP ends early; what is missing of the picture is black"),
    (png.is_png, png.repaired, "PNG", "the PNG lacks its end or has wrong check sums, but its pixels are whole"),
]


def _decoded(path: AnyPath, data: bytes, how: Reading, alpha: bool) -> Picture:
    picture = opencv.decode(path, data, alpha)
    if picture is None:
        raise ImageError(f"{path}: {unread(data)}")
    turn = exif.orientation(data)
    if how.exif:
        return exif.upright(picture, turn)
    if turn != exif.UPRIGHT and how.exif is None:
        how.told.tell(path, turn)
    return picture
