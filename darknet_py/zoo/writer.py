"""A Darknet cfg, written layer by layer.

A layer is named by its number: each method writes a section and returns the number of the layer it made.  The file's
relative references are computed from these numbers, and a ``[route]`` is written by itself where a layer does not read
the one before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from ..errors import ShapeError

__all__ = ["INPUT", "Anchors", "Cfg", "Options", "Value", "pairs"]

Value = str | int | float | Sequence[int] | Sequence[float]
Options = Mapping[str, Value]
Anchors = tuple[tuple[int, int], ...]

INPUT = -1
FAR = 9
EIGHT = 8


def pairs(*sides: int) -> Anchors:
    """Anchors of a flat list: width, height, width, height, …"""
    return tuple(zip(sides[::2], sides[1::2], strict=True))


@dataclass(frozen=True)
class Written:
    """A layer: its section's name and options, the comment above it, and the shape of its output.

    ``stride``: how many pixels of the network's input one of its pixels stands for.
    """

    kind: str
    options: dict[str, Value]
    comment: str
    channels: int
    stride: int

    def text(self) -> str:
        return f"{self.comment}[{self.kind}]\n{_lines(self.options)}"


class Cfg:
    """A cfg in the making.  ``activation``: of the convolutions that do not say theirs.

    ``width``: times this, in whole eights, the file has of all channels that it is asked for, but for those before heads.
    ``channels_in``: of the network's input.
    """

    def __init__(self, activation: str, width: float = 1.0, channels_in: int = 3) -> None:
        self.activation = activation
        self.width = width
        self.channels_in = channels_in
        self._layers: list[Written] = []
        self._comment = ""

    @property
    def last(self) -> int:
        """The layer written last; INPUT before the first."""
        return len(self._layers) - 1

    def channels(self, x: int) -> int:
        """Channels of layer ``x``, as they were asked for."""
        return self.channels_in if x == INPUT else self._layers[x].channels

    def widened(self, channels: int) -> int:
        """How many the file has where ``channels`` are asked for."""
        return channels if self.width == 1 else ceil(channels * self.width / EIGHT) * EIGHT

    def stride(self, x: int) -> int:
        """Pixels of the network's input for one pixel of layer ``x``."""
        return 1 if x == INPUT else self._layers[x].stride

    def comment(self, text: str) -> None:
        """Say above the next layer, with its number, what begins there."""
        self._comment += f"# Layer {len(self._layers)}: {text}\n"

    def conv(
        self, x: int, filters: int, size: int = 1, stride: int = 1, *, depthwise: bool = False, activation: str = "",
    ) -> int:  # fmt: skip
        """A batch-normalized convolution of ``x``, padded to keep the size (over ``stride``)."""
        wide = self.widened(filters)
        options: dict[str, Value] = {"batch_normalize": 1, "filters": wide, "size": size, "stride": stride}
        options |= {"pad": 1} if size > 1 else {}
        options |= {"groups": wide} if depthwise else {}
        options["activation"] = activation or self.activation
        return self._add(x, "convolutional", options, filters, self.stride(x) * stride)

    def convolution(
        self, x: int, filters: int, size: int, stride: int, *, padding: int, groups: int, activation: str, normalized: bool,
    ) -> int:  # fmt: skip
        """A convolution of ``x`` with exactly these options, ``padding`` on each side."""
        options: dict[str, Value] = {"batch_normalize": 1} if normalized else {}
        options |= {"filters": filters, "size": size, "stride": stride}
        if padding:
            options |= {"pad": 1} if padding == size // 2 else {"padding": padding}
        options |= {"groups": groups} if groups > 1 else {}
        return self._add(x, "convolutional", {**options, "activation": activation}, filters, self.stride(x) * stride)

    def predictions(self, x: int, filters: int, activation: str) -> int:
        """The 1x1 convolution of ``x``, without batch norm, to what a head decodes."""
        options: Options = {"filters": filters, "size": 1, "stride": 1, "activation": activation}
        return self._add(x, "convolutional", options, filters, self.stride(x))

    def maxpool(self, x: int, size: int, stride: int = 1, padding: int | None = None) -> int:
        """The maxima of ``size`` by ``size`` pixels; ``padding`` of both sides, if it is not size - 1."""
        options: Options = {"size": size, "stride": stride} | ({} if padding is None else {"padding": padding})
        return self._add(x, "maxpool", options, self.channels(x), self.stride(x) * stride)

    def upsample(self, x: int, factor: int = 2) -> int:
        """``x`` at twice its width and height, or ``factor`` times."""
        return self._add(x, "upsample", {"stride": factor}, self.channels(x), self.stride(x) // factor)

    def dropout(self, x: int, probability: float) -> int:
        """``x`` itself; in training, some of its values zeroed."""
        return self._add(x, "dropout", {"probability": probability}, self.channels(x), self.stride(x))

    def shortcut(self, x: int, skip: int) -> int:
        """The sum of two layers of the same shape."""
        x = self._behind(x)
        options: Options = {"from": self._relative(skip), "activation": "linear"}
        return self._add(x, "shortcut", options, self.channels(x), self._common_stride(x, skip))

    def sam(self, gate: int, x: int) -> int:
        """The product of two layers of the same shape."""
        gate = self._behind(gate)
        return self._add(gate, "sam", {"from": self._relative(x)}, self.channels(x), self._common_stride(gate, x))

    def route(self, *layers: int) -> int:
        """The channels of ``layers``, one after the other."""
        channels = sum(self.channels(layer) for layer in layers)
        return self._add(None, "route", self._sources(*layers), channels, self._common_stride(*layers))

    def second_half(self, x: int) -> int:
        """The second half of the channels of ``x``."""
        return self.half(x, 1)

    def half(self, x: int, which: int) -> int:
        """The first or the second half of the channels of ``x``, 0 or 1."""
        options: Options = {**self._sources(x), "groups": 2, "group_id": which}
        return self._add(None, "route", options, self.channels(x) // 2, self.stride(x))

    def yolo(self, x: int, options: Options) -> int:
        """A detection head that decodes ``x``."""
        return self._add(x, "yolo", options, self.channels(x), self.stride(x))

    def add_option(self, x: int, key: str, value: Value) -> None:
        """Give layer ``x``, already written, one more option."""
        self._layers[x].options[key] = value

    def text(self, title: str, net: Mapping[str, Options]) -> str:
        """The whole file: title, [net] with groups of options under their comments, layers."""
        groups = "".join(f"# {name}\n{_lines(options)}" for name, options in net.items())
        return "\n".join([f"# {title}\n", f"[net]\n{groups}", *(layer.text() for layer in self._layers)])

    def largest_stride(self) -> int:
        """What width and height of the network's input must be multiples of."""
        return max(layer.stride for layer in self._layers)

    def _add(self, x: int | None, kind: str, options: Options, channels: int, stride: int) -> int:
        """Write a layer, behind ``x`` if it reads the layer before it."""
        if x is not None:
            self._behind(x)
        self._layers.append(Written(kind, dict(options), self._comment, channels, stride))
        self._comment = ""
        return self.last

    def _behind(self, x: int) -> int:
        """``x`` if it is the last layer, else a route to it."""
        return x if x == self.last else self.route(x)

    def _sources(self, *layers: int) -> Options:
        if min(layers) < self.last - FAR:
            self._comment += f"# reads {'layers' if layers[1:] else 'layer'} {', '.join(map(str, layers))}\n"
        return {"layers": [self._relative(layer) for layer in layers]}

    def _relative(self, layer: int) -> int:
        return layer - len(self._layers)

    def _common_stride(self, *layers: int) -> int:
        strides = {self.stride(layer) for layer in layers}
        if len(strides) > 1:
            raise ShapeError(f"layers {', '.join(map(str, layers))} differ in width and height")
        return strides.pop()


def _lines(options: Options) -> str:
    return "".join(f"{key}={_text(value)}\n" for key, value in options.items())


def _text(value: Value) -> str:
    if isinstance(value, (str, int, float)):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return ",".join(map(_text, value))
