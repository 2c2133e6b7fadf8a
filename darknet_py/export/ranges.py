"""What values layers take on pictures, from which the steps of int8 are chosen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ..errors import ExportError
from ..graph import Graph
from ..layers.convolutional import Convolutional

__all__ = ["Calibration", "Range"]

Array = npt.NDArray[np.float32]
Values = npt.NDArray[np.float64]

BINS = 2048
COVERED = 0.9999  # of a tensor's values lie within its range; the rest is cut to its ends


class Range:
    """The magnitudes of a tensor (c, h, w) over many pictures, and how each of its channels varies.

    ``largest``: the greatest magnitude.  The histogram's bins cover 0 to ``_end``, which doubles as it must.
    """

    def __init__(self, channels: int) -> None:
        self.largest = self._end = 0.0
        self._bins = np.zeros(BINS)
        self._sums, self._squares, self._count = np.zeros(channels), np.zeros(channels), 0

    def add(self, x: Array) -> None:
        """Raises ValueError for values that are not finite."""
        magnitudes = np.abs(x).ravel()
        largest = float(magnitudes.max(initial=0))
        if not np.isfinite(largest):
            raise ValueError("infinite, or no numbers")
        self._reach(largest)
        if self._end:
            places = np.minimum(magnitudes * np.float32(BINS / self._end), BINS - 1).astype(np.int64)
            self._bins += np.bincount(places, minlength=BINS)
        self._sums += x.sum((1, 2), np.float64)
        self._squares += np.square(x, dtype=np.float64).sum((1, 2))
        self._count += x[0].size

    @property
    def threshold(self) -> float:
        """The magnitude within which ``COVERED`` of all values lie."""
        if not self._end:
            return 1.0
        within = np.cumsum(self._bins)
        place = int(np.searchsorted(within, COVERED * within[-1])) + 1
        return min(self.largest, place * self._end / BINS)

    @property
    def variances(self) -> Values:
        """Of each channel."""
        means = self._sums / max(1, self._count)
        found: Values = np.maximum(0, self._squares / max(1, self._count) - means**2)
        return found

    def _reach(self, largest: float) -> None:
        """Two bins become one until the histogram covers the largest magnitude."""
        self.largest = max(self.largest, largest)
        if largest and not self._end:
            self._end = float(2.0 ** np.ceil(np.log2(largest)))
        while largest > self._end:
            self._bins = np.concatenate([self._bins.reshape(-1, 2).sum(1), np.zeros(BINS // 2)])
            self._end *= 2


class Calibration:
    """The ranges of all that a network's convolutions read: {layer, or -1 for the input: Range}."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.pictures = graph, 0
        self.ranges = {layer: Range(channels) for layer, channels in _read_by_convolutions(graph).items()}

    def fits(self, graph: Graph) -> bool:
        """Whether a graph's convolutions read the same layers, of as many channels; sizes of the input may differ."""
        return _read_by_convolutions(graph) == _read_by_convolutions(self.graph)

    def add(self, x: Array, activations: Mapping[int, Array]) -> None:
        """A picture's input (c, h, w) and what ``Network.activations`` gives for it.

        Raises ExportError where a layer's values are not finite.
        """
        self.pictures += 1
        for layer, found in self.ranges.items():
            try:
                found.add(x if layer < 0 else activations[layer])
            except ValueError as e:
                where = "the network's input" if layer < 0 else self.graph.nodes[layer].label
                raise ExportError(f"{where} has values that are {e}, on a picture for -int8; such a network cannot be "
                                  "quantized, look for it with darknet_py compare") from e  # fmt: skip


def _read_by_convolutions(graph: Graph) -> dict[int, int]:
    """{layer, or -1 for the input: its channels}"""
    return {node.sources[0]: node.inputs[0].c for node in graph.nodes if isinstance(node.layer, Convolutional)}
