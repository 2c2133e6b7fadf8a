"""The tensors of a section → the arrays of Darknet's layer, each of the shape that it must have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch

import numpy as np
import numpy.typing as npt

from ...errors import CheckpointError
from ...layers.base import Layer
from ...layers.batchnorm import BatchNorm
from ...layers.convolutional import Convolutional
from ...layers.shortcut import Shortcut
from ..batch_norm import batch_norm
from ..checkpoint import Array

__all__ = ["Source", "arrays", "shifted_and_scaled", "space_to_depth", "wanted", "zeros_behind"]

Arrays = dict[str, npt.NDArray[np.float32]]
STATISTICS = "weight", "bias", "running_mean", "running_var"


@dataclass(frozen=True)
class Source:
    """A section's tensors: ``where`` it stands, for messages, ``prefix`` of the tensors' names in the file."""

    where: str
    prefix: str
    tensors: Mapping[str, Array]
    eps: float

    def get(self, name: str, shape: tuple[int, ...]) -> Array:
        """Raises CheckpointError when it is not there or has another shape."""
        tensor = self.tensors.get(name)
        if tensor is None:
            raise CheckpointError(f"{self.prefix}{name} is not in the checkpoint; the cfg is another network's", self.where)
        if tensor.dtype.kind != "f":
            raise CheckpointError(f"{self.prefix}{name} has numbers of type {tensor.dtype}, and floats are needed; save the "
                                  "model in float32 or half precision", self.where)  # fmt: skip
        if tensor.shape != shape:
            raise CheckpointError(f"{self.prefix}{name} has the shape {_text(tensor.shape)}, but {_text(shape)} is needed; "
                                  "the cfg is another network's, or has another number of classes", self.where)  # fmt: skip
        return tensor

    def norm(self, prefix: str, channels: int) -> Arrays:
        weight, bias, mean, variance = (self.get(f"{prefix}{name}", (channels,)) for name in STATISTICS)
        if variance.size and variance.min() <= -self.eps:
            raise CheckpointError(f"{self.prefix}{prefix}running_var is {variance.min():g}, and no variance is below 0; the "
                                  "file is damaged", self.where)  # fmt: skip
        return batch_norm(weight, bias, mean, variance, self.eps)


@singledispatch
def arrays(layer: Layer, channels: int, source: Source) -> Arrays:
    """Those of a layer whose input has so many channels.  Raises CheckpointError."""
    return {}


@singledispatch
def wanted(layer: Layer) -> set[str]:
    """The names of the tensors that a layer takes."""
    return set()


@wanted.register(Convolutional)
def _of_convolution(layer: Convolutional) -> set[str]:
    return {"Conv2d.weight"} | ({f"BatchNorm2d.{s}" for s in STATISTICS} if layer.batch_normalize else {"Conv2d.bias"})


@wanted.register(BatchNorm)
def _of_norm(layer: BatchNorm) -> set[str]:
    return set(STATISTICS)


@wanted.register(Shortcut)
def _of_shortcut(layer: Shortcut) -> set[str]:
    return {"w"} if layer.weights_type != "none" else set()


@arrays.register(Convolutional)
def _convolution(layer: Convolutional, channels: int, source: Source) -> Arrays:
    filters, size = layer.filters, layer.kernel_size
    weights = source.get("Conv2d.weight", (filters, channels // layer.groups, size, size)).astype(np.float32)
    if layer.batch_normalize:
        return {"weights": weights, **source.norm("BatchNorm2d.", filters)}
    return {"weights": weights, "biases": source.get("Conv2d.bias", (filters,)).astype(np.float32)}


@arrays.register(BatchNorm)
def _norm(layer: BatchNorm, channels: int, source: Source) -> Arrays:
    return source.norm("", channels)


@arrays.register(Shortcut)
def _shortcut(layer: Shortcut, channels: int, source: Source) -> Arrays:
    """2/n·logistic(w) for each of n sources."""
    if layer.weights_type == "none":
        return {}
    count = len(layer.sources)
    weights = 2 / count / (1 + np.exp(-source.get("w", (count,)).astype(np.float64)))
    return {"weights": weights.astype(np.float32)}


def shifted_and_scaled(convolution: Arrays, shift: Array | None, scale: Array | None, where: str) -> Arrays:
    """A 1 x 1 convolution without batch norm of an input plus ``shift`` (channels,), its output times ``scale`` (filters,).

    Raises CheckpointError when these have other sizes.
    """
    weights, biases = (convolution[name].astype(np.float64) for name in ("weights", "biases"))
    filters, channels = weights.shape[:2]
    for what, numbers, count in (("shifted", shift, channels), ("scaled", scale, filters)):
        if numbers is not None and numbers.shape != (count,):
            raise CheckpointError(f"is {what} by {len(numbers)} implicit numbers, where {count} are needed", where)
    if shift is not None:
        biases = biases + weights[:, :, 0, 0] @ shift.astype(np.float64)
    if scale is not None:
        biases, weights = biases * scale, weights * scale.astype(np.float64)[:, None, None, None]
    return {"weights": weights.astype(np.float32), "biases": biases.astype(np.float32)}


def space_to_depth(channels: int) -> Arrays:
    """Squares of 2 by 2 pixels as channels in the order of PyTorch's Reorg: left before right, top before bottom."""
    weights = np.zeros((4, channels, channels, 2, 2), np.float32)
    for part, (x, y) in enumerate((x, y) for x in (0, 1) for y in (0, 1)):
        weights[part, range(channels), range(channels), y, x] = 1
    return {"weights": weights.reshape(-1, channels, 2, 2), "biases": np.zeros(4 * channels, np.float32)}


def zeros_behind(channels: int) -> Arrays:
    """A depthwise convolution of 2 x 2 taps with one pixel of padding: its input, and zeros behind it."""
    weights = np.zeros((channels, 1, 2, 2), np.float32)
    weights[:, :, 1, 1] = 1
    return {"weights": weights, "biases": np.zeros(channels, np.float32)}


def _text(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "of one number"
