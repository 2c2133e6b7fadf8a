"""Users' arrays → a network's planes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ImageError

__all__ = ["Picture", "Planes", "from_array"]

Picture = NDArray[np.uint8]
Planes = NDArray[np.float32]


def from_array(picture: NDArray[Any], channels: int = 3) -> Planes:
    """A uint8 array (h, w), (h, w, 1), (h, w, 3) BGR or (h, w, 4) BGRA → (channels, h, w) float32, channels 3 or 1.

    Raises ImageError for any other type or shape, and for an empty array.
    """
    bgr = _checked(picture)
    if channels not in _PLANES:
        raise ImageError(f"a picture gives 3 channels (RGB) or 1 (grey), the network asks for channels={channels}")
    planes = _PLANES[channels](bgr)
    out = np.empty(planes.shape, np.float32)
    np.copyto(out, planes)
    out /= np.float32(255)  # the same 256 values as the reference's division in double
    return out


def _rgb(bgr: Picture) -> NDArray[Any]:
    planes: Picture = bgr.transpose(2, 0, 1)[::-1]
    return planes


def _grey(bgr: Picture) -> NDArray[Any]:
    """C: stb_image.h stbi__compute_y"""
    b, g, r = bgr.transpose(2, 0, 1).astype(np.uint16)
    return ((77 * r + 150 * g + 29 * b) >> 8)[None]


_PLANES: dict[int, Callable[[Picture], NDArray[Any]]] = {1: _grey, 3: _rgb}


def _checked(picture: NDArray[Any]) -> Picture:
    """The array as (h, w, 3) uint8."""
    if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8:
        kind = getattr(picture, "dtype", type(picture).__name__)
        raise ImageError(f"a picture array must be uint8 with values 0 to 255, got {kind}; convert it first")
    if picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[2] not in (1, 3, 4)):
        raise ImageError(f"a picture array must be (height, width, 3) BGR or (height, width), got {picture.shape}")
    if picture.size == 0:
        raise ImageError(f"the picture array is empty: {picture.shape}; did reading or cropping fail?")
    bgr = picture.reshape(*picture.shape[:2], -1)[..., :3]
    return bgr if bgr.shape[2] == 3 else np.broadcast_to(bgr, (*bgr.shape[:2], 3))
