"""Engines in processes of their own, run in turn: while one computes, the others sleep."""

from __future__ import annotations

import contextlib
import json
import os
import re
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["EngineError", "EngineProcess", "Times", "take_turns"]

HERE = Path(__file__).parent
PAUSE = 0.3  # seconds in which the threads of the engine before stop waiting for work
LEAST_RUNS = 3


class EngineError(Exception):
    """An engine's process ended; the text is the last line that it printed, without the exception's name."""


class EngineProcess:
    """``python -m engines ENGINE JOB.json`` (see engines/base.py), loaded; ``told``: load (seconds) and version."""

    def __init__(self, python: str, engine: str, job: dict[str, Any], folder: Path) -> None:
        file = Path(tempfile.mkstemp(suffix=".json", dir=folder)[1])
        file.write_text(json.dumps(job), "utf-8")
        threads = {"OMP_NUM_THREADS": str(job["threads"]), "PYTHONPATH": str(HERE), "PYTHONWARNINGS": "ignore"}
        self.complaints = file.with_suffix(".log")
        with self.complaints.open("w") as log:
            self.process = subprocess.Popen([python, "-m", "engines", engine, str(file)], cwd=folder, text=True, stderr=log,
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            env={**os.environ, **threads})  # fmt: skip
        self.told = self._answer()

    def ask(self, *words: object) -> Any:
        """Send one command and wait for its answer.  Raises EngineError."""
        with contextlib.suppress(BrokenPipeError):  # its answer is the reason
            print(json.dumps(words), file=self.process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> Any:
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            self.process.wait()
            lines = self.complaints.read_text("utf-8", "replace").strip().splitlines()
            raise EngineError(re.sub(r"^[\w.]+Error: ", "", lines[-1]) if lines else f"ended with {self.process.returncode}")
        return json.loads(line)

    def close(self) -> None:
        self.process.communicate()


@dataclass
class Times:
    """Milliseconds of an engine: the median of each of its slices, and the least of all runs."""

    medians: list[float] = field(default_factory=list)
    least: float = float("inf")

    def add(self, seconds: list[float]) -> None:
        self.medians.append(statistics.median(seconds) * 1e3)
        self.least = min(self.least, min(seconds) * 1e3)


def take_turns(engines: dict[str, EngineProcess], rounds: int, seconds: float) -> dict[str, Times]:
    """In each round each engine gets a slice of ``seconds``, of three runs at least.

    The order turns by one from round to round, so that none always follows the same other.
    """
    times = {name: Times() for name in engines}
    names = list(engines)
    for turn in range(rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            time.sleep(min(PAUSE, seconds))
            times[name].add(engines[name].ask("run", LEAST_RUNS, seconds))
    return times
