"""A network in the making: the sections of its cfg, and the arrays of each layer that has any.

A layer is named by its number, as in ``zoo.writer``; the picture is INPUT.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from ...errors import CheckpointError
from ...zoo.writer import INPUT, Cfg, Options
from ..batch_norm import Arrays, batch_norm
from .module import Array, Module, Norm, Taps

__all__ = ["Forward", "Net"]

Forward = Callable[["Net", Module, int], int]


class Net:
    """``blocks``: {class of a module: the function that writes its layers behind a layer, and says which is the last}.

    Layers below INPUT are pictures whose squares of 2 by 2 pixels are channels: a convolution takes them as one of twice
    its size; what else reads them has them made by a convolution.
    """

    def __init__(self, blocks: Mapping[str, Forward], channels: int) -> None:
        self.cfg = Cfg("linear", channels_in=channels)
        self.blocks = blocks
        self._arrays: dict[int, Arrays] = {}
        self._squares: list[int] = []

    @property
    def params(self) -> list[Arrays]:
        """The arrays of each layer."""
        return [self._arrays.get(i, {}) for i in range(self.cfg.last + 1)]

    def run(self, module: Module, x: int) -> int:
        """The layers of a module that reads ``x``.  Raises CheckpointError for a class that is not known."""
        block = self.blocks.get(module.name)
        return block(self, module, x) if block else module.fail("is a module that is not known here")

    def chain(self, x: int, *modules: Module | None) -> int:
        """One module behind the other; those that are not there are passed over."""
        for module in modules:
            x = self.run(module, x) if module else x
        return x

    def channels(self, x: int) -> int:
        return 4 * self.channels(self._squares[INPUT - 1 - x]) if x < INPUT else self.cfg.channels(x)

    def convolution(self, x: int, taps: Taps, norm: Norm | None, activation: str) -> int:
        """A convolution, batch norm if there is any, and an activation."""
        if x < INPUT and taps.groups == 1:
            x, taps = self._squares[INPUT - 1 - x], spread(taps)
        number = self.cfg.convolution(
            self._made(x), taps.filters, taps.size, taps.stride, padding=taps.padding, groups=taps.groups,
            activation=activation, normalized=norm is not None,
        )  # fmt: skip
        biases = np.zeros(taps.filters) if taps.biases is None else taps.biases
        arrays = {"biases": biases.astype(np.float32)} if norm is None else normalized(norm, biases)
        self._arrays[number] = {**arrays, "weights": taps.weights.astype(np.float32)}
        return number

    def each_channel(self, x: int, norm: Norm | None, activation: str) -> int:
        """Batch norm and activation of a layer that has its own: a depthwise convolution of one tap."""
        count = self.channels(x)
        return self.convolution(x, Taps(np.ones((count, 1, 1, 1)), None, groups=count), norm, activation)

    def squares(self, x: int) -> int:
        """``x`` at half its width and height, four times as many channels: left before right, in these top before bottom."""
        self._squares.append(self._made(x))
        return INPUT - len(self._squares)

    def concat(self, *layers: int) -> int:
        return self.cfg.route(*map(self._made, layers))

    def half(self, x: int, which: int) -> int:
        """The first or second half of the channels."""
        return self.cfg.half(self._made(x), which)

    def add(self, x: int, y: int) -> int:
        return self.cfg.shortcut(self._made(x), self._made(y))

    def maxpool(self, x: int, size: int, stride: int, padding: int) -> int:
        """``padding`` is on each side."""
        usual = 2 * padding == size - 1 or (size == stride == 2 and not padding)
        return self.cfg.maxpool(self._made(x), size, stride, None if usual else 2 * padding)

    def upsample(self, x: int, factor: int) -> int:
        return self.cfg.upsample(self._made(x), factor)

    def zeros_behind(self, x: int) -> int:
        """A column of zeros on the right and a row of them below."""
        weights = np.zeros((self.channels(x), 1, 2, 2))
        weights[:, :, 1, 1] = 1
        return self.convolution(x, Taps(weights, None, padding=1, groups=len(weights)), None, "linear")

    def yolo(self, x: int, options: Options) -> int:
        return self.cfg.yolo(x, options)

    def _made(self, x: int) -> int:
        """A layer of the cfg.  Raises CheckpointError for the picture when layers are there already."""
        if x == INPUT and self.cfg.last != INPUT:
            raise CheckpointError("reads the picture in more than one place, which Darknet's first layer alone can")
        if x >= INPUT:
            return x
        weights = np.eye(self.channels(x))[:, :, None, None]
        return self.convolution(x, Taps(weights, None), None, "linear")


def normalized(norm: Norm, biases: Array) -> Arrays:
    """Batch norm behind a convolution that has ``biases`` of its own."""
    return batch_norm(norm.weight, norm.bias, norm.mean - biases, norm.variance, norm.eps)


def spread(taps: Taps) -> Taps:
    """A convolution of squares as one of their pixels, of twice its size, stride and padding.

    Channel c of the square's pixel (y, x) is c + (y + 2x)·channels.
    """
    filters, channels, size, _ = taps.weights.shape
    pixels = taps.weights.reshape(filters, 2, 2, channels // 4, size, size)  # x, y
    weights = pixels.transpose(0, 3, 4, 2, 5, 1).reshape(filters, channels // 4, 2 * size, 2 * size)
    return replace(taps, weights=weights, stride=2 * taps.stride, padding=2 * taps.padding)
