"""Calls from Python, without a plan: what pictures and boxes need of the machine."""

from __future__ import annotations

import ctypes
import functools
from typing import Any, Protocol

import numpy as np

from .arguments import Argument, Parameters

__all__ = ["Native", "address", "call", "python"]


class Native(Protocol):
    """What can be called: its parameters, and the address of its code."""

    @property
    def parameters(self) -> Parameters: ...

    def address(self) -> int: ...

    def __hash__(self) -> int: ...


_START = ctypes.c_char * 0


def address(array: Any) -> int:
    """Where an array begins, a microsecond sooner than ``array.ctypes`` tells."""
    try:
        return ctypes.addressof(_START.from_buffer(array))
    except (TypeError, ValueError):  # read-only, or not contiguous
        return int(array.ctypes.data)


@functools.cache
def python(function: Native) -> Any:
    """The function as Python calls it, word by word: arrays by their addresses."""
    reals: dict[str, Any] = {"Real": ctypes.c_float, "Double": ctypes.c_double}
    types = [reals.get(kind, ctypes.c_int64) for kind in function.parameters.words.values()]
    compiled = ctypes.CFUNCTYPE(None, *types)(function.address())
    return lambda *words: compiled(*[address(w) if isinstance(w, np.ndarray) else w for w in words])


def call(function: Native, /, **arguments: Argument) -> None:
    """Raises KernelError for wrong arguments."""
    function.parameters.bind(arguments)
    words: list[Argument] = []
    for name in function.parameters.types:
        argument = arguments[name]
        words += argument if isinstance(argument, tuple) else (argument,)
    python(function)(*words)
