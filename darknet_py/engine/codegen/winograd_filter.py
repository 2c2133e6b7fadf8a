"""Winograd's transform of filters as LLVM vector code: 3 × 3 weights become G·weights·Gᵀ, ``lanes`` filters at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..._support.with_llvmlite import ir, llvm
from ..native.object_code import Generated
from .jit import Call
from .vectors import VectorCode
from .winograd_tile import Tile, Transform, times

__all__ = ["FilterKernel", "call_filters"]

# The arguments of a filter kernel; steps are in floats.
ARGUMENTS = {
    "channels": "Int",  # of the input
    "blocks": "Int",    # of the output
    "w": "Floats",      # weights (channels, 3, 3, blocks * lanes)
    "v": "Floats",      # their values: (channels, blocks * lanes) for each kind
    "v_step": "Int",    # to the next kind
}  # fmt: skip
call_filters = Call(*ARGUMENTS.values())


@dataclass(frozen=True)
class FilterKernel(Generated):
    """The transform for one kind of tile."""

    lanes: int
    tile: Tile

    @property
    def name(self) -> str:
        return f"winograd_filter_{self.tile.m}_s{self.tile.stride}_v{self.lanes}"

    def module(self) -> llvm.ModuleRef:
        return _Emitter(self).parsed()


class _Emitter(VectorCode):
    """Writes the LLVM IR of one FilterKernel."""

    def __init__(self, kernel: FilterKernel) -> None:
        super().__init__(kernel.name, ARGUMENTS, kernel.lanes)
        self.transform = _FILTERS[kernel.tile.stride, kernel.tile.m]
        self.wide = self.b.mul(self.arg["blocks"], self.number(self.lanes))
        self.loop(self.arg["channels"], [self.arg["w"], self.arg["v"]], self._channel)

    def _channel(self, _index: ir.Value, state: list[ir.Value]) -> list[ir.Value]:
        """The filters of all output channels for one of the input."""
        w, v = self.loop(self.arg["blocks"], state, self._block)
        return [self.b.gep(w, [self.b.mul(self.wide, self.number(8))]), v]

    def _block(self, _index: ir.Value, state: list[ir.Value]) -> list[ir.Value]:
        w, v = state
        taps = [self.load(self.b.gep(w, [self.b.mul(self.wide, self.number(i))])) for i in range(9)]
        columns = [self.transform(self, taps[i::3]) for i in range(3)]
        kinds = (self.b.gep(v, [self.b.mul(self.arg["v_step"], self.number(i))]) for i in range(len(columns[0]) ** 2))
        for row in zip(*columns):
            for value in self.transform(self, row):
                self.store(value, next(kinds))
        return [self.step(w, self.lanes), self.step(v, self.lanes)]


def _filter2(v: VectorCode, g: Sequence[ir.Value]) -> list[ir.Value]:
    half = v.b.fmul(v.b.fadd(g[0], g[2]), v.constant(1 / 2))
    return [g[0], times(v, g[1], 1 / 2, half), times(v, g[1], -1 / 2, half), g[2]]


def _filter4(v: VectorCode, g: Sequence[ir.Value]) -> list[ir.Value]:
    near = v.b.fmul(v.b.fadd(g[0], g[2]), v.constant(-1 / 6))
    far = times(v, g[2], 1 / 6, v.b.fmul(g[0], v.constant(1 / 24)))
    return [
        v.b.fmul(g[0], v.constant(1 / 4)),
        times(v, g[1], -1 / 6, near),
        times(v, g[1], 1 / 6, near),
        times(v, g[1], 1 / 12, far),
        times(v, g[1], -1 / 12, far),
        g[2],
    ]


def _filter4_apart(v: VectorCode, g: Sequence[ir.Value]) -> list[ir.Value]:
    return [
        v.b.fmul(g[0], v.constant(1 / 2)),
        v.b.fmul(v.b.fadd(g[0], g[2]), v.constant(-1 / 2)),
        v.b.fmul(v.b.fsub(g[2], g[0]), v.constant(1 / 6)),
        times(v, g[2], 1 / 3, v.b.fmul(g[0], v.constant(1 / 6))),
        g[2],
        g[1],
    ]


_FILTERS: dict[tuple[int, int], Transform] = {(1, 2): _filter2, (1, 4): _filter4, (2, 4): _filter4_apart}
