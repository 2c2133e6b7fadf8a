"""Ctrl-C at any moment of a run: what runs afterwards is right, and nothing walks memory that was given back."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from programs import interrupts

from darknet_py.engine.native import executor
from darknet_py.errors import KernelError

PROGRAM = Path(interrupts.__file__)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timer that sends signals")
@pytest.mark.parametrize(("case", "count"), [("small", 700), ("large", 300), ("each", 700), ("layers", 300)])
def test_interrupts_at_random_moments(case: str, count: int) -> None:
    done = subprocess.run([sys.executable, PROGRAM, case, str(count)], capture_output=True, text=True, check=False)
    assert re.fullmatch(rf"{count} interrupts, \d+ runs, 0 wrong\n", done.stdout), done.stderr + done.stdout


@pytest.mark.parametrize("name", ["start", "__init__"])
def test_an_exception_while_workers_are_made_ready(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has started then; the next run is right."""
    trial = interrupts.Trial("small")
    ready = getattr(executor._Worker, name)

    def interrupted(self: executor._Worker, *arguments: object) -> None:
        ready(self, *arguments)
        monkeypatch.setattr(executor._Worker, name, ready)
        raise KeyboardInterrupt

    monkeypatch.setattr(executor, "_current", None)
    monkeypatch.setattr(executor._Worker, name, interrupted)
    with pytest.raises(KeyboardInterrupt):
        trial.once()
    trial.once()
    assert (trial.runs, trial.wrong) == (1, 0)


def test_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = interrupts.Trial("small")

    def refused(self: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as m:
        m.setattr(executor, "_current", None)
        m.setattr("threading.Thread.start", refused)
        with pytest.raises(KernelError, match=r"no thread can be started .* threads=1"):
            trial.once()
    trial.once()
    assert not trial.wrong


def test_the_trial_sees_wrong_results() -> None:
    trial = interrupts.Trial("small")
    trial.want = [[np.zeros_like(y) for y in outputs] for outputs in trial.want]
    trial.once()
    assert trial.wrong == 1
