"""A layer's output, arrays and slices, as numbers: what every floor speaks of."""

from __future__ import annotations

from math import prod
from typing import Literal, NamedTuple

__all__ = ["ChannelSlice", "Param", "Shape"]


class Shape(NamedTuple):
    """Channels, height, width of one picture's worth of a layer's output."""

    c: int
    h: int
    w: int

    @property
    def size(self) -> int:
        return self.c * self.h * self.w

    def __str__(self) -> str:
        return f"{self.w} x {self.h} x {self.c}"


class Param(NamedTuple):
    """One array of a .weights file: its name within the layer, its shape, and how the file may differ from that.

    ``initial`` is its value when the file has nothing for it.  ``scales`` marks what dontloadscales=1 leaves out.
    ``transposed`` says that the file holds the array as (all but the first axis, first axis): never, always, or only
    in files whose header marks old, transposed [connected] weights ("legacy").
    """

    name: str
    shape: tuple[int, ...]
    initial: float = 0.0
    scales: bool = False
    transposed: Literal["never", "always", "legacy"] = "never"

    @property
    def size(self) -> int:
        return prod(self.shape)


class ChannelSlice(NamedTuple):
    """``channels`` channels from ``first`` on of the layer's source number ``source``."""

    source: int
    first: int
    channels: int
