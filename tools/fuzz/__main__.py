"""``python tools/fuzz``: fuzz for some time, or run saved findings again; see README.md."""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
TARGETS = ("cfg", "weights", "data", "names", "labels", "list", "picture", "checkpoint", "import")
HANGS = 120.0  # seconds for one input


def session(engine: str, seconds: float, seed: int, targets: list[str], out: Path) -> tuple[int, str]:
    """One child, until its time is over or it dies; how many inputs it ran, and its coverage."""
    argv = [sys.executable, HERE / "worker.py", "--engine", engine, "--seconds", str(seconds), "--seed", str(seed),
            "--out", out, "--targets", *targets]  # fmt: skip
    for name in ("current", "runs"):
        (out / name).unlink(missing_ok=True)
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(argv, stderr=log)
        status = _watched(child, out / "current")
        log.seek(0)
        text = log.read().decode("utf-8", "replace")
    current = out / "current"
    if status != 0 and current.exists():
        _save(out, current.read_bytes(), status, text)
    elif status != 0:
        sys.exit(f"the child did not start:\n{text[-3000:]}")
    coverage = re.findall(r"cov: (\d+)", text)
    runs = out / "runs"
    return int(runs.read_text() or 0) if runs.exists() else 0, coverage[-1] if coverage else ""


def _watched(child: subprocess.Popen[bytes], current: Path) -> int:
    """The exit status of a child, which is killed when it stays with one input."""
    while child.poll() is None:
        time.sleep(0.2)
        if current.exists() and time.time() - current.stat().st_mtime > HANGS:
            child.kill()
    return child.wait()


def _save(out: Path, data: bytes, status: int, log: str) -> None:
    """The input at which a child died."""
    name = signal.Signals(-status).name if status < 0 else f"exit{status}"
    kind = "hang" if name == "SIGKILL" else "crash"
    path = out / f"{kind}-{name}-{hashlib.sha256(data).hexdigest()[:12]}.bin"
    path.write_bytes(data)
    path.with_suffix(".txt").write_text(log[-20000:])
    print(f"finding: {path}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python tools/fuzz", description="Fuzz what darknet_py reads; see README.md.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--target", choices=TARGETS, action="append", help="all of them if not given; may be repeated")
    parser.add_argument("--engine", choices=("atheris", "hypothesis"), help="atheris if it is installed")
    parser.add_argument("--out", type=Path, default=Path("findings"), help="folder of findings")
    parser.add_argument("--rerun", type=Path, nargs="+", metavar="FILE", help="run findings again")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.rerun:
        with tempfile.TemporaryDirectory() as out:
            return subprocess.call([sys.executable, HERE / "worker.py", "--out", out, "--rerun", *options.rerun])
    engine = options.engine or ("atheris" if importlib.util.find_spec("atheris") else "hypothesis")
    return fuzz(engine, options.seconds, options.seed, options.target or list(TARGETS), options.out)


def fuzz(engine: str, seconds: float, seed: int, targets: list[str], out: Path) -> int:
    """Sessions until the time is over; prints the figures; 1 if there are findings."""
    begin, runs, coverage, sessions = time.monotonic(), 0, "", 0
    while (left := seconds - (time.monotonic() - begin)) > 0.5 or not sessions:
        more, coverage = session(engine, max(1.0, left), seed + sessions, targets, out)
        runs, sessions = runs + more, sessions + 1
    took = time.monotonic() - begin
    findings = sorted(out.glob("*.bin"))
    figures = [f"{runs} inputs in {took:.0f} s ({runs / took:.1f}/s)", f"{sessions} processes", f"{len(findings)} findings"]
    print(f"{engine}: {', '.join([*figures, f'{coverage} branches covered'] if coverage else figures)}")
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main())
