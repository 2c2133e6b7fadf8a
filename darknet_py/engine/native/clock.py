"""Time stamps as steps of a program: what stands between two of them is timed without leaving native code."""

from __future__ import annotations

import ctypes
import sys
import time
from dataclasses import dataclass, field

import numpy as np

from ..._support.with_llvmlite import ir, llvm
from . import object_code
from .executor import Program, function_address
from .host import host
from .ir_types import I32, I64

__all__ = ["Stopwatch"]


@dataclass(frozen=True)
class _Clock:
    """The system's clock as a function of two integers: a time stamp's address and ``clock``, in the system's order.

    A stamp is two int64; their product with ``seconds`` is the time.
    """

    function: int
    clock: int | None
    seconds: tuple[float, float]

    def slots(self, stamp: int) -> tuple[int, int, int]:
        """The arguments of a step that writes to the address ``stamp``."""
        return (self.function, stamp, 0) if self.clock is None else (self.function, self.clock, stamp)


def _clock() -> _Clock:
    if sys.platform == "win32":
        kernel32, frequency = ctypes.windll.kernel32, ctypes.c_int64()
        kernel32.QueryPerformanceFrequency(ctypes.byref(frequency))
        return _Clock(function_address(kernel32.QueryPerformanceCounter), None, (1 / frequency.value, 0.0))
    clock = getattr(time, "CLOCK_UPTIME_RAW", None) or time.CLOCK_MONOTONIC  # the former, of macOS, is the finer one
    return _Clock(function_address(ctypes.CDLL(None).clock_gettime), clock, (1.0, 1e-9))


@dataclass(frozen=True)
class Stopwatch:
    """``program``: parts, each a table of steps as ``Program`` has it, with a time stamp before, between and after them.

    The thread that leaves a part first writes the stamp, when all jobs are done; it costs some tens of nanoseconds.
    The Stopwatch must live as long as its program runs.
    """

    program: Program
    stamps: np.ndarray = field(repr=False)  # (parts + 1, 2)
    slots: np.ndarray = field(repr=False)
    clock: _Clock = field(repr=False)

    @classmethod
    def around(cls, parts: list[np.ndarray]) -> Stopwatch:
        """``parts``: int64 (n, 3) each."""
        clock, count = _clock(), len(parts) + 1
        stamps = np.zeros((count, 2), np.int64)
        slots = np.array([clock.slots(row.ctypes.data) for row in stamps], np.int64)
        stamp = object_code.address("clock.stamp", _module)
        steps = [np.array([[stamp, row.ctypes.data, 1]], np.int64) for row in slots]
        table = [steps[0], *(rows for part, after in zip(parts, steps[1:], strict=True) for rows in (part, after))]
        return cls(Program(np.concatenate(table)), stamps, slots, clock)

    def seconds(self) -> np.ndarray:
        """Of each part in the last run, float64 (parts,)."""
        return np.diff(self.stamps, axis=0) @ np.array(self.clock.seconds)


def _module() -> llvm.ModuleRef:
    """LLVM IR of ``stamp(arguments, job)``: calls the function arguments[0] with arguments[1] and [2]."""
    module = ir.Module("clock.stamp")
    module.triple = host().triple
    step = ir.FunctionType(ir.VoidType(), [I64.as_pointer(), I64])
    function = ir.Function(module, step, "clock.stamp")
    b = ir.IRBuilder(function.append_basic_block())
    address, first, second = (b.load(b.gep(function.args[0], [ir.Constant(I64, i)])) for i in range(3))
    kind = ir.FunctionType(I32, [I64, I64])
    b.call(b.inttoptr(address, kind.as_pointer()), [first, second])
    b.ret_void()
    return llvm.parse_assembly(str(module))
