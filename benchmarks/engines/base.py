"""The small protocol between peers.py and an engine's process.

A process is started as ``python -m engines ENGINE JOB.json``.  It loads the network and then answers commands, each one
line of JSON, with one line of JSON: ["run", COUNT, SECONDS] (at least so many runs, for at least so long), ["peak"],
["heads", FILE.npz].  Between two commands it sleeps.  It ends with its standard input.
"""

from __future__ import annotations

import json
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

__all__ = ["Engine", "Job", "peak_mb", "serve"]


@dataclass(frozen=True)
class Job:
    """What an engine loads.  ``files``: the network in each form, by name; ``input``: .npy of float32 (c, h, w)."""

    files: dict[str, str]
    input: str
    image: str
    threads: int
    options: dict[str, Any]

    @classmethod
    def read(cls, path: str) -> Job:
        return cls(**json.loads(Path(path).read_text("utf-8")))


class Engine(ABC):
    """A loaded network and its picture.  ``__init__`` loads it."""

    version = ""

    @abstractmethod
    def __init__(self, job: Job) -> None: ...

    @abstractmethod
    def forward(self) -> Any:
        """Run the network once on the picture."""

    @abstractmethod
    def heads(self) -> dict[str, np.ndarray]:
        """What the network computes, by name: output0 ... of its heads as darknet_py's predict has them; or input0 ...,
        what goes into the heads; or boxes, rows of class, probability, x, y, width, height.
        """

    def run(self) -> float:
        """Seconds of one run."""
        start = time.perf_counter()
        self.forward()
        return time.perf_counter() - start

    def peak(self) -> float:
        """Peak resident memory of this process, in MB."""
        return peak_mb("self")

    def close(self) -> None:  # noqa: B027
        """End what the engine started, if anything."""


def peak_mb(process: int | str) -> float:
    """The VmHWM of a process, Linux only."""
    status = Path(f"/proc/{process}/status").read_text("ascii")
    found = re.search(r"VmHWM:\s*(\d+) kB", status)
    if found is None:
        raise OSError(f"/proc/{process}/status has no VmHWM")
    return int(found.group(1)) * 1024 / 1e6


def serve(kind: type[Engine], job: Job, commands: TextIO, answers: TextIO) -> None:
    """Load, say so, then answer commands until they end."""
    start = time.perf_counter()
    engine = kind(job)
    _say(answers, {"load": time.perf_counter() - start, "version": engine.version})
    for line in commands:
        name, *words = json.loads(line)
        _say(answers, ACTIONS[name](engine, *words))
    engine.close()


def _run(engine: Engine, count: int, seconds: float) -> list[float]:
    times: list[float] = []
    while len(times) < count or sum(times) < seconds:
        times.append(engine.run())
    return times


def _heads(engine: Engine, file: str) -> str:
    np.savez(file, **engine.heads())  # type: ignore[arg-type]
    return file


def _say(answers: TextIO, value: Any) -> None:
    print(json.dumps(value), file=answers, flush=True)


ACTIONS: dict[str, Callable[..., Any]] = {"run": _run, "peak": lambda engine: engine.peak(), "heads": _heads}
