"""How long tiles of each kind take: measured once, kept beside the compiled kernels, estimated where that cannot be.

No bit of a result depends on it: a tile takes several outputs at once and splits none.
"""

from __future__ import annotations

import functools
import json
import logging
import os
import time
import warnings
from dataclasses import dataclass

import numpy as np

from ..._support import forks
from ...errors import DarknetWarning
from ..codegen.convolution_tile import RowKernel
from ..native import object_cache
from . import measuring
from .estimate import Tile, Times, corrected, expected, fastest_first, registers, tiles

__all__ = ["TileTimes", "at", "estimated", "times_of"]

VARIABLE = "DARKNET_PY_TUNE"
OFF, AGAIN = "off", "again"
BUSY = "when the machine was too busy to measure tiles"  # what that is kept under
WAIT = 3600  # seconds before it is tried once more

log = logging.getLogger("darknet_py")


@dataclass(frozen=True, eq=False)
class TileTimes:
    """``times`` of each tile that fits the registers, for each number of ``taps`` (ascending), in a unit of their own."""

    taps: tuple[int, ...]
    times: Times


@functools.cache
def at(times: TileTimes, taps: int) -> dict[Tile, float]:
    """Of each tile; between the known numbers of taps on a line, beyond them as at the last: only tiles are compared."""
    return {tile: float(np.interp(taps, times.taps, known)) for tile, known in times.times.items()}


_known: dict[RowKernel, TileTimes] = {}
_finding = forks.held_while_forking()


def times_of(kernel: RowKernel) -> TileTimes:
    """Of the tiles of this kernel's kind, the same in all of a process."""
    kind = kernel.kind()
    with _finding:
        if kind not in _known:
            _known[kind] = _found(kind)
        return _known[kind]


def estimated(kernel: RowKernel, most: int) -> TileTimes:
    """Of all tiles that fit ``most`` registers."""
    taps = tuple(workload.taps for workload in measuring.workloads(kernel))
    times = {tile: tuple(expected(kernel.with_tile(*tile), n) for n in taps) for tile in tiles(kernel, most)}
    return TileTimes(taps, times)


def _found(kind: RowKernel) -> TileTimes:
    guess, wish = estimated(kind, registers(kind.lanes)), _wish()
    if wish == OFF:
        return guess
    key = object_cache.key(f"times of {kind!r}")
    times = None if wish == AGAIN else _kept(key)
    if times is None and _can_measure(wish):
        times = _measured(kind, guess)
        if times:
            object_cache.store(key, json.dumps([[*tile, *seconds] for tile, seconds in times.items()]).encode())
    return TileTimes(guess.taps, corrected(guess.times, times)) if times else guess


def _kept(key: str) -> Times | None:
    data = object_cache.load(key)
    return {(blocks, pixels): tuple(times) for blocks, pixels, *times in json.loads(data)} if data else None


def _can_measure(wish: str) -> bool:
    """Not where it could not be kept, nor beside others like this process, nor soon after the machine was too busy."""
    if object_cache.kept() is None or forks.worker():
        return False
    busy = object_cache.load(object_cache.key(BUSY))
    return wish == AGAIN or not busy or not 0 <= time.time() - float(busy) < WAIT


def _measured(kind: RowKernel, guess: TileTimes) -> Times | None:
    log.info("measuring tiles of %s", kind.name)
    times = measuring.measure(kind, fastest_first(guess.times))
    if times is None:
        log.info("this machine is too busy to measure tiles: an estimate chooses them, until it is tried again")
        object_cache.store(object_cache.key(BUSY), str(time.time()).encode())
    return times


def _wish() -> str:
    wish = os.environ.get(VARIABLE, "")
    if wish not in ("", OFF, AGAIN):
        _warn(wish)
    return wish


@functools.cache
def _warn(wish: str) -> None:
    warnings.warn(f"{VARIABLE}={wish} is neither {OFF} nor {AGAIN}: it is ignored", DarknetWarning, stacklevel=2)
