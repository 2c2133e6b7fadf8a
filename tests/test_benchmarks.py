"""benchmarks/peers.py: table and CSV of a tiny network, ratios, comparison of results.  No time is asserted."""

from __future__ import annotations

import csv
import math
import subprocess
import sys

import numpy as np
import pytest
from reference import REPO
from small_detector import CFG

from darknet_py.engine.native.host import host

BENCHMARKS = REPO / "benchmarks"
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory is read from /proc")


@pytest.fixture
def benchmark(monkeypatch):
    """Import a module of benchmarks/ as its programs do."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return __import__


def peers(*words, cwd):
    command = [sys.executable, str(BENCHMARKS / "peers.py"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("peers")
    (folder / "tiny.cfg").write_text(CFG)
    short = ("--seconds", 0, "--rounds", 2, "--threads", 1)
    done = peers("tiny.cfg", "--peers", "opencv,openvino-bf16", *short, "--csv", "f.csv", cwd=folder)
    assert not done.returncode, done.stderr
    lines = (folder / "f.csv").read_text().splitlines()
    return done.stdout, list(csv.DictReader(line for line in lines if not line.startswith("#"))), lines


@linux
def test_table_has_a_line_an_engine(ran):
    text, _, _ = ran
    title, header, *rows, verdict = text.split("\n\n")[1].splitlines()
    assert title == "tiny"
    assert header.split()[:4] == ["engine", "version", "ms", "least_ms"]
    ours = ["darknet_py exact", "darknet_py fast", "darknet_py bf16"]
    assert [row.split("  ")[1] for row in rows] == [*ours, "opencv", "openvino-bf16"]
    assert all(row.endswith("needs --venv") for row in rows[3:])
    assert verdict.startswith("  exact / OpenVINO: -, fast / best float32 peer: -, bf16 / OpenVINO bf16: -")


@linux
def test_csv_has_figures_and_the_machine(ran):
    text, rows, lines = ran
    exact, fast, bf16, missing, other = rows
    assert [row["network"] for row in rows] == ["tiny"] * 5
    assert [row["kind"] for row in rows] == ["float32", "float32", "bf16", "float32", "bf16"]
    assert (exact["peer"], missing["peer"]) == ("False", "True")
    for row in exact, fast:
        assert 0 < float(row["least_ms"]) <= float(row["ms"])
        assert 10 < float(row["rss_mb"]) < 2000
        assert row["ratio"] == row["rss_ratio"] == ""
    assert float(exact["difference"]) == 0
    assert 0 <= float(fast["difference"]) < 1e-4
    assert all((row["ms"], row["remark"]) == ("", "needs --venv") for row in (missing, other))
    assert bool(bf16["ms"]) is host().bf16
    assert host().bf16 or bf16["remark"].startswith('numerics="bf16" needs a processor with AVX512_BF16')
    facts = [line for line in lines if line.startswith("# ")]
    assert facts == [f"# {line}" for line in text.split("\n\n")[0].splitlines()]
    names = ["date", "processor", "instructions", "system", "versions", "threads", "slices"]
    assert [fact[2:].split(":")[0] for fact in facts] == names


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--peers", "caffe"], "known are darknet,opencv"),
        (["--plot", "p.png"], "name one with --csv"),
        (["nothing.cfg"], "peers.py: nothing.cfg: "),
    ],
)
def test_complaints_are_one_line(words, complaint, tmp_path):
    done = peers(*words, cwd=tmp_path)
    assert done.returncode
    assert complaint in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_ratios_are_to_the_best_peer_and_to_openvino(benchmark):
    report = benchmark("report")
    rows = [
        report.Row("net", "ours", peer=False, ms=5.0, rss_mb=50.0), report.Row("net", "ncnn", ms=10.0, rss_mb=80.0),
        report.Row("net", "openvino", ms=20.0, rss_mb=100.0), report.Row("net", "broken", remark="why"),
    ]  # fmt: skip
    told = report.ratios(rows)
    assert [row.ratio for row in told] == [0.5, 1.0, 2.0, None]
    assert [row.rss_ratio for row in told] == [0.5, 0.8, 1.0, None]
    assert "-  why" in report.table(told)


def test_bf16_is_compared_with_bf16(benchmark):
    report = benchmark("report")
    rows = [
        report.Row("net", "darknet_py exact", peer=False, ms=6.0), report.Row("net", "darknet_py fast", peer=False, ms=4.0),
        report.Row("net", "darknet_py bf16", peer=False, kind="bf16", ms=3.0, rss_mb=90.0),
        report.Row("net", "ncnn", ms=5.0), report.Row("net", "openvino", ms=8.0, rss_mb=100.0),
        report.Row("net", "openvino-bf16", kind="bf16", ms=2.0, rss_mb=60.0),
    ]  # fmt: skip
    told = report.ratios(rows)
    assert [row.ratio for row in told] == [1.2, 0.8, 1.5, 1.0, 1.6, 1.0]
    assert [row.rss_ratio for row in told] == [None, None, 1.5, None, 1.0, 1.0]
    assert list(report.quotients(rows).values()) == [0.75, 0.8, 1.5, None, None]
    assert "bf16 / OpenVINO bf16: 1.50" in report.verdict(rows)
    assert "bf16 / OpenVINO bf16: -" in report.verdict(rows[:5])


def test_a_csv_is_read_as_it_was_written(benchmark, tmp_path):
    report = benchmark("report")
    rows = [report.Row("a", "x", "1", ms=1.5, remark='of "two", parts'), report.Row("b", "y", peer=False, kind="bf16")]
    report.write_csv(tmp_path / "f.csv", rows, {"date": "today", "threads": "2"})
    networks, facts = report.read_csv(tmp_path / "f.csv")
    assert [row for told in networks.values() for row in told] == rows
    assert facts == ["date: today", "threads: 2"]


def test_outputs_are_compared_by_their_largest_difference(benchmark):
    compare = benchmark("compare").compare
    reference = {"output0": np.zeros((2, 3)), "output1": np.ones(4), "input0": np.ones(3), "boxes": np.zeros((0, 6))}
    assert compare({"output0": np.full((2, 3), -0.5), "output1": np.ones(4)}, reference) == (0.5, 1.0, "")
    assert compare({"input0": np.full(3, 3.0)}, reference) == (2.0, 1.0, "compared before the heads")
    assert compare({"output0": np.zeros((3, 2))}, reference) == (None, None, "output0 is (3, 2), not (2, 3)")
    both = {"output0": np.zeros((2, 3)), "output1": np.full(4, 1.5), "input0": np.full(3, 9.0)}
    assert compare(both, reference) == (0.5, 1.0, "")  # the first kind only
    assert compare({}, reference) == (None, None, "results not compared")


def test_difference_of_not_a_number_is_not_hidden(benchmark):
    compare = benchmark("compare").compare
    zeros = {"output0": np.zeros(2), "output1": np.zeros(2)}
    difference, _, _ = compare({"output0": np.zeros(2), "output1": np.array([0, np.nan])}, zeros)
    assert math.isnan(difference)


def test_boxes_are_compared_with_the_nearest_of_their_class(benchmark):
    compare = benchmark("compare").compare
    row = [1, 0.9, 0.5, 0.5, 0.1, 0.1]
    other_class, other_place = [2, *row[1:]], [1, 0.9, 0.2, 0.5, 0.1, 0.1]
    moved = np.array([other_place, row])
    moved[:, 1] += 0.01
    reference = {"boxes": np.array([row]), "boxes_avx": np.array([row, other_place])}
    difference, _, remark = compare({"boxes": moved}, reference)
    assert difference == pytest.approx(0.01)
    assert remark == "2 boxes compared"
    assert compare({"boxes": np.array([other_class])}, reference)[0] == math.inf
    assert compare({"boxes": np.array([row] * 3)}, reference) == (None, None, "3 boxes, not 1 or 2")


def test_turns_begin_with_another_engine_each_round(benchmark):
    asked = []

    class Fake:
        def __init__(self, name):
            self.name = name

        def ask(self, *words):
            asked.append(self.name)
            return [0.003, 0.001 * len(asked), 0.004]

    times = benchmark("turns").take_turns({"a": Fake("a"), "b": Fake("b")}, rounds=3, seconds=0)
    assert asked == ["a", "b", "b", "a", "a", "b"]
    assert times["a"].medians == pytest.approx([3, 4, 4])
    assert times["a"].least == pytest.approx(1)


def test_every_network_of_the_cases_is_there_and_no_name_twice(benchmark):
    cases = benchmark("cases")
    assert set(cases.DEFAULT) <= set(cases.NETWORKS)
    assert all(case.cfg.exists() for case in cases.NETWORKS.values())
    assert len({case.name for case in cases.LAYERS}) == len(cases.LAYERS)
