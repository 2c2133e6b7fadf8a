"""PyTorch's batch norm as Darknet's, which adds another small number to a variance before it takes its root."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..layers.batchnorm import VARIANCE_EPS

__all__ = ["batch_norm"]

Array = npt.NDArray[np.floating]
Arrays = dict[str, npt.NDArray[np.float32]]


def batch_norm(weight: Array, bias: Array, mean: Array, variance: Array, eps: float) -> Arrays:
    """The arrays of a layer with batch norm, (channels,) each, that computes the same with Darknet's epsilon.

    The difference goes into the variance, in double; what would make that negative goes into the scale.
    """
    was = variance.astype(np.float64) + eps
    moved = np.maximum(was - VARIANCE_EPS, 0.0)
    scales = weight.astype(np.float64) * np.sqrt((moved + VARIANCE_EPS) / was)
    return {
        "biases": bias.astype(np.float32), "scales": scales.astype(np.float32),
        "rolling_mean": mean.astype(np.float32), "rolling_variance": moved.astype(np.float32),
    }  # fmt: skip
