"""Locks of modules, which outlive a fork."""

from __future__ import annotations

import os
import threading

__all__ = ["Lock"]


class Lock:
    """For ``with``; free in a forked child, whichever thread of the parent held it.  Lives as long as the process."""

    def __init__(self) -> None:
        self._anew()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._anew)

    def _anew(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()
