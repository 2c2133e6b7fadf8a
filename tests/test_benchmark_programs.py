"""benchmarks/layers.py and network.py: what they print and write.  No time is asserted."""

from __future__ import annotations

import csv
import json
import re
import sys

import processes
import pytest
from reference import REPO
from small_detector import files

from darknet_py._support.machine import cpu_count
from darknet_py.engine.options import available
from darknet_py.engine_api.options import Numerics

__all__ = ["files"]

NUMERICS = [numerics.value for numerics in Numerics if available(numerics)]


def benchmark(folder, *words):
    """What a program of benchmarks/ prints."""
    program, *words = map(str, words)
    command = [sys.executable, str(REPO / "benchmarks" / program), *words, "--threads", "1"]
    done = processes.run(command, folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_benchmark_of_layers(tmp_path):
    out = benchmark(tmp_path, "layers.py", "5x5", "--rounds", 1, "--csv", "l.csv", "--json", "l.json")
    rows = json.loads((tmp_path / "l.json").read_text())["rows"]
    assert [(row["layer"], row["numerics"]) for row in rows] == [
        (name, numerics) for name in ("5x5 dw 96 @10", "5x5 dw 144 @20") for numerics in NUMERICS
    ]
    flops = 2 * 25 * 96 * 10 * 10
    assert rows[0]["gflops"] == pytest.approx(flops / rows[0]["ms"] / 1e6)
    assert all(name in out for name in ("5x5 dw 96 @10", "5x5 dw 144 @20"))
    with (tmp_path / "l.csv").open() as file:
        assert [float(row["ms"]) for row in csv.DictReader(file)] == [row["ms"] for row in rows]


def test_benchmark_of_networks(files, tmp_path):
    out = benchmark(tmp_path, "network.py", files[0], "--sizes", "32,64", "--batch", 2, "--seconds", 0.01, "--layers")
    assert re.findall(r"^small@(\S+)", out, re.MULTILINE) == ["32x32", "64x64"]
    assert out.count("64 x 64 x 3 -> 32 x 32 x 16") == 1


def test_benchmark_of_pictures(files, tmp_path):
    """Each command has a row whose bound is that of its stages."""
    out = benchmark(tmp_path, "pictures.py", files[0], "--count", 3, "--rounds", 1)
    title, header, *rows = out.split("\n\n")[1].splitlines()
    assert title == "small fast, 3 pictures, 1 threads"
    assert header.split()[:3] == ["read", "fit", "network"]
    assert [re.split(r"  +", row)[0] for row in rows] == [
        "detect -dont_draw", "detect -save_dir", "detector test LIST", "detector map", "detector valid", "detector recall",
        "Network.detect_many",
    ]  # fmt: skip
    for row in rows:
        *stages, bound, _, _ = map(float, row.split()[-9:])
        assert bound == pytest.approx(sum(stages) / cpu_count(), abs=0.05)
    only = benchmark(tmp_path, "pictures.py", files[0], "--count", 2, "--rounds", 1, "--only", "recall")
    assert len(only.split("\n\n")[1].splitlines()) == 3
