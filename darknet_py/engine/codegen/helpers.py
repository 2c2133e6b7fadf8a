"""A kernel's Python code before numba reads it: its constants set, helpers and intrinsics in numba's form."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple

from .intrinsics import Intrinsic

__all__ = ["Lanes", "constants_of", "inline", "lanes", "specialised"]


class Lanes(NamedTuple):
    """A constant, under its name in capitals: the lanes of the ``Blocks`` that are named, or of all that a kernel takes."""

    of: tuple[str, ...]


def lanes(*of: str) -> Any:
    """What stands for a constant in the module of a kernel that needs it."""
    return Lanes(of)


class _Inline:
    """Marks a helper; replaced by numba's version of it when a kernel that uses it is compiled."""

    def __init__(self, python: FunctionType) -> None:
        functools.update_wrapper(self, python)
        self.python = python
        self.constants = constants_of(python)

    def __call__(self, *args: Any) -> Any:
        return self.python(*args)


@functools.cache
def _helper(python: FunctionType, **constants: int) -> Any:
    """Numba's version of a helper: compiled once, and inlined by LLVM; numba would infer its types anew at each call."""
    from ..._support.with_numba import numba

    no_wrappers: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return numba.njit(error_model="numpy", forceinline=True, **no_wrappers)(specialised(python, **constants))


def inline(python: Callable[..., Any]) -> Any:
    """Decorator: a helper for kernels."""
    return _Inline(python)  # type: ignore[arg-type]


def constants_of(python: FunctionType) -> dict[str, Lanes]:
    """The constants that a function and its helpers use."""
    used = {name: python.__globals__.get(name) for name in python.__code__.co_names}
    found = {name: v for name, v in used.items() if isinstance(v, Lanes)}
    for helper in (v for v in used.values() if isinstance(v, _Inline)):
        found |= helper.constants
    return found


def specialised(python: FunctionType, **constants: int) -> FunctionType:
    """The function with other globals: constants set, helpers and calls in numba's form."""
    scope = {**python.__globals__, **constants}
    for name in python.__code__.co_names:
        helper = scope.get(name)
        if isinstance(helper, _Inline):
            scope[name] = _helper(helper.python, **{key: constants[key] for key in sorted(helper.constants)})
        elif isinstance(helper, Intrinsic):
            scope[name] = helper.numba()
    return FunctionType(python.__code__, scope, python.__name__, python.__defaults__)
