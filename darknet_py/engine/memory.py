"""Where a plan's pictures lie: buffers with a life from step to step, tensors as views of them, one arena for all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np

from .._support.machine import MemoryLimit, memory_limit
from ..errors import ShapeError
from ..shapes import Shape
from .options import ELEMENT

__all__ = ["Buffer", "Tensor", "allocate", "aligned_empty", "explained", "place", "require", "spread"]

LINE, PAGE = 16, 1024  # floats of a cache line and of a page


@dataclass(eq=False)
class Buffer:
    """``size`` floats that are needed from step ``first`` to step ``last``; ``offset`` is their place in the arena."""

    size: int
    first: int = -1
    last: int = -1
    offset: int = -1

    def touch(self, step: int) -> None:
        """Note that a step reads or writes the buffer."""
        self.first = step if self.first < 0 else min(self.first, step)
        self.last = max(self.last, step)


@dataclass(frozen=True)
class Tensor:
    """A picture (c, h, w) in blocks of ``lanes`` channels: [block][row][pixel][lane], ``halo`` pixels of zeros around.

    ``start``: floats from the buffer's beginning to block 0, row 0, pixel 0 inside the halo.
    """

    buffer: Buffer
    shape: Shape
    lanes: int
    halo: int
    start: int
    row: int = field(init=False)
    block: int = field(init=False)

    def __post_init__(self) -> None:
        rows, pixels = self.shape.h + 2 * self.halo, self.shape.w + 2 * self.halo
        block = rows * pixels * self.lanes
        object.__setattr__(self, "row", pixels * self.lanes)
        object.__setattr__(self, "block", block if self.lanes == 1 else spread(block))

    @property
    def contiguous(self) -> bool:
        """Whether its elements lie one after the other in the order of (c, h, w)."""
        return not self.halo and (self.lanes == 1 or self.shape.h == self.shape.w == 1)

    @property
    def blocks(self) -> int:
        return -(-self.shape.c // self.lanes)

    def channels(self, first: int, count: int) -> Tensor:
        """A view of some channels; ``first`` is a multiple of the lanes."""
        shape = self.shape._replace(c=count)
        return Tensor(self.buffer, shape, self.lanes, self.halo, self.start + first // self.lanes * self.block)

    def flat(self) -> Tensor:
        """A contiguous planar tensor as (c·h·w, 1, 1)."""
        return replace(self, shape=self.shape._replace(c=self.shape.size, h=1, w=1))

    def shifted(self, rows: int, pixels: int) -> Tensor:
        """A view that begins ``rows`` further down and ``pixels`` further right; negative: in the halo."""
        start = self.start + rows * self.row + pixels * self.lanes
        return Tensor(self.buffer, self.shape, self.lanes, self.halo, start)

    def read(self, arena: np.ndarray) -> np.ndarray:
        """A copy as float32 (c, h, w) out of the arena."""
        c, h, w = self.shape
        strides = [ELEMENT.itemsize * n for n in (self.block, self.row, self.lanes, 1)]
        flat = arena[self.buffer.offset + self.start :]
        blocked = np.lib.stride_tricks.as_strided(flat, (self.blocks, h, w, self.lanes), strides)
        return np.array(blocked.transpose(0, 3, 1, 2), order="C").reshape(-1, h, w)[:c]


def place(shape: Shape, lanes: int, halo: int) -> Tensor:
    """A tensor in a new buffer of its own."""
    buffer = Buffer(0)
    tensor = Tensor(buffer, shape, lanes, halo, 0)
    buffer.size = tensor.blocks * tensor.block
    return tensor.shifted(halo, halo)


def spread(floats: int) -> int:
    """At least so many floats; from a page on an odd number of cache lines, so that what lies so far apart falls into
    different sets of a cache.
    """
    return floats if floats < PAGE else (-(-floats // LINE) | 1) * LINE


def allocate(buffers: Iterable[Buffer]) -> int:
    """Give every buffer its offset, sharing memory between lives that do not meet; the arena's size in floats.

    Largest first, each at the lowest offset that is free during its whole life.
    """
    largest_first = sorted(buffers, key=lambda b: -b.size)
    placed = np.zeros((4, len(largest_first)), np.int64)  # first, last, offset, end of each, by offset
    for count, buffer in enumerate(largest_first):
        buffer.offset = _lowest_free(placed[:, :count], buffer)
        at = np.searchsorted(placed[2, :count], buffer.offset)
        placed[:, at + 1 : count + 1] = placed[:, at:count]
        placed[:, at] = buffer.first, buffer.last, buffer.offset, _round_up(buffer.offset + buffer.size)
    return max((buffer.offset + buffer.size for buffer in largest_first), default=0)


def _lowest_free(placed: np.ndarray, buffer: Buffer) -> int:
    """The end of the first of those alive at the same time behind which there is room enough, or 0."""
    alive = np.flatnonzero((placed[0] <= buffer.last) & (placed[1] >= buffer.first))
    starts, ends = placed[2:, alive]
    free = np.concatenate([[0], np.maximum.accumulate(ends)])
    room = np.flatnonzero(starts - free[:-1] >= buffer.size)
    return int(free[room[0]] if room.size else free[-1])


def require(needed: int, what: str, limit: MemoryLimit) -> None:
    """Raises ShapeError when ``what`` needs more bytes than this process may have."""
    if needed > limit.bytes:
        raise _too_large(needed, what, limit)


@contextmanager
def explained(needed: int, what: str) -> Iterator[None]:
    """Around what needs so many bytes: a MemoryError becomes a ShapeError that says how much, and how much there is."""
    try:
        yield
    except MemoryError:
        raise _too_large(needed, what, memory_limit()) from None


def _too_large(needed: int, what: str, limit: MemoryLimit) -> ShapeError:
    there = f"there are {limit.text}" if needed > limit.bytes else f"that is more than is left of {limit.text}"
    return ShapeError(f"{what} needs {needed / 2**30:.1f} GiB of memory; {there}: choose a smaller size")


def aligned_empty(floats: int) -> np.ndarray:
    """An uninitialised float32 array that begins on a cache line."""
    raw = np.empty(floats + LINE, ELEMENT)
    skip = (-raw.ctypes.data // ELEMENT.itemsize) % LINE
    return raw[skip : skip + floats]


def _round_up(n: int) -> int:
    return -(-n // LINE) * LINE
