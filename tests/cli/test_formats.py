"""What other programs read: COCO's sets, label files in folders, formats by suffix; pictures that failed, full disks."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import PurePath
from types import SimpleNamespace

import numpy as np
import pytest
import stand_in

from darknet_py import Detection, Detections
from darknet_py.cli import main
from darknet_py.cli.picture_options import OutOptions
from darknet_py.cli.targets import format_of
from darknet_py.errors import DarknetWarning, OutputError
from darknet_py.output import FORMATS, DetectedPicture, LabelFiles, Records
from darknet_py.output.coco import ImageIds

place = stand_in.place
TEST = ["detector", "test", "x.data", "x.cfg", "x.weights", "-dont_draw"]
YOLO = "0 0.5000 0.5000 0.5000 0.5000\n1 0.2500 0.5000 0.2500 0.5000\n"


@pytest.fixture
def many(place):
    """Pictures of one name in several folders."""
    for name in ("x/1.png", "x/deep/1.png", "y/1.png", "y/1.bmp", "y/2.png"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes((place / "a.png").read_bytes())
    return place


def in_coco(path):
    return json.loads(path.read_text())


def test_each_picture_has_an_id_of_its_own(many, capsys):
    pictures = ["x/1.png", "y/1.png", "a.png", "y/2.png", "x/1.png"]
    assert main([*TEST, *pictures, "-format", "coco", "-out", "o.json"]) == 0
    found = in_coco(many / "o.json")
    assert [i["file_name"] for i in found["images"]] == pictures
    ids = [i["id"] for i in found["images"]]
    assert (ids[0], ids[3], len(set(ids))) == (1, 2, 5)
    assert [len([a for a in found["annotations"] if a["image_id"] == i]) for i in ids] == [3] * 5
    assert [a["id"] for a in found["annotations"]] == list(range(1, 16))
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert f"warning: y/1.png: image_id 1 is another picture's already; its own is {ids[1]}, see images" in said[0]


@pytest.mark.parametrize(
    ("paths", "ids"),
    [
        (["COCO_val2014_000000000042.jpg", "000000000007.jpg"], [42, 7]),
        (["dog.jpg", "1.jpg", "cat.jpg"], [2, 1, 3]),
        (["0.jpg", "9007199254740993.jpg", "00.jpg"], [1, 2, 3]),
        (["b/5.jpg", "6.jpg", "c/x.jpg"], [5, 6, 1]),
    ],
)
def test_numbers_in_names_are_kept(paths, ids):
    made = ImageIds(lambda: [PurePath(path).name for path in paths])
    assert [made.next(path) for path in paths] == ids


def test_pycocotools_reads_it(many):
    """As a set, and its annotations as results for a set that knows the truth."""
    coco = pytest.importorskip("pycocotools.coco")
    evaluation = pytest.importorskip("pycocotools.cocoeval")
    assert main([*TEST, "x/1.png", "no.png", "y/2.png", "-format", "coco", "-out", "o.json"]) == 1
    found = coco.COCO("o.json")
    assert sorted(found.getImgIds()) == [1, 2, 3]
    assert [c["name"] for c in found.loadCats(found.getCatIds())] == ["cat", "dog"]
    assert found.loadImgs(3)[0]["error"].startswith("no.png: ")
    assert len(found.getAnnIds(imgIds=[1])) == 3
    results = found.loadRes(in_coco(many / "o.json")["annotations"])
    judged = evaluation.COCOeval(found, results, "bbox")
    judged.evaluate()
    judged.accumulate()
    judged.summarize()
    assert judged.stats[0] == 1


def test_command_and_api_agree_on_boxes_beyond_the_picture(place, monkeypatch):
    box = (0.0, 1.0, 0.5, 3.0)
    rows = SimpleNamespace(xywh=np.array([box], np.float32), probs=np.array([[0.9, 0]], np.float32))
    monkeypatch.setattr(stand_in.StandIn, "rows", lambda *_args, **_more: rows)
    for form in FORMATS:
        assert main([*TEST, "a.png", "-format", form, "-out", f"o.{form}x", "-save_labels"]) == 0
    found = Detections([Detection(0, "cat", 0.9, 0.9, box)], 80, 40)
    assert in_coco(place / "o.cocox")["annotations"][0]["bbox"] == found.to_coco(1)[0]["bbox"] == [0, 0, 20, 40]
    row = next(csv.DictReader(io.StringIO((place / "o.csvx").read_text())))
    as_csv = [float(row[k]) for k in ("center_x", "center_y", "width", "height")]
    as_json = json.loads((place / "o.jsonx").read_text())[0]["objects"][0]["relative_coordinates"]
    as_lines = json.loads((place / "o.jsonlx").read_text())["objects"][0]["relative_coordinates"]
    assert as_csv == list(as_json.values()) == list(as_lines.values()) == list(box)
    assert found.xyxy.tolist() == [[-20, -20, 20, 100]]
    assert (place / "a.txt").read_text() in (place / "o.yolox").read_text()


def label_files(folder):
    return {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["x/1.png", "y/1.png"], ["x/1.txt", "y/1.txt"]),
        (["x/1.png", "x/deep/1.png"], ["1.txt", "deep/1.txt"]),
        (["y/1.png", "y/2.png", "y/1.png"], ["1.txt", "2.txt"]),
        (["./x/1.png", "a.png"], ["a.txt", "x/1.txt"]),
        (["x/1.png"], ["1.txt"]),
    ],
)
def test_label_files_mirror_the_folders(many, capsys, words, names):
    assert main([*TEST, *words, "-format", "yolo", "-out", "new/labels/"]) == 0
    assert label_files(many / "new" / "labels") == dict.fromkeys(names, YOLO)
    assert capsys.readouterr().err == ""


def test_label_files_from_another_folder(many, monkeypatch):
    (many / "elsewhere").mkdir()
    monkeypatch.chdir(many / "elsewhere")
    words = [w.replace("x.", "../x.", 1) if w.startswith("x.") else w for w in TEST]
    assert main([*words, "../x/1.png", str(many / "y" / "2.png"), "-format", "yolo", "-out", "l/"]) == 0
    assert sorted(label_files(many / "elsewhere" / "l")) == ["x/1.txt", "y/2.txt"]


def test_label_files_whose_name_is_taken_are_told(many, capsys):
    assert main([*TEST, "y/1.png", "y/1.bmp", "-format", "yolo", "-out", "l/"]) == 0
    assert label_files(many / "l") == {"1.txt": YOLO, "1_2.txt": YOLO}
    assert "warning: y/1.bmp: its labels go into l/1_2.txt; 1.txt is those of another picture" in capsys.readouterr().err


def test_label_files_of_standard_input_never_leave_their_folder(many, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"x/1.png\n../{many.name}/y/2.png\n{many}/a.png\n/no/3.png\n"))
    assert main([*TEST, "-format", "yolo", "-out", "l/"]) == 1
    assert sorted(label_files(many / "l")) == ["a.txt", "x/1.txt", "y/2.txt"]
    assert LabelFiles("l").path("/other/place/1.png").as_posix() == "l/other/place/1.txt"


@pytest.mark.parametrize(
    ("out", "given", "form", "says"),
    [
        ("o.json", None, "json", ""), ("o.JSONL", None, "jsonl", ""), ("o.ndjson", None, "jsonl", ""),
        ("o.csv", None, "csv", ""), ("o.txt", None, "json", ""), ("o", None, "json", ""), ("a.b/o", None, "json", ""),
        ("o.xml", None, "json", "-out o.xml: json is written, -format says another of json, jsonl, csv, yolo, coco"),
        ("o.json", "coco", "coco", ""), ("o.txt", "yolo", "yolo", ""), ("o", "csv", "csv", ""), (None, "csv", "csv", ""),
        ("o.json", "csv", "csv", "-out o.json: csv is written, as -format says"),
        ("o.csv", "json", "json", "-out o.csv: json is written, as -format says"),
        ("o.csv", "coco", "coco", "-out o.csv: coco is written"), ("o.jsonl", "json", "json", "-out o.jsonl: json is "),
    ],
)  # fmt: skip
def test_the_suffix_chooses_the_format(recwarn, out, given, form, says):
    assert format_of(OutOptions(out=out, format=given)) == form
    assert [str(w.message)[: len(says)] for w in recwarn.list] == ([says] if says else [])
    assert all(w.category is DarknetWarning for w in recwarn.list)


def test_a_table_by_suffix(place):
    assert main([*TEST, "a.png", "no.png", "-out", "o.csv"]) == 1
    rows = list(csv.DictReader(io.StringIO((place / "o.csv").read_text())))
    assert [(r["filename"], r["name"], r["error"]) for r in rows[:3]] == [("a.png", n, "") for n in ("cat", "dog", "dog")]
    assert (rows[3]["frame_id"], rows[3]["filename"], rows[3]["class_id"], len(rows)) == ("2", "no.png", "", 4)
    assert rows[3]["error"].startswith("no.png: cannot be read")


@pytest.mark.parametrize("out", ["-", "/dev/stdout"])
@pytest.mark.skipif(sys.platform == "win32", reason="/dev")
def test_standard_output_as_a_file(place, capsys, out):
    assert main([*TEST, "a.png", "-out", out]) == 0
    assert len(json.loads(capsys.readouterr().out)[0]["objects"]) == 3
    assert main([*TEST, "a.png", "-out", out, "-format", "csv"]) == 0
    assert capsys.readouterr().out.count("\n") == 4
    assert not (place / "-").exists()


ROWS = SimpleNamespace(xywh=np.full((1, 4), 0.5, np.float32), probs=np.full((1, 2), 0.9, np.float32))
ODD = 'a\n"b",\\ \x1b \udcff ö.png' if sys.platform == "linux" else 'a "b", ö.png'


@pytest.mark.parametrize("form", ["json", "jsonl", "coco"])
def test_json_is_valid_whatever_the_bytes_of_paths_and_errors(tmp_path, form):
    with Records(tmp_path / "o", atomic=True) as file:
        written = FORMATS[form](file)
        written.add(DetectedPicture(1, ODD, 8, 8, ROWS, ["cat", 'd"\udcff']))
        none = SimpleNamespace(xywh=ROWS.xywh[:0], probs=ROWS.probs[:0])
        written.add(DetectedPicture(2, ODD, 0, 0, none, ["cat", "dog"], error=ODD))
        written.end()
    text = (tmp_path / "o").read_text("utf-8")
    parsed = [json.loads(line) for line in text.splitlines()] if form == "jsonl" else json.loads(text)
    pictures = parsed["images"] if form == "coco" else parsed
    assert [p.get("filename", p.get("file_name")) for p in pictures] == [ODD, ODD]
    assert [p.get("error") for p in pictures] == [None, ODD]


class Full:
    """A disk that takes so many bytes more."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def write(self, data):
        if not self.room:
            raise OSError(28, "No space left on device")
        part = bytes(data[: self.room])
        self.room -= len(part)
        return self.file.write(part)

    def __getattr__(self, name):
        return getattr(self.file, name)


@pytest.mark.parametrize(("form", "whole"), [("json", True), ("coco", True), ("jsonl", False), ("csv", False)])
def test_a_full_disk_cuts_no_record(tmp_path, form, whole):
    file = Records(tmp_path / "o", whole)
    file.raw = Full(file.raw, 800)
    written = FORMATS[form](file)
    frames = [DetectedPicture(frame_id, "a.png", 8, 8, ROWS, ["cat", "dog"]) for frame_id in range(99)]
    done = []
    with pytest.raises(OutputError, match=r"o: cannot be written \(No space left on device\)"):
        done.extend(written.add(frame) for frame in frames)
    file.raw.room = 999  # what was taken back is free again
    written.end()
    file.close()
    text = (tmp_path / "o").read_text()
    pictures = {"json": json.loads, "coco": lambda t: json.loads(t)["images"],
                "jsonl": lambda t: [json.loads(line) for line in t.splitlines()],
                "csv": lambda t: list(csv.DictReader(io.StringIO(t)))[::2]}[form](text)  # fmt: skip
    assert len(pictures) == len(done) > 0
    assert text.endswith(("]", "}\n", "\n"))
