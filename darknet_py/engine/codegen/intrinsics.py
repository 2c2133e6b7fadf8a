"""What numba has no word for, as intrinsics: calls by address, addresses of elements, selects instead of branches."""

from __future__ import annotations

from typing import Any

from ..._support.with_llvmlite import ir
from .arguments import Blocks, Floats, Int, Real, ir_type, numba_type

__all__ = ["Call", "Larger", "Moved", "Row", "larger", "moved", "row"]


class Call:
    """Calls a C function by address inside a kernel: ``call(address, *arguments)``; ``types`` are those of the arguments."""

    def __init__(self, *types: str) -> None:
        self.types = types

    def __call__(self, address: Int, *arguments: Any) -> None:
        raise TypeError("a Call works inside compiled kernels only")

    def numba(self) -> Any:
        """The numba intrinsic."""
        from ..._support.with_numba import intrinsic, numba

        slots = [ir_type(t) for t in self.types]
        signature = numba.void(numba.int64, *[numba_type(t) for t in self.types])

        def codegen(_context: Any, b: Any, _signature: Any, args: Any) -> Any:
            kind = ir.FunctionType(ir.VoidType(), slots)
            b.call(b.inttoptr(args[0], kind.as_pointer()), args[1:], attrs=("convergent",))  # LLVM copies no loop around it
            return ir.Constant(ir.IntType(8).as_pointer(), None)

        parameters = ", ".join(f"a{i}" for i in range(len(self.types) + 1))
        scope: dict[str, Any] = {"result": (signature, codegen)}
        exec(f"def call(context, {parameters}): return result", scope)  # an intrinsic must have named parameters
        return intrinsic(scope["call"])


class Larger:
    """``larger(a, b)``: a if a > b else b, float32, as one instruction.

    Written as Python it becomes a branch, and where b is what memory holds already, a masked store, which is slow.
    """

    def __call__(self, a: Real, b: Real) -> Real:
        return a if a > b else b

    def numba(self) -> Any:
        """The numba intrinsic."""
        from ..._support.with_numba import intrinsic, numba

        def larger(_context: Any, a: Any, b: Any) -> Any:
            def codegen(_context: Any, b: Any, _signature: Any, args: Any) -> Any:
                return b.select(b.fcmp_ordered(">", args[0], args[1]), args[0], args[1])

            return numba.float32(numba.float32, numba.float32), codegen

        return intrinsic(larger)


class Moved:
    """``moved(x, n)``: the address of x[n]."""

    def __call__(self, x: Floats, n: Int) -> Floats:
        raise TypeError("addresses are moved inside compiled kernels only")

    def numba(self) -> Any:
        """The numba intrinsic."""
        from ..._support.with_numba import intrinsic, numba

        def moved(_context: Any, x: Any, n: Any) -> Any:
            def codegen(_context: Any, b: Any, _signature: Any, args: Any) -> Any:
                return b.gep(args[0], [args[1]])

            return x(x, numba.int64), codegen

        return intrinsic(moved)


class Row:
    """``row(x, b, r)``: the address of row r of block b of x, a ``Blocks``."""

    def __call__(self, x: Blocks, block: Int, r: Int) -> Floats:
        raise TypeError("rows have addresses inside compiled kernels only")

    def numba(self) -> Any:
        """The numba intrinsic."""
        from ..._support.with_numba import intrinsic, numba

        def row(_context: Any, x: Any, block: Any, r: Any) -> Any:
            def codegen(_context: Any, b: Any, _signature: Any, args: Any) -> Any:
                base, row, block = (b.extract_value(args[0], Blocks._fields.index(n)) for n in ("base", "row", "block"))
                return b.gep(base, [b.add(b.mul(args[1], block), b.mul(args[2], row))])

            return numba_type("Floats")(x, numba.int64, numba.int64), codegen

        return intrinsic(row)


larger = Larger()
moved = Moved()
row = Row()
