"""What a forked child needs anew: the thread that held a lock when its process was forked is not there to release it."""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

__all__ = ["held_while_forking", "in_child", "lock", "worker"]

_owners: weakref.WeakKeyDictionary[Any, set[str]] = weakref.WeakKeyDictionary()


def in_child(function: Callable[[], None]) -> Callable[[], None]:
    """Decorator: call the function in every forked child, before anything else runs there."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=function)
    return function


def lock(owner: object, name: str) -> threading.Lock:
    """A new lock for the attribute ``name`` of ``owner``, which gets another one in each forked child."""
    _owners.setdefault(owner, set()).add(name)
    return threading.Lock()


def held_while_forking() -> threading.RLock:
    """A lock for what must not be cut through by a fork; the thread that forks waits for it."""
    held = threading.RLock()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=held.acquire, after_in_parent=held.release, after_in_child=held.release)
    return held


def worker() -> bool:
    """Whether this process was forked by Python, or started by multiprocessing: others like it may be at work beside it."""
    process = sys.modules.get("multiprocessing.process")
    return bool(_forks) or (process is not None and process.parent_process() is not None)


_forks: list[int] = []  # processes on the way here, from the first that was forked


@in_child
def _note_fork() -> None:
    _forks.append(os.getpid())


@in_child
def _free_all() -> None:
    for owner, names in list(_owners.items()):
        for name in names:
            setattr(owner, name, threading.Lock())
