"""What the processor can do at most: chains of arithmetic that stay in registers, in LLVM vector code.

A chain is one vector that is multiplied and added to, again and again.  The chains are so many that every port has one
that is ready; with the factor and the summand they fill 16 registers.
"""

from __future__ import annotations

import functools

import numpy as np

from .._support.with_llvmlite import ir, llvm
from .codegen.vectors import VectorCode
from .native import executor, object_code
from .native.clock import Stopwatch
from .native.host import host
from .native.ir_types import F32, I64

__all__ = ["arithmetic", "peak"]

CHAINS, UNROLL = 14, 4
PASSES = 10_000      # of a job: some tens of microseconds
JOBS, RUNS = 16, 24  # jobs a thread; the best of the runs counts


@functools.cache
def peak(threads: int, fma: bool | None = None, lanes: int | None = None) -> float:
    """GFLOP/s of float32 arithmetic on ``threads`` threads, measured once in a process, in some tens of milliseconds.

    ``fma``: products and sums are one instruction (which counts as 2 operations), or two; None: one if the processor
    can.  ``lanes``: of a vector, None for the processor's width.
    """
    fma = host().fma if fma is None else fma
    lanes = lanes or host().lanes
    jobs = JOBS * threads
    step, _alive = _step(lanes, fma, jobs)
    gather = step * [1, 1, 0] + [0, 0, threads]  # brings every thread to its place
    watch = Stopwatch.around([gather, step])
    best = float("inf")
    for _ in range(RUNS):
        executor.run(watch.program, threads)
        best = min(best, float(watch.seconds()[1]))
    return jobs * PASSES * UNROLL * CHAINS * 2 * lanes / best / 1e9


def _step(lanes: int, fma: bool, jobs: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """The row of a program's table, and the arrays whose addresses it holds."""
    numbers = np.array([1.0, 0.0], np.float32)
    results = np.zeros((jobs, CHAINS * lanes), np.float32)
    arguments = np.array([PASSES, numbers.ctypes.data, results.ctypes.data], np.int64)
    address = object_code.address(_name(lanes, fma), functools.partial(arithmetic, lanes, fma))
    return np.array([[address, arguments.ctypes.data, jobs]], np.int64), [numbers, results, arguments]


def _name(lanes: int, fma: bool) -> str:
    return f"peak_v{lanes}_{'fma' if fma else 'exact'}"


def arithmetic(lanes: int, fma: bool) -> llvm.ModuleRef:
    """``peak(arguments, job)``: ``passes`` times UNROLL times, chain = chain · factor + summand, for all chains of a job.

    ``arguments``: passes, the address of the factor and the summand, that of the chains (jobs, CHAINS, lanes).  All of
    them come from memory, and the results go there, so that nothing can be computed beforehand.
    """
    code = VectorCode(_name(lanes, fma), {"arguments": "Floats", "job": "Int"}, lanes)
    b, table = code.b, code.b.bitcast(code.arg["arguments"], I64.as_pointer())
    passes, *addresses = (b.load(b.gep(table, [code.number(i)])) for i in range(3))
    numbers, chains = (b.inttoptr(address, F32.as_pointer()) for address in addresses)
    factor, summand = (code.splat(b.load(code.step(numbers, i))) for i in range(2))
    chains = b.gep(chains, [b.mul(code.arg["job"], code.number(CHAINS * lanes))])
    places = [code.step(chains, i * lanes) for i in range(CHAINS)]

    def body(_index: ir.Value, state: list[ir.Value]) -> list[ir.Value]:
        for _ in range(UNROLL):
            state = [code.multiply_add(v, factor, summand) if fma else b.fadd(b.fmul(v, factor), summand) for v in state]
        return state

    for place, result in zip(places, code.loop(passes, [code.load(place) for place in places], body), strict=True):
        code.store(result, place)
    return code.parsed()
