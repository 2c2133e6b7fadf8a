"""Users' arrays → a network's planes: pictures of any size, and what is a network's input already."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import DarknetWarning, ImageError, ShapeError
from ..shapes import Shape
from .wrong import array_error, dtype_error, shape_error

__all__ = [
    "COLOURS", "AnyArray", "Picture", "Planes", "as_batch", "as_picture", "as_pixels", "check_channels", "eight_bits",
    "from_array",
]  # fmt: skip

COLOURS = 3  # channels of most networks: RGB

Picture = NDArray[np.uint8]
AnyArray: TypeAlias = NDArray[np.generic]  # as OpenCV's functions are typed, each release a little otherwise
Planes = NDArray[np.float32]
DIM = ("a uint16 array with no value above 255 is a black picture, since its upper eight bits count; "
       "8-bit values are picture.astype(numpy.uint8)")  # fmt: skip


def from_array(picture: AnyArray | None, channels: int = 3) -> Planes:
    """An array (h, w), (h, w, 1), (h, w, 3) BGR or (h, w, 4) BGRA → (channels, h, w) float32.

    uint8; of uint16 the upper eight bits count, as with files.  ``channels``: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; an
    array without alpha is opaque.  Raises ImageError for any other type or shape, for an empty array, and for None, which
    cv2.imread gives for what it cannot read.
    """
    check_channels(channels)
    planes = _PLANES[channels](as_pixels(picture))
    out = np.empty(planes.shape, np.float32)
    np.copyto(out, planes)
    out /= np.float32(255)  # the same 256 values as the reference's division in double
    return out


def as_batch(x: Any, wanted: Shape) -> Planes:
    """x, (c, h, w) or (n, c, h, w) of the wanted shape, as (n, c, h, w) float32.  Raises ShapeError for anything else."""
    shape = tuple(wanted)
    try:
        with np.errstate(over="ignore"):
            array = np.asarray(x, np.float32)
    except (TypeError, ValueError) as e:
        raise ShapeError(f"the network takes a float32 array of shape {shape}, not {type(x).__name__}: {e}") from e
    if array.ndim not in (3, 4) or array.shape[-3:] != shape or not len(array):
        raise ShapeError(f"the network takes arrays of shape {shape} or (n, {', '.join(map(str, shape))}), "
                         f"not {array.shape}; see image.resize_image and image.letterbox_image")  # fmt: skip
    return array if array.ndim == 4 else array[None]


def as_picture(x: Any, wanted: Shape) -> Planes:
    """x as one (c, h, w) of the wanted shape; where it is a batch of one, that one.  Raises ShapeError."""
    if len(batch := as_batch(x, wanted)) > 1:
        raise ShapeError(f"one picture at a time is taken here, not {len(batch)}; predict takes several")
    return batch[0]


def check_channels(channels: int, where: str = "") -> None:
    """Raises ImageError when a network's number of channels is none that a picture gives."""
    if channels not in _PLANES:
        raise ImageError(
            f"channels={channels} of [net]: a picture gives 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA); "
            "arrays of other channels go to Network.predict", where
        )  # fmt: skip


def as_pixels(picture: AnyArray | None, dim: str = DIM) -> Picture:
    """An array as ``from_array`` takes it as (h, w, 3) or (h, w, 4) uint8.  Raises ImageError; warns (DarknetWarning), with
    ``dim``, of 16 bits of which the upper ones are 0."""
    if not isinstance(picture, np.ndarray):
        raise array_error(picture)
    if picture.dtype.kind != "u" or picture.dtype.itemsize > 2:
        raise dtype_error(picture.dtype)
    if picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[2] not in (1, 3, 4)):
        raise shape_error(picture.shape)
    if picture.size == 0:
        raise ImageError(f"the picture array is empty: {picture.shape}; did reading or cropping fail?")
    if picture.dtype.itemsize == 2 and 0 < picture.max() <= 255:
        warnings.warn(dim, DarknetWarning, stacklevel=3)
    pixels = eight_bits(picture).reshape(*picture.shape[:2], -1)
    return pixels if pixels.shape[2] > 1 else np.broadcast_to(pixels, (*pixels.shape[:2], 3))


def eight_bits(picture: NDArray[Any]) -> Picture:
    """uint8 or uint16 → uint8, the upper eight bits."""
    return np.asarray(picture >> 8 if picture.dtype.itemsize == 2 else picture, np.uint8)


def _rgb(bgr: Picture) -> NDArray[Any]:
    planes: Picture = bgr[..., 2::-1].transpose(2, 0, 1)
    return planes


def _grey(bgr: Picture) -> NDArray[Any]:
    """C: stb_image.h stbi__compute_y"""
    b, g, r = bgr[..., :3].transpose(2, 0, 1).astype(np.uint16)
    return ((77 * r + 150 * g + 29 * b) >> 8)[None]


def _with_alpha(planes: Callable[[Picture], NDArray[Any]]) -> Callable[[Picture], NDArray[Any]]:
    """The same planes, and alpha after them."""

    def with_alpha(bgra: Picture) -> NDArray[Any]:
        alpha = bgra[None, ..., 3] if bgra.shape[2] == 4 else np.full((1, *bgra.shape[:2]), 255, np.uint8)
        return np.concatenate([planes(bgra), alpha])

    return with_alpha


_PLANES: dict[int, Callable[[Picture], NDArray[Any]]] = {
    1: _grey, 2: _with_alpha(_grey), COLOURS: _rgb, 4: _with_alpha(_rgb),
}  # fmt: skip
