"""What is made when it is first asked for, once in each process."""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from .._support import forks

__all__ = ["Late"]

T = TypeVar("T")
_all: weakref.WeakSet[Late[Any]] = weakref.WeakSet()


class Late(Generic[T]):
    """Calls ``make`` once, and once more in a forked child: the threads of what was made are not there."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make, self._made = make, list[T]()
        self._turn = forks.lock(self, "_turn")
        _all.add(self)

    def __call__(self) -> T:
        with self._turn:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]

    def leave(self) -> None:
        """Never end what was made, which would wait for its threads."""
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._made))
        self._made = []


@forks.in_child
def _leave_all() -> None:
    for late in list(_all):
        late.leave()
