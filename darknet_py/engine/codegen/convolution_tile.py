"""The convolution's inner loops as LLVM vector code: tiles of ``blocks × pixels`` vectors along one row of the output.

A ``RowKernel`` names one variant and emits it.  Loops over taps are rolled: with unrolled taps LLVM keeps the pixels that
neighbouring taps share in registers, and spills the accumulators.  The exact variant rounds each product,
then each sum, in the order c → ky → kx, which is the reference's (C: gemm.c gemm_nn_fast after im2col_cpu_ext).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..._support.with_llvmlite import ir, llvm
from ..native.object_code import Generated
from .jit import Call
from .vectors import VectorCode

__all__ = ["RowKernel", "call_row"]

# The arguments of a row kernel; strides are in floats.
ARGUMENTS = {
    "tiles": "Int",         # how many tiles along the row
    "x": "Floats",          # input at the first tap of the first pixel
    "x_block": "Int",       # to the next block of input channels (planar: to the next channel)
    "x_row": "Int",         # to the next tap below
    "x_tap": "Int",         # to the next tap to the right
    "channels": "Int",      # input channels
    "height": "Int",        # taps down
    "width": "Int",         # taps across
    "w": "Floats",          # weights (channels, height, width, blocks * lanes)
    "bias": "Floats",       # (blocks * lanes)
    "y": "Floats",          # output at the first pixel
    "y_block": "Int",       # to the next block of output channels
    "slope": "Real",        # y = v > 0 ? v : slope * v; 1 is linear, 0.1 leaky
}  # fmt: skip
call_row = Call(*ARGUMENTS.values())


@dataclass(frozen=True)
class RowKernel(Generated):
    """One variant: the vector width, the tile, and how the input lies in memory.

    ``source``: "blocked" (input channels in blocks of ``lanes``) or "planar" (a plane a channel).
    ``fills_blocks``: the input channels fill their blocks.
    ``adds``: sums go on from what the output holds.
    ``embedded``: products read their pixels from memory, where an operand may be one float that is spread (AVX-512).
    """

    lanes: int
    blocks: int = 1
    pixels: int = 1
    stride: int = 1
    taps: bool = True
    source: str = "blocked"
    fma: bool = False
    fills_blocks: bool = False
    embedded: bool = False
    adds: bool = False

    @property
    def source_lanes(self) -> int:
        """Floats of a pixel that lie in one block of the input."""
        return 1 if self.source == "planar" else self.lanes

    @property
    def name(self) -> str:
        size = "kxk" if self.taps else "1x1_whole" if self.fills_blocks else "1x1"
        return f"conv_{size}_s{self.stride}_{self.source}_{self.blocks}x{self.pixels}_v{self.lanes}_{self.numerics}"

    @property
    def numerics(self) -> str:
        """How products are added, in the name."""
        return ("fma" if self.fma else "exact") + "_embedded" * self.reads_pixels + "_adding" * self.adds

    def module(self) -> llvm.ModuleRef:
        return _Emitter(self).parsed()

    @property
    def reads_pixels(self) -> bool:
        """Whether each product has a load of its own: not where a pixel has but one product, or stays in a register."""
        return self.embedded and 1 < self.blocks <= self.pixels

    def with_tile(self, blocks: int, pixels: int) -> RowKernel:
        """The same kernel with another tile."""
        return replace(self, blocks=blocks, pixels=pixels)

    def kind(self) -> RowKernel:
        """The kernel that stands for this one where tiles are compared: strides and channels change little between them."""
        taps = self.taps or self.source == "planar"
        return replace(self, blocks=1, pixels=1, stride=1, taps=taps, fills_blocks=not taps, adds=False)

    def weights(self, code: VectorCode, at: ir.Value) -> ir.Value:
        """A vector of weights."""
        return code.load(at)

    def pixel(self, code: VectorCode, at: ir.Value) -> ir.Value:
        """What they are multiplied by: a number of the input in all lanes."""
        return code.splat(code.b.load(at))

    def added(self, code: VectorCode, total: ir.Value, weights: ir.Value, pixel: ir.Value) -> ir.Value:
        """total + weights · pixel"""
        return code.added(total, weights, pixel, self.fma)


class _Emitter(VectorCode):
    """Writes the LLVM IR of one RowKernel."""

    def __init__(self, kernel: RowKernel) -> None:
        super().__init__(kernel.name, ARGUMENTS, kernel.lanes)
        self.kernel = kernel
        self.pixel_step = kernel.stride * kernel.source_lanes
        self._row()

    def _row(self) -> None:
        """The loop over tiles."""
        k = self.kernel

        def tile(_index: ir.Value, state: list[ir.Value]) -> list[ir.Value]:
            x, y = state
            sums = [self.load(at) for at in self._outputs(y)] if k.adds else [self.zero] * (k.blocks * k.pixels)
            _, sums = self._reduction(self._levels(), x, self.arg["w"], sums)
            self._epilogue(sums, y)
            return [self.step(x, k.pixels * self.pixel_step), self.step(y, k.pixels * k.lanes)]

        self.loop(self.arg["tiles"], [self.arg["x"], self.arg["y"]], tile)

    def _levels(self) -> list[tuple[ir.Value | Callable[[ir.Value], ir.Value], ir.Value]]:
        """(count, input stride) of the loops of the reduction, outermost first; a count may depend on the outer index."""
        k, a = self.kernel, self.arg
        taps = [(a["height"], a["x_row"]), (a["width"], a["x_tap"])] if k.taps else []
        if k.source == "planar":
            return [(a["channels"], a["x_block"]), *taps]
        lanes = self.number(k.source_lanes)
        blocks = self.b.udiv(self.b.add(a["channels"], self.number(k.source_lanes - 1)), lanes)

        def within(block: ir.Value) -> ir.Value:
            left = self.b.sub(a["channels"], self.b.mul(block, lanes))
            return self.b.select(self.b.icmp_signed("<", left, lanes), left, lanes)

        inside = [] if self._unrolled() else [(within, self.number(1)), *taps]
        return [(blocks, a["x_block"]), *inside]

    def _unrolled(self) -> bool:
        """Whether the channels of a block are written out one after the other."""
        return self.kernel.fills_blocks and not self.kernel.taps and self.kernel.source != "planar"

    def _reduction(self, levels, x, w, sums, outer=None):  # type: ignore[no-untyped-def]
        """The nest of loops; returns the weights' address after it and the sums."""
        if not levels:
            for channel in range(self.kernel.source_lanes if self._unrolled() else 1):
                w, sums = self._multiply_add(self.step(x, channel), w, sums)
            return w, sums
        (count, stride), inner = levels[0], levels[1:]

        def body(index: ir.Value, state: list[ir.Value]) -> list[ir.Value]:
            w_next, sums_next = self._reduction(inner, state[0], state[1], state[2:], index)
            return [self.b.gep(state[0], [stride]), w_next, *sums_next]

        state = self.loop(count(outer) if callable(count) else count, [x, w, *sums], body)
        return state[1], state[2:]

    def _multiply_add(self, x: ir.Value, w: ir.Value, sums: list[ir.Value]) -> tuple[ir.Value, list[ir.Value]]:
        """One tap: every weight vector times every pixel; the fewer of both stay in registers."""
        k, sums = self.kernel, list(sums)
        weights = [self.step(w, o * k.lanes) for o in range(k.blocks)]
        if k.blocks <= k.pixels:
            held = [k.weights(self, at) for at in weights]
            rows = [x, *(self.same(x) for _ in held[1:])] if k.reads_pixels else [x] * k.blocks
            for p in range(k.pixels):
                pixels = {row: self._pixel(row, p) for row in rows}
                for o, weight in enumerate(held):
                    self._accumulate(sums, o, p, weight, pixels[rows[o]])
        else:
            held = [self._pixel(x, p) for p in range(k.pixels)]
            for o, weight in enumerate(k.weights(self, at) for at in weights):
                for p, pixel in enumerate(held):
                    self._accumulate(sums, o, p, weight, pixel)
        return self.step(w, k.blocks * k.lanes), sums

    def _pixel(self, x: ir.Value, p: int) -> ir.Value:
        return self.kernel.pixel(self, self.step(x, p * self.pixel_step))

    def _accumulate(self, sums: list[ir.Value], o: int, p: int, weight: ir.Value, pixel: ir.Value) -> None:
        i = o * self.kernel.pixels + p
        sums[i] = self.kernel.added(self, sums[i], weight, pixel)

    def _epilogue(self, sums: list[ir.Value], y: ir.Value) -> None:
        """Bias, slope, store."""
        k = self.kernel
        slope, outputs = self.splat(self.arg["slope"]), iter(self._outputs(y))
        for o in range(k.blocks):
            bias = self.load(self.step(self.arg["bias"], o * k.lanes))
            for p in range(k.pixels):
                v = self.b.fadd(sums[o * k.pixels + p], bias)
                self.store(self.sloped(v, slope), next(outputs))

    def _outputs(self, y: ir.Value) -> list[ir.Value]:
        """Addresses of the tile's vectors of the output, block after block."""
        k, b = self.kernel, self.b
        blocks = [b.gep(y, [b.mul(self.arg["y_block"], self.number(o))]) for o in range(k.blocks)]
        return [self.step(block, p * k.lanes) for block in blocks for p in range(k.pixels)]
