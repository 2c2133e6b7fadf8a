"""Runs a plan's steps on every thread, in native code: no Python, no lock and no allocation between the first and the last.

A program is an int64 table of steps ``[function, arguments, jobs]``.  Each thread walks it; within a step, threads take
job numbers from an atomic counter, and leave the step when all its jobs are done.  A thread that comes late finds the
steps done and passes on, so a busy machine slows a run down but never stops it.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Sequence
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir

from ..machine import cpu_count
from . import native

__all__ = ["JOBS_PER_THREAD", "Program", "cpu_count", "run", "run_each"]

I64, LINE = ir.IntType(64), 8  # counters of a step fill a cache line of 8 int64
TABLE = I64.as_pointer()
JOBS_PER_THREAD = 8  # of a step, so that threads end together, also when one is held up
SPINS = 4000  # looks at a counter before the processor is offered to others


class Program:
    """The steps of a plan in the form that native code walks.

    ``steps``: int64 (n, 3) of function address, address of the int64 argument table, number of jobs.
    """

    def __init__(self, steps: np.ndarray) -> None:
        self.steps = np.ascontiguousarray(steps, np.int64)
        self.counters = np.zeros((len(steps) + 1, LINE), np.int64)

    def table(self) -> tuple[int, int, int]:
        """Steps, their number and counters as ``walk`` takes them, for a new run."""
        self.counters[:] = 0
        return self.steps.ctypes.data, len(self.steps), self.counters.ctypes.data

    def end(self) -> tuple[int, int, int]:
        """What ``walk`` takes to wait for the threads that run it."""
        return self.steps.ctypes.data, 0, self.counters[-1:].ctypes.data


def run(program: Program, threads: int) -> None:
    """Run all steps with ``threads`` threads; returns when every thread has left the program."""
    _pool().run(program, threads)


def run_each(programs: Sequence[Program]) -> None:
    """Run several programs at the same time, each on a thread of its own; returns when all are done."""
    _pool().run_each(programs)


class _Pool:
    """Sleeping threads, shared by all networks of the process; one program runs at a time."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.turn = threading.Lock()
        self.workers: list[_Worker] = []
        prototype = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 5)
        self.walk = prototype(native.address("executor.walk", _walk_module))
        self.idle = _yield_address()

    def run(self, program: Program, threads: int) -> None:
        with self.turn:
            helpers = min(threads - 1, max(0, int(program.steps[:, 2].max(initial=1)) - 1))
            table = program.table()
            for worker in self._workers(helpers):
                worker.start(self.walk, (*table, -1, self.idle))
            self.walk(*table, helpers, self.idle)

    def run_each(self, programs: Sequence[Program]) -> None:
        with self.turn:
            mine, *others = programs
            for worker, program in zip(self._workers(len(others)), others):
                worker.start(self.walk, (*program.table(), -1, self.idle))
            self.walk(*mine.table(), 0, self.idle)
            for program in others:
                self.walk(*program.end(), 1, self.idle)

    def _workers(self, count: int) -> list[_Worker]:
        while len(self.workers) < count:
            self.workers.append(_Worker())
        return self.workers[:count]


class _Worker:
    """A daemon thread that waits for a program to walk."""

    def __init__(self) -> None:
        self.asleep = threading.Lock()
        self.asleep.acquire()
        self.task: tuple[Any, tuple[int, ...]] | None = None
        threading.Thread(target=self._loop, name="darknet_py", daemon=True).start()

    def start(self, walk: Any, arguments: tuple[int, ...]) -> None:
        self.task = (walk, arguments)
        self.asleep.release()

    def _loop(self) -> None:
        while True:
            self.asleep.acquire()
            assert self.task is not None
            walk, arguments = self.task
            walk(*arguments)


_current: _Pool | None = None
_current_guard = threading.Lock()


def _pool() -> _Pool:
    """The process's pool; a forked child, which has none of its parent's threads, makes its own."""
    global _current  # noqa: PLW0603
    with _current_guard:
        if _current is None or _current.pid != os.getpid():
            _current = _Pool()
        return _current


def _yield_address() -> int:
    """The address of the system's call that offers the processor to other threads."""
    windows = sys.platform == "win32"
    function = ctypes.CDLL("kernel32").SwitchToThread if windows else ctypes.CDLL(None).sched_yield
    return ctypes.cast(function, ctypes.c_void_p).value or 0


def _walk_module() -> llvm.ModuleRef:
    return llvm.parse_assembly(str(_Walk().module))


