"""Functions over a row of floats, in place, as LLVM vector code: a formula in Python operators, emitted for each width.

A formula runs on ``Values``.  Every operation is emitted for four vectors in turn, so that their latencies overlap; the
rest of the row takes one vector, then single floats at a time, with the same bits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..._support.with_llvmlite import ir, llvm
from ..native.host import host
from ..native.ir_types import F32, F64, I64
from ..native.object_code import Generated

__all__ = ["Formula", "RowFunction", "Values"]

TOGETHER = 4

Formula = Callable[["Values"], "Values"]


@dataclass(frozen=True)
class Format:
    """Of the numbers that a formula computes with: their type, and its bits.

    ``fused`` products and sums are rounded once; in double precision a product and then a sum serve as well.
    """

    kind: ir.Type
    bits: int
    mantissa: int
    bias: int
    fused: bool


SINGLE = Format(F32, 32, 23, 127, True)
DOUBLE = Format(F64, 64, 52, 1023, False)


@dataclass(frozen=True)
class RowFunction(Generated):
    """``formula`` over n floats, C signature ``void (float *, int64_t)``.

    It runs in float32 if ``single``, which needs fused multiply-add, else in double precision.
    """

    formula: Formula
    single: bool

    @property
    def name(self) -> str:
        return f"row_{self.formula.__name__}_{'single' if self.single else 'double'}"

    def module(self) -> llvm.ModuleRef:
        return llvm.parse_assembly(str(_row_function(self)))


def _row_function(row: RowFunction) -> ir.Module:
    module = ir.Module(row.name)
    module.triple = host().triple
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [F32.as_pointer(), I64]), row.name)
    b, i = ir.IRBuilder(function.append_basic_block()), ir.Constant(I64, 0)
    lanes = host().lanes
    for width, count in ((lanes, TOGETHER), (lanes, 1), (1, 1)):
        i = _loop(b, row, i, width, count)
    b.ret_void()
    return module


def _loop(b: ir.IRBuilder, row: RowFunction, first: ir.Value, width: int, count: int) -> ir.Value:
    """From ``first`` on as long as ``count`` vectors of ``width`` are left; returns the next index."""
    x, n = b.function.args
    before, (head, body, after) = b.block, [b.function.append_basic_block() for _ in range(3)]
    b.branch(head)
    b.position_at_end(head)
    i = b.phi(I64)
    following = b.add(i, ir.Constant(I64, width * count))
    b.cbranch(b.icmp_signed("<=", following, n), body, after)
    b.position_at_end(body)
    kind = F32 if width == 1 else ir.VectorType(F32, width)
    places = [b.bitcast(b.gep(x, [b.add(i, ir.Constant(I64, k * width))]), kind.as_pointer()) for k in range(count)]
    code = Code(b, SINGLE if row.single else DOUBLE, width)
    results = row.formula(Values(code, [code.widened(b.load(p, align=4)) for p in places]))
    for place, value in zip(places, results.parts, strict=True):
        b.store(code.narrowed(value), place, align=4)
    i.add_incoming(first, before)
    i.add_incoming(following, b.block)
    b.branch(head)
    b.position_at_end(after)
    return i


class Code:
    """Emits operations on vectors of one width and format."""

    def __init__(self, b: ir.IRBuilder, number: Format, width: int) -> None:
        self.b, self.number, self.width = b, number, width
        self.kind, self.bits = self.of(number.kind), self.of(ir.IntType(number.bits))

    def of(self, scalar: ir.Type) -> ir.Type:
        return scalar if self.width == 1 else ir.VectorType(scalar, self.width)

    def constant(self, kind: ir.Type, value: float) -> ir.Constant:
        return ir.Constant(kind, value if self.width == 1 else [value] * self.width)

    def widened(self, v: ir.Value) -> ir.Value:
        return v if self.number.kind == F32 else self.b.fpext(v, self.kind)

    def narrowed(self, v: ir.Value) -> ir.Value:
        return v if self.number.kind == F32 else self.b.fptrunc(v, self.of(F32))

    def multiply_add(self, x: ir.Value, y: ir.Value, z: ir.Value) -> ir.Value:
        if not self.number.fused:
            return self.b.fadd(self.b.fmul(x, y), z)
        module, name = self.b.module, "llvm.fma.f32" if self.width == 1 else f"llvm.fma.v{self.width}f32"
        fused = module.globals.get(name) or ir.Function(module, ir.FunctionType(self.kind, [self.kind] * 3), name)
        return self.b.call(fused, [x, y, z])

    def power(self, v: ir.Value, exponent: int) -> ir.Value:
        number, b = self.number, self.b
        shifted = b.shl(b.bitcast(v, self.bits), self.constant(self.bits, number.mantissa))
        one = (number.bias + exponent) << number.mantissa
        return b.bitcast(b.add(shifted, self.constant(self.bits, one)), self.kind)

    def signed(self, v: ir.Value, sign: ir.Value) -> ir.Value:
        b, mask = self.b, self.constant(self.bits, 1 << (self.number.bits - 1))
        return b.bitcast(b.or_(b.bitcast(v, self.bits), b.and_(b.bitcast(sign, self.bits), mask)), self.kind)


class Values:
    """Vectors side by side; a number stands for itself in every lane."""

    def __init__(self, code: Code, parts: list[ir.Value]) -> None:
        self.code, self.parts = code, parts

    @property
    def single(self) -> bool:
        """Whether these are float32."""
        return self.code.number == SINGLE

    @property
    def round(self) -> float:
        """Adding it leaves the nearest integer in the low bits."""
        return 1.5 * 2.0**self.code.number.mantissa

    def _each(self, emit: Callable[..., ir.Value], *others: Values | float) -> Values:
        columns = [self.parts, *[self._like(other) for other in others]]
        return Values(self.code, [emit(*row) for row in zip(*columns, strict=True)])

    def _like(self, other: Values | float) -> list[ir.Value]:
        if isinstance(other, Values):
            return other.parts
        return [self.code.constant(self.code.kind, other)] * len(self.parts)

    def __add__(self, other: Values | float) -> Values:
        return self._each(self.code.b.fadd, other)

    def __sub__(self, other: Values | float) -> Values:
        return self._each(self.code.b.fsub, other)

    def __mul__(self, other: Values | float) -> Values:
        return self._each(self.code.b.fmul, other)

    def __truediv__(self, other: Values | float) -> Values:
        return self._each(self.code.b.fdiv, other)

    def __rtruediv__(self, other: float) -> Values:
        return self._each(lambda x, y: self.code.b.fdiv(y, x), other)

    def __neg__(self) -> Values:
        return self._each(self.code.b.fneg)

    def __gt__(self, other: Values | float) -> Any:
        return self._each(lambda x, y: self.code.b.fcmp_ordered(">", x, y), other)

    def choose(self, yes: Values | float, no: Values | float) -> Values:
        """Where this comparison holds ``yes``, else ``no``."""
        return self._each(self.code.b.select, yes, no)

    def times_plus(self, factor: Values | float, term: Values | float) -> Values:
        """self · factor + term."""
        return self._each(self.code.multiply_add, factor, term)

    def at_least(self, low: float) -> Values:
        """The larger of both; NaN stays."""
        return self._each(lambda v, c: self.code.b.select(self.code.b.fcmp_ordered(">", c, v), c, v), low)

    def at_most(self, high: float) -> Values:
        """The smaller of both; NaN stays."""
        return self._each(lambda v, c: self.code.b.select(self.code.b.fcmp_ordered("<", c, v), c, v), high)

    def power(self, exponent: int = 0) -> Values:
        """2^(k + exponent), the integer k being in the low bits."""
        return self._each(lambda v: self.code.power(v, exponent))

    def signed(self, sign: Values | float) -> Values:
        """With the sign bit set where that of ``sign`` is."""
        return self._each(self.code.signed, sign)
