"""LLVM IR that runs a program: ``lead`` wakes the workers, walks and waits for them; ``serve`` is a worker's life.

A program is an int64 table of steps ``[function, arguments, jobs]`` and a cache line of counters for each.  Threads walk
it together; within a step they take job numbers from an atomic counter, and leave the step when all its jobs are done.
A thread that comes late finds the steps done and passes on, so a busy machine slows a run down but never stops it.

A worker is a record of int64 ``[lock, steps, count, counters, ended]``.  Between the first worker's waking and the last
one's end there is no Python, so that no exception of a signal handler can come between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..._support.with_llvmlite import ir, llvm
from .host import host
from .ir_types import I32, I64, VOID

__all__ = ["COUNTERS", "ENDED", "LOCK", "STEPS", "WORKER", "lead_module", "serve_module"]

TABLE = I64.as_pointer()
COUNTERS = 8  # int64 of a step's counters: a cache line
WORKER = 8  # int64 of a worker's record
LOCK = 0  # and what stands where in it
STEPS = 1
COUNT = 2
COUNTING = 3
ENDED = 4
SPINS = 4000  # looks at a counter before the processor is offered to others


def serve_module() -> llvm.ModuleRef:
    """``serve(worker, idle, acquire)``: sleeps until its lock can be acquired, walks what its record says, for ever."""
    code = _Code("executor.serve", 3)
    worker, idle, acquire = code.table(code.arguments[0]), code.arguments[1], code.arguments[2]
    code.loop_for_ever(lambda: _serve_once(code, worker, idle, acquire))
    return code.compiled()


def _serve_once(code: _Code, worker: ir.Value, idle: ir.Value, acquire: ir.Value) -> None:
    code.call(acquire, I32, code.load(worker, LOCK), ir.Constant(I32, 1))
    code.walk(*(code.load(worker, i) for i in (STEPS, COUNT, COUNTING)), idle)
    code.add(code.at(worker, ENDED), "release")


def lead_module() -> llvm.ModuleRef:
    """``lead(workers, how many, steps, count, counters, idle, release)``: a run; ``workers`` has the addresses of records.

    All workers have ended when it returns.
    """
    code = _Code("executor.lead", 7)
    workers, number, *program, idle, release = code.arguments
    addresses = code.table(workers)

    def record(i: ir.Value) -> ir.Value:
        return code.table(code.b.load(code.b.gep(addresses, [i])))

    with code.each(number) as i:
        code.call(release, VOID, code.load(record(i), LOCK))
    code.walk(*program, idle)
    with code.each(number) as i:
        code.wait(code.at(record(i), ENDED), ir.Constant(I64, 1), idle)
    code.b.ret_void()
    return code.compiled()


class _Code:
    """A module with one public function of ``arguments`` int64, and the private ``walk`` that it calls."""

    def __init__(self, name: str, arguments: int) -> None:
        self.module = ir.Module(name)
        self.module.triple = host().triple
        self._walk = self._function("walk", 4)
        self._walk.linkage = "internal"
        self._walking(*self._walk.args)
        self.arguments = self._function(name, arguments).args

    def compiled(self) -> llvm.ModuleRef:
        return llvm.parse_assembly(str(self.module))

    def _function(self, name: str, arguments: int) -> ir.Function:
        """A new function, which what is written from now on goes into."""
        self.function = ir.Function(self.module, ir.FunctionType(VOID, [I64] * arguments), name)
        self.b = ir.IRBuilder(self.function.append_basic_block("entry"))
        return self.function

    def block(self, name: str) -> ir.Block:
        return self.function.append_basic_block(name)

    def table(self, address: ir.Value) -> ir.Value:
        return self.b.inttoptr(address, TABLE)

    def at(self, table: ir.Value, column: int, row: ir.Value | None = None, width: int = 0) -> ir.Value:
        """The address of an int64 in a table of ``width`` columns, in its first row without one."""
        b, place = self.b, ir.Constant(I64, column)
        return b.gep(table, [place if row is None else b.add(b.mul(row, ir.Constant(I64, width)), place)])

    def load(self, table: ir.Value, column: int) -> ir.Value:
        return self.b.load(self.at(table, column))

    def add(self, counter: ir.Value, ordering: str) -> ir.Value:
        """One more; the value before."""
        return self.b.atomic_rmw("add", counter, ir.Constant(I64, 1), ordering)

    def call(self, address: ir.Value, returns: ir.Type, *arguments: ir.Value) -> None:
        kind = ir.FunctionType(returns, [a.type for a in arguments])
        self.b.call(self.b.inttoptr(address, kind.as_pointer()), arguments)

    def walk(self, *arguments: ir.Value) -> None:
        """Steps, their number, their counters, ``idle``."""
        self.b.call(self._walk, arguments)

    def loop_for_ever(self, body: Callable[[], None]) -> None:
        again = self.block("again")
        self.b.branch(again)
        self.b.position_at_end(again)
        body()
        self.b.branch(again)

    @contextmanager
    def each(self, number: ir.Value) -> Iterator[ir.Value]:
        """A loop over i from 0 to below ``number``."""
        b, before, body, after = self.b, self.b.block, self.block("each"), self.block("all")
        b.cbranch(b.icmp_signed(">", number, ir.Constant(I64, 0)), body, after)
        b.position_at_end(body)
        i = b.phi(I64)
        yield i
        following = b.add(i, ir.Constant(I64, 1))
        i.add_incoming(ir.Constant(I64, 0), before)
        i.add_incoming(following, b.block)
        b.cbranch(b.icmp_signed("<", following, number), body, after)
        b.position_at_end(after)

    def wait(self, counter: ir.Value, value: ir.Value, idle: ir.Value) -> None:
        """Until the counter has reached the value: look SPINS times, then offer the processor between looks."""
        b, before = self.b, self.b.block
        look, again, offer, seen = (self.block(n) for n in ("look", "again", "offer", "seen"))
        b.branch(look)
        b.position_at_end(look)
        spins = b.phi(I64)
        b.cbranch(b.icmp_signed(">=", b.load_atomic(counter, "acquire", 8), value), seen, again)
        b.position_at_end(again)
        more = b.add(spins, ir.Constant(I64, 1))
        b.cbranch(b.icmp_signed("<", more, ir.Constant(I64, SPINS)), look, offer)
        b.position_at_end(offer)
        self.call(idle, VOID)
        b.branch(look)
        for value_in, block in ((ir.Constant(I64, 0), before), (more, again), (more, offer)):
            spins.add_incoming(value_in, block)
        b.position_at_end(seen)

    def _walking(self, steps: ir.Value, count: ir.Value, counters: ir.Value, idle: ir.Value) -> None:
        """All steps one after the other."""
        steps, counters = self.table(steps), self.table(counters)
        with self.each(count) as s:
            function, arguments, jobs = (self.b.load(self.at(steps, i, s, 3)) for i in range(3))
            taken, done = (self.at(counters, i, s, COUNTERS) for i in range(2))
            self._jobs(function, self.table(arguments), jobs, taken, done)
            self.wait(done, jobs, idle)
        self.b.ret_void()

    def _jobs(self, function: ir.Value, arguments: ir.Value, jobs: ir.Value, taken: ir.Value, done: ir.Value) -> None:
        """Take job numbers while there are any."""
        b, work, take, leave = self.b, self.block("work"), self.block("take"), self.block("leave")
        b.branch(work)
        b.position_at_end(work)
        job = self.add(taken, "monotonic")
        b.cbranch(b.icmp_signed("<", job, jobs), take, leave)
        b.position_at_end(take)
        self.call(function, VOID, arguments, job)
        self.add(done, "release")
        b.branch(work)
        b.position_at_end(leave)
