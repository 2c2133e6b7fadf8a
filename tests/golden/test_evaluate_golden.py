"""map, recall, valid and classifier predict against the reference's own words (golden/evaluate/README.md) and the kit's."""

from __future__ import annotations

import io
import re
import shutil

import cv2
import evaluation_set
import pytest
from evaluation_set import ANSWERS, write_data, write_labels
from reference import kit, kit_file

from darknet_py.cli import main

nets, place = evaluation_set.nets, evaluation_set.place
ROUNDING = 2e-4, 3e-5  # of numbers from 1, and below: some units in the last place of pixels of the pictures

CLASSES = {"spp": 4, "csp_mish": 3, "region": 5}


@pytest.mark.parametrize("case", [c for c in ANSWERS if c.split()[0] in CLASSES and not c.endswith("recall")])
def test_map(place, capsys, case):
    """Several classes, duplicates, difficult objects, a label file that is not there; with and without letterbox."""
    name, *flags = case.split()
    difficult = "difficult" in flags
    flags = flags[difficult:]
    write_data(place, CLASSES[name], more="difficult=difficult.txt\n" * difficult)
    write_labels(place, name)
    assert main(["detector", "map", "my.data", f"{name}.cfg", f"{name}.weights", *flags]) == 0
    assert capsys.readouterr().out == ANSWERS[case]


@pytest.mark.parametrize("name", ["spp", "region"])
def test_recall(place, capsys, name):
    write_data(place, CLASSES[name])
    write_labels(place, name)
    assert main(["detector", "recall", "my.data", f"{name}.cfg", f"{name}.weights"]) == 0
    assert capsys.readouterr().err == ANSWERS[f"{name} recall"]


def assert_equal_but_for_rounding(text, golden):
    """The same text, its numbers with a decimal point within ``ROUNDING``."""
    number = re.compile(r"\d+\.\d+")
    assert number.sub("N", text) == number.sub("N", golden)
    for ours, theirs in zip(map(float, number.findall(text)), map(float, number.findall(golden))):
        assert abs(ours - theirs) <= ROUNDING[theirs < 1], (ours, theirs)


@pytest.mark.parametrize("kind", ["coco", "voc", "imagenet", "bdd", "kitti"])
def test_valid(place, kind):
    write_data(place, 3, "two.txt", f"eval={kind}\n" * (kind != "voc"))
    assert main(["detector", "valid", "my.data", "gaussian.cfg", "gaussian.weights"]) == 0
    written = {str(p.relative_to(place / "results")): p.read_text() for p in (place / "results").rglob("*.*")}
    assert written.keys() == ANSWERS[f"valid {kind}"].keys()
    for file, golden in ANSWERS[f"valid {kind}"].items():
        assert_equal_but_for_rounding(written[file], golden)


@pytest.mark.parametrize(("name", "classes"), [("classifier", 10), ("average_classifier", 7)])
def test_classifier(place, capsys, monkeypatch, name, classes):
    write_data(place, classes, more="top=3\n")
    monkeypatch.setattr("sys.stdin", io.StringIO((place / "list.txt").read_text()))
    assert main(["classifier", "predict", "my.data", f"{name}.cfg", f"{name}.weights"]) == 0
    untimed, time = re.compile(r"Predicted in [0-9.]+ milli"), "Predicted in T milli"
    out, golden = untimed.sub(time, capsys.readouterr().out), untimed.sub(time, ANSWERS[f"{name} predict"])
    assert_equal_but_for_rounding(out, golden)


@pytest.fixture(scope="module")
def kit_set(tmp_path_factory):
    """The kit's six pictures with their labels and lists, and yolo-fastest-1.1."""
    folder, golden = tmp_path_factory.mktemp("kit"), kit() / "golden" / "cli"
    (folder / "images").mkdir()
    for i, path in enumerate(sorted((kit() / "images").glob("*.png")), 1):
        shutil.copy(path, folder / "images")
        shutil.copy(path, folder / f"{i:012d}.png")
    for path in (*(golden / "labels").iterdir(), kit() / "names" / "coco.names"):
        shutil.copy(path, folder / ("images" if path.suffix == ".txt" else ""))
    for name in ("set.data", "list.txt", "vset.data", "vlist.txt"):
        shutil.copy(golden / name, folder)
    return folder


NETWORK = "yolo-fastest-1.1"


def golden(name):
    return (kit() / "golden" / "cli" / name).read_bytes().decode()  # it holds \r


def run(folder, command, *flags):
    """A detector command on the kit's set, run from another folder than the .data file's."""
    network = kit_file(f"cfg/{NETWORK}.cfg"), kit_file(f"weights/{NETWORK}.weights")
    data = "vset.data" if command == "valid" else "set.data"
    return main(["detector", command, str(folder / data), *map(str, network), *flags])


@pytest.mark.parametrize("flags", ["", "-iou_thresh 0.75", "-points 101", "-points 11"])
def test_map_of_the_kit(kit_set, capsys, monkeypatch, tmp_path, flags):
    monkeypatch.chdir(tmp_path)
    assert run(kit_set, "map", *flags.split()) == 0
    text = golden(f"detector_map{flags.replace(' ', '_')}_{NETWORK}.txt")
    assert capsys.readouterr().out == text.partition(" Used FMA & AVX2 \n")[2]


def test_recall_of_the_kit(kit_set, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert run(kit_set, "recall") == 0
    text = golden(f"detector_recall_{NETWORK}.txt")
    assert capsys.readouterr().err == text.partition("from weights-file \n")[2]


def test_valid_of_the_kit(kit_set, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert run(kit_set, "valid") == 0
    written = (tmp_path / "coco_results.json").read_text()
    assert_equal_but_for_rounding(written, golden(f"detector_valid_coco_{NETWORK}.json"))


def test_anchors_of_the_kit(kit_set, capsys, monkeypatch, tmp_path):
    """The reference's lines; its start is random, so its anchors fit the boxes as well as ours at most."""
    monkeypatch.chdir(tmp_path)
    words = [str(kit_set / "set.data"), "-num_of_clusters", "6", "-width", "320", "-height", "320", "-show"]
    assert main(["detector", "calc_anchors", *words]) == 0
    text = "\n" + golden("detector_calc_anchors_6_320x320.txt").partition("\n")[2]
    shown = re.compile(r"\r[^\r\n]*(?=\r)")  # lines that the next one overwrites
    varies = re.compile(r"(?<=iterations = )\d+|(?<=IoU = )[0-9.]+|(?<=anchors = )[0-9, ]+")
    out = capsys.readouterr().out
    assert varies.sub("N", out) == varies.sub("N", shown.sub("", text))
    ours, theirs = (float(re.search("IoU = ([0-9.]+)", t)[1]) for t in (out, text))
    assert theirs <= ours < theirs + 5
    assert (tmp_path / "anchors.txt").read_text() in out
    assert (tmp_path / "counters_per_class.txt").read_text() in text
    assert cv2.imread("cloud.png") is not None
