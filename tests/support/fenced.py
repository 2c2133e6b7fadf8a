"""Memory between pages that nobody may touch."""

from __future__ import annotations

import ctypes
import functools
import itertools
import mmap
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

PAGE = mmap.PAGESIZE
SIDES = ("start", "end")
POISON = np.uint32(0x7FC0DEAD)  # a NaN
NO_ACCESS, READ, WRITE = 0, 1, 2


@functools.cache
def libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def available() -> bool:
    """Whether this system has pages that can be protected."""
    return sys.platform != "win32" and hasattr(libc(), "mprotect")


class Fenced:
    """Blocks of so many bytes, each on pages of its own between inaccessible ones; all of it is poisoned."""

    def __init__(self, sizes: Sequence[int], side: str) -> None:
        pages = [-(-max(size, 1) // PAGE) for size in sizes]
        firsts = list(itertools.accumulate(pages, lambda first, count: first + count + 1, initial=1))
        self.words = np.frombuffer(mmap.mmap(-1, firsts[-1] * PAGE), np.uint32)
        self.words[:] = POISON
        self.pages = [(first * PAGE, (first + count) * PAGE) for first, count in zip(firsts, pages)]
        starts = [stop - size if side == "end" else start for (start, stop), size in zip(self.pages, sizes)]
        self.blocks = [(start, start + size) for start, size in zip(starts, sizes)]
        edges = [(*pages, *block) for pages, block in zip(self.pages, self.blocks)]
        beside = [span for first, last, start, stop in edges for span in ((first, start), (stop, last))]
        self.beside = np.concatenate([np.arange(start // 4, stop // 4) for start, stop in beside])
        for fence in (0, *(stop for _, stop in self.pages)):
            self._protect(fence, fence + PAGE, NO_ACCESS)

    def put(self, block: int, array: np.ndarray, access: int = READ) -> np.ndarray:
        """A copy of the array in this block, which can only be read from now on."""
        start, stop = self.blocks[block]
        self.words[start // 4 : stop // 4] = np.ascontiguousarray(array).reshape(-1).view(np.uint32)
        self._protect(*self.pages[block], access)
        return self.words[start // 4 : stop // 4].view(array.dtype).reshape(array.shape)

    def check(self) -> None:
        """Nothing was written beside the blocks."""
        assert (self.words[self.beside] == POISON).all(), "it wrote beside a buffer"

    def _protect(self, start: int, stop: int, access: int) -> None:
        address = ctypes.c_void_p(self.words.ctypes.data + start)
        assert not libc().mprotect(address, ctypes.c_size_t(stop - start), access)


def fenced(call: Callable[..., None], side: str) -> Callable[..., None]:
    """A call that gets copies of its arrays, between guard pages."""

    def fenced_call(*arguments: Any) -> None:
        arrays = [a for a in arguments if isinstance(a, np.ndarray)]
        fence = Fenced([a.nbytes for a in arrays], side)
        copies = [fence.put(i, a, READ | WRITE) for i, a in enumerate(arrays)]
        left = iter(copies)
        call(*(next(left) if isinstance(a, np.ndarray) else a for a in arguments))
        fence.check()
        for array, copy in zip(arrays, copies):
            array[...] = copy

    return fenced_call
