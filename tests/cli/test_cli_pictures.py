"""Lists, folders, formats and progress of ``detect`` and ``detector test``, with the stand-in for the network."""

from __future__ import annotations

import csv
import io
import json
import os
import sys

import pytest
import stand_in

from darknet_py.cli import main, progress
from darknet_py.output.coco import CATEGORIES, image_id

place = stand_in.place
NETWORK = "detector", "test", "x.data", "x.cfg", "x.weights"
BOXES = [(0, "cat", 0.9), (1, "dog", 0.3), (1, "dog", 0.6)]
RELATIVE = [(0.5, 0.5, 0.5, 0.5)] * 2 + [(0.25, 0.5, 0.25, 0.5)]
PIXELS = [[20, 10, 40, 20]] * 2 + [[10, 10, 20, 20]]


@pytest.fixture
def many(place):
    """A folder with two pictures and a text, and a list beside the pictures."""
    (place / "many").mkdir()
    for name in ("b.png", "a.png"):
        (place / "many" / name).write_bytes((place / "a.png").read_bytes())
    (place / "many" / "notes.txt").write_text("many/a.png\nb.png\n")
    return place


def predicted(out):
    return [line.split(": ")[0] for line in out.splitlines() if ": Predicted in" in line]


@pytest.mark.parametrize("words", [["many"], ["many/notes.txt"], ["many/a.png", "many/b.png"]])
def test_folders_and_lists(many, capsys, words):
    assert main([*NETWORK, *words]) == 0
    assert [p.replace(os.sep, "/") for p in predicted(capsys.readouterr().out)] == ["many/a.png", "many/b.png"]
    assert sorted(p.name for p in many.glob("*.jpg")) == ["predictions_a.jpg", "predictions_b.jpg"]


def test_a_folder_of_one_picture_is_no_single_picture(many):
    (many / "many" / "b.png").unlink()
    assert main([*NETWORK, "many"]) == 0
    assert [p.name for p in many.glob("*.jpg")] == ["predictions_a.jpg"]


def test_drawn_pictures_in_a_folder_of_their_own_or_none(many):
    assert main([*NETWORK, "many", "-save_dir", "new/drawn"]) == 0
    assert sorted(p.name for p in (many / "new" / "drawn").iterdir()) == ["predictions_a.jpg", "predictions_b.jpg"]
    assert main([*NETWORK, "a.png", "-dont_draw"]) == 0
    assert not list(many.glob("*.jpg"))


def test_suppression(place):
    assert main(["detect", "x.cfg", "x.weights", "a.png", "-nms", "0.7"]) == 0
    assert stand_in.StandIn.seen_options["nms"] == 0.7


def test_pictures_from_stdin_are_drawn_under_their_own_names(place, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("a.png\nsub/a.png\n"))
    assert main([*NETWORK]) == 0
    assert sorted(p.name for p in place.glob("*.jpg")) == ["predictions_a.jpg", "predictions_a_2.jpg"]


def test_tiles(place, capsys, monkeypatch):
    """The network gets the picture as it is, and what the flags say."""
    asked = []

    def tiled_rows(self, im, *options):
        asked.append((im.shape, *options[:-1]))
        return self.rows([], self.fit((80, 40)), 0, 0)

    monkeypatch.setattr(stand_in.StandIn, "tiled_rows", tiled_rows, raising=False)
    assert main([*NETWORK, "a.png", "-tile", "32", "-overlap", ".5", "-nms", ".6", "-letter_box"]) == 0
    assert asked == [((3, 40, 80), 32, 0.5, 0.25, 0.6, True)]
    assert "cat: 90%" in capsys.readouterr().out


def frames(text):
    return [(f["frame_id"], f["filename"]) for f in text]


def objects(frame):
    return [(o["class_id"], o["name"], round(o["confidence"], 4)) for o in frame["objects"]]


def test_json_on_stdout_in_place_of_the_text(place, capsys):
    assert main([*NETWORK, "a.png", "no.png", "sub/a.png", "-format", "json"]) == 1
    listed = json.loads(capsys.readouterr().out)
    assert frames(listed) == [(1, "a.png"), (2, "no.png"), (3, "sub/a.png")]
    assert (listed[1]["objects"], "no.png: " in listed[1]["error"], "error" in listed[0]) == ([], True, False)
    assert objects(listed[0]) == BOXES


