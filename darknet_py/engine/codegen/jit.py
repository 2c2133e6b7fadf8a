"""A kernel: a Python function over addresses and numbers, compiled by numba, called without Python.

Annotations are the machine types of the module ``arguments``.

``@kernel``    a step of a plan.  Its last parameter is ``job``: the plan calls it for every job number, from any thread.
               A constant of it, ``lanes()`` of its arguments, is what it is compiled for.
``@function``  plain code with a C signature, called from kernels through its address, with a ``Call``.
``@inline``    a helper whose code goes into whatever uses it.

Numba is imported only when something must be compiled: a warm process never pays for it.
"""

from __future__ import annotations

import functools
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import FunctionType
from typing import Any

from ..._support.with_llvmlite import ir, llvm
from ...errors import KernelError
from ..native import object_code
from ..native.host import host
from ..native.ir_types import I64
from .arguments import (
    Argument,
    Blocks,
    Double,
    Floats,
    Int,
    Ints,
    Parameters,
    Planes,
    Real,
    Word,
    declared,
    fields,
    ir_type,
    misnamed,
    numba_type,
)  # fmt: skip
from .helpers import constants_of, inline, lanes, specialised
from .intrinsics import Call, ahead, bits, floats, larger, moved, row

__all__ = [
    "Blocks", "Call", "Double", "Floats", "Function", "Int", "Ints", "Kernel", "Planes", "Real", "ahead", "bits", "floats",
    "function", "inline", "kernel", "lanes", "larger", "moved", "row",
]  # fmt: skip


class _Compiled(ABC):
    """A function that can be compiled for given ``constants``."""

    def __init__(self, python: FunctionType) -> None:
        self.__doc__ = python.__doc__
        self.python = python
        self.name = f"{python.__module__.rpartition('.')[2]}.{python.__name__}"
        self.signature = declared(python)
        planes = {name for name, kind in python.__annotations__.items() if str(kind) == "Planes"}
        self.parameters = Parameters(self.name, self._given(), planes)
        self.constants = constants_of(python)

    def _given(self) -> dict[str, Any]:
        """The types of the parameters that a caller gives."""
        return self.signature

    def address(self, **constants: int) -> int:
        """The address of the compiled function.  Raises KernelError where ``constants`` are not those that it needs."""
        if constants.keys() != self.constants.keys():
            raise KernelError(f"kernel {self.name}: {misnamed('constant', constants, self.constants)}")
        name = self.name
        for key, value in sorted(constants.items()):
            if type(value) is not int or value < 1:
                raise KernelError(f"kernel {self.name}: constant {key} must be an int above 0, not {value!r}")
            name += f"_{key.lower()}{value}"
        return object_code.address(name, functools.partial(self._module, name, tuple(sorted(constants.items()))))

    def _module(self, name: str, constants: tuple[tuple[str, int], ...]) -> Any:
        from ..._support.with_numba import numba

        signature = numba.void(*map(numba_type, self.signature.values()))
        compiled = numba.cfunc(signature, error_model="numpy")(specialised(self.python, **dict(constants)))
        code = compiled.inspect_llvm()
        module = llvm.parse_assembly(code)
        entry = self._entry(name, compiled.native_name)
        for missing in re.findall(r"^declare .*@((?:numba|NRT)_\w+)\(", code, re.MULTILINE):
            _stop(entry, missing)
        module.link_in(llvm.parse_assembly(str(entry)))
        return module

    def _entry(self, name: str, target: str) -> ir.Module:
        """The function ``name`` with its own calling convention, around numba's function ``target``."""
        words = [ir_type(kind) for kind in self.parameters.words.values()]
        module = ir.Module(name)
        module.triple = host().triple
        inner = ir.FunctionType(ir.VoidType(), [ir_type(kind) for kind in self.signature.values()])
        entry = ir.Function(module, ir.FunctionType(ir.VoidType(), self._convention(words)), name)
        b = ir.IRBuilder(entry.append_basic_block())
        values = self._words(b, entry.args, words)
        b.call(ir.Function(module, inner, target), _packed(b, self.signature.values(), iter(values)))
        b.ret_void()
        return module

    @abstractmethod
    def _convention(self, words: list[ir.Type]) -> list[ir.Type]:
        """The types of what it is called with."""

    @abstractmethod
    def _words(self, b: ir.IRBuilder, arguments: Sequence[ir.Value], words: list[ir.Type]) -> Sequence[ir.Value]:
        """All words of its parameters, out of what it is called with."""


class Function(_Compiled):
    """Called as ``name(word, …)``."""

    def _convention(self, words: list[ir.Type]) -> list[ir.Type]:
        return words

    def _words(self, b: ir.IRBuilder, arguments: Sequence[ir.Value], words: list[ir.Type]) -> Sequence[ir.Value]:
        return arguments


class Kernel(_Compiled):
    """A step of a plan, called as ``name(words, job)``.  Raises KernelError where the last parameter is not job: Int."""

    def _given(self) -> dict[str, Any]:
        *others, (last, kind) = self.signature.items() or [("", None)]
        if (last, kind) != ("job", "Int"):
            raise KernelError(f"kernel {self.name}: the last parameter of a step must be job: Int")
        return dict(others)

    def bind(self, arguments: Mapping[str, Argument]) -> tuple[int, tuple[tuple[str, Word], ...]]:
        """The address of what is compiled for these arguments, and their words.  Raises KernelError for wrong ones."""
        words = self.parameters.bind(arguments)
        return self.address(**self._lanes(dict(words))), words

    def _lanes(self, words: Mapping[str, Word]) -> dict[str, int]:
        """The constants, as the arguments have them."""
        blocks = [name for name, kind in self.parameters.types.items() if kind is Blocks]
        found: dict[str, int] = {}
        for constant, (of,) in self.constants.items():
            lanes: dict[str, Any] = {name: words[f"{name}.lanes"] for name in of or blocks}
            if len(set(lanes.values())) > 1:
                differing = ", ".join(f"{name} has {n}" for name, n in lanes.items())
                raise KernelError(f"kernel {self.name}: its arguments must have the same number of lanes, but {differing}")
            if lanes:
                found[constant] = min(lanes.values())
        return found

    def _convention(self, words: list[ir.Type]) -> list[ir.Type]:
        return [I64.as_pointer(), I64]

    def _words(self, b: ir.IRBuilder, arguments: Sequence[ir.Value], words: list[ir.Type]) -> Sequence[ir.Value]:
        return [*_loaded(b, arguments[0], words), arguments[1]]


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


def _stop(module: ir.Module, name: str) -> None:
    """Define a function of numba's runtime, which is not there in a warm process, as a stop.

    Only a Python exception inside a kernel would call it, and kernels raise none.
    """
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), []), name)
    function.linkage = "linkonce_odr"
    b = ir.IRBuilder(function.append_basic_block())
    b.call(module.declare_intrinsic("llvm.trap", (), ir.FunctionType(ir.VoidType(), [])), [])
    b.unreachable()


def kernel(python: Callable[..., None]) -> Kernel:
    """Decorator: a step of a plan."""
    return Kernel(python)  # type: ignore[arg-type]


def function(python: Callable[..., None]) -> Function:
    """Decorator: what kernels call through its address."""
    return Function(python)  # type: ignore[arg-type]
