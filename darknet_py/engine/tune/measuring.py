"""How long each tile takes on this machine: row kernels run in turn, on one thread, for some milliseconds.

A tile sums a row as a layer would have it, with few and with many taps, in turn with a reference tile, for about a
millisecond.  That counts where most runs of each took the same time, and the reference tile as long as beside the other
tiles: so it is where nothing else is at work.  A processor that is shared with others is tried again, but not for long.
"""

from __future__ import annotations

import ctypes
import functools
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from ..._support.with_llvmlite import ir, llvm
from ..codegen.convolution_tile import ARGUMENTS, RowKernel
from ..codegen.vectors import VectorCode
from ..native import object_code
from ..native.ir_types import IR_TYPES, VOID
from ..options import ELEMENT
from .estimate import Tile, Times

__all__ = ["Workload", "measure", "workloads"]

WIDTH = 48       # pixels of a row, or nearly, in whole tiles
RUN = 40e-6      # seconds of a run at most, but for what takes longer: long beside the call from Python
RUNS = 8         # of each tile, in turn with the reference
SAME = 0.03      # how far the better half of a tile's runs may lie apart
STEADY = 0.1     # how far the reference's beside different tiles, and a tile's when all is done again
SETTLING = 0.3   # seconds, before it is given up
COMPILING = 0.4  # seconds; tiles that are not compiled by then are not measured, but LEAST are
LEAST = 6
LINE, PAGE = 64, 4096  # bytes


class Workload(NamedTuple):
    """What a tile sums: ``channels``, each ``size`` × ``size`` taps."""

    channels: int
    size: int

    @property
    def taps(self) -> int:
        return self.channels * self.size**2


def workloads(kernel: RowKernel) -> list[Workload]:
    """Such as networks have for kernels of this kind, ascending."""
    if kernel.source == "planar":
        return [Workload(3, 3), Workload(64, 3)]
    return [Workload(channels, 3 if kernel.taps else 1) for channels in (16, 64, 256)]


def measure(kind: RowKernel, order: Iterable[Tile]) -> Times | None:
    """Times of tiles, of each workload, as many as are soon compiled, the first one's being the unit.

    None where they do not settle: the machine is busy.
    """
    begin = time.perf_counter()
    benches: dict[Tile, list[_Bench]] = {}
    for tile in order:
        if len(benches) >= LEAST and time.perf_counter() - begin > COMPILING:
            break
        benches[tile] = [_Bench(kind.with_tile(*tile), workload) for workload in workloads(kind)]
        if len(benches) == 1 and _settled(benches) is None:
            return None
    first = _settled(benches)
    second = first and _settled(benches)
    return first if first and second and _agree(first, second) else None


def _agree(first: Times, second: Times) -> bool:
    """Whether what was measured twice came to the same."""
    pairs = zip(first.values(), second.values(), strict=True)
    return all(abs(b / a - 1) < STEADY for once, again in pairs for a, b in zip(once, again, strict=True))


def _settled(benches: dict[Tile, list[_Bench]]) -> Times | None:
    begin, reference = time.perf_counter(), next(iter(benches.values()))[-1]
    found: dict[Tile, list[float]] = {}
    pending = list(benches)
    while pending and time.perf_counter() - begin < SETTLING:
        found |= {tile: times for tile in pending if (times := _undisturbed([reference, *benches[tile]]))}
        alone = min((times[0] for times in found.values()), default=0.0)
        pending = [tile for tile in benches if tile not in found or found[tile][0] > (1 + STEADY) * alone]
    return None if pending else {tile: tuple(t / found[tile][0] for t in found[tile][1:]) for tile in benches}


def _undisturbed(benches: Sequence[_Bench]) -> list[float] | None:
    """The least of several runs of each; None where others took longer."""
    rounds = [[bench.seconds() for bench in benches] for _ in range(RUNS)]
    runs = [sorted(times) for times in zip(*rounds, strict=True)]
    return [times[0] for times in runs] if all(times[RUNS // 2] < (1 + SAME) * times[0] for times in runs) else None


class _Bench:
    """A row kernel with data to run it on."""

    def __init__(self, kernel: RowKernel, workload: Workload) -> None:
        (channels, size), lanes, blocks = workload, kernel.lanes, kernel.blocks
        tiles, step = max(1, round(WIDTH / kernel.pixels)), kernel.source_lanes
        row = (tiles * kernel.pixels + size) * lanes
        read = size * row * -(-channels // step)
        sizes = [read, workload.taps * blocks * lanes, blocks * lanes, blocks * row]
        self._data, (x, w, bias, y) = _placed(sizes, ELEMENT.itemsize * row // 2)
        self._words = (kernel.address(), tiles, x, size * row, row, step, channels, size, size, w, bias, y, row, 1.0)
        self._tiles, self._times = tiles, 1
        while min(self._run() for _ in range(3)) < RUN / 2:  # a run that was interrupted is no measure
            self._times *= 2

    def seconds(self) -> float:
        """Of one tile, in one run."""
        return self._run() / (self._times * self._tiles)

    def _run(self) -> float:
        repeat, (kernel, *words) = _repeat(), self._words
        begin = time.perf_counter()
        repeat(kernel, self._times, *words)
        return time.perf_counter() - begin


def _placed(sizes: Sequence[int], apart: int) -> tuple[np.ndarray, list[int]]:
    """Room for so many floats, each in cache lines of its own, and the addresses.

    The last lies ``apart`` bytes behind the first, but for whole pages: stores and loads whose addresses differ by nearly
    a page get into each other's way, and would do so in some tiles only.
    """
    addresses, end = [], 0
    for i, floats in enumerate(sizes):
        end += (apart - end) % PAGE if i == len(sizes) - 1 else 0
        addresses.append(end)
        end += -(-floats * ELEMENT.itemsize // LINE) * LINE
    data = np.ones((end + PAGE) // ELEMENT.itemsize, ELEMENT)  # not zeros: each page is written
    base = -(-data.ctypes.data // PAGE) * PAGE
    return data, [base + address // LINE * LINE for address in addresses]


@functools.cache
def _repeat() -> Callable[..., None]:
    kinds = [ctypes.c_float if kind == "Real" else ctypes.c_int64 for kind in ARGUMENTS.values()]
    return ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64, *kinds)(object_code.address("tile.repeat", _module))


def _module() -> llvm.ModuleRef:
    """LLVM IR of ``repeat(row, times, …)``: calls the row kernel at an address again and again."""
    code = VectorCode("tile.repeat", {"row": "Int", "times": "Int", **ARGUMENTS}, 4)
    row, times, *words = code.arg.values()
    kind = ir.FunctionType(VOID, [IR_TYPES[t] for t in ARGUMENTS.values()])
    kernel = code.b.inttoptr(row, kind.as_pointer())

    def call(_index: ir.Value, _state: list[ir.Value]) -> list[ir.Value]:
        code.b.call(kernel, words)
        return []

    code.loop(times, [], call)
    return code.parsed()
