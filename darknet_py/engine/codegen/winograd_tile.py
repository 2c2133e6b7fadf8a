"""Winograd's transforms of tiles as LLVM vector code, for 3×3 convolutions with stride 1 and 2.

A tile of size × size pixels becomes as many values, Bᵀ·tile·B; as many products become m × m outputs, Aᵀ·products·A.
Both work on ``lanes`` channels at once.  Stride 1 evaluates at 0, ±1, ∞ and, for m = 4, ±2.  With stride 2, the even
pixels meet the two outer taps, a convolution with stride 1, evaluated at 0, ±1, 2, ∞; the odd ones meet the middle tap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..._support.with_llvmlite import ir, llvm
from ..native.host import host
from ..native.object_code import Generated
from .jit import Call
from .vectors import VectorCode

__all__ = ["Tile", "TileKernel", "Transform", "call_tiles", "times"]


@dataclass(frozen=True)
class Tile:
    """A tile of m × m outputs of a 3×3 convolution."""

    m: int
    stride: int = 1

    @property
    def size(self) -> int:
        """Pixels of the input that it needs, and values that it becomes, each way."""
        return self.stride * (self.m - 1) + 3

    @property
    def filters(self) -> npt.NDArray[np.float64]:
        """G (kinds of values, 3): a filter becomes G·filter·Gᵀ.  Values beyond the last kind are of that kind too."""
        return _FILTERS[self.stride, self.m]


_FILTERS = {
    (1, 2): np.array([[1, 0, 0], [1 / 2, 1 / 2, 1 / 2], [1 / 2, -1 / 2, 1 / 2], [0, 0, 1]]),
    (1, 4): np.array([[1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6],
                      [1 / 24, 1 / 12, 1 / 6], [1 / 24, -1 / 12, 1 / 6], [0, 0, 1]]),
    (2, 4): np.array([[1 / 2, 0, 0], [-1 / 2, 0, -1 / 2], [-1 / 6, 0, 1 / 6], [1 / 6, 0, 1 / 3], [0, 0, 1], [0, 1, 0]]),
}  # fmt: skip

# The arguments of a tile kernel; steps are in floats.
ARGUMENTS = {
    "tiles": "Int",         # how many, one beside the other
    "x": "Floats",          # the picture's first pixel: read when forward, written when back
    "x_row": "Int",         # to the pixel below
    "u": "Floats",          # the transformed tile's first value: written when forward, read when back
    "u_step": "Int",        # to its next value; the next tile's are ``lanes`` further on
    "bias": "Floats",       # (lanes); back only
    "slope": "Real",        # y = v > 0 ? v : slope * v; back only
}  # fmt: skip
call_tiles = Call(*ARGUMENTS.values())


@dataclass(frozen=True)
class TileKernel(Generated):
    """The transform of the input (``forward``) or back to the output."""

    lanes: int
    tile: Tile
    forward: bool

    @property
    def name(self) -> str:
        way = "forward" if self.forward else "back"
        return f"winograd_{way}_{self.tile.m}_s{self.tile.stride}_v{self.lanes}"

    def module(self) -> llvm.ModuleRef:
        return _Emitter(self).parsed()


class _Emitter(VectorCode):
    """Writes the LLVM IR of one TileKernel."""

    def __init__(self, kernel: TileKernel) -> None:
        super().__init__(kernel.name, ARGUMENTS, kernel.lanes)
        self.tile = kernel.tile
        body = self._forward if kernel.forward else self._back
        self.loop(self.arg["tiles"], [self.arg["x"], self.arg["u"]], body)

    def _forward(self, _index: ir.Value, state: list[ir.Value]) -> list[ir.Value]:
        (x, u), tile = state, self.tile
        pixels = [[self.load(p) for p in row] for row in self._pixels(x, tile.size)]
        for value, at in zip(self._both_ways(pixels, _FORWARD[tile.stride, tile.m]), self._values(u)):
            self.store(value, at)
        return [self.step(x, tile.m * tile.stride * self.lanes), self.step(u, self.lanes)]

    def _back(self, _index: ir.Value, state: list[ir.Value]) -> list[ir.Value]:
        (x, u), tile = state, self.tile
        values = [self.load(p) for p in self._values(u)]
        products = [values[i : i + tile.size] for i in range(0, len(values), tile.size)]
        bias, slope = self.load(self.arg["bias"]), self.splat(self.arg["slope"])
        pixels = [p for row in self._pixels(x, tile.m) for p in row]
        for value, at in zip(self._both_ways(products, _BACK[tile.stride, tile.m]), pixels):
            self.store(self.sloped(self.b.fadd(value, bias), slope), at)
        return [self.step(x, tile.m * self.lanes), self.step(u, self.lanes)]

    def _pixels(self, x: ir.Value, size: int) -> list[list[ir.Value]]:
        """Addresses of size × size pixels of the picture."""
        rows = [self.b.gep(x, [self.b.mul(self.arg["x_row"], self.number(i))]) for i in range(size)]
        return [[self.step(row, j * self.lanes) for j in range(size)] for row in rows]

    def _values(self, u: ir.Value) -> list[ir.Value]:
        """Addresses of the values of a transformed tile."""
        return [self.b.gep(u, [self.b.mul(self.arg["u_step"], self.number(i))]) for i in range(self.tile.size**2)]

    def _both_ways(self, tile: list[list[ir.Value]], transform: Transform) -> list[ir.Value]:
        """The transform of every column, then of every row, row after row."""
        columns = [transform(self, column) for column in zip(*tile)]
        return [value for row in zip(*columns) for value in transform(self, row)]


Transform = Callable[[VectorCode, Sequence[ir.Value]], list[ir.Value]]


def _forward2(v: VectorCode, x: Sequence[ir.Value]) -> list[ir.Value]:
    b = v.b
    return [b.fsub(x[0], x[2]), b.fadd(x[1], x[2]), b.fsub(x[2], x[1]), b.fsub(x[1], x[3])]


def _back2(v: VectorCode, x: Sequence[ir.Value]) -> list[ir.Value]:
    b = v.b
    return [b.fadd(b.fadd(x[0], x[1]), x[2]), b.fsub(b.fsub(x[1], x[2]), x[3])]


def _forward4(v: VectorCode, x: Sequence[ir.Value]) -> list[ir.Value]:
    """Bᵀ = [4 0 -5 0 1 0], [0 -4 -4 1 1 0], [0 4 -4 -1 1 0], [0 -2 -1 2 1 0], [0 2 -1 -2 1 0], [0 4 0 -5 0 1]."""
    b = v.b
    even, odd = times(v, x[2], -4, x[4]), times(v, x[1], -4, x[3])
    apart, slope = b.fsub(x[4], x[2]), b.fsub(x[3], x[1])
    return [
        times(v, x[0], 4, times(v, x[2], -5, x[4])),
        b.fadd(even, odd),
        b.fsub(even, odd),
        times(v, slope, 2, apart),
        times(v, slope, -2, apart),
        times(v, x[1], 4, times(v, x[3], -5, x[5])),
    ]


def _back4(v: VectorCode, x: Sequence[ir.Value]) -> list[ir.Value]:
    """Aᵀ = [1 1 1 1 1 0], [0 1 -1 2 -2 0], [0 1 1 4 4 0], [0 1 -1 8 -8 1]."""
    b = v.b
    near, near_odd = b.fadd(x[1], x[2]), b.fsub(x[1], x[2])
    far, far_odd = b.fadd(x[3], x[4]), b.fsub(x[3], x[4])
    return [
        b.fadd(b.fadd(x[0], near), far),
        times(v, far_odd, 2, near_odd),
        times(v, far, 4, near),
        b.fadd(times(v, far_odd, 8, near_odd), x[5]),
    ]


def _forward4_apart(v: VectorCode, x: Sequence[ir.Value]) -> list[ir.Value]:
    """Bᵀ = [2 -1 -2 1 0], [0 -2 -1 1 0], [0 2 -3 1 0], [0 -1 0 1 0], [0 2 -1 -2 1] of the even pixels, then the odd ones."""
    b, (e, odd) = v.b, (x[0::2], x[1::2])
    slope = b.fsub(e[3], e[1])
    return [
        times(v, b.fsub(e[0], e[2]), 2, slope),
        times(v, e[1], -2, b.fsub(e[3], e[2])),
        times(v, e[1], 2, times(v, e[2], -3, e[3])),
        slope,
        times(v, slope, -2, b.fsub(e[4], e[2])),
        *odd,
    ]


def _back4_apart(v: VectorCode, x: Sequence[ir.Value]) -> list[ir.Value]:
    """Aᵀ = [1 1 1 1 0], [0 1 -1 2 0], [0 1 1 4 0], [0 1 -1 8 1] of the first five, plus the other four."""
    b, odd = v.b, x[5:]
    near, near_odd = b.fadd(x[1], x[2]), b.fsub(x[1], x[2])
    return [
        b.fadd(b.fadd(x[0], odd[0]), b.fadd(near, x[3])),
        times(v, x[3], 2, b.fadd(near_odd, odd[1])),
        times(v, x[3], 4, b.fadd(near, odd[2])),
        b.fadd(times(v, x[3], 8, b.fadd(near_odd, odd[3])), x[4]),
    ]


def times(v: VectorCode, x: ir.Value, factor: float, more: ir.Value) -> ir.Value:
    """factor · x + more, in one rounding where the host can."""
    if host().fma:
        return v.multiply_add(x, v.constant(factor), more)
    return v.b.fadd(v.b.fmul(x, v.constant(factor)), more)


_FORWARD = {(1, 2): _forward2, (1, 4): _forward4, (2, 4): _forward4_apart}
_BACK = {(1, 2): _back2, (1, 4): _back4, (2, 4): _back4_apart}
