"""What setInput takes → what a network takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._support.with_cv2 import cv2
from ...errors import ShapeError

__all__ = ["network_input", "scalar"]

SCALAR = 4  # numbers of OpenCV's Scalar


def network_input(blob: Any, scalefactor: float, mean: float | Sequence[float]) -> npt.NDArray[np.float32]:
    """``scalefactor * (blob - mean)``, in double: float32 (n, c, h, w), a copy.

    ``blob``: numbers of any type, of that shape; ``mean``: one a channel.  Raises ShapeError for anything else.
    """
    array = _array(blob)
    if array.dtype.kind not in "fiu" or array.ndim != 4 or not array.size:
        what = f"{array.dtype} {array.shape}" if isinstance(blob, np.ndarray) else type(blob).__name__
        raise ShapeError(f"the blob must be numbers (n, channels, height, width), as blobFromImage gives, not {what}")
    means = scalar(mean)
    if scalefactor == 1 and not means.any():
        return array.astype(np.float32)
    scaled = (array - _of_channels(means, array.shape[1])[:, None, None]) * float(scalefactor)
    return np.asarray(scaled, np.float32)


def scalar(values: float | Sequence[float]) -> npt.NDArray[np.float64]:
    """A number, or up to four, as OpenCV's Scalar: (4,) float64, the absent ones 0.  Raises ShapeError for others."""
    array = np.ravel(np.asarray(values, np.float64))
    if array.size > SCALAR:
        raise ShapeError(f"scale and mean are one number or up to {SCALAR}, one a channel, not {array.size}")
    return np.pad(array, (0, SCALAR - array.size))


def _array(blob: Any) -> npt.NDArray[Any]:
    try:
        return np.asarray(blob.get() if isinstance(blob, cv2.UMat) else blob)
    except ValueError:  # lists of different lengths
        return np.zeros(0)


def _of_channels(means: npt.NDArray[np.float64], channels: int) -> npt.NDArray[np.float64]:
    if (means == means[0]).all():
        return np.full(channels, means[0])
    if channels > SCALAR:
        raise ShapeError(f"a mean for each channel is possible for {SCALAR} channels at most; the blob has {channels}")
    return means[:channels]
