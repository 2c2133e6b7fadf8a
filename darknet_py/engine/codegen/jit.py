"""A kernel: a Python function over addresses and numbers, compiled by numba, called without Python.

Annotations are the machine types: ``Floats`` and ``Ints`` (addresses of float32 and of int64), ``Int`` (int64), ``Real``
and ``Double`` (float32 and float64).

``@kernel``    a step of a plan.  Its last parameter is ``job``: the plan calls it for every job number, from any thread.
``@function``  plain code with a C signature, called from kernels through its address, with a ``Call``.
``@inline``    a helper that is compiled into whatever uses it.

Numba is imported only when something must be compiled: a warm process never pays for it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeAlias

from ..._support.with_llvmlite import ir, llvm
from ..native import object_code
from ..native.host import host

__all__ = ["Call", "Double", "Floats", "Int", "Ints", "Kernel", "Real", "function", "inline", "kernel", "larger"]

Floats: TypeAlias = Any
Ints: TypeAlias = Any
Int: TypeAlias = Any
Real: TypeAlias = Any
Double: TypeAlias = Any

IR_TYPES = {
    "Floats": ir.FloatType().as_pointer(), "Ints": ir.IntType(64).as_pointer(), "Int": ir.IntType(64),
    "Real": ir.FloatType(), "Double": ir.DoubleType(),
}  # fmt: skip


class Call:
    """Calls a C function by address inside a kernel: ``call(address, *arguments)``; ``types`` are those of the arguments.

    An ``Int`` may be passed where the function takes ``Floats``: addresses are integers in kernels.
    """

    def __init__(self, *types: str) -> None:
        self.types = types

    def __call__(self, address: Int, *arguments: Any) -> None:
        raise TypeError("a Call works inside compiled kernels only")

    def numba(self) -> Any:
        """The numba intrinsic."""
        from ..._support.with_numba import intrinsic, numba

        slots = [ir.IntType(64) if t == "Floats" else IR_TYPES[t] for t in self.types]
        signature = numba.void(numba.int64, *[_numba_type("Int" if t == "Floats" else t) for t in self.types])

        def codegen(_context: Any, b: Any, _signature: Any, args: Any) -> Any:
            kind = ir.FunctionType(ir.VoidType(), slots)
            b.call(b.inttoptr(args[0], kind.as_pointer()), args[1:])
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


larger = Larger()


class Kernel:
    """A function that can be compiled for given constants."""

    def __init__(self, python: FunctionType) -> None:
        self.__doc__ = python.__doc__
        self.python = python
        self.name = f"{python.__module__.rpartition('.')[2]}.{python.__name__}"
        self.types = {k: str(v) for k, v in python.__annotations__.items() if k != "return"}
        self.is_step = next(reversed(self.types), None) == "job"
        self.parameters = [name for name in self.types if name != "job"]  # the arguments that a step stores

    def address(self, **constants: int) -> int:
        """The address of the compiled function, module-level names replaced by ``constants``."""
        name = "_".join([self.name, *[f"{k.lower()}{v}" for k, v in sorted(constants.items())]])
        return object_code.address(name, functools.partial(self._module, name, tuple(sorted(constants.items()))))

    def _module(self, name: str, constants: tuple[tuple[str, int], ...]) -> Any:
        from ..._support.with_numba import numba

        signature = numba.void(*[_numba_type(t) for t in self.types.values()])
        compiled = numba.cfunc(signature, error_model="numpy")(_specialise(self.python, dict(constants)))
        code = compiled.inspect_llvm()
        module = llvm.parse_assembly(code)
        entry = self._entry(name, compiled.native_name)
        for missing in re.findall(r"^declare .*@((?:numba|NRT)_\w+)\(", code, re.MULTILINE):
            _stop(entry, missing)
        module.link_in(llvm.parse_assembly(str(entry)))
        return module

    def _entry(self, name: str, target: str) -> ir.Module:
        """``name(arguments, job)`` for a step, ``name(…)`` for a function, around numba's function ``target``."""
        slots = [IR_TYPES[t] for t in self.types.values()]
        module = ir.Module(name)
        module.triple = host().triple
        inner = ir.Function(module, ir.FunctionType(ir.VoidType(), slots), target)
        table = ir.IntType(64).as_pointer()
        outer = ir.Function(
            module, ir.FunctionType(ir.VoidType(), [table, ir.IntType(64)] if self.is_step else slots), name
        )
        b = ir.IRBuilder(outer.append_basic_block())
        b.call(inner, self._unpack(b, *outer.args) if self.is_step else outer.args)
        b.ret_void()
        return module

    def _unpack(self, b: ir.IRBuilder, table: ir.Value, job: ir.Value) -> list[ir.Value]:
        values = []
        for i, name in enumerate(self.parameters):
            slot = b.gep(table, [ir.Constant(ir.IntType(64), i)])
            values.append(b.load(b.bitcast(slot, IR_TYPES[self.types[name]].as_pointer())))
        return [*values, job]


def _stop(module: ir.Module, name: str) -> None:
    """Define a function of numba's runtime, which is not there in a warm process, as a stop.

    Only a Python exception inside a kernel would call it, and kernels raise none.
    """
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), []), name)
    function.linkage = "linkonce_odr"
    b = ir.IRBuilder(function.append_basic_block())
    b.call(module.declare_intrinsic("llvm.trap", (), ir.FunctionType(ir.VoidType(), [])), [])
    b.unreachable()


class _Inline:
    """Marks a helper; replaced by numba's version of it when a kernel that uses it is compiled."""

    def __init__(self, python: FunctionType) -> None:
        functools.update_wrapper(self, python)
        self.python = python

    def __call__(self, *args: Any) -> Any:
        return self.python(*args)

    def numba(self) -> Any:
        from ..._support.with_numba import numba

        return numba.njit(error_model="numpy", inline="always")(_specialise(self.python, {}))


def kernel(python: Callable[..., None]) -> Kernel:
    """Decorator: a step of a plan."""
    return Kernel(python)  # type: ignore[arg-type]


function = kernel


def inline(python: Callable[..., Any]) -> Any:
    """Decorator: a helper for kernels."""
    return _Inline(python)  # type: ignore[arg-type]


def _specialise(python: FunctionType, constants: dict[str, int]) -> FunctionType:
    """The function with other globals: constants set, helpers and calls in numba's form."""
    scope = {**python.__globals__, **constants}
    for name in python.__code__.co_names:
        if isinstance(scope.get(name), (_Inline, Call, Larger)):
            scope[name] = scope[name].numba()
    return FunctionType(python.__code__, scope, python.__name__, python.__defaults__)


def _numba_type(name: str) -> Any:
    from ..._support.with_numba import numba

    pointer = numba.types.CPointer
    types = {"Floats": pointer(numba.float32), "Ints": pointer(numba.int64), "Int": numba.int64, "Real": numba.float32,
             "Double": numba.float64}  # fmt: skip
    return types[name]
