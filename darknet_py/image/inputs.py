"""Users' arrays that are a network's input already."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ShapeError
from ..shapes import Shape
from .arrays import Planes

__all__ = ["as_batch", "as_picture"]


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
