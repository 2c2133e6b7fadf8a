"""``yolo test`` and ``yolo valid``: the lines and files of the reference (golden/yolov1/README.md)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import reference
import small_detector
from seeded import picture, seeded_weights

from darknet_py import cfg, graph, weights
from darknet_py.cli import main

FOLDER = reference.GOLDEN / "yolov1"
CASES: dict[str, Any] = json.loads((FOLDER / "figures.json").read_text())
CLOSE = 1e-4  # of the files' six digits: the reference's command leaves batch norm as it is


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(name: str) -> list[str]:
    """The cfg of a case, its weights and its picture, which are written here."""
    cfg_path = FOLDER / f"{name}.cfg"
    network = graph.build(cfg.read(cfg_path))
    weights.save(network, seeded_weights(network), f"{name}.weights")
    cv2.imwrite(f"{name}.png", picture(name))
    return [str(cfg_path), f"{name}.weights", f"{name}.png"]


@pytest.mark.parametrize("name", [name for name in CASES if "lines" in CASES[name]])
def test_lines_are_the_references(name: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["yolo", "test", *files(name), "-thresh", str(CASES[name]["thresh"])]) == 0
    head, lines = re.split(rf"{name}.png: Predicted in \d+\.\d{{6}} seconds\.\n", capsys.readouterr().out)
    assert lines.splitlines() == CASES[name]["lines"]
    assert head.startswith("mini_batch = 1, batch = 1, time_steps = 1, train = 1 \n")
    assert head.endswith("\n seen 64, trained: 32013 K-images (500 Kilo-batches_64) \n")
    assert (place / "predictions.jpg").is_file()


def test_a_batch_of_training_is_told_as_darknet_does(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, *rest = files("local")
    text = Path(path).read_text().replace("batch=1\nsubdivisions=1", "batch=64\nsubdivisions=2\nletter_box=1")
    Path("x.cfg").write_text(text)
    assert main(["yolo", "test", "x.cfg", *rest, "-thresh", str(CASES["local"]["thresh"]), "-dont_draw"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "mini_batch = 32, batch = 64, time_steps = 1, train = 1 "
    assert lines[-len(CASES["local"]["lines"]) :] == CASES["local"]["lines"], "letter_box= counts"


def test_thresholds_of_its_own(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def count(*flags: str) -> int:
        assert main(["yolo", "test", *words, "-quiet", "-dont_draw", *flags]) == 0
        return len(capsys.readouterr().out.splitlines())

    words = files("local")
    assert count() == count("-thresh", ".2") == count("-nms", ".4") > count("-thresh", ".3")
    assert count("-nms", "0", "-thresh", ".3") > count("-thresh", ".3") > count("-nms", ".1", "-thresh", ".3")


def test_boxes_in_pixels(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    thresh = CASES["local"]["thresh"]
    assert main(["yolo", "test", *files("local"), "-ext_output", "-quiet", "-dont_draw", "-thresh", str(thresh)]) == 0
    line = capsys.readouterr().out.splitlines()[1]
    height, width = picture("local").shape[:2]
    sizes = [(x - w / 2, y - h / 2, w, h) for _, _, x, y, w, h in CASES["local"]["yolo_test"]]
    found = [int(n) for n in re.findall(r"-?\d+(?=\s|\))", line.split("(", 1)[1])]
    want = [tuple(round(v * side) for v, side in zip(box, (width, height) * 2, strict=True)) for box in sizes]
    assert any(max(abs(a - b) for a, b in zip(found, box, strict=True)) <= 1 for box in want)


def test_names_for_other_numbers_of_classes(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["yolo", "test", *files("connected"), "-dont_draw", "-quiet"]) == 0
    out, err = capsys.readouterr()
    assert "aeroplane: " in out
    assert "20 class names for classes=1" in err


@pytest.mark.parametrize("name", CASES)
def test_files_of_valid_are_the_references(name: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    *network, shown = files(name)
    (place / "data" / "voc").mkdir(parents=True)
    (place / "data" / "voc" / "2007_test.txt").write_text(f"{shown}\n")
    assert main(["yolo", "valid", *network]) == 0
    for class_name, lines in CASES[name]["valid"].items():
        ours = (place / "results" / f"comp4_det_test_{class_name}.txt").read_text().splitlines()
        assert [line.split()[0] for line in ours] == [line.split()[0] for line in lines]
        got, want = (np.array([line.split()[1:] for line in some], float) for some in (ours, lines))
        np.testing.assert_allclose(got, want, rtol=CLOSE, atol=CLOSE)


def test_valid_takes_another_list_and_name(place: Path) -> None:
    *network, shown = files("local")
    (place / "l.txt").write_text(f"{shown}\n")
    assert main(["yolo", "valid", *network, "l.txt", "-out", "mine_"]) == 0
    assert (place / "results" / "mine_dog.txt").is_file()


def test_what_cannot_be(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = map(str, small_detector.write(place))
    local = files("local")
    for words, message in {
        ("yolo",): "yolo needs a command: test, valid",
        ("yolo", "test"): "usage: darknet_py yolo test CFG WEIGHTS",
        ("yolo", "tst"): "did you mean test",
        ("yolo", "train", "x.cfg"): "training is not done here",
        ("yolo", "demo", "x.cfg"): "darknet_py detector demo takes these networks too",
        ("yolo", "recall", "x.cfg"): "darknet_py detector recall takes these networks too",
        ("yolo", "test", *small, "a.png"): r"small.cfg: has no .detection. layer.*for darknet_py detect",
        ("yolo", "valid", *local[:2]): "data/voc/2007_test.txt: cannot be read",
        ("yolo", "valid", *local, "b.txt"): "takes CFG WEIGHTS.NAME .LIST. and no more",
        ("yolo", "test", *local[:2], "a.mp4"): "a.mp4 is a video",
    }.items():
        assert main(list(words)) != 0
        assert re.search(message, capsys.readouterr().err), words


def test_detect_finds_the_same_objects(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From left to right, all classes of a box, where the reference's detect prints nothing."""
    thresh = CASES["local"]["thresh"]
    assert main(["detect", *files("local"), "-thresh", str(thresh), "-nms", ".45", "-quiet", "-dont_draw"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(CASES["local"]["detector_test"])
