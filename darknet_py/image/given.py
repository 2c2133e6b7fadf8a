"""What a user gives for a picture → its pixels: a path, an address, bytes of a file, an open file, an array, a PIL image."""

from __future__ import annotations

import os
from typing import Any, Protocol, TypeAlias

import numpy as np

from ..errors import ImageError
from ..files.addresses import is_stream, is_web, local_path, shown
from . import pillow
from .arrays import AnyArray, Picture, as_pixels
from .files import MOST_A_PIXEL, read_open_file
from .reading import Reading, decode_image, read_image
from .wrong import UNORDERED, is_tensor

__all__ = ["AnyPicture", "OpenFile", "file_of", "from_any", "is_file", "is_one", "name_of", "path_of", "sends_picture"]


class OpenFile(Protocol):
    """A file that is open for reading, of bytes."""

    def read(self, size: int = ..., /) -> bytes: ...


AnyPicture: TypeAlias = (
    str | os.PathLike[str] | bytes | bytearray | memoryview | OpenFile | AnyArray | pillow.PilImage | None
)
"""None is taken for what cv2.imread gives where it cannot read, and refused."""


def from_any(picture: AnyPicture, how: Reading, alpha: bool = False, name: str = "") -> Picture:
    """The pixels (h, w, 3) BGR uint8 or, with ``alpha``, (h, w, 4) BGRA of what has it, as ``read_image`` gives them.

    ``picture``: an array as ``from_array`` takes it, a path, an address (http, https, file), the bytes of a picture file,
    a file that is open in binary mode, which is read from where it stands to its end, or a PIL image, whose colours are
    put into OpenCV's order.  ``name``: what messages call it.  Raises ImageError for anything else, and for what cannot be
    read.
    """
    name = name or name_of(picture)
    if isinstance(picture, (str, os.PathLike)):
        address = os.fspath(picture)
        if is_stream(address):
            raise ImageError(f"{name}: no address of a picture; streams are for net.stream, or darknet_py detector demo")
        if is_web(address):
            from . import web  # late: http and TLS are thirty modules

            return decode_image(name, web.fetched(address, how.most * MOST_A_PIXEL), how, alpha)
        return read_image(local_path(address), *how, alpha=alpha)
    if isinstance(picture, (bytes, bytearray, memoryview)):
        return decode_image(name, bytes(picture), how, alpha)
    if _is_open_file(picture):
        return decode_image(name, read_open_file(picture, name, how.most), how, alpha)
    if pillow.is_image(picture):
        return pillow.pixels_of(picture, name, how, alpha)
    array: Any = picture
    return as_pixels(array)


def is_one(picture: object) -> bool:
    """Whether something is, or is meant to be, one picture and not several, as lists and batches of arrays are.

    Mappings and sets, which nobody knows the pictures or the order of, are to be refused as one.
    """
    if isinstance(picture, np.ndarray):
        return picture.dtype.kind in "biuf" and picture.ndim < 4
    single = (str, os.PathLike, bytes, bytearray, memoryview)
    if isinstance(picture, (*single, *UNORDERED)):
        return True
    return _is_open_file(picture) or is_tensor(picture) or not hasattr(picture, "__iter__")


def sends_picture(address: str) -> bool:
    """Whether there is a picture at an http address, which its name need not say; False for a stream."""
    from . import web

    return is_web(address) and web.sends_picture(address)


def is_file(picture: object) -> bool:
    """Whether it is a file of this machine, which can be read again."""
    return isinstance(picture, (str, os.PathLike)) and not is_web(os.fspath(picture))


def path_of(picture: object) -> str | os.PathLike[str] | None:
    """The path or address of a picture that has one."""
    return picture if isinstance(picture, (str, os.PathLike)) else None


def file_of(picture: object) -> str | None:
    """The file of this machine that a picture is from, as far as it tells: a path, an open file, what PIL opened."""
    if isinstance(picture, (str, os.PathLike)):
        return local_path(os.fspath(picture)) if is_file(picture) else None
    name = getattr(picture, "filename" if pillow.is_image(picture) else "name", None)
    return name if isinstance(name, str) and name else None


def name_of(picture: object, number: int | None = None) -> str:
    """How messages call a picture: its path, without a password, else what it is, and its ``number`` among others."""
    if isinstance(picture, (str, os.PathLike)):
        return shown(os.fspath(picture))
    kind = "an array"
    if isinstance(picture, (bytes, bytearray, memoryview)):
        kind = "bytes"
    elif _is_open_file(picture):
        name = getattr(picture, "name", None)
        kind = f"the open file {name}" if isinstance(name, str) else "an open file"
    elif pillow.is_image(picture):
        kind = "a PIL image"
    if number is None:
        return "the picture array" if kind == "an array" else f"the picture, {kind}"
    return f"picture {number}, {kind}"


def _is_open_file(picture: Any) -> bool:
    return callable(getattr(picture, "read", None))
