"""What is known of the arrays in a weights file without keeping them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..graph import Graph
from ..layers.base import Node
from ..layers.batchnorm import VARIANCE_EPS
from ..weights import Weights

__all__ = ["Numbers", "examined"]


@dataclass(frozen=True)
class Numbers:
    """What is known of one array: how many numbers, of them NaN, infinite, zero; least and largest of the finite ones.

    ``negative``: variances whose root cannot be taken.  ``dead``: channels that are 0 whatever goes in, but not all.
    """

    node: Node
    name: str
    size: int
    nan: int
    infinite: int
    zero: int
    low: float
    high: float
    negative: int
    dead: int

    @classmethod
    def of(cls, node: Node, name: str, array: npt.NDArray[np.float32]) -> Numbers:
        low, high = float(array.min()), float(array.max())
        nan = infinite = 0
        if not np.isfinite([low, high]).all():
            nan, infinite = int(np.isnan(array).sum()), int(np.isinf(array).sum())
            finite = array[np.isfinite(array)]
            low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        zero = int(array.size - np.count_nonzero(array))
        negative = int((array <= -VARIANCE_EPS).sum()) if name == "rolling_variance" else 0
        dead = _dead(array) if name in ("scales", "weights") and 0 < zero < array.size else 0
        return cls(node, name, array.size, nan, infinite, zero, low, high, negative, dead)

    @property
    def largest(self) -> float:
        """The largest magnitude."""
        return max(-self.low, self.high)


def _dead(array: npt.NDArray[np.float32]) -> int:
    """Channels, along the first axis, whose numbers are all 0."""
    return len(array) - int(array.reshape(len(array), -1).any(1).sum())


def examined(graph: Graph, weights: Weights) -> list[Numbers]:
    """All arrays that the file has, looked at one after the other, so that little of it is in memory at a time."""
    return [
        Numbers.of(node, name, array)
        for node, named in zip(graph.nodes, weights.params, strict=True)
        for name, array in named.items() if node.load
    ]  # fmt: skip
