"""Winograd's transforms of tiles as LLVM vector code: F(m×m, 3×3) for m = 2 and 4.

A tile of t × t values of the input, t = m + 2, becomes Bᵀ·tile·B; a tile of products, Aᵀ·tile·A, is m × m values of the
output.  Both work on ``lanes`` channels at once.  The points of evaluation are 0, ±1, ∞, and for m = 4 also ±2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir

from . import native
from .jit import Call
from .vectors import VectorCode

__all__ = ["FILTERS", "TileKernel", "call_tiles"]

# G of F(m×m, 3×3): the transformed filter is G·filter·Gᵀ.
FILTERS = {
    2: np.array([[1, 0, 0], [1 / 2, 1 / 2, 1 / 2], [1 / 2, -1 / 2, 1 / 2], [0, 0, 1]]),
    4: np.array([[1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6],
                 [1 / 24, 1 / 12, 1 / 6], [1 / 24, -1 / 12, 1 / 6], [0, 0, 1]]),
}  # fmt: skip

# The arguments of a tile kernel; steps are in floats.
ARGUMENTS = {
    "tiles": "Int",         # how many, one beside the other
    "x": "Floats",          # the picture's first pixel: read when forward, written when back
    "x_row": "Int",         # to the pixel below
    "u": "Floats",          # the transformed tile's first value: written when forward, read when back
    "u_step": "Int",        # to the next of its t · t values; the next tile's are ``lanes`` further on
    "bias": "Floats",       # (lanes); back only
    "slope": "Real",        # y = v > 0 ? v : slope * v; back only
}  # fmt: skip
call_tiles = Call(*ARGUMENTS.values())


@dataclass(frozen=True)
class TileKernel:
    """The transform of the input (``forward``) or back to the output, for tiles of m × m outputs."""

    lanes: int
    m: int
    forward: bool

    @property
    def name(self) -> str:
        return f"winograd_{'forward' if self.forward else 'back'}_{self.m}_v{self.lanes}"

    def address(self) -> int:
        """The compiled kernel's address."""
        return native.address(self.name, self.module)

    def module(self) -> llvm.ModuleRef:
        """The kernel as a parsed LLVM module."""
        return _Emitter(self).parsed()


class _Emitter(VectorCode):
    """Writes the LLVM IR of one TileKernel."""

    def __init__(self, kernel: TileKernel) -> None:
        super().__init__(kernel.name, ARGUMENTS, kernel.lanes)
        self.m, self.t = kernel.m, kernel.m + 2
        tile = self._forward if kernel.forward else self._back
        self.loop(self.arg["tiles"], [self.arg["x"], self.arg["u"]], tile)

    def _forward(self, _index: ir.Value, state: list[ir.Value]) -> list[ir.Value]:
        x, u = state
        tile = [[self.load(p) for p in row] for row in self._pixels(x, self.t)]
        for value, at in zip(self._both_ways(tile, _FORWARD[self.m]), self._values(u)):
            self.store(value, at)
        return [self.step(x, self.m * self.lanes), self.step(u, self.lanes)]

    def _back(self, _index: ir.Value, state: list[ir.Value]) -> list[ir.Value]:
        x, u = state
        values = [self.load(p) for p in self._values(u)]
        tile = [values[i : i + self.t] for i in range(0, len(values), self.t)]
        bias, slope = self.load(self.arg["bias"]), self.splat(self.arg["slope"])
        pixels = [p for row in self._pixels(x, self.m) for p in row]
        for value, at in zip(self._both_ways(tile, _BACK[self.m]), pixels):
            self.store(self.sloped(self.b.fadd(value, bias), slope), at)
        return [self.step(x, self.m * self.lanes), self.step(u, self.lanes)]

    def _pixels(self, x: ir.Value, size: int) -> list[list[ir.Value]]:
        """Addresses of size × size pixels of the picture."""
        rows = [self.b.gep(x, [self.b.mul(self.arg["x_row"], self.number(i))]) for i in range(size)]
        return [[self.step(row, j * self.lanes) for j in range(size)] for row in rows]

    def _values(self, u: ir.Value) -> list[ir.Value]:
        """Addresses of the t · t values of a transformed tile."""
        return [self.b.gep(u, [self.b.mul(self.arg["u_step"], self.number(i))]) for i in range(self.t * self.t)]

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
    even, odd = _times(v, x[2], -4, x[4]), _times(v, x[1], -4, x[3])
    apart, slope = b.fsub(x[4], x[2]), b.fsub(x[3], x[1])
    return [
        _times(v, x[0], 4, _times(v, x[2], -5, x[4])),
        b.fadd(even, odd),
        b.fsub(even, odd),
        _times(v, slope, 2, apart),
        _times(v, slope, -2, apart),
        _times(v, x[1], 4, _times(v, x[3], -5, x[5])),
    ]


def _back4(v: VectorCode, x: Sequence[ir.Value]) -> list[ir.Value]:
    """Aᵀ = [1 1 1 1 1 0], [0 1 -1 2 -2 0], [0 1 1 4 4 0], [0 1 -1 8 -8 1]."""
    b = v.b
    near, near_odd = b.fadd(x[1], x[2]), b.fsub(x[1], x[2])
    far, far_odd = b.fadd(x[3], x[4]), b.fsub(x[3], x[4])
    return [
        b.fadd(b.fadd(x[0], near), far),
        _times(v, far_odd, 2, near_odd),
        _times(v, far, 4, near),
        b.fadd(_times(v, far_odd, 8, near_odd), x[5]),
    ]


def _times(v: VectorCode, x: ir.Value, factor: float, more: ir.Value) -> ir.Value:
    """factor · x + more, in one rounding where the host can."""
    if native.host().fma:
        return v.multiply_add(x, v.constant(factor), more)
    return v.b.fadd(v.b.fmul(x, v.constant(factor)), more)


_FORWARD = {2: _forward2, 4: _forward4}
_BACK = {2: _back2, 4: _back4}
