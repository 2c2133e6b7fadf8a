"""The fuzzer of tools/fuzz: a short run with a fixed seed finds nothing, and what is wrong would be found."""

from __future__ import annotations

import random
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest

from darknet_py.errors import DarknetError, DarknetWarning

FUZZ = Path(__file__).parent.parent / "tools" / "fuzz"


@pytest.fixture(scope="module")
def fuzz():
    """The fuzzer's modules."""
    sys.path.insert(0, str(FUZZ))
    try:
        import mutations
        import targets
        import worker

        with targets.swept():
            yield SimpleNamespace(mutations=mutations, targets=targets, worker=worker)
    finally:
        sys.path.remove(str(FUZZ))
        for name in ("checkpoints", "mutations", "targets", "worker"):
            sys.modules.pop(name, None)


@pytest.fixture
def worker(fuzz, tmp_path):
    made = fuzz.worker.Worker(tmp_path, ["cfg"])
    made.errors, made.warnings, made.module = DarknetError, DarknetWarning, fuzz.targets
    return made


@pytest.mark.parametrize("target", ["cfg", "weights", "data", "names", "labels", "list", "picture", "checkpoint", "import"])
def test_a_short_run_finds_nothing(target, fuzz, worker, tmp_path):
    chance = random.Random(target)
    for _ in range(25):
        worker.run(target, fuzz.mutations.mutated(target, b"", chance.getrandbits(64)))
    assert worker.runs == 25
    assert {path.name: path.with_suffix(".txt").read_text() for path in tmp_path.glob("*.bin")} == {}


def warn_foreign(data: bytes) -> None:
    warnings.warn("odd", RuntimeWarning, stacklevel=1)


def raise_foreign(data: bytes) -> None:
    raise ValueError(data)


def raise_long(data: bytes) -> None:
    error = DarknetError("one")
    error.args = ("one\ntwo",)
    raise error


@pytest.mark.parametrize(
    ("fault", "place"),
    [(raise_foreign, "error-ValueError-"), (warn_foreign, "warning-RuntimeWarning-"), (raise_long, "message-DarknetError-")],
)
def test_what_is_wrong_is_found_and_saved_once(fault, place, worker, tmp_path):
    worker.module = SimpleNamespace(TARGETS={"cfg": fault})
    for data in (b"a", b"b"):
        assert worker.run("cfg", data).startswith(place)
    (path,) = tmp_path.glob("*.bin")
    assert path.name.startswith(place)
    assert path.read_bytes() == b"cfg\na"
    assert path.with_suffix(".txt").read_text()


def test_slow_twice_is_slow(fuzz, worker, monkeypatch):
    took = []

    def once_slow(data: bytes) -> None:
        took.append(3.0 if len(took) < int(data) else 0.0)

    monkeypatch.setattr(fuzz.worker.time, "process_time", lambda: sum(took))
    worker.module = SimpleNamespace(TARGETS={"cfg": once_slow})
    assert worker.run("cfg", b"1") is None
    took.clear()
    assert worker.run("cfg", b"2").startswith("slow-cfg-")


def test_an_input_is_the_same_for_the_same_seed(fuzz):
    mutated, seeds = fuzz.mutations.mutated, fuzz.mutations.SEEDS
    for target in seeds:
        inputs = [mutated(target, b"", seed) for seed in range(60)]
        assert inputs == [mutated(target, b"", seed) for seed in range(60)]
        assert len(set(inputs)) > 30


def test_the_program_runs_and_prints_its_figures(tmp_path):
    options = "--seconds", "1", "--engine", "hypothesis", "--target", "names"
    argv = [sys.executable, FUZZ, *options, "--out", tmp_path / "found"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "hypothesis: " in done.stdout
    assert " 0 findings" in done.stdout
    assert int(done.stdout.split()[1]) > 0
