"""A kernel: a Python function over addresses and numbers, compiled by numba, called without Python.

Annotations are the machine types of the module ``arguments``.

``@kernel``    a step of a plan.  Its last parameter is ``job``: the plan calls it for every job number, from any thread.
``@function``  plain code with a C signature, called from kernels through its address, with a ``Call``.
``@inline``    a helper whose code goes into whatever uses it.

Numba is imported only when something must be compiled: a warm process never pays for it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType
from typing import Any

from ..._support.with_llvmlite import ir, llvm
from ...errors import KernelError
from ..native import object_code
from ..native.host import host
from .arguments import I64, Blocks, Double, Floats, Int, Ints, Parameters, Real, fields, ir_type, misnamed, numba_type
from .intrinsics import Call, Intrinsic, larger, moved, row

__all__ = [
    "Blocks", "Call", "Double", "Floats", "Int", "Ints", "Kernel", "Real", "constant", "function", "inline", "kernel",
    "larger", "moved", "row",
]  # fmt: skip


class Constant:
    """A number that is known when a kernel is compiled, under its name in capitals."""


def constant() -> Any:
    """What stands for a constant in the module of a kernel that needs it."""
    return Constant()


class Kernel:
    """A function that can be compiled for given ``constants``: their names."""

    def __init__(self, python: FunctionType) -> None:
        self.__doc__ = python.__doc__
        self.python = python
        self.name = f"{python.__module__.rpartition('.')[2]}.{python.__name__}"
        self.parameters = Parameters(self.name, python)
        self.is_step = self.parameters.is_step
        self.constants = _constants(python)

    def address(self, **constants: int) -> int:
        """The address of the compiled function.  Raises KernelError where ``constants`` are not those that it needs."""
        if constants.keys() != self.constants:
            raise KernelError(f"kernel {self.name}: {misnamed('constant', constants, self.constants)}")
        name = self.name
        for key, value in sorted(constants.items()):
            if type(value) is not int or value < 1:
                raise KernelError(f"kernel {self.name}: constant {key} must be an int above 0, not {value!r}")
            name += f"_{key.lower()}{value}"
        return object_code.address(name, functools.partial(self._module, name, tuple(sorted(constants.items()))))

    def _module(self, name: str, constants: tuple[tuple[str, int], ...]) -> Any:
        from ..._support.with_numba import numba

        signature = numba.void(*map(numba_type, self.parameters.types.values()))
        compiled = numba.cfunc(signature, error_model="numpy")(_specialise(self.python, **dict(constants)))
        code = compiled.inspect_llvm()
        module = llvm.parse_assembly(code)
        entry = self._entry(name, compiled.native_name)
        for missing in re.findall(r"^declare .*@((?:numba|NRT)_\w+)\(", code, re.MULTILINE):
            _stop(entry, missing)
        module.link_in(llvm.parse_assembly(str(entry)))
        return module

    def _entry(self, name: str, target: str) -> ir.Module:
        """``name(words, job)`` for a step, ``name(word, …)`` for a function, around numba's function ``target``."""
        parameters, words = self.parameters, [ir_type(kind) for kind in self.parameters.words.values()]
        module = ir.Module(name)
        module.triple = host().triple
        inner = ir.FunctionType(ir.VoidType(), [ir_type(kind) for kind in parameters.types.values()])
        outer = ir.FunctionType(ir.VoidType(), [I64.as_pointer(), I64] if self.is_step else words)
        function = ir.Function(module, outer, name)
        b = ir.IRBuilder(function.append_basic_block())
        values = [*_loaded(b, function.args[0], words[:-1]), function.args[1]] if self.is_step else function.args
        b.call(ir.Function(module, inner, target), _packed(b, parameters.types.values(), iter(values)))
        b.ret_void()
        return module


def _loaded(b: ir.IRBuilder, table: ir.Value, types: list[ir.Type]) -> list[ir.Value]:
    """The words of a table."""
    slots = [b.gep(table, [ir.Constant(I64, i)]) for i in range(len(types))]
    return [b.load(b.bitcast(slot, kind.as_pointer())) for slot, kind in zip(slots, types, strict=True)]


def _packed(b: ir.IRBuilder, kinds: Iterable[Any], words: Iterator[ir.Value]) -> Iterator[ir.Value]:
    """Arguments out of words: a record takes one a field."""
    for kind in kinds:
        if isinstance(kind, str):
            yield next(words)
        else:
            record = ir.Constant(ir_type(kind), ir.Undefined)
            for i in range(len(fields(kind))):
                record = b.insert_value(record, next(words), i)
            yield record


def _constants(python: FunctionType) -> set[str]:
    """The names of the constants that a function and its helpers use."""
    used = {name: python.__globals__.get(name) for name in python.__code__.co_names}
    helpers = (v.constants for v in used.values() if isinstance(v, _Inline))
    return {name for name, v in used.items() if isinstance(v, Constant)}.union(*helpers)


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
        self.constants = _constants(python)

    def __call__(self, *args: Any) -> Any:
        return self.python(*args)


@functools.cache
def _helper(python: FunctionType, **constants: int) -> Any:
    """Numba's version of a helper: compiled once, and inlined by LLVM; numba would infer its types anew at each call."""
    from ..._support.with_numba import numba

    no_wrappers: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return numba.njit(error_model="numpy", forceinline=True, **no_wrappers)(_specialise(python, **constants))


def kernel(python: Callable[..., None]) -> Kernel:
    """Decorator: a step of a plan."""
    return Kernel(python)  # type: ignore[arg-type]


function = kernel


def inline(python: Callable[..., Any]) -> Any:
    """Decorator: a helper for kernels."""
    return _Inline(python)  # type: ignore[arg-type]


def _specialise(python: FunctionType, **constants: int) -> FunctionType:
    """The function with other globals: constants set, helpers and calls in numba's form."""
    scope = {**python.__globals__, **constants}
    for name in python.__code__.co_names:
        helper = scope.get(name)
        if isinstance(helper, _Inline):
            scope[name] = _helper(helper.python, **{key: constants[key] for key in sorted(helper.constants)})
        elif isinstance(helper, Intrinsic):
            scope[name] = helper.numba()
    return FunctionType(python.__code__, scope, python.__name__, python.__defaults__)
