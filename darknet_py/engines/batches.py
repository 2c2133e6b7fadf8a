"""Any number of pictures through something that takes certain numbers at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .._support import forks

__all__ = ["Batches", "Run", "in_parts"]

Array = npt.NDArray[np.float32]
Run: TypeAlias = Callable[[Array], list[Array]]  # pictures (n, c, h, w) → outputs (n, c, h, w) each
MOST = 32


def in_parts(run: Run, most: int, x: Array) -> list[Array]:
    """The outputs for pictures of which at most so many are run at once."""
    parts = [run(x[i : i + most]) for i in range(0, len(x), most)]
    return [np.concatenate(outputs) if len(outputs) > 1 else outputs[0] for outputs in zip(*parts, strict=True)]


class Batches:
    """Pictures go in ones, twos, fours, eights ..., the last ones beside empty ones; callers take turns.

    ``of_size``: makes what runs so many pictures, which is kept.  ``size``: the only number that there is, None for the
    powers of two.
    """

    def __init__(self, of_size: Callable[[int], Run], size: int | None = None) -> None:
        self._of_size, self._size = of_size, size
        self._runs: dict[int, Run] = {}
        self._turn = forks.lock(self, "_turn")

    def keep(self, size: int, run: Run) -> None:
        """What runs so many pictures is there already."""
        self._runs[size] = run

    def __call__(self, x: Array) -> list[Array]:
        with self._turn:
            return in_parts(self._run, self._size or MOST, x)

    def _run(self, x: Array) -> list[Array]:
        size = self._size or 1 << (len(x) - 1).bit_length()
        if size not in self._runs:
            self._runs[size] = self._of_size(size)
        filled = x if len(x) == size else np.concatenate([x, np.zeros((size - len(x), *x.shape[1:]), x.dtype)])
        return [y[: len(x)] for y in self._runs[size](filled)]
