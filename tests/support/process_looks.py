"""Memory and open files of a service's front and of its workers, from /proc, and whether they grew."""

from __future__ import annotations

import contextlib
import os
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

MEGABYTES, FILES = 10.0, 2.0  # growth that is borne: caches that fill late, clients that happen to be there at a look
WARM, FIFTH = 10, 5


@dataclass(frozen=True)
class Look:
    """Megabytes resident and open files of the front, and of the largest of its workers."""

    front: float
    worker: float
    files: int
    worker_files: int

    def __str__(self) -> str:
        return f"front {self.front:.0f} MB {self.files} files, worker {self.worker:.0f} MB {self.worker_files} files"


def workers(front: int) -> list[int]:
    """Processes that the front started, which all compute."""
    found: list[int] = []
    for task in Path(f"/proc/{front}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
            found += map(int, (task / "children").read_text("ascii").split())
    return found


def resident(pid: int) -> float:
    """Megabytes."""
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def look(front: int) -> Look:
    """Raises ProcessLookupError, FileNotFoundError where the front has ended."""
    there = workers(front)
    return Look(resident(front), max(_each(resident, there), default=0.0), files(front), max(_each(files, there), default=0))


def _each(measure: Callable[[int], float], pids: Sequence[int]) -> list:
    """Of those that have not just been killed."""
    found = []
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found.append(measure(pid))
    return found


def grown(looks: Sequence[Look]) -> list[str]:
    """What grew: the median of a fifth, after the first tenth, beside that of the last."""
    counted = looks[len(looks) // WARM :]
    fifth = max(1, len(counted) // FIFTH)
    bounds = {"front": MEGABYTES, "worker": MEGABYTES, "files": FILES, "worker_files": FILES}
    found = []
    for name, bound in bounds.items():
        first, last = (statistics.median(getattr(one, name) for one in some) for some in (counted[:fifth], counted[-fifth:]))
        if last - first > bound:
            found.append(f"{name} grew: {first:.1f}, then {last:.1f}")
    return found
