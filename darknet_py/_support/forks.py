"""What a forked child needs anew: the thread that held a lock when its process was forked is not there to release it."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from typing import Any

__all__ = ["held_while_forking", "in_child", "lock"]

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


@in_child
def _free_all() -> None:
    for owner, names in list(_owners.items()):
        for name in names:
            setattr(owner, name, threading.Lock())
