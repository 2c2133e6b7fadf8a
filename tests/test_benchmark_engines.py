"""benchmarks/matrix.py, gpu.py and peers.py --engines: what they print and write of a small detector, never how fast."""

from __future__ import annotations

import csv
import json
import sys

import processes
import pytest
from reference import REPO
from small_detector import files, write

BENCHMARKS = REPO / "benchmarks"
REASON = "needs onnx and onnxruntime: pip install darknet-runtime[test]"
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peers.py reads peak memory from /proc")

__all__ = ["files"]


@pytest.fixture
def place(tmp_path):
    """A folder with the detector, its weights in a folder, and two pictures."""
    import cv2
    from small_detector import picture

    write(tmp_path)
    for name in ("weights", "images"):
        (tmp_path / name).mkdir()
    (tmp_path / "small.weights").rename(tmp_path / "weights" / "small.weights")
    for seed in (1, 2):
        cv2.imwrite(str(tmp_path / "images" / f"{seed}.png"), picture(seed))
    return tmp_path


def benchmark(folder, program, *words, fails=False):
    """What a program of benchmarks/ prints, or says when it fails."""
    done = processes.run([sys.executable, str(BENCHMARKS / program), *map(str, words)], folder)
    assert bool(done.returncode) == fails, done.stderr
    return done.stderr if fails else done.stdout


def cells(file):
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]
    return {row["engine"]: row for row in csv.DictReader(lines)}


def test_matrix_has_boxes_and_times(place):
    short = ("small.cfg", "--weights", "weights", "--images", "images", "--rounds", 1, "--seconds", 0, "--threads", 1)
    benchmark(place, "matrix.py", "m.csv", *short, "--engines", "exact,fast")
    found = cells(place / "m.csv")
    assert list(found) == ["exact", "fast"]
    assert found["exact"]["difference"] == "0"
    assert int(found["fast"]["boxes"]) > 0
    assert 0 < float(found["fast"]["difference"]) < 1e-5
    assert all(float(row["ms"]) > 0 and row["lone"] == "0" for row in found.values())


def test_matrix_has_the_web_page(place):
    import web_browser

    web_browser.archive()
    words = ("small.cfg", "--weights", "weights", "--images", "images", "--only", "boxes", "--threads", 1)
    benchmark(place, "matrix.py", "m.csv", *words, "--engines", "web")
    (found,) = cells(place / "m.csv").values()
    if "needs" in found["remark"]:
        pytest.skip(found["remark"])
    assert float(found["difference"]) < 1e-5
    assert int(found["boxes"]) > 0
    assert found["lone"] == "0"


def test_matrix_keeps_what_is_not_measured_again_and_says_why_an_engine_has_no_figures(place):
    said = "network,engine,version,ms,boxes,difference,lone,over,remark\nother,exact,1,2.5,3,0,0,0,as it was\n"
    (place / "m.csv").write_text(said)
    words = ("small.cfg", "--weights", "weights", "--images", "images", "--only", "boxes")
    benchmark(place, "matrix.py", "m.csv", *words, "--engines", "onnxruntime,no.onnx")
    lines = (place / "m.csv").read_text().splitlines()
    assert lines[1] == "other,exact,1,2.5,3,0,0,0,as it was"
    assert lines[2].startswith('small,"onnxruntime,no.onnx",,,,,,,')
    assert len(lines[2]) > 40, "a reason"


def test_engines_have_commas_between_them_and_within(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    specs = __import__("peers").specs
    assert specs("onnxruntime,native,fp16") == ["onnxruntime", "native,fp16"]
    assert specs("onnxruntime:cuda,fp16,a b.onnx,onnxruntime") == ["onnxruntime:cuda,fp16,a b.onnx", "onnxruntime"]
    assert specs("exact,onnxruntime", known=("exact",)) == ["exact", "onnxruntime"]
    with pytest.raises(Exception, match="is not known"):
        specs("onnxrutime")


@linux
def test_peers_have_engines_behind_network(place):
    pytest.importorskip("onnxruntime", reason=REASON)
    words = ("small.cfg", "--weights", "weights", "--peers", "ncnn", "--seconds", 0, "--rounds", 1, "--threads", 1)
    benchmark(place, "peers.py", *words, "--engines", "onnxruntime,onnxruntime,no.onnx", "--csv", "p.csv")
    found = cells(place / "p.csv")
    assert list(found)[3:] == ["darknet_py onnxruntime", "darknet_py onnxruntime,no.onnx", "ncnn"]
    assert float(found["darknet_py onnxruntime"]["difference"]) < 1e-4
    assert found["darknet_py onnxruntime"]["peer"] == "False"
    assert found["darknet_py onnxruntime,no.onnx"]["remark"]


def test_a_card_without_a_card(place):
    """The processor's provider in its place."""
    pytest.importorskip("onnx", reason=REASON)
    pytest.importorskip("onnxruntime", reason=REASON)
    words = ("small.cfg", "--weights", "weights", "--images", "images", "--batches", "1,2", "--seconds", 0)
    out = benchmark(place, "gpu.py", *words, "--provider", "cpu", "--precisions", "fp32,tf32", "--json", "g.json")
    told = json.loads((place / "g.json").read_text())
    assert [(row["precision"], row["batch"], row["what"]) for row in told["rows"]] == [
        ("fp32", 1, "alone"), ("fp32", 1, "predict"), ("fp32", 2, "alone"), ("fp32", 2, "predict"), ("fp32", 1, "detect"),
        ("fp32", 64, "detect"), ("tf32", 1, "alone"), ("tf32", 2, "alone"),
    ]  # fmt: skip
    assert all(row["fps"] == pytest.approx(1e3 * row["batch"] / row["time"]["ms"]) for row in told["rows"])
    assert told["boxes"][0]["pictures"] == 2
    assert told["boxes"][0]["lone"] == 0
    assert out.splitlines()[-6].split() == ["pictures", "a", "second", "batch", "alone", "predict", "detect"]
    error = benchmark(place, "gpu.py", *words, "--provider", "abacus", fails=True)
    assert error.startswith("gpu.py: engine='onnxruntime:abacus'")
