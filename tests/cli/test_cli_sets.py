"""``detector map``, ``valid``, ``recall``, ``calc_anchors`` and ``classifier predict`` in corners and with wrong input."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import cv2
import evaluation_set as golden
import numpy as np
import picture_files
import pytest

from darknet_py._support.optional import pip_install
from darknet_py.cli import main, validating
from darknet_py.network import Network
from darknet_py.output import DetectedPicture

nets, place = golden.nets, golden.place
SPP = "my.data", "spp.cfg", "spp.weights"


@pytest.fixture
def spp(place):
    """The four pictures with labels for the network spp, and its .data file."""
    golden.write_data(place, 4)
    golden.write_labels(place, "spp")
    return place


def figures(out):
    """The lines of ``detector map`` from those about probabilities on."""
    return out[out.index("\n for conf_thresh") :]


def test_map_beside_coco(spp, capsys):
    pytest.importorskip("pycocotools")
    assert main(["detector", "map", *SPP, "-coco"]) == 0
    plain, table = capsys.readouterr().out.split("AP of the same boxes")
    assert plain.startswith(golden.ANSWERS["spp"].rstrip("\n"))
    mean_ap = float(plain.split("(mAP@0.50) = ")[1].split(",")[0])
    assert f" 0.50      {mean_ap * 100:8.2f} %" in table
    assert "4 of 4 classes" in table
    assert "They differ: Darknet's mean" in table


def test_figures_of_each_class_beside_darknet_s_text(spp, capsys):
    """The text stays what it is, to the byte; the table says the same of each class."""
    assert main(["detector", "map", *SPP, "-per_class", "-csv", "o.csv", "-json", "o.json"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(golden.ANSWERS["spp"])
    rows = [line.split() for line in out.removeprefix(golden.ANSWERS["spp"]).splitlines()[4:-1]]
    counts = re.findall(r"ap = (\S+)%.*\(TP = (\d+), FP = (\d+)\)", golden.ANSWERS["spp"])
    assert [(row[2], row[3], row[4]) for row in rows] == counts
    facts = json.loads((spp / "o.json").read_text())
    assert [(f"{c['ap'] * 100:.2f}", str(c["tp"]), str(c["fp"])) for c in facts["classes"]] == counts
    assert (facts["network"], facts["data"], facts["pictures"]) == ("spp.cfg", "my.data", 4)
    assert (spp / "o.csv").read_text().count("\n") == 6
    assert "darknet_py: written: o.csv\ndarknet_py: written: o.json\n" in err


@pytest.mark.parametrize(("flag", "starts"), [("-csv", "class_id,name,"), ("-json", "{\n")])
def test_figures_in_place_of_the_text(spp, capsys, flag, starts):
    assert main(["detector", "map", *SPP, flag, "-"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(starts)
    assert "mAP" not in out


@pytest.mark.parametrize(
    "path", ["my.data", "spp.weights", "my.names", "list.txt", "pictures/1.png", "pictures/2.txt", "nowhere/a", "pictures"]
)
def test_figures_go_over_nothing_that_is_read(spp, capsys, path):
    before = {p: p.read_bytes() for p in spp.rglob("*") if p.is_file()}
    for flag in ("-csv", "-json"):
        assert main(["detector", "map", *SPP, flag, path]) == 1
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert f"{path} would overwrite" in err or f"{path}: cannot be written" in err
    assert {p: p.read_bytes() for p in spp.rglob("*") if p.is_file()} == before


def test_plots_and_a_report_beside_darknet_s_text(spp, capsys):
    pytest.importorskip("matplotlib")
    plots = "-pr_curve", "pr.svg", "-f1_curve", "f1.png", "-confusion", "c.svg"
    assert main(["detector", "map", *SPP, *plots, "-report", "seen"]) == 0
    out, err = capsys.readouterr()
    assert out == golden.ANSWERS["spp"]
    assert re.findall(r"written: (.*)", err) == ["pr.svg", "f1.png", "c.svg", str(Path("seen") / "index.html")]
    page = (spp / "seen" / "index.html").read_text("utf-8")
    assert page.count("data:image/jpeg") == 4
    assert "spp.cfg on my.data" in page


def test_a_report_over_another_page_is_said_before_the_work(spp, capsys):
    pytest.importorskip("matplotlib")
    (spp / "index.html").write_text("mine")
    assert main(["detector", "map", *SPP, "-report", "."]) == 1
    assert "index.html: is there already and is no report; choose another folder" in capsys.readouterr().err
    assert (spp / "index.html").read_text() == "mine"


def test_plots_without_their_program_are_said_before_the_work(spp, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    for flags in (["-pr_curve", "a.png"], ["-report", "seen"]):
        assert main(["detector", "map", *SPP, *flags]) == 1
        assert capsys.readouterr() == ("", f"darknet_py: error: plots need matplotlib: {pip_install('plots')}\n")
    assert not (spp / "seen").exists()


def test_map_without_coco_s_program(spp, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "pycocotools.coco", None)
    assert main(["detector", "map", *SPP, "-coco", "--quiet"]) == 1
    out, err = capsys.readouterr()
    assert "mAP@0.50" in out
    assert f"error: COCO's evaluation needs pycocotools: {pip_install('coco')}" in err


def test_a_picture_that_cannot_be_read_has_its_labels_missed(spp, capsys):
    (spp / "pictures" / "2.png").write_bytes(b"no picture")
    labels = len((spp / "pictures" / "2.txt").read_text().splitlines())
    assert main(["detector", "map", *SPP, "-thresh", "0"]) == 1
    out, err = capsys.readouterr()
    assert "error: pictures/2.png: not a picture" in err
    assert "unique_truth_count = 32 " in out
    missed = int(out.split("FN = ")[1].split(",")[0])
    assert missed >= labels


def test_pictures_that_claim_too_much_stop_no_set(spp, capsys):
    (spp / "pictures" / "2.png").write_bytes(picture_files.HEADERS["png"])
    for command in ("map", "recall", "valid"):
        assert main(["detector", command, *SPP]) == 1
        assert "error: pictures/2.png: a picture of 30000 x 30000 pixels" in capsys.readouterr().err
    assert main(["detector", "map", *SPP, "-max_pixels", "9"]) == 1
    assert capsys.readouterr().err.count("more than the limit of 9; -max_pixels") == 4


def test_map_without_any_label(place, capsys):
    golden.write_data(place, 4)
    assert main(["detector", "map", *SPP, "-thresh", "0.9999"]) == 0
    out = capsys.readouterr().out
    assert out.count("Can't open label file.") == 4
    assert figures(out).startswith(
        "\n for conf_thresh = 1.00, precision = -nan, recall = -nan, F1-score = -nan \n"
        " for conf_thresh = 1.00, TP = 0, FP = 0, FN = 0, average IoU = 0.00 % \n"
    )


def test_labels_in_a_folder_of_their_own(spp, capsys):
    (spp / "pictures").rename(spp / "images")
    (spp / "labels").mkdir()
    for path in (spp / "images").glob("*.txt"):
        path.rename(spp / "labels" / path.name)
    (spp / "list.txt").write_text("".join(f"images/{i}.png\n" for i in range(1, 5)))
    assert main(["detector", "map", *SPP]) == 0
    assert figures(capsys.readouterr().out) == figures(golden.ANSWERS["spp"])


def test_from_another_folder(spp, capsys, monkeypatch):
    """What lies beside the .data file is found there; results are written where the command runs."""
    (spp / "elsewhere").mkdir()
    monkeypatch.chdir(spp / "elsewhere")
    files = [f"../{name}" for name in SPP]
    assert main(["detector", "map", *files]) == 0
    assert figures(capsys.readouterr().out) == figures(golden.ANSWERS["spp"])
    assert main(["detector", "valid", *files]) == 0
    assert len(list((spp / "elsewhere" / "results").iterdir())) == 4


def test_letter_box_is_what_the_cfg_says(spp, capsys):
    assert main(["detector", "map", *SPP, "-letter_box"]) == 0
    out, err = capsys.readouterr()
    assert out == golden.ANSWERS["spp"]
    assert "warning: -letter_box has no effect here" in err


def test_valid_of_an_unknown_kind_is_voc(spp, capsys):
    golden.write_data(spp, 4, more="eval=pascal\n")
    assert main(["detector", "valid", *SPP, "-out", "mine_"]) == 0
    assert "eval=pascal is none of coco, voc, imagenet, bdd, kitti; voc is used" in capsys.readouterr().err
    assert sorted(p.name for p in (spp / "results").iterdir()) == [f"mine_class {j}.txt" for j in range(4)]


def test_valid_goes_on_after_a_bad_picture(spp, capsys):
    golden.write_data(spp, 4, more="eval=coco\n")
    (spp / "pictures" / "2.png").write_bytes(b"no picture")
    assert main(["detector", "valid", *SPP]) == 1
    assert "error: pictures/2.png" in capsys.readouterr().err
    results = json.loads((spp / "results" / "coco_results.json").read_text())
    assert {r["image_id"] for r in results} == {1, 3, 4}


def test_interrupted_results_are_valid_json(spp, monkeypatch):
    golden.write_data(spp, 4, more="eval=coco\n")
    calls = []

    def interrupted(*args):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return DetectedPicture(*args)

    monkeypatch.setattr(validating, "DetectedPicture", interrupted)
    assert main(["detector", "valid", *SPP]) == 130
    results = json.loads((spp / "results" / "coco_results.json.part").read_text())
    assert {r["image_id"] for r in results} == {1, 2}
    assert [p.name for p in (spp / "results").iterdir()] == ["coco_results.json.part"]


def test_results_without_a_box_are_valid_json(spp, monkeypatch):
    golden.write_data(spp, 4, more="eval=coco\n")
    monkeypatch.setattr("darknet_py.cli.detector_valid.THRESH", 2.0)
    assert main(["detector", "valid", *SPP]) == 0
    assert json.loads((spp / "results" / "coco_results.json").read_text()) == []


def test_recall_of_a_picture_that_cannot_be_read(spp, capsys):
    (spp / "pictures" / "1.png").write_bytes(b"no picture")
    assert main(["detector", "recall", *SPP]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("darknet_py: error: pictures/1.png")
    assert [line.split()[0] for line in lines[1:]] == ["0", "1", "2", "3"]
    assert lines[1].split()[1:] == ["0", "11", "RPs/Img:", "0.00", "IOU:", "0.00%", "Recall:0.00%"]


ANCHORS = "detector calc_anchors my.data -width 96 -height 64"


def test_anchors_of_cells_have_decimals(spp, capsys):
    flags = ["-num_of_clusters", "2", "-width", "13", "-height", "13", "-plot", "mine.png"]
    assert main(["detector", "calc_anchors", "my.data", *flags]) == 0
    text = (spp / "anchors.txt").read_text()
    assert f"anchors = {text}\n" in capsys.readouterr().out
    assert [len(side.split(".")[1]) for side in text.split(",")] == [4] * 4
    assert cv2.imread("mine.png").shape == (800, 800, 3)
    assert not (spp / "cloud.png").exists()


def test_anchors_by_seed(spp, capsys):
    anchors = []
    for seed in ("1", "1", "2"):
        assert main([*ANCHORS.split(), "-seed", seed]) == 0
        anchors.append((spp / "anchors.txt").read_text())
    assert anchors[0] == anchors[1]


def test_wrong_labels_are_told_and_classes_beyond_counted(spp, capsys):
    (spp / "pictures" / "4.txt").write_text("6 0.5 1.25 0.5 0.1\n0 0.5 0.5 0 0.1\n")
    assert main(ANCHORS.split()) == 0
    out = capsys.readouterr().out
    wrong = "Wrong label: pictures/4.txt - j = 0, x = 0.500000, y = 1.250000, width = 0.500000, height = 0.100000 \n"
    assert f"\n\n{wrong}" in out
    assert out.count("Wrong label") == 2
    assert (spp / "counters_per_class.txt").read_text().endswith(", 0, 0, 1")
    assert "image: 4 \t box: 33\n" in out  # a label without area is none


def write(place, name, text):
    (place / name).write_text(text)


def narrow(place):
    write(place, "my.data", "classes=4\nvalid=list.txt\nnames=my.names\neval=kitti\n")


@pytest.mark.parametrize(
    ("words", "code", "says", "change"),
    [
        ("detector map {} a.png", 2, "a.png: detector map takes DATA CFG WEIGHTS|NAME and no more", None),
        ("detector map {} -iou_tresh .5", 2, "unknown flag -iou_tresh; did you mean -iou_thresh?", None),
        ("detector map {} -iou_thresh 50", 2, "-iou_thresh 50: not from 0 to 1", None),
        ("detector map {} -points 1", 2, "-points 1: neither 0 nor a whole number from 2", None),
        ("detector map {}", 1, "my.data: no valid= in it", lambda p: write(p, "my.data", "names=my.names\n")),
        ("detector map {}", 1, "my.data:3: valid=no.txt is not there", lambda p: golden.write_data(p, 4, "no.txt")),
        ("detector map {}", 1, "list.txt: an empty list", lambda p: write(p, "list.txt", "\n")),
        ("detector map {}", 1, "1 paths of difficult objects for 4 pictures",
         lambda p: (golden.write_data(p, 4, more="difficult=one.txt\n"), write(p, "one.txt", "a.png\n"))),
        ("detector valid {}", 1, "eval=kitti has 3 classes, the network 4", narrow),
        ("detector valid {}", 1, "my.data:7: map=m is not there", lambda p: golden.write_data(p, 4, more="map=m\n")),
        ("detector valid {}", 1, "no.map:2: 4 is no class; there are 4, numbered from 0",
         lambda p: (golden.write_data(p, 4, more="map=no.map\n"), write(p, "no.map", "3\n4\n"))),
        ("detector valid {}", 1, "results: cannot be made a folder", lambda p: write(p, "results", "")),
        ("detector valid my.data average_classifier.cfg average_classifier.weights", 1, "no [yolo]", None),
        ("detector calc_anchors my.data", 2, "needs -width N and -height N", None),
        ("detector calc_anchors my.data -width 9 -height 9 -num_of_clusters 99", 1,
         "32 labels are too few for -num_of_clusters 99", None),
        ("detector calc_anchors my.data -width 9 -height 9 -seed -1", 2, "-seed -1: not a whole number from 0", None),
        ("detector calc_anchors my.data -width 9 -height 9 -plot a.xyz", 1, "a.xyz: no such picture format", None),
        ("detector train my.data", 1, "detector train: training is not done here", None),
        ("detector draw {}", 1, "boxes are drawn by detector test", None),
        ("detector mop {}", 2, "no command detector mop; did you mean map?", None),
        ("classifier", 2, "needs a command: predict", None),
        ("classifier predct a b c", 2, "no command classifier predct; did you mean predict?", None),
        ("classifier predict my.data average_classifier.cfg average_classifier.weights pictures", 1,
         "my.data:1: classes=4, but average_classifier.cfg ends in 7 values", None),
        ("classifier predict my.data x.cfg x.weights -t 0", 2, "-t 0: not a whole number from 1", None),
    ],
)  # fmt: skip
def test_complaints_are_one_line(spp, capsys, words, code, says, change):
    if change:
        change(spp)
    assert main(words.replace("{}", " ".join(SPP)).split()) == code
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert says in err


@pytest.mark.parametrize(
    ("names", "shown"),
    [("", ["0", "1", "2", "3"]), ("a\nb\n", ["a", "b", "2", "3"]), ("a\nb\nc\nd\ne\n", ["a", "b", "c", "d"])],
)
def test_map_with_names_for_fewer_or_more_classes(spp, capsys, names, shown):
    write(spp, "my.names", names)
    assert main(["detector", "map", *SPP, "-quiet"]) == 0
    out, err = capsys.readouterr()
    assert re.findall(r"name = (\w+),", out) == shown
    assert figures(out) == figures(golden.ANSWERS["spp"])
    warned = [line for line in err.splitlines() if "warning" in line]
    count, line = names.count("\n"), 1 + (spp / "spp.cfg").read_text().splitlines().index("[yolo]")
    assert len(warned) == 1
    assert f"my.names: {count} class names for classes=4 (spp.cfg:{line}: [yolo]); " in warned[0]


def test_map_counts_labels_of_classes_that_the_network_does_not_have_as_missed(spp, capsys):
    """As the reference, where they are beyond all of its arrays."""
    before = golden.ANSWERS["spp"]
    with (spp / "pictures" / "1.txt").open("a") as file:
        file.write("4 .5 .5 .1 .1\n-1 .5 .5 .1 .1\n")
    line = len((spp / "pictures" / "1.txt").read_text().splitlines()) - 1
    assert main(["detector", "map", *SPP]) == 0
    out, err = capsys.readouterr()
    assert f"warning: pictures/1.txt:{line}: there is no class 4, nor those of 1 other label; the network has 4" in err
    assert per_class(out) == per_class(before)
    for number in (r"unique_truth_count = (\d+)", r"FN = (\d+)"):
        assert int(re.search(number, out)[1]) == int(re.search(number, before)[1]) + 2


def per_class(out):
    return [line for line in out.splitlines() if "class_id = " in line]


def test_recall_counts_labels_of_any_class(spp, capsys):
    assert main(["detector", "recall", *SPP]) == 0
    before = capsys.readouterr().err
    path = spp / "pictures" / "1.txt"
    path.write_text(re.sub(r"^\d", "77", path.read_text()))
    assert main(["detector", "recall", *SPP]) == 0
    warned, after = capsys.readouterr().err.split("\n", 1)
    assert "pictures/1.txt:1: there is no class 77" in warned
    assert after == before


@pytest.mark.parametrize("command", ["map", "valid", "recall", "calc_anchors", "test"])
def test_help(capsys, command):
    assert main(["detector", command, "-h"]) == 0
    out, err = capsys.readouterr()
    assert out.replace("[DATA]", "DATA").startswith(f"usage: darknet_py detector {command} DATA")
    assert err == ""


def test_numbers_do_not_depend_on_threads_and_batches(spp, capsys):
    for threads in ("1", "3"):
        assert main(["detector", "map", *SPP, "-threads", threads]) == 0
        assert capsys.readouterr().out == golden.ANSWERS["spp"]


def test_exif_turns_pictures(spp, capsys):
    """A JPEG whose tag says that it lies on its side, on which another sense of up gives other boxes."""
    turned = np.rot90(cv2.imread("pictures/1.png"))
    data = cv2.imencode(".jpg", turned)[1].tobytes()
    tag = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    whole = data[:2] + b"\xff\xe1" + (len(tag) + 2).to_bytes(2, "big") + tag + data[2:]
    (spp / "pictures" / "1.jpg").write_bytes(whole)
    write(spp, "list.txt", "pictures/1.jpg\n")
    said = []
    for flags in ([], ["-exif"]):
        assert main(["detector", "map", *SPP, *flags]) == 0
        said.append(figures(capsys.readouterr().out))
    assert said[0] != said[1]


def test_no_memory_for_pictures_stops_no_set(spp, capsys, monkeypatch):
    predict, calls = Network.predict, []

    def full_once(self, x):
        calls.append(1)
        if len(calls) == 1:
            raise MemoryError
        return predict(self, x)

    monkeypatch.setattr(Network, "predict", full_once)
    monkeypatch.setattr(Network, "batch", 1)
    assert main(["detector", "map", *SPP]) == 1
    assert len(re.findall(r"error: pictures/\d.png: not enough memory", capsys.readouterr().err)) == 1
    assert calls == [1] * 4