def test_json_lines(place, capsys):
    assert main([*NETWORK, "a.png", "sub/a.png", "-format", "jsonl"]) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert frames(listed) == [(1, "a.png"), (2, "sub/a.png")]
    assert (listed[1]["width"], listed[1]["height"], objects(listed[1])) == (80, 40, BOXES)
    assert [tuple(o["relative_coordinates"].values()) for o in listed[1]["objects"]] == RELATIVE


def test_csv(place, capsys):
    assert main([*NETWORK, "a.png", "-format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(int(r["class_id"]), r["name"], float(r["confidence"])) for r in rows] == BOXES
    assert [tuple(float(r[k]) for k in ("center_x", "center_y", "width", "height")) for r in rows] == RELATIVE
    pictures = {(r["frame_id"], r["filename"], r["picture_width"], r["picture_height"]) for r in rows}
    assert pictures == {("1", "a.png", "80", "40")}


YOLO = "0 0.5000 0.5000 0.5000 0.5000\n1 0.2500 0.5000 0.2500 0.5000\n"


def test_yolo(place, capsys):
    assert main([*NETWORK, "a.png", "sub/a.png", "-format", "yolo"]) == 0
    assert capsys.readouterr().out == f"# a.png\n{YOLO}# sub/a.png\n{YOLO}"
    assert main([*NETWORK, "a.png", "sub/a.png", "-format", "yolo", "-out", "labels/", "-dont_draw"]) == 0
    assert label_files(place / "labels") == {"a.txt": YOLO, "sub/a.txt": YOLO}
    assert "Predicted" in capsys.readouterr().out


def label_files(folder):
    return {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*.txt")}


def test_coco(place, capsys):
    (place / "000000000042.png").write_bytes((place / "a.png").read_bytes())
    assert main([*NETWORK, "a.png", "000000000042.png", "-format", "coco", "-out", "o.json"]) == 0
    found = json.loads((place / "o.json").read_text())
    assert [(i["id"], i["file_name"], i["width"], i["height"]) for i in found["images"]] == [
        (1, "a.png", 80, 40), (42, "000000000042.png", 80, 40),
    ]  # fmt: skip
    boxes = found["annotations"]
    assert [r["image_id"] for r in boxes] == [1] * 3 + [42] * 3
    assert [(r["category_id"], round(r["score"], 4), r["bbox"]) for r in boxes[:3]] == [
        (c, p, b) for (c, _, p), b in zip(BOXES, PIXELS)
    ]
    assert found["categories"] == [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}]
    assert "Predicted" in capsys.readouterr().out


# For each format, the names of pictures that a text of it holds
NAMES = {
    "json": lambda text: [frame["filename"] for frame in json.loads(text)],
    "jsonl": lambda text: [json.loads(line)["filename"] for line in text.splitlines()],
    "csv": lambda text: [row["filename"] for row in csv.DictReader(io.StringIO(text))],
    "yolo": lambda text: [line[2:] for line in text.splitlines() if line.startswith("# ") and "error: " not in line],
    "coco": lambda text: [image["file_name"] for image in json.loads(text)["images"]],
}


@pytest.mark.parametrize("format", NAMES)
def test_formats_without_a_picture_that_can_be_read(place, capsys, format):
    """It is there, with what is wrong with it, and has no boxes."""
    assert main([*NETWORK, "no.png", "-format", format]) == 1
    out, err = capsys.readouterr()
    assert NAMES[format](out) == ["no.png"]
    assert err.removeprefix("darknet_py: error: ").strip() in out


@pytest.mark.parametrize("format", NAMES)
def test_formats_with_quotes_commas_and_bytes_that_are_not_utf8(place, format):
    odd = 'a "b", \\c ö' + ("\udcff" if sys.platform == "linux" else "") + ".png"
    os.link("a.png", odd)
    assert main([*NETWORK, odd, "-format", format, "-out", "o", "-dont_draw"]) == 0
    names = NAMES[format]((place / "o").read_text("utf-8", "surrogateescape"))
    assert names == [odd] * (3 if format == "csv" else 1)


def test_names_of_pictures_in_coco():
    names = "000000000139.jpg", "x/COCO_val2014_000000000042.jpg", "dog.png", "a.b.jpg", "7a.png"
    assert [image_id(n) for n in names] == [139, 42, "dog", "a.b", "7a"]
    assert (CATEGORIES[0], CATEGORIES[11], CATEGORIES[-1], len(CATEGORIES)) == (1, 13, 90, 80)


def test_progress_on_a_terminal(many, capsys, monkeypatch):
    """It makes room for what is printed and for an error, and leaves nothing behind."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    (many / "many" / "c.png").write_bytes(b"no picture")
    assert main([*NETWORK, "many"]) == 1
    out, shown = capsys.readouterr()
    assert len(predicted(out)) == 2
    assert "0 pictures" in shown
    line = next(line for line in shown.split("\n") if "c.png" in line)
    assert line.rpartition("\r")[2].startswith("darknet_py: error: many/c.png")
    assert shown.split("\r")[-1].strip() == "" or shown.endswith("\n")


def test_no_progress_for_one_picture(place, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main([*NETWORK, "a.png"]) == 0
    assert capsys.readouterr().err == ""


def test_no_progress_in_a_pipe(many, capsys):
    assert main([*NETWORK, "many"]) == 0
    assert capsys.readouterr().err == ""


@pytest.fixture
def clock(monkeypatch):
    """A terminal, and a time that the test sets."""
    monkeypatch.setattr(progress, "_is_seen", lambda: True)
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def shown_at(clock, bar, *times):
    for clock[0] in times:
        bar.step()


def test_rate_and_time_left(clock, capsys):
    with progress.progress(600, "file") as bar:
        shown_at(clock, bar, 0.5, 2)
        bar.step(58)
        shown_at(clock, bar, 3)
        bar.skip()
        shown_at(clock, bar, 300)
    shown = [text.rstrip() for text in capsys.readouterr().err.split("\r")]
    assert shown == ["", "0 of 600 files", "1 of 600 files", "2 of 600 files, 1/s, 9:58 left",
                     "61 of 600 files, 20.3/s, 0:27 left", "62 of 599 files, 4.84 s each, 43:18 left", "", ""]  # fmt: skip


def test_of_a_number_that_nobody_knows(clock, capsys):
    with progress.progress(None) as bar:
        shown_at(clock, bar, 0.1, 4, 7300)
    shown = [text.rstrip() for text in capsys.readouterr().err.split("\r")]
    assert shown == ["", "0 pictures", "1 picture", "2 pictures, 2 s each", "3 pictures, 2.43e+03 s each", "", ""]


def test_at_most_ten_updates_a_second(clock, capsys):
    with progress.progress(5000) as bar:
        for i in range(1000):
            clock[0] = i / 1000
            bar.step()
            with bar.aside():
                pass
    drawn = [text for text in capsys.readouterr().err.split("\r") if text.strip()]
    assert len(drawn) <= 10


def test_it_fits_the_terminal(clock, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    with progress.progress(5000000) as bar:
        shown_at(clock, bar, 2, 500000)
    assert max(len(text) for text in capsys.readouterr().err.split("\r")) == 39


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("a.png -format xml", 2, "-format xml: not one of json, jsonl, csv, yolo, coco"),
        ("a.png -out a.png", 1, "-out a.png would overwrite a.png"),
        ("many.txt -out many.txt", 1, "-out many.txt would overwrite many.txt"),
        ("a.png -tile 32 -overlap 1", 2, "-overlap 1: not below 1"),
        ("a.png -nms x", 2, "-nms x: not a number"),
        ("empty", 1, "empty: no pictures in this folder"),
        ("no.txt", 1, "no.txt: cannot be read"),
        ("a.png -out no/o.json", 1, "no/o.json: cannot be written"),
        ("a.png -save_dir a.png", 1, "a.png: cannot be made a folder"),
        ("a.png -format yolo -out a.png/", 1, "a.png/: cannot be made a folder"),
    ],
)
def test_complaints_are_one_line(place, capsys, words, code, says):
    (place / "empty").mkdir()
    (place / "many.txt").write_text("a.png\n")
    assert main([*NETWORK, *words.split()]) == code
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert says in err
