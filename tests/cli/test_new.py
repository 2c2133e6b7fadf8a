"""``darknet_py new``: what it writes is a network that runs, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from networks import random_weights

from darknet_py import Network, cfg, graph, weights
from darknet_py.cli import main


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with the names of three classes."""
    monkeypatch.chdir(tmp_path)
    Path("my.names").write_text("cat\ndog\nbird\n")
    return tmp_path


def test_cfg_and_data_fit_the_names(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = "new yolov4-tiny --classes 3 --names my.names --size 96x64 --width-multiple .25 -o my.cfg"
    assert main(words.split()) == 0
    network = graph.build(cfg.read("my.cfg"))
    bytes_ = weights.expected_size(network)
    out, err = capsys.readouterr()
    assert out.startswith("my.cfg: 96x64, 2 heads, 0.0")
    assert f"its weights have {bytes_} bytes\nmy.data: names=my.names" in out
    assert err == ""
    weights.save(network, random_weights(network), "my.weights")
    net = Network.load("my.cfg", "my.weights", names="my.data")
    assert (net.width, net.height, net.classes, net.names) == (96, 64, 3, ["cat", "dog", "bird"])
    heads = net.predict(np.zeros((3, 64, 96), np.float32))
    assert [head.shape for head in heads] == [(24, 2, 3), (24, 4, 6)]


def test_without_a_file_the_cfg_goes_to_stdout(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "yolov3-tiny", "-classes", "7"]) == 0
    assert graph.build(cfg.parse(capsys.readouterr().out)).nodes[-1].layer.classes == 7
    assert [p.name for p in place.iterdir()] == ["my.names"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_anchors_from_a_file_in_any_encoding(place: Path, capsys: pytest.CaptureFixture[str], encoding: str) -> None:
    (place / "anchors.txt").write_text("10,14, 23,27, 37,58, 81,82, 135,169, 344,319\r", encoding=encoding)
    assert main(["new", "yolov3-tiny", "-classes", "1", "-anchors", "anchors.txt"]) == 0
    assert "anchors=10,14,23,27," in capsys.readouterr().out


@pytest.mark.parametrize("given", ["10,14, 23,27, 37,58, 81,82, 135,169, 344,319", "anchors.txt"])
def test_anchors_from_a_list_or_a_file(place: Path, capsys: pytest.CaptureFixture[str], given: str) -> None:
    (place / "anchors.txt").write_text("10.2,14, 23,27, 37,58, 81,82, 135,169, 344,319\n")
    assert main(["new", "yolov3-tiny", "-classes", "1", "-anchors", given]) == 0
    anchors = graph.build(cfg.parse(capsys.readouterr().out)).nodes[-1].layer.anchors
    assert anchors == ((10, 14), (23, 27), (37, 58), (81, 82), (135, 169), (344, 319))


def test_files_that_are_there_stay(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "my.cfg").write_text("mine")
    assert main(["new", "yolov3-tiny", "-classes", "7", "-o", "my.cfg"]) == 1
    assert "my.cfg: is there already" in capsys.readouterr().err
    assert (place / "my.cfg").read_text() == "mine"
    assert main(["new", "yolov3-tiny", "-classes", "7", "-o", "my.cfg", "-force"]) == 0
    assert (place / "my.cfg").read_text().startswith("# yolov3-tiny, 416x416, 7 classes")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("", 2, "usage: darknet_py new NETWORK"),
        ("yolov4-p9 -classes 3", 2, "no network yolov4-p9; there are yolov4-p7, yolov4-p6, yolov4-p5"),
        ("yolov4-p5 more -classes 3", 2, "more: new takes one NETWORK"),
        ("yolov4-p5", 2, "needs -classes N, or -names FILE"),
        ("yolov4-p5 -classes 2 -names my.names", 1, "my.names: 3 names for -classes 2"),
        ("yolov4-p5 -names twice.names", 1, "twice.names:2: cat is there twice"),
        ("yolov4-p5 -names gap.names", 1, "gap.names:2: an empty line"),
        ("yolov4-p5 -names no.names", 1, "no.names: cannot be read"),
        ("yolov4-p6 -classes 1 -size 1248x1280", 1, "size 1248x1280 does not fit yolov4-p6; both must be multiples of 64"),
        ("yolov4-tiny -classes 1 -anchors 1,2,3", 2, "-anchors 1,2,3: neither a file nor a list"),
        ("yolov4-tiny -classes 1 -anchors 1,2,3,4", 1, "2 anchors are given, but this network has 6"),
        ("yolov4-tiny -classes 1 -width-multiple 0", 1, "a width multiple of 0 is not possible"),
        ("yolov4-tiny -classes 99999999999 -o my.cfg", 1, "numbers"),
        ("yolov4-tiny -classes 99999999999", 1, "at most 2147483647 are possible"),
        ("yolov4-tiny -classes 1 -o no/my.cfg", 1, "no/my.cfg: cannot be written"),
    ],
)  # fmt: skip
def test_complaints(place: Path, capsys: pytest.CaptureFixture[str], words: str, code: int, says: str) -> None:
    (place / "twice.names").write_text("cat\ncat\n")
    (place / "gap.names").write_text("cat\n\ndog\n")
    assert main(["new", *words.split()]) == code
    err = capsys.readouterr().err
    assert says in err
    assert err.count("\n") == 1
    assert not list(place.glob("*.cfg"))
