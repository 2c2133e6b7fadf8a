"""Runs a plan's steps on every thread, in native code: no Python, no lock and no allocation between the first and the last.

A call of ``lead`` is a whole run (see walk.py): helping threads wake, walk and end inside it.  An exception of Python, like
KeyboardInterrupt, comes before a run or after it; no thread ever walks a program whose run has ended.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..._support import forks
from ..._support.machine import cpu_count
from ...errors import KernelError
from . import object_code
from .walk import COUNTERS, ENDED, LOCK, STEPS, WORKER, lead_module, serve_module

__all__ = ["JOBS_PER_THREAD", "Program", "cpu_count", "function_address", "run", "run_alone", "run_each"]

JOBS_PER_THREAD = 8  # of a step, so that threads end together, also when one is held up
Table = tuple[int, int, int]


class Program:
    """The steps of a plan in the form that native code walks.

    ``steps``: int64 (n, 3) of function address, address of the int64 argument table, number of jobs.
    """

    def __init__(self, steps: np.ndarray) -> None:
        self.steps = np.ascontiguousarray(steps, np.int64)
        self.counters = np.zeros((len(steps), COUNTERS), np.int64)

    def table(self) -> Table:
        """Address of the steps, their number and address of their counters, for a new run."""
        self.counters[:] = 0
        return self.steps.ctypes.data, len(self.steps), self.counters.ctypes.data


def run(program: Program, threads: int) -> None:
    """Run all steps with ``threads`` threads; returns when every thread has left the program."""
    _pool().run(program, threads)


def run_each(programs: Sequence[Program]) -> None:
    """Run several programs at the same time, each on a thread of its own; returns when all are done."""
    _pool().run_each(programs)


def run_alone(program: Program) -> None:
    """Run all steps on the caller's thread, whatever other runs there are; of a program that is in no other."""
    _pool().walk(program.table(), 0)


class _Pool:
    """Sleeping threads, shared by all networks of the process; one run of theirs at a time."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.workers: list[_Worker] = []
        self.addresses = np.zeros(0, np.int64)  # of the workers' records
        self.lead = _function("executor.lead", lead_module, 7)

    def run(self, program: Program, threads: int) -> None:
        with self.turn:
            helpers = min(threads - 1, max(0, int(program.steps[:, 2].max(initial=1)) - 1))
            table = program.table()
            self._lead(table, [table] * helpers)

    def run_each(self, programs: Sequence[Program]) -> None:
        with self.turn:
            mine, *others = [program.table() for program in programs]
            self._lead(mine, others)

    def _lead(self, mine: Table, others: Sequence[Table]) -> None:
        """Walk a program while a worker walks each of ``others``; all have ended when this returns."""
        self._grow(len(others))
        for worker, table in zip(self.workers, others):
            worker.start(table)
        self.walk(mine, len(others))

    def walk(self, table: Table, workers: int) -> None:
        """Walk a program while so many workers, of this number's first ones, walk theirs."""
        self.lead(self.addresses.ctypes.data, workers, *table, _YIELD, _RELEASE)

    def _grow(self, count: int) -> None:
        """At least ``count`` workers."""
        while len(self.workers) < count:
            self.workers.append(_Worker())
        if len(self.addresses) < len(self.workers):
            self.addresses = np.array([worker.record.ctypes.data for worker in self.workers], np.int64)


class _Worker:
    """A daemon thread that sleeps in native code until ``lead`` opens the lock of its record."""

    def __init__(self) -> None:
        self.record = np.zeros(WORKER, np.int64)
        self.record[LOCK] = _closed_lock()
        self.serve = _function("executor.serve", serve_module, 3)
        try:
            threading.Thread(target=self._live, name="darknet_py", daemon=True).start()
        except RuntimeError as e:
            raise KernelError(f"no thread can be started ({e}); raise the limit of processes, or use threads=1") from e

    def _live(self) -> None:
        self.serve(self.record.ctypes.data, _YIELD, _ACQUIRE)

    def start(self, table: Table) -> None:
        """Let it walk a program in the run that follows."""
        self.record[STEPS : ENDED + 1] = *table, 0


def _function(name: str, module: Any, arguments: int) -> Any:
    """A native function of so many int64, as Python calls it."""
    return ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * arguments)(object_code.address(name, module))


def _closed_lock() -> int:
    """A new lock of the interpreter, which native code may open and close without it."""
    allocate, acquire = ctypes.pythonapi.PyThread_allocate_lock, ctypes.pythonapi.PyThread_acquire_lock
    allocate.restype, acquire.argtypes = ctypes.c_void_p, (ctypes.c_void_p, ctypes.c_int)
    if not (lock := allocate()):
        raise MemoryError("no lock for a thread")
    acquire(lock, 1)
    return int(lock)


def function_address(function: Any) -> int:
    """Of a function of the system, as ctypes has it."""
    return ctypes.cast(function, ctypes.c_void_p).value or 0


def _yield() -> Any:
    """The system's call that offers the processor to other threads."""
    windows = sys.platform == "win32"
    return ctypes.CDLL("kernel32").SwitchToThread if windows else ctypes.CDLL(None).sched_yield


_YIELD = function_address(_yield())
_ACQUIRE = function_address(ctypes.pythonapi.PyThread_acquire_lock)
_RELEASE = function_address(ctypes.pythonapi.PyThread_release_lock)

_current: _Pool | None = None
_current_guard = threading.Lock()


def _pool() -> _Pool:
    global _current  # noqa: PLW0603
    with _current_guard:
        if _current is None:
            _current = _Pool()
        return _current


@forks.in_child
def _forget() -> None:
    """A forked child has none of its parent's threads, and makes a pool of its own."""
    global _current, _current_guard
    _current, _current_guard = None, threading.Lock()
