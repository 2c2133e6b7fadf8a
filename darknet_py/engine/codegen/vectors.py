"""What the generators of LLVM vector code share: a function with named arguments, counted loops, loads and stores."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..._support.with_llvmlite import ir, llvm
from ..native.host import host
from ..native.ir_types import F32, I32, I64, IR_TYPES, VOID

__all__ = ["VectorCode"]


class VectorCode:
    """An LLVM function ``name(arguments)`` over vectors of ``lanes`` floats, being written.

    ``arguments``: {name: "Floats", "Int" or "Real"}; ``arg`` holds their values, ``b`` writes where the code has got to.
    """

    def __init__(self, name: str, arguments: Mapping[str, str], lanes: int) -> None:
        self.lanes = lanes
        self.vector = ir.VectorType(F32, lanes)
        self.zero = ir.Constant(self.vector, [0.0] * lanes)
        self.module = ir.Module(name)
        self.module.triple = host().triple
        kind = ir.FunctionType(VOID, [IR_TYPES[t] for t in arguments.values()])
        self.function = ir.Function(self.module, kind, name)
        kind = ir.FunctionType(self.vector, [self.vector] * 3)
        self.fused = ir.Function(self.module, kind, f"llvm.fma.v{lanes}f32")
        self.arg = dict(zip(arguments, self.function.args))
        self.b = ir.IRBuilder(self.function.append_basic_block())

    def parsed(self) -> llvm.ModuleRef:
        """The finished function as a parsed LLVM module."""
        self.b.ret_void()
        return llvm.parse_assembly(str(self.module))

    def loop(self, count: ir.Value, state: list[ir.Value],
             body: Callable[[ir.Value, list[ir.Value]], list[ir.Value]]) -> list[ir.Value]:  # fmt: skip
        """A counted loop (count >= 1) that carries ``state``; returns its last values."""
        b, before = self.b, self.b.block
        head, after = self.function.append_basic_block(), self.function.append_basic_block()
        b.branch(head)
        b.position_at_end(head)
        index = b.phi(I64)
        carried = [b.phi(v.type) for v in state]
        results = body(index, list(carried))
        following = b.add(index, self.number(1))
        for phi, first, later in zip([index, *carried], [self.number(0), *state], [following, *results]):
            phi.add_incoming(first, before)
            phi.add_incoming(later, b.block)
        b.cbranch(b.icmp_signed("<", following, count), head, after)
        b.position_at_end(after)
        return results

    def number(self, value: int) -> ir.Constant:
        return ir.Constant(I64, value)

    def constant(self, value: float) -> ir.Constant:
        """A vector with this number in every lane."""
        return ir.Constant(self.vector, [value] * self.lanes)

    def step(self, pointer: ir.Value, floats: int) -> ir.Value:
        """The address so many floats further on."""
        return self.b.gep(pointer, [self.number(floats)])

    def same(self, pointer: ir.Value) -> ir.Value:
        """The pointer, of which the compiler no longer knows that it is the same: what is loaded twice is not merged."""
        kind = ir.FunctionType(pointer.type, [pointer.type])
        return self.b.asm(kind, "", "=r,0", [pointer], side_effect=True)

    def load(self, pointer: ir.Value) -> ir.Value:
        return self.b.load(self.b.bitcast(pointer, self.vector.as_pointer()), align=4)

    def store(self, value: ir.Value, pointer: ir.Value) -> None:
        self.b.store(value, self.b.bitcast(pointer, self.vector.as_pointer()), align=4)

    def splat(self, scalar: ir.Value) -> ir.Value:
        """A vector with the scalar in every lane."""
        undefined = ir.Constant(ir.VectorType(scalar.type, self.lanes), ir.Undefined)
        lane = self.b.insert_element(undefined, scalar, ir.Constant(I32, 0))
        mask = ir.Constant(ir.VectorType(I32, self.lanes), [0] * self.lanes)
        return self.b.shuffle_vector(lane, undefined, mask)

    def multiply_add(self, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
        """a·b + c, rounded once."""
        return self.b.call(self.fused, [a, b, c])

    def added(self, total: ir.Value, a: ir.Value, b: ir.Value, fma: bool) -> ir.Value:
        """total + a·b, the product rounded before the sum unless ``fma``."""
        return self.multiply_add(a, b, total) if fma else self.b.fadd(total, self.b.fmul(a, b))

    def sloped(self, value: ir.Value, slope: ir.Value) -> ir.Value:
        """value > 0 ? value : slope·value, for a slope above 0 and up to 1: the larger of both, of NaN NaN."""
        below = self.b.fmul(value, slope)
        return self.b.select(self.b.fcmp_ordered(">", below, value), below, value)