class _Walk:
    """LLVM IR of ``walk(steps, count, counters, helpers, idle)``.

    ``helpers`` is -1 in a helping thread, which announces that it has left in the counter after the last step; in the
    calling thread it is the number of those to wait for.
    """

    def __init__(self) -> None:
        self.module = ir.Module("executor.walk")
        self.module.triple = native.host().triple
        kind = ir.FunctionType(ir.VoidType(), [I64] * 5)
        self.function = ir.Function(self.module, kind, "executor.walk")
        steps, self.count, counters, self.helpers, self.idle = self.function.args
        self.b = ir.IRBuilder(self.function.append_basic_block("entry"))
        self.steps = self.b.inttoptr(steps, TABLE)
        self.counters = self.b.inttoptr(counters, TABLE)
        self._steps()
        self._leave()

    def _block(self, name: str) -> ir.Block:
        return self.function.append_basic_block(name)

    def _at(self, table: ir.Value, row: ir.Value, width: int, column: int) -> ir.Value:
        b = self.b
        return b.gep(table, [b.add(b.mul(row, ir.Constant(I64, width)), ir.Constant(I64, column))])

    def _add(self, counter: ir.Value, ordering: str) -> ir.Value:
        return self.b.atomic_rmw("add", counter, ir.Constant(I64, 1), ordering)

    def _steps(self) -> None:
        b, entry = self.b, self.b.block
        step, work, following, after = (self._block(n) for n in ("step", "work", "following", "after"))
        b.cbranch(b.icmp_signed(">", self.count, ir.Constant(I64, 0)), step, after)
        b.position_at_end(step)
        s = b.phi(I64)
        function, arguments, jobs = (b.load(self._at(self.steps, s, 3, i)) for i in range(3))
        taken, done = (self._at(self.counters, s, LINE, i) for i in range(2))
        b.branch(work)
        b.position_at_end(work)
        self._jobs(function, arguments, jobs, taken, done, following)
        b.position_at_end(following)
        self._wait(done, jobs)
        next_step = b.add(s, ir.Constant(I64, 1))
        s.add_incoming(ir.Constant(I64, 0), entry)
        s.add_incoming(next_step, b.block)
        b.cbranch(b.icmp_signed("<", next_step, self.count), step, after)
        b.position_at_end(after)

    def _jobs(self, function: ir.Value, arguments: ir.Value, jobs: ir.Value, taken: ir.Value, done: ir.Value,
              leave: ir.Block) -> None:  # fmt: skip
        """Take job numbers while there are any."""
        b, take = self.b, self._block("take")
        job = self._add(taken, "monotonic")
        b.cbranch(b.icmp_signed("<", job, jobs), take, leave)
        work = b.block
        b.position_at_end(take)
        kind = ir.FunctionType(ir.VoidType(), [TABLE, I64])
        b.call(b.inttoptr(function, kind.as_pointer()), [b.inttoptr(arguments, TABLE), job])
        self._add(done, "release")
        b.branch(work)

    def _wait(self, counter: ir.Value, value: ir.Value) -> None:
        """Until the counter has reached the value: look SPINS times, then offer the processor between looks."""
        b, before = self.b, self.b.block
        look, again, offer, seen = (self._block(n) for n in ("look", "again", "offer", "seen"))
        b.branch(look)
        b.position_at_end(look)
        spins = b.phi(I64)
        b.cbranch(b.icmp_signed(">=", b.load_atomic(counter, "acquire", 8), value), seen, again)
        b.position_at_end(again)
        more = b.add(spins, ir.Constant(I64, 1))
        b.cbranch(b.icmp_signed("<", more, ir.Constant(I64, SPINS)), look, offer)
        b.position_at_end(offer)
        b.call(b.inttoptr(self.idle, ir.FunctionType(ir.VoidType(), []).as_pointer()), [])
        b.branch(look)
        for value_in, block in ((ir.Constant(I64, 0), before), (more, again), (more, offer)):
            spins.add_incoming(value_in, block)
        b.position_at_end(seen)

    def _leave(self) -> None:
        b, gone, stay, end = self.b, self._block("gone"), self._block("stay"), self._block("end")
        left = self._at(self.counters, self.count, LINE, 0)
        b.cbranch(b.icmp_signed("<", self.helpers, ir.Constant(I64, 0)), gone, stay)
        b.position_at_end(gone)
        self._add(left, "release")
        b.branch(end)
        b.position_at_end(stay)
        self._wait(left, self.helpers)
        b.branch(end)
        b.position_at_end(end)
        b.ret_void()
