"""What is made when it is first asked for, once in each process."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from .._support import forks

__all__ = ["Late"]

T = TypeVar("T")
_left: list[Any] = []  # a forked child's copies of what has threads: they are not there to be ended


class Late(Generic[T]):
    """Calls ``make`` once, and once more in a forked child, where the threads of what was made are missing."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make, self._made, self._process = make, list[T](), os.getpid()
        self._turn = forks.lock(self, "_turn")

    def __call__(self) -> T:
        with self._turn:
            if self._process != os.getpid():
                _left.append(self._made)
                self._made, self._process = [], os.getpid()
            if not self._made:
                self._made.append(self._make())
            return self._made[0]
