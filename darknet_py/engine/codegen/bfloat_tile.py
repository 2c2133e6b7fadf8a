"""The convolution's inner loops on pairs of bfloat16 channels: those of floats, with another product."""

from __future__ import annotations

from dataclasses import dataclass

from ..._support.with_llvmlite import ir
from ..native.ir_types import I32
from .bfloat import dot
from .convolution_tile import RowKernel
from .vectors import VectorCode

__all__ = ["PairKernel"]


@dataclass(frozen=True)
class PairKernel(RowKernel):
    """A RowKernel whose "channels" are pairs of them, a word each, in the input (half as many ``lanes`` in a block) and the
    weights; its sums are of float32.  ``emulated``: without the processor's instruction for them.
    """

    source: str = "pairs"
    fma: bool = True
    emulated: bool = False

    @property
    def source_lanes(self) -> int:
        return self.lanes // 2

    @property
    def numerics(self) -> str:
        return ("bf16_emulated" if self.emulated else "bf16") + "_embedded" * self.reads_pixels

    def weights(self, code: VectorCode, at: ir.Value) -> ir.Value:
        words = ir.VectorType(I32, self.lanes)
        return code.b.load(code.b.bitcast(at, words.as_pointer()), align=4)

    def pixel(self, code: VectorCode, at: ir.Value) -> ir.Value:
        return code.splat(code.b.load(code.b.bitcast(at, I32.as_pointer())))

    def added(self, code: VectorCode, total: ir.Value, weights: ir.Value, pixel: ir.Value) -> ir.Value:
        return dot(code, total, weights, pixel, self.emulated)
