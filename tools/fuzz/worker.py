"""The process that runs inputs: each is noted before it runs, and what it does wrong is saved."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib
import json
import sys
import time
import traceback
import warnings
from pathlib import Path

from mutations import SEEDS, mutated

PACKAGE = Path(__file__).parents[2] / "darknet_py"
SECONDS, BYTES = 2.0, 1 << 30  # of processor time, of memory beyond what is there at the start
MESSAGE = 4000  # characters


class Worker:
    """Runs inputs and counts them; ``out`` is the folder of findings."""

    def __init__(self, out: Path, targets: list[str]) -> None:
        self.out, self.targets = out, targets
        self.runs, self.told = 0, 0.0
        self.known: dict[str, object] = {}

    def load(self) -> None:
        """The package, then the limit of memory."""
        self.module = importlib.import_module("targets")
        from darknet_py.errors import DarknetError, DarknetWarning

        self.errors, self.warnings = DarknetError, DarknetWarning
        for target in self.targets:  # kernels are compiled, modules imported
            for seed in SEEDS[target]:
                self._complaint(target, seed)
        _limit_memory()

    def run(self, target: str, data: bytes) -> str | None:
        """The place of what is wrong with an input's run, which is saved; None if nothing is."""
        (self.out / "current").write_bytes(target.encode() + b"\n" + data)
        self.runs += 1
        if time.monotonic() - self.told > 1:
            self.told = time.monotonic()
            self.report()
        complaint = self._complaint(target, data)
        if complaint:
            self._save(target, data, *complaint)
        return complaint[0] if complaint else None

    def report(self) -> None:
        (self.out / "runs").write_text(json.dumps(self.runs))

    def _complaint(self, target: str, data: bytes) -> tuple[str, str] | None:
        """(place, text) of what is wrong; too slow it is only if it is so again."""
        for again in (False, True):
            begin = time.process_time()
            found = self._fault(target, data)
            seconds = time.process_time() - begin
            if found or seconds <= SECONDS:
                return found
            if again:
                return f"slow-{target}-{hashlib.sha256(data).hexdigest()[:8]}", f"{seconds:.1f} s of processor time"
        return None

    def _fault(self, target: str, data: bytes) -> tuple[str, str] | None:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                self.module.TARGETS[target](data)
            except self.errors as e:
                if "\n" in str(e) or len(str(e)) > MESSAGE:
                    return _place("message", e), str(e)
            except Exception as e:
                return _place("error", e), traceback.format_exc()
        for w in caught:
            if not issubclass(w.category, self.warnings):
                return f"warning-{w.category.__name__}-{Path(w.filename).name}-{w.lineno}", str(w.message)
        return None

    def _save(self, target: str, data: bytes, place: str, text: str) -> None:
        path = self.out / f"{place}.bin"
        if not path.exists():
            path.write_bytes(target.encode() + b"\n" + data)
            path.with_suffix(".txt").write_text(text, "utf-8", "backslashreplace")
            print(f"finding: {path}", flush=True)


def _place(kind: str, error: Exception) -> str:
    """Kind and type of an error, and where in the package it arose."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "darknet_py" in f.filename] or [
        *traceback.extract_tb(error.__traceback__)
    ]
    return f"{kind}-{type(error).__name__}-{Path(frames[-1].filename).name}-{frames[-1].lineno}"


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, OSError):
        import resource

        now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + BYTES, now + BYTES))


def with_atheris(worker: Worker, seconds: float, seed: int) -> None:
    import atheris

    folder = PACKAGE / "engine" / "kernels"
    kernels = [f"darknet_py.engine.kernels.{path.stem}" for path in folder.glob("*.py")]  # numba compiles them as written
    with atheris.instrument_imports(include=["darknet_py"], exclude=kernels):
        worker.load()
    corpus = worker.out / "corpus"
    corpus.mkdir(exist_ok=True)
    for number, target in enumerate(worker.targets):
        for i, data in enumerate(SEEDS[target]):
            (corpus / f"seed-{target}-{i}").write_bytes(bytes((number,)) + data)

    def split(data: bytes) -> tuple[int, bytes]:
        return (data[0] if data else 0) % len(worker.targets), data[1:]

    def mutate(data: bytes, most: int, chance: int) -> bytes:
        number, payload = split(data)
        return (bytes((number,)) + mutated(worker.targets[number], payload, chance))[:most]

    def once(data: bytes) -> None:
        number, payload = split(data)
        worker.run(worker.targets[number], payload)

    argv = [sys.argv[0], str(corpus), f"-max_total_time={int(seconds) or 1}", f"-seed={seed or 1}", "-max_len=400000",
            "-rss_limit_mb=0", "-timeout=600", "-len_control=0", f"-artifact_prefix={worker.out}/"]  # fmt: skip
    atheris.Setup(argv, once, custom_mutator=mutate)
    atheris.Fuzz()


def with_hypothesis(worker: Worker, seconds: float, seed: int) -> None:
    import hypothesis
    from hypothesis import strategies as st

    worker.load()
    end = time.monotonic() + seconds
    checks = [*hypothesis.HealthCheck]
    examples = hypothesis.settings(max_examples=500, deadline=None, database=None, suppress_health_check=checks)
    inputs = st.tuples(st.sampled_from(worker.targets), st.integers(0, 2**63))

    def once(drawn: tuple[str, int]) -> None:
        if time.monotonic() < end:
            worker.run(drawn[0], mutated(drawn[0], b"", drawn[1]))

    while time.monotonic() < end:
        seed += 1
        hypothesis.seed(seed)(examples(hypothesis.given(inputs)(once)))()
    worker.report()


def rerun(worker: Worker, paths: list[Path]) -> int:
    """Run saved findings again and print what is wrong; 1 if anything still is."""
    worker.load()
    for path in paths:
        target, _, data = path.read_bytes().partition(b"\n")
        place = worker.run(target.decode(), data)
        print(f"{path}: {place or 'ends well'}")
        if place:
            print((worker.out / f"{place}.txt").read_text("utf-8"))
    return int(any(worker.out.glob("*.bin")))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", default="")
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--targets", nargs="+")
    parser.add_argument("--rerun", type=Path, nargs="*")
    options = parser.parse_args()
    if options.rerun:
        sys.exit(rerun(Worker(options.out, []), options.rerun))
    engine = with_atheris if options.engine == "atheris" else with_hypothesis
    engine(Worker(options.out, options.targets), options.seconds, options.seed)


if __name__ == "__main__":
    main()
