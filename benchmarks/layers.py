"""GFLOP/s of single convolutions of the shapes that real networks have, and their share of the machine's peak.

    python benchmarks/layers.py [WORD ...] [--threads N] [--rounds N] [--json FILE] [--csv FILE]

WORDs choose the layers whose names contain one of them (``dw``, ``1x1``, ``@13``).  A layer runs in a network of its own,
after a [maxpool] of size 1 which leaves its input in the cache and in the layout that a layer before it would; those that
read a picture of 3 channels come first, as they do in networks.  Exact and fast take turns; medians of the rounds, with
the least.  The peak is that of fused multiply-adds on as many threads, whatever the numerics.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import cases
import machine
import network
import numpy as np

from darknet_py import Network
from darknet_py.engine.native import executor
from darknet_py.engine.options import available
from darknet_py.engine.peak import peak
from darknet_py.engine_api.options import Numerics

NUMERICS = tuple(numerics.value for numerics in Numerics if available(numerics))
PICTURE = 3  # channels
INPUT = "[net]\nchannels={}\nheight={}\nwidth={}\n"
BEFORE = "[maxpool]\nsize=1\nstride=1\n"


@dataclass(frozen=True)
class Row:
    """Milliseconds, GFLOP/s at the median and their share of the peak."""

    layer: str
    numerics: str
    ms: float
    least_ms: float
    gflops: float
    peak_share: float


def load(case: cases.LayerCase, numerics: str, threads: int, folder: Path) -> Network:
    """A network whose last layer is the case, with random weights."""
    text = INPUT.format(*case.shape) + BEFORE * (case.shape[0] != PICTURE) + case.section
    path = folder / "layer.cfg"
    path.write_text(text, "utf-8")
    return network.load(path, numerics, threads)


def measure(case: cases.LayerCase, threads: int, rounds: int) -> list[Row]:
    """One row for each numerics."""
    with tempfile.TemporaryDirectory() as folder:
        nets = {numerics: load(case, numerics, threads, Path(folder)) for numerics in NUMERICS}
    x = np.random.default_rng(0).random(nets["exact"].graph.net.shape, np.float32)
    seconds: dict[str, list[float]] = {numerics: [] for numerics in NUMERICS}
    for _ in range(rounds):
        for numerics, net in nets.items():
            seconds[numerics].append(net.profile(x, runs=1).layers[-1].seconds)
    flops = nets["exact"].profile(x, runs=1).layers[-1].flops
    return [_row(case.name, numerics, times, flops, threads) for numerics, times in seconds.items()]


def _row(name: str, numerics: str, seconds: Sequence[float], flops: float, threads: int) -> Row:
    middle = statistics.median(seconds)
    rate = flops / middle / 1e9
    return Row(name, numerics, 1e3 * middle, 1e3 * min(seconds), rate, rate / peak(threads))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--threads", type=int, default=executor.cpu_count())
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--csv", type=Path, metavar="FILE")
    args = parser.parse_args()
    facts = {**machine.facts(), "threads": str(args.threads), **_peaks(args.threads)}
    print(*(f"{name}: {text}" for name, text in facts.items()), sep="\n")
    print(f"\n{'layer':26s}" + "".join(f" {n:>10s} {'least ms':>9s} {'GFLOP/s':>8s} {'peak':>6s}" for n in NUMERICS))
    rows: list[Row] = []
    for case in cases.LAYERS:
        if not args.words or any(word in case.name for word in args.words):
            rows += (both := measure(case, args.threads, args.rounds))
            print(f"{case.name:26s}" + "".join(map(_cells, both)), flush=True)
    _write(rows, facts, args.json, args.csv)


def _peaks(threads: int) -> dict[str, str]:
    fused, separate = peak(threads), peak(threads, False)
    return {"peak": f"{fused:.0f} GFLOP/s of multiply-adds, {separate:.0f} of separate products and sums"}


def _cells(row: Row) -> str:
    return f" {row.ms:10.3f} {row.least_ms:9.3f} {row.gflops:8.1f} {row.peak_share:6.1%}"


def _write(rows: list[Row], facts: dict[str, str], json_file: Path | None, csv_file: Path | None) -> None:
    if json_file:
        json_file.write_text(json.dumps({"facts": facts, "rows": [asdict(row) for row in rows]}, indent=1), "utf-8")
    if csv_file:
        with csv_file.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [f.name for f in fields(Row)])
            writer.writeheader()
            writer.writerows(asdict(row) for row in rows)


if __name__ == "__main__":
    main()
