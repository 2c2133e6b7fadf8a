"""What this process may use of the machine: processors and memory, as the system, a container and ulimit allow.

A control group (cgroup) limits a container; the limits of the groups around it count too.  Version 2 has one tree, version 1
a tree for each resource, and both may be there.  What cannot be read limits nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path

__all__ = ["MemoryLimit", "cpu_count", "memory_limit"]

CGROUPS, PROCESS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
VERSION_2 = (".", "unified")  # "unified" beside trees of version 1
MEMORY_FILES = ("memory.max", "memory.limit_in_bytes")  # version 2, version 1


@dataclass(frozen=True)
class MemoryLimit:
    """At most so many ``bytes``, and what says so."""

    bytes: int
    source: str

    @property
    def text(self) -> str:
        """For messages, such as ``8.0 GiB (memory of this machine)``."""
        return f"{self.bytes / 2**30:.1f} GiB ({self.source})"


def cpu_count() -> int:
    """Processors that this process may use: those it may run on, and no more than its control groups' share of time."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([affinity, *(ceil(quota) for quota in _quotas())]))


def memory_limit() -> MemoryLimit:
    """The least of the machine's memory, the limits of the control groups and those of the process."""
    return min([_physical_memory(), *_group_limits(), *_process_limits()], key=lambda limit: limit.bytes)


def _physical_memory() -> MemoryLimit:
    """A very large number where the system does not tell."""
    known = hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if known else sys.maxsize
    return MemoryLimit(total, "memory of this machine")


def _group_limits() -> Iterator[MemoryLimit]:
    for folder in _folders("memory"):
        for file in MEMORY_FILES:
            limit = _whole(_text(folder / file))
            if limit:
                yield MemoryLimit(limit, f"memory limit of the container, {folder / file}")


def _process_limits() -> Iterator[MemoryLimit]:
    """ulimit -v and -d; there are none on Windows."""
    try:
        import resource
    except ImportError:
        return
    for name, flag in (("RLIMIT_AS", "-v"), ("RLIMIT_DATA", "-d")):
        soft = resource.getrlimit(getattr(resource, name))[0] if hasattr(resource, name) else resource.RLIM_INFINITY
        if soft != resource.RLIM_INFINITY:
            yield MemoryLimit(soft, f"limit of this process, ulimit {flag}")


def _quotas() -> Iterator[float]:
    """Processors' worth of time that each control group may use, where it is limited."""
    for folder in _folders("cpu"):
        quota, period = _whole(_text(folder / "cpu.cfs_quota_us")), _whole(_text(folder / "cpu.cfs_period_us"))
        if words := _text(folder / "cpu.max").split():
            quota, period = _whole(words[0]), _whole(words[-1])
        if quota and period:
            yield quota / period


def _folders(controller: str) -> list[Path]:
    """The process's control groups and those around them, as far as they can be seen."""
    folders: list[Path] = []
    for tree, path in _groups(controller):
        steps = [step for step in path.split("/") if step not in ("", "..")]
        folders += [(CGROUPS / tree).joinpath(*steps[:depth]) for depth in range(len(steps), -1, -1)]
    return list(dict.fromkeys(folders))


def _groups(controller: str) -> Iterator[tuple[str, str]]:
    """(tree below CGROUPS, path of a group in it).

    The root of each tree comes first: in a container that is often its own group, whatever /proc calls it.
    """
    yield from ((tree, "/") for tree in (*VERSION_2, controller))
    for line in _text(PROCESS).splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers:
            yield from ((tree, path) for tree in VERSION_2)
        elif controller in controllers.split(","):
            yield from ((tree, path) for tree in (controllers, controller))


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""


def _whole(text: str) -> int:
    """A number above 0; 0 for "max", -1 and what is no number."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
