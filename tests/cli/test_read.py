"""``darknet_py read``, with a stand-in for the network; and which network is meant where none is named."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

import darknet_py
from darknet_py import zoo
from darknet_py.cli import main
from darknet_py.cli.detect import Options
from darknet_py.cli.options import NetworkOptions
from darknet_py.cli.roles import network_and_pictures
from darknet_py.errors import CfgError
from darknet_py.image import Fit
from darknet_py.store import model, places

TEXT = ("A", "B", "1", "2")


class StandIn:
    """A network that sees ``AB 12`` in every picture."""

    batch, names, classes = 1, TEXT, 4
    heads = ((1, SimpleNamespace(classes=4)),)
    graph = SimpleNamespace(net=SimpleNamespace(channels=3, where=""), nodes={1: SimpleNamespace(where="")})

    @classmethod
    def load(cls, cfg, weights, **options):
        cls.loaded = {"cfg": cfg, "weights": weights, **options}
        return cls()

    def fit(self, size):
        return Fit(size, size)

    def predict(self, x):
        return []

    outputs = predict
    probs = 0.8, 0.8, 0.8, 0.8

    def rows(self, outputs, fit, thresh, nms, nms_kind=None, selection=None):
        xywh = [[x, 0.5, 0.08, 0.2] for x in (0.2, 0.3, 0.5, 0.6)]
        return SimpleNamespace(xywh=np.array(xywh, np.float32), probs=np.diag(np.array(self.probs, np.float32)),
                               objectness=np.full(4, 0.9, np.float32), embeddings=None)  # fmt: skip


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with two pictures, a package that has its weights, and the stand-in."""
    monkeypatch.setattr("darknet_py.cli.loading.Network", StandIn)
    monkeypatch.setattr(places, "PACKAGE", tmp_path / "package")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "package" / "data").mkdir(parents=True)
    (tmp_path / "package" / "data" / f"{zoo.DEFAULT}.weights").write_bytes(b"")
    for name in ("a.png", "b.png"):
        cv2.imwrite(name, np.full((100, 200, 3), 90, np.uint8))
    return tmp_path


def test_one_picture_is_its_lines(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "a.png"]) == 0
    assert capsys.readouterr() == ("AB·12\n", "")
    assert StandIn.loaded["weights"] == str(place / "package" / "data" / f"{zoo.DEFAULT}.weights")
    assert tuple(StandIn.loaded["names"]) == zoo.NAMES[zoo.DEFAULT]
    assert not list(place.glob("*.jpg"))


def test_of_several_pictures_each_line_says_whose_it_is(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "a.png", "no.png", "b.png", "-save-dir", "drawn"]) == 1
    out, err = capsys.readouterr()
    assert out == "a.png: AB·12\nb.png: AB·12\n"
    assert err.startswith("darknet_py: error: no.png: cannot be read")
    assert sorted(p.name for p in (place / "drawn").iterdir()) == ["predictions_a.jpg", "predictions_b.jpg"]
    edge = cv2.imread("drawn/predictions_a.jpg")[40:60, 31:33].astype(int)
    assert (np.abs(edge - 90).max(2) > 40).any()


def test_json(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "a.png", "b.png", "-json"]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["filename"], second["filename"]) == ("a.png", "b.png")
    (line,) = first["lines"]
    assert line["text"] == "AB·12"
    assert line["confidence"] == pytest.approx(0.8)
    assert line["box"] == pytest.approx([0.4, 0.5, 0.48, 0.2], abs=1e-6)
    assert [c["name"] for c in line["characters"]] == ["A", "B", "1", "2"]


@pytest.mark.parametrize(
    ("probs", "asked", "printed"),
    [((0.3, 0.7, 0.25, 0.8), "", "AB·12\n"), ((0.15, 0.7, 0.25, 0.8), "", "B·12\n"), ((0.5, 0.55, 0.58, 0.59), "", ""),
     ((0.5, 0.55, 0.58, 0.59), "-thresh .5", "AB·12\n"), ((0.2, 0.7, 0.35, 0.95), "-thresh .9", "B·12\n"),
     ((0.02, 0.04, 0.05, 0.11), "-thresh .1", "B·12\n")],
)  # fmt: skip
def test_weak_characters_count_beside_sure_ones(place: Path, monkeypatch, capsys, probs, asked: str, printed: str) -> None:
    monkeypatch.setattr(StandIn, "probs", probs)
    assert main(["read", "a.png", *asked.split()]) == 0
    assert capsys.readouterr() == (printed, "")


def test_another_network_reads_too(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "my.cfg", "my.weights", "a.png", "-names", "my.names"]) == 0
    assert (StandIn.loaded["cfg"], StandIn.loaded["weights"]) == ("my.cfg", "my.weights")
    assert StandIn.loaded["names"] == "my.names"
    assert capsys.readouterr().out == "AB·12\n"


@pytest.mark.parametrize("words", ["a.png", "no.jpg b.png", "package", "list.txt"])
def test_pictures_alone_mean_the_network_that_comes_along(place: Path, words: str) -> None:
    found, pictures = network_and_pictures(words.split(), Options(), NetworkOptions())
    assert found.label == zoo.DEFAULT
    assert pictures == words.split()


@pytest.mark.parametrize("words", ["my.cfg my.weights a.png", "odd.txt my.weights a.png", "yolov4-tiny my.weights a.png"])
def test_a_network_that_is_named_is_meant(place: Path, words: str) -> None:
    (place / "my.cfg").write_text("[net]\n")
    (place / "odd.txt").write_text("[net]\n")
    found, pictures = network_and_pictures(words.split(), Options(), NetworkOptions())
    assert (found.weights, pictures) == ("my.weights", ["a.png"])


def test_what_a_caller_names_wins(place: Path) -> None:
    (place / "weights").mkdir()
    (place / "weights" / f"{zoo.DEFAULT}.weights").write_bytes(b"")
    assert Path(model(zoo.DEFAULT).weights) == Path("weights", f"{zoo.DEFAULT}.weights")


def test_the_remedy_for_a_picture_in_the_way_is_a_flag_of_read(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "predictions_a.jpg").write_bytes((place / "a.png").read_bytes())
    assert main(["read", ".", "-save_dir", "."]) == 1
    err = capsys.readouterr().err
    assert "predictions_a.jpg, which may be one of the pictures; choose another folder with -save_dir\n" in err


def test_complaints(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, code, says in (
        ("read", 2, "usage: darknet_py read [CFG WEIGHTS|NAME] PICTURE ..."),
        ("read yolov4-chars", 2, "usage: darknet_py read"),
        ("detect", 2, "usage: darknet_py detect [CFG WEIGHTS|NAME] [PICTURE ...]"),
        ("read my.cfg", 1, "my.cfg: cannot be read"),
        ("read package", 1, "no pictures in this folder"),
    ):
        assert main(words.split()) == code, words
        err = capsys.readouterr().err
        assert says in err
        assert err.count("\n") == 1


def test_the_doctor_finds_the_weights_that_come_along(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", zoo.DEFAULT]) == 1
    assert f"{zoo.DEFAULT}.weights" in capsys.readouterr().out  # an empty file here, and it says so


def test_the_default_loads_by_name() -> None:
    if not places.built_in(f"{zoo.DEFAULT}.weights"):
        pytest.skip("needs the package's own weights")
    net = darknet_py.load(zoo.DEFAULT)
    assert (net.classes, net.names[:3], net.letter_box) == (36, ["0", "1", "2"], True)
    with pytest.raises(CfgError):
        network_and_pictures(["a.cfg"], Options(), NetworkOptions())
