"""A module of PyTorch with its place in the model, and what its layers compute: as arrays, in float64 where sums follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from ...errors import CheckpointError
from ..checkpoint import Record

__all__ = ["Array", "Module", "Norm", "Taps"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Taps:
    """A convolution: weights (filters, channels / groups, k, k), biases (filters,) or none, zeros on each side."""

    weights: Array
    biases: Array | None
    stride: int = 1
    padding: int = 0
    groups: int = 1

    @property
    def filters(self) -> int:
        return len(self.weights)

    @property
    def size(self) -> int:
        return int(self.weights.shape[-1])


@dataclass(frozen=True)
class Norm:
    """A batch norm: (channels,) each."""

    weight: Array
    bias: Array
    mean: Array
    variance: Array
    eps: float

    def part(self, start: int, stop: int) -> Norm:
        """That of some of its channels."""
        span = slice(start, stop)
        return replace(
            self, weight=self.weight[span], bias=self.bias[span], mean=self.mean[span], variance=self.variance[span]
        )

    def folded(self, weights: Array) -> tuple[Array, Array]:
        """Weights and biases of a convolution without biases, and of this behind it, as one."""
        factor = self.weight / np.sqrt(self.variance + self.eps)
        return weights * factor[:, None, None, None], self.bias - self.mean * factor


@dataclass(frozen=True)
class Module:
    """A module and its name in the state dict: "model.24.cv3"."""

    record: Record
    path: str

    @property
    def name(self) -> str:
        """Its class, without where that is from."""
        return self.record.name

    def fail(self, why: str) -> NoReturn:
        """Raise CheckpointError with where this is."""
        raise CheckpointError(f"{self.path} ({self.name}) {why}")

    def find(self, name: str) -> Module | None:
        """A module in it, if that is there and not None."""
        record = self.record.modules.get(name)
        return None if record is None else Module(record, f"{self.path}.{name}")

    def __getitem__(self, name: str) -> Module:
        """Raises CheckpointError when it is not there."""
        return self.find(name) or self.fail(f"has no {name}, unlike the published module of this name")

    def __iter__(self) -> Iterator[Module]:
        return (self[name] for name in self.record.modules)

    def number(self, name: str) -> int:
        """An attribute that is a whole number, or as many equal ones: (2, 2).  Raises CheckpointError."""
        value = self.record.get(name, None)
        values = set(value) if isinstance(value, (tuple, list)) and all(isinstance(v, int) for v in value) else {value}
        found = next(iter(values), None)
        if len(values) != 1 or not isinstance(found, (int, float)) or found != int(found):
            self.fail(f"has {name} {value!r:.60}, where Darknet has one whole number")
        return int(found)

    def tensor(self, *names: str) -> Array:
        """The tensor of the first of these names that is there, in float64.  Raises CheckpointError."""
        found = next((t for name in names if (t := self.record.tensor(name)) is not None), None)
        if found is None or found.dtype.kind != "f":
            self.fail(f"has no {names[0]} of floating point")
        return found.astype(np.float64)

    def taps(self) -> Taps:
        """Of a Conv2d.  Raises CheckpointError for what Darknet's convolutions cannot do."""
        if self.name != "Conv2d":
            self.fail("stands where a Conv2d is expected, and Darknet has no such layer")
        weights = self.tensor("weight")
        if weights.ndim != 4 or weights.shape[2] != weights.shape[3]:
            self.fail(f"has weights of the shape {weights.shape}, and Darknet's kernels are square")
        if self.record.get("padding_mode", "zeros") != "zeros" or self.number("dilation") != 1:
            self.fail("is dilated, or not padded with zeros, which is not supported")
        biases = None if self.record.tensor("bias") is None else self.tensor("bias")
        return Taps(weights, biases, self.number("stride"), self.number("padding"), self.number("groups"))

    def norm(self) -> Norm:
        """Of a BatchNorm2d.  Raises CheckpointError."""
        mean, variance = self.tensor("running_mean"), self.tensor("running_var")
        eps = self.record.get("eps", None)
        if not isinstance(eps, float) or mean.shape != variance.shape or mean.ndim != 1:
            self.fail("is no batch norm, with an eps and a mean and variance of each channel")
        affine = self.record.tensor("weight") is not None
        weight = self.tensor("weight") if affine else np.ones_like(mean)
        bias = self.tensor("bias") if affine else np.zeros_like(mean)
        if not weight.shape == bias.shape == mean.shape:
            self.fail("has not as many weights as means")
        return Norm(weight, bias, mean, variance, eps)
