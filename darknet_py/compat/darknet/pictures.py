"""darknet.py's functions for pictures: IMAGE objects, made, filled, read and resized.   C: image.c

Wherever these functions take an IMAGE they also take a picture as a numpy array, uint8 (h, w, 3) RGB: what scripts pass
to ``copy_image_from_bytes``.
"""

from __future__ import annotations

import os
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from ... import image
from ...errors import DarknetError, ImageError
from .structures import IMAGE, Array, floats, new_image

__all__ = [
    "copy_image_from_bytes", "free_image", "letterbox_image", "load_image", "make_image", "path_of", "picture_size",
    "planes", "rgbgr_image",
]  # fmt: skip

Picture = IMAGE | npt.NDArray[np.uint8]
AnyPath = str | bytes | os.PathLike[str]


def make_image(w: int, h: int, c: int) -> IMAGE:
    """A black picture."""
    if min(w, h, c) < 1:
        raise ImageError(f"a picture of {w} x {h} x {c} is not possible; width, height and channels are at least 1")
    return new_image(np.zeros((c, h, w), np.float32))


def free_image(im: IMAGE) -> None:
    """Let go of a picture's memory; without this it goes with the IMAGE."""
    im.data = im.owner = None


def copy_image_from_bytes(im: IMAGE, pdata: Any) -> None:
    """Fill a picture from rows of RGB pixels: bytes, or a uint8 array (h, w, c).

    Raises ImageError when they are not exactly as many as the picture has.
    """
    pixels, shape = _pixels(pdata), (im.h, im.w, im.c)
    if pixels.size != np.prod(shape) or (pixels.ndim == 3 and pixels.shape != shape):
        given = f"an array of shape {pixels.shape}" if pixels.ndim > 1 else f"{pixels.size} bytes"
        raise ImageError(f"the IMAGE has {im.w} x {im.h} pixels of {im.c} bytes = {im.w * im.h * im.c}, but {given} came; "
                         f"resize the picture with cv2.resize(picture, ({im.w}, {im.h})) first")  # fmt: skip
    target = _planes_of(im)
    np.copyto(target, pixels.reshape(shape).transpose(2, 0, 1))
    target /= np.float32(255)


def load_image(filename: AnyPath, w: int = 0, h: int = 0, c: int | None = None) -> IMAGE:
    """Read a picture file, resized to w x h unless one of them is 0.  Raises ImageError.

    With three arguments as AlexeyAB's module (C: load_image_color): RGB, resized as ``resize_image`` does.  With four as
    hank-ai's (load_image_v2): ``c`` planes, 0 for RGB, turned as EXIF says and resized by OpenCV.
    """
    path = path_of(filename)
    if c is not None:
        return new_image(_load_with_opencv(path, (w, h), c or 3))
    loaded = image.load_image(path)
    return new_image(image.resize_image(loaded, w, h) if w and h else loaded)


def letterbox_image(im: Picture, w: int, h: int) -> IMAGE:
    """A new picture of w x h: this one with its proportions, on grey."""
    return new_image(image.letterbox_image(planes(im), w, h))


def rgbgr_image(im: IMAGE) -> None:
    """Exchange red and blue."""
    target = _planes_of(im)
    target[[0, 2]] = target[[2, 0]]


def planes(picture: Picture, channels: int = 3) -> Array:
    """A picture as float32 (c, h, w): an IMAGE's own memory, or an array converted to ``channels`` planes."""
    if isinstance(picture, IMAGE):
        return _planes_of(picture)
    if not isinstance(picture, np.ndarray):
        raise ImageError(f"an IMAGE or an array (h, w, 3) of uint8 is needed, not {type(picture).__name__}; could the "
                         "picture not be read?")  # fmt: skip
    if picture.ndim != 3:
        return image.from_array(picture, channels)
    if picture.shape[2] not in (1, 3, 4):
        raise ImageError(f"a picture array must be (height, width, 3) RGB, got {picture.shape}")
    to_bgr = [2, 1, 0, 3][: picture.shape[2]] if picture.shape[2] > 1 else [0]
    return image.from_array(picture[..., to_bgr], channels)


def picture_size(picture: Picture) -> tuple[int, int]:
    """(width, height) in pixels."""
    if isinstance(picture, IMAGE):
        return picture.w, picture.h
    return picture.shape[1], picture.shape[0]


def path_of(path: AnyPath) -> str:
    """A path given as text or, as C has it, as bytes."""
    try:
        return os.fsdecode(path)
    except TypeError as e:
        raise DarknetError(f"a path is needed, as str or bytes, not {type(path).__name__}") from e


def _planes_of(im: IMAGE) -> Array:
    return floats(im.data, im.owner, im.c * im.h * im.w).reshape(im.c, im.h, im.w)


def _pixels(data: Any) -> npt.NDArray[np.uint8]:
    if isinstance(data, np.ndarray):
        if data.dtype != np.uint8:
            raise ImageError(f"pixels must be uint8 with values 0 to 255, got {data.dtype}; convert the array first")
        return data
    try:
        return np.frombuffer(data, np.uint8)
    except (TypeError, ValueError) as e:
        raise ImageError(f"pixels must be bytes or an array of uint8, not {type(data).__name__}: {e}") from e


def _load_with_opencv(path: str, size: tuple[int, int], channels: int) -> Array:
    """C: hank-ai's darknet_image.cpp load_image"""
    from ..._support.with_cv2 import cv2

    bgr = image.read_image(path, exif=True)
    if min(size) > 0 and bgr.shape[1::-1] != size:
        bgr = cast(Any, cv2.resize(bgr, size, interpolation=cv2.INTER_LINEAR_EXACT))
    if channels == 1:
        return image.from_array(cast(Any, cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)))[:1].copy()
    return image.from_array(bgr, channels)
