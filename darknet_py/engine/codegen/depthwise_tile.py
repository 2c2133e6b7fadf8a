"""A depthwise convolution's inner loops as LLVM vector code: rows of one block of channels, in tiles of some pixels.

Each output channel has an input channel of its own, so that a product's pixel is a vector in memory.  One call does many
rows: an output takes so few products that a call for each row would cost as much as they do.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from ..._support.with_llvmlite import ir, llvm
from ..native.object_code import Generated
from .jit import Call
from .vectors import VectorCode

__all__ = ["DepthwiseKernel", "call_rows"]

# The arguments of a depthwise kernel; strides are in floats.
ARGUMENTS = {
    "rows": "Int",          # rows of the output
    "wide": "Int",          # how many tiles of pixels + 1 along a row, if the kernel has those
    "narrow": "Int",        # how many tiles of pixels
    "x": "Floats",          # input at the first tap of the first pixel
    "x_next": "Int",        # to that of the next row of the output
    "x_row": "Int",         # to the next tap below
    "x_tap": "Int",         # to the next tap to the right
    "height": "Int",        # taps down
    "width": "Int",         # taps across
    "w": "Floats",          # weights (height, width, lanes)
    "bias": "Floats",       # (lanes)
    "y": "Floats",          # output at the first pixel
    "y_next": "Int",        # to its next row
    "slope": "Real",        # y = v > 0 ? v : slope * v; 1 is linear, 0.1 leaky
}  # fmt: skip
call_rows = Call(*ARGUMENTS.values())


@dataclass(frozen=True)
class DepthwiseKernel(Generated):
    """One variant: the vector width, pixels of a tile, whether wide tiles of one more come first, the stride across.

    ``across``: so many neighbouring taps across are written out, and each pixel is loaded once for all of them; 0: a loop.
    """

    lanes: int
    pixels: int
    wide: bool = False
    stride: int = 1
    fma: bool = False
    across: int = 0

    @property
    def name(self) -> str:
        tile, numerics = f"1x{self.pixels}{'_wide' * self.wide}", "fma" if self.fma else "exact"
        return f"depthwise_kx{self.across or 'k'}_s{self.stride}_{tile}_v{self.lanes}_{numerics}"

    def module(self) -> llvm.ModuleRef:
        return _Emitter(self).parsed()


class _Emitter(VectorCode):
    """Writes the LLVM IR of one DepthwiseKernel.  A state is the addresses of input and output, or input and weights."""

    def __init__(self, kernel: DepthwiseKernel) -> None:
        super().__init__(kernel.name, ARGUMENTS, kernel.lanes)
        self.kernel = kernel
        self.loop(self.arg["rows"], [self.arg["x"], self.arg["y"]], self._row)

    def _row(self, _index: ir.Value, state: list[ir.Value]) -> list[ir.Value]:
        at = state
        for pixels, tiles in [(self.kernel.pixels + 1, "wide")] * self.kernel.wide + [(self.kernel.pixels, "narrow")]:
            at = self.loop(self.arg[tiles], at, functools.partial(self._tile, pixels))
        return [self.b.gep(address, [self.arg[by]]) for address, by in zip(state, ("x_next", "y_next"), strict=True)]

    def _tile(self, pixels: int, _index: ir.Value, state: list[ir.Value]) -> list[ir.Value]:
        (x, y), lanes = state, self.lanes
        _, _, *sums = self.loop(self.arg["height"], [x, self.arg["w"], *[self.zero] * pixels], self._row_of_taps)
        slope, bias = self.splat(self.arg["slope"]), self.load(self.arg["bias"])
        for p, total in enumerate(sums):
            self.store(self.sloped(self.b.fadd(total, bias), slope), self.step(y, p * lanes))
        return [self.step(x, pixels * self.kernel.stride * lanes), self.step(y, pixels * lanes)]

    def _row_of_taps(self, _index: ir.Value, state: list[ir.Value]) -> list[ir.Value]:
        _, *after = self._written_out(state) if self.kernel.across else self.loop(self.arg["width"], state, self._tap)
        return [self.b.gep(state[0], [self.arg["x_row"]]), *after]

    def _tap(self, _index: ir.Value, state: list[ir.Value]) -> list[ir.Value]:
        (x, w, *sums), k = state, self.kernel
        weight = self.load(w)
        pixels = [self.load(self.step(x, p * k.stride * k.lanes)) for p in range(len(sums))]
        sums = [self.added(total, weight, pixel, k.fma) for total, pixel in zip(sums, pixels, strict=True)]
        return [self.b.gep(x, [self.arg["x_tap"]]), self.step(w, k.lanes), *sums]

    def _written_out(self, state: list[ir.Value]) -> list[ir.Value]:
        """Pixel after pixel, each times the weights of all taps that it is under; of every sum the taps are in order."""
        (x, w, *sums), k = state, self.kernel
        weights = [self.load(self.step(w, i * k.lanes)) for i in range(k.across)]
        for at in range((len(sums) - 1) * k.stride + k.across):
            pixel = self.load(self.step(x, at * k.lanes))
            for p, total in enumerate(sums):
                if 0 <= (tap := at - p * k.stride) < k.across:
                    sums[p] = self.added(total, weights[tap], pixel, k.fma)
        return [x, self.step(w, k.across * k.lanes), *sums]
