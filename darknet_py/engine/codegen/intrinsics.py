"""What numba has no word for, as intrinsics: calls by address, addresses of elements, selects instead of branches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..._support.with_llvmlite import ir
from ..native.ir_types import F32, I8, I32, I64
from .arguments import Blocks, ir_type, numba_type

__all__ = ["Call", "Intrinsic", "ahead", "bits", "floats", "larger", "moved", "row"]


class Intrinsic:
    """An operation inside kernels: the types of its arguments and of what it returns, and what writes its LLVM code."""

    def __init__(self, types: tuple[Any, ...], returns: str | None, emit: Callable[..., ir.Value]) -> None:
        self.types, self.returns, self.emit = types, returns, emit

    def __call__(self, *arguments: Any) -> Any:
        raise TypeError("it works inside compiled kernels only")

    def numba(self) -> Any:
        """The numba intrinsic."""
        from ..._support.with_numba import intrinsic, numba

        returns = numba_type(self.returns) if self.returns else numba.void
        typed = returns(*map(numba_type, self.types)), lambda _context, b, _signature, args: self.emit(b, *args)
        scope: dict[str, Any] = {"typed": typed}
        parameters = ", ".join(f"a{i}" for i in range(len(self.types)))
        exec(f"def call(context, {parameters}): return typed", scope)  # an intrinsic must have named parameters
        return intrinsic(scope["call"])


class Call(Intrinsic):
    """Calls a C function by address: ``call(address, *arguments)``; ``types`` are those of the arguments."""

    def __init__(self, *types: str) -> None:
        super().__init__(("Int", *types), None, self._emit)

    def _emit(self, b: ir.IRBuilder, address: ir.Value, *arguments: ir.Value) -> ir.Value:
        kind = ir.FunctionType(ir.VoidType(), [ir_type(t) for t in self.types[1:]])
        b.call(b.inttoptr(address, kind.as_pointer()), arguments, attrs=("convergent",))  # LLVM copies no loop around it
        return ir.Constant(I8.as_pointer(), None)


def _row(b: ir.IRBuilder, x: ir.Value, block: ir.Value, r: ir.Value) -> ir.Value:
    base, row, stride = (b.extract_value(x, Blocks._fields.index(name)) for name in ("base", "row", "block"))
    return b.gep(base, [b.add(b.mul(block, stride), b.mul(r, row))])


def _ahead(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    to_read, all_caches, data = (ir.Constant(I32, v) for v in (0, 3, 1))
    kind = ir.FunctionType(ir.VoidType(), [I8.as_pointer(), I32, I32, I32])
    prefetch = b.module.declare_intrinsic("llvm.prefetch", (I8.as_pointer(),), kind)
    b.call(prefetch, [b.bitcast(x, I8.as_pointer()), to_read, all_caches, data])
    return ir.Constant(I8.as_pointer(), None)


# bits(x): those of a float32, as a signed number
bits = Intrinsic(("Real",), "Int", lambda b, x: b.sext(b.bitcast(x, I32), I64))
# floats(address)
floats = Intrinsic(("Int",), "Floats", lambda b, address: b.inttoptr(address, F32.as_pointer()))
# a if a > b else b, float32, as one instruction.  Written as Python it becomes a branch, and where b is what memory holds
# already, a masked store, which is slow.
larger = Intrinsic(("Real", "Real"), "Real", lambda b, x, y: b.select(b.fcmp_ordered(">", x, y), x, y))
# ahead(x): x[0] is asked for, to be in the cache when it is needed
ahead = Intrinsic(("Floats",), None, _ahead)
# moved(x, n): the address of x[n]
moved = Intrinsic(("Floats", "Int"), "Floats", lambda b, x, n: b.gep(x, [n]))
# row(x, block, r): the address of row r of a block of x
row = Intrinsic((Blocks, "Int", "Int"), "Floats", _row)
