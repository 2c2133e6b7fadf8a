"""bfloat16, the upper half of a float32: rows of floats rounded to it, and sums of products of pairs.

Two neighbouring channels are a word of 32 bits, the first in its lower half.  A pair is multiplied by a pair of weights and
added to a float32, by the processor (``vdpbf16ps``) or, emulated, by ordinary operations: each product is exact, both are
added and rounded, then that is added to the sum and rounded, to nearest, ties to even.  Subnormal numbers count as zero.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..._support.with_llvmlite import ir, llvm
from ..native.ir_types import I16, I32
from ..native.object_code import Generated
from .intrinsics import Call
from .vectors import VectorCode

__all__ = ["RoundingRow", "call_rounding", "dot"]

SIGN, MAGNITUDE, INFINITE = 0x80000000, 0x7FFFFFFF, 0x7F800000
LEAST_NORMAL = 2.0**-126

ARGUMENTS = {
    "vectors": "Int",  # how many vectors of floats
    "x": "Floats",     # they
    "y": "Floats",     # where their words are written, half a vector for each
}  # fmt: skip
call_rounding = Call(*ARGUMENTS.values())


@dataclass(frozen=True)
class RoundingRow(Generated):
    """A row of floats to bfloat16, to nearest, ties to even; subnormal ones to zero, NaN to a quiet NaN."""

    lanes: int
    emulated: bool

    @property
    def name(self) -> str:
        return f"bf16_row_v{self.lanes}" + ("_emulated" if self.emulated else "")

    def module(self) -> llvm.ModuleRef:
        code = VectorCode(self.name, ARGUMENTS, self.lanes)
        words = ir.VectorType(I32, self.lanes // 2)

        def body(_index: ir.Value, state: list[ir.Value]) -> list[ir.Value]:
            x, y = state
            halves = (_rounded if self.emulated else _converted)(code, code.load(x))
            code.b.store(code.b.bitcast(halves, words), code.b.bitcast(y, words.as_pointer()), align=4)
            return [code.step(x, self.lanes), code.step(y, self.lanes // 2)]

        code.loop(code.arg["vectors"], [code.arg["x"], code.arg["y"]], body)
        return code.parsed()


def _converted(code: VectorCode, value: ir.Value) -> ir.Value:
    """A vector of floats as one of 16-bit integers, by the processor."""
    kind = ir.FunctionType(ir.VectorType(I16, code.lanes), [code.vector])
    return code.b.call(_intrinsic(code, "cvtneps2bf16", kind), [value])


def _rounded(code: VectorCode, value: ir.Value) -> ir.Value:
    """The same by ordinary operations."""
    b, kind = code.b, ir.VectorType(I32, code.lanes)

    def every(number: int) -> ir.Constant:
        return ir.Constant(kind, [number] * code.lanes)

    bits = b.bitcast(value, kind)
    magnitude = b.and_(bits, every(MAGNITUDE))
    even = b.and_(b.lshr(bits, every(16)), every(1))
    rounded = b.add(bits, b.add(even, every(0x7FFF)))
    quiet = b.or_(bits, every(0x400000))
    subnormal = b.icmp_unsigned("<", b.and_(bits, every(INFINITE)), every(1))
    result = b.select(b.icmp_unsigned(">", magnitude, every(INFINITE)), quiet, rounded)
    result = b.select(subnormal, b.and_(bits, every(SIGN)), result)
    return b.trunc(b.lshr(result, every(16)), ir.VectorType(I16, code.lanes))


def dot(code: VectorCode, total: ir.Value, x: ir.Value, w: ir.Value, emulated: bool) -> ir.Value:
    """total + x · w for a vector of floats and two of words."""
    if emulated:
        return _emulated(code, total, x, w)
    kind = ir.FunctionType(code.vector, [code.vector, x.type, w.type])
    return code.b.call(_intrinsic(code, "dpbf16ps", kind), [total, x, w])


def _emulated(code: VectorCode, total: ir.Value, x: ir.Value, w: ir.Value) -> ir.Value:
    b = code.b
    low, high = (b.fmul(f(code, x), f(code, w)) for f in (_low, _high))
    return _flushed(code, b.fadd(total, _flushed(code, b.fadd(low, high))))


def _low(code: VectorCode, words: ir.Value) -> ir.Value:
    """The first number of each word as a float."""
    return code.b.bitcast(code.b.shl(words, ir.Constant(words.type, [16] * code.lanes)), code.vector)


def _high(code: VectorCode, words: ir.Value) -> ir.Value:
    """The second number of each word."""
    return code.b.bitcast(code.b.and_(words, ir.Constant(words.type, [0xFFFF0000] * code.lanes)), code.vector)


def _flushed(code: VectorCode, value: ir.Value) -> ir.Value:
    """Zero of the same sign where it is subnormal."""
    b, kind = code.b, ir.VectorType(I32, code.lanes)
    magnitude = b.bitcast(b.and_(b.bitcast(value, kind), ir.Constant(kind, [MAGNITUDE] * code.lanes)), code.vector)
    subnormal = b.fcmp_ordered("<", magnitude, code.constant(LEAST_NORMAL))
    return b.select(subnormal, b.fmul(value, code.zero), value)


def _intrinsic(code: VectorCode, name: str, kind: ir.FunctionType) -> ir.Function:
    """The processor's instruction for vectors of this width, in the form of old LLVMs, without a type for bfloat16."""
    full = f"llvm.x86.avx512bf16.{name}.{32 * code.lanes}"
    return code.module.globals.get(full) or ir.Function(code.module, kind, full)
