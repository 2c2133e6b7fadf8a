"""-append and -resume: -out goes on, also where a killed process or a full disk left its last picture cut off."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter

import numpy as np
import pytest
import stand_in

from darknet_py.boxes.table import Boxes
from darknet_py.cli import main
from darknet_py.errors import OutputError
from darknet_py.output import FORMATS as WRITERS
from darknet_py.output import DetectedPicture, Records
from darknet_py.output.continued import held

place = stand_in.place
NETWORK = ["detector", "test", "x.data", "x.cfg", "x.weights", "-dont_draw", "-quiet"]
ODD = 'b "q", ü.png'
FORMS = ["json", "jsonl", "csv", "yolo"]


@pytest.fixture
def many(place):
    for name in (ODD, "c.png", "d.png"):
        (place / name).write_bytes((place / "a.png").read_bytes())
    return place


def run(form, *words, code=0):
    assert main([*NETWORK, *words, "-out", f"o.{form}", "-format", form]) == code


def pictures(path, form):
    """(number, name) of each picture in a file, as others read it."""
    text = path.read_text("utf-8")
    if form == "yolo":
        return list(enumerate((line[2:] for line in text.splitlines() if line.startswith("# ")), 1))
    if form == "csv":
        rows = list(csv.DictReader(text.splitlines()))
        assert all(None not in row and None not in row.values() for row in rows)
        return list(dict.fromkeys((int(row["frame_id"]), row["filename"]) for row in rows))
    frames = json.loads(text) if form == "json" else [json.loads(line) for line in text.splitlines()]
    return [(frame["frame_id"], frame["filename"]) for frame in frames]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.filterwarnings("ignore")
def test_in_two_goes_as_in_one(many, form):
    run(form, "a.png", ODD, "c.png")
    whole = (many / f"o.{form}").read_bytes()
    (many / f"o.{form}").unlink()
    run(form, "a.png", "-append")  # without a file it begins one
    run(form, ODD, "c.png", "-append")
    assert (many / f"o.{form}").read_bytes() == whole
    run(form, "a.png", "-append")
    assert pictures(many / f"o.{form}", form) == [(1, "a.png"), (2, ODD), (3, "c.png"), (4, "a.png")]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.filterwarnings("ignore")
def test_what_is_there_is_passed_over(many, form, capsys):
    run(form, ODD, "./a.png")
    run(form, "a.png", "c.png", ODD, "d.png", "a.png", "-resume")
    found = pictures(many / f"o.{form}", form)
    last = "a.png" if form in ("csv", "yolo") else "./a.png"  # which is done again
    assert found == [(1, ODD), (2, last), (3, "c.png"), (4, "d.png"), (5, "a.png")]  # as often as it is asked for
    before = (many / f"o.{form}").read_bytes()
    assert main([*NETWORK[:-1], "a.png", ODD, "-out", f"o.{form}", "-format", form, "-resume"]) == 0
    assert (many / f"o.{form}").read_bytes() == before
    assert f"2 pictures passed over, which o.{form} holds" in capsys.readouterr().err


@pytest.mark.parametrize("form", FORMS[1:])
@pytest.mark.filterwarnings("ignore:.*is written, as -format says")
def test_wherever_it_was_cut_off_the_file_becomes_whole(many, form):
    names = ["a.png", ODD, "error no.png", "c.png", "c.png"]
    run(form, *names, code=1)
    whole = (many / f"o.{form}").read_bytes()
    for cut in range(0, len(whole), 41):
        (many / f"o.{form}").write_bytes(whole[:cut])
        main([*NETWORK, *names, "-out", f"o.{form}", "-format", form, "-resume"])
        assert (many / f"o.{form}").read_bytes() == whole, cut


ASKED = ["a.png", "two\nlines.png", "error no.png", 'b "q", ü.png', "#.png", "a.png"]


@pytest.mark.parametrize("form", FORMS[1:])
@pytest.mark.filterwarnings("ignore:.*its last picture is cut off")
def test_at_every_byte_what_is_held_ends_between_two_pictures(many, form):
    asked = [name.replace("\n", " ") for name in ASKED] if form == "yolo" else ASKED
    path, often = many / f"o.{form}", Counter(map(os.path.abspath, asked))
    boxes = Boxes(*(np.ones(shape, np.float32) for shape in ((2, 4), 2, (2, 1), (2, 4))))
    with Records(path, atomic=False) as file:
        written, ends = WRITERS[form](file), [0]
        for number, name in enumerate(asked, 1):
            error = 'it "is"\nno picture' if "no" in name else ""
            rows = Boxes.empty(1) if error else boxes
            written.add(DetectedPicture(number, name, 4, 4, rows, ["cat"], error=error))
            ends.append(path.stat().st_size)
    whole = path.read_bytes()
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        there = held(path, form, lambda picture, times: often[picture] > times)
        end = there.size + len(there.glue)
        assert ends[there.last] == end or there.size == 0 == there.last, cut
        assert there.pictures == Counter(map(os.path.abspath, asked[: there.last])), cut
        done = sum(end <= cut for end in ends[1:])
        again = form != "jsonl" and cut in ends[1:]
        assert max(done - 1, 0) <= there.last <= done - again + len(there.glue), cut


@pytest.mark.parametrize("form", ["csv", "yolo"])
def test_the_last_picture_is_done_again_only_where_it_is_asked_for(many, form):
    run(form, "a.png", "c.png")
    before = (many / f"o.{form}").read_bytes()
    (many / "list.txt").write_text("c.png\n")
    (many / "new").mkdir()
    (many / "new" / "c.png").write_bytes((many / "a.png").read_bytes())
    run(form, "new", "d.png", "-resume")
    assert (many / f"o.{form}").read_bytes().startswith(before)
    run(form, "d.png", "list.txt", "-resume")
    names = [name for _, name in pictures(many / f"o.{form}", form)]
    assert names == ["a.png", "c.png", "new/c.png", "d.png"]
    run(form, "list.txt", "-append")
    run(form, "list.txt", "-resume")
    assert [name for _, name in pictures(many / f"o.{form}", form)] == [*names, "c.png"]


@pytest.mark.parametrize("done", range(6))
def test_pictures_that_leave_nothing_in_a_table_keep_the_numbers(many, empty, done):
    names = ["e1.png", "a.png", "e2.png", "c.png", "e3.png", "d.png"]
    run("csv", *names)
    whole = (many / "o.csv").read_bytes()
    assert [number for number, _ in pictures(many / "o.csv", "csv")] == [2, 4, 6]
    (many / "o.csv").unlink()
    run("csv", *names[: done + 1])
    run("csv", *names, "-resume")
    assert (many / "o.csv").read_bytes() == whole


@pytest.fixture
def empty(many, monkeypatch):
    """In pictures named e… nothing is found."""
    for name in ("e1.png", "e2.png", "e3.png"):
        (many / name).write_bytes((many / "a.png").read_bytes())
    objects = DetectedPicture.objects
    monkeypatch.setattr(DetectedPicture, "objects", lambda self: () if self.filename[0] == "e" else objects(self))


@pytest.mark.parametrize("form", FORMS)
def test_what_is_in_the_file_has_its_drawing_labels_and_crops(many, form, monkeypatch):
    """Whenever it is killed: all else of a picture is there before its entry is."""
    seen, write = [], Records.write

    def look(self, text):
        name = next((name for name in ("a.png", "c.png", "d.png") if name in text), None)
        if name:
            seen.append(name)
            stem = name[:-4]
            assert (many / "s" / f"predictions_{stem}.jpg").exists()
            assert (many / "s" / "labels" / f"{stem}.txt").exists()
            assert len(list((many / "s" / "crops").rglob(f"{stem}*.jpg"))) == 2
        write(self, text)

    monkeypatch.setattr(Records, "write", look)
    words = ["a.png", "c.png", "d.png", "-save_dir", "s", "-save_txt", "-save_crop", "-out", "o", "-format", form]
    assert main([word for word in [*NETWORK, *words] if word != "-dont_draw"]) == 0
    assert seen == ["a.png", "c.png", "d.png"]


def test_a_picture_whose_labels_cannot_be_written_is_there_too(many, capsys):
    (many / "s" / "labels" / "a.txt").mkdir(parents=True)
    run("jsonl", "a.png", "c.png", "-save_dir", "s", "-save_txt", code=1)
    assert "a.txt" in capsys.readouterr().err
    assert [name for _, name in pictures(many / "o.jsonl", "jsonl")] == ["a.png", "c.png"]


def test_what_is_cut_off_is_told(many, capsys):
    run("jsonl", "a.png", "c.png")
    data = (many / "o.jsonl").read_bytes()
    (many / "o.jsonl").write_bytes(data[:-20])
    run("jsonl", "a.png", "c.png", "-resume")
    assert capsys.readouterr().err == "darknet_py: warning: o.jsonl: its last picture is cut off, and left out\n"
    assert (many / "o.jsonl").read_bytes() == data


def test_a_last_line_that_only_lacks_its_end_is_kept(many):
    run("jsonl", "a.png")
    data = (many / "o.jsonl").read_bytes()
    (many / "o.jsonl").write_bytes(data.rstrip())
    run("jsonl", "a.png", "-append")
    assert [name for _, name in pictures(many / "o.jsonl", "jsonl")] == ["a.png", "a.png"]


def test_label_files_that_are_there(many, capsys):
    run("yolo", "a.png")
    (many / "l").mkdir()
    (many / "l" / "a.txt").write_text("mine")
    assert main([*NETWORK[:-1], "a.png", "c.png", "-format", "yolo", "-out", "l", "-resume"]) == 0
    assert (many / "l" / "a.txt").read_text() == "mine"
    assert (many / "l" / "c.txt").exists()
    assert "1 picture passed over, which l holds" in capsys.readouterr().err


def test_pictures_of_standard_input(many, monkeypatch):
    monkeypatch.chdir(many)
    run("csv", "a.png")
    (many / "list").write_text("a.png\nc.png\n")
    with (many / "list").open() as stream:
        monkeypatch.setattr("sys.stdin", stream)
        run("csv", "-resume")
    assert pictures(many / "o.csv", "csv") == [(1, "a.png"), (2, "c.png")]


def test_a_picture_that_failed_is_there_too(many):
    run("csv", "no.png", "a.png", code=1)
    run("csv", "no.png", "c.png", "-resume")
    assert pictures(many / "o.csv", "csv") == [(1, "no.png"), (2, "a.png"), (3, "c.png")]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("jsonl", "no json\n{}\n"), ("jsonl", '{"a": 1}\n'), ("jsonl", "[1]\n"), ("jsonl", "\x00\x01\n"),
        ("csv", "a,b"), ("jsonl", "notes"), ("yolo", "notes"),
        ("csv", "a,b\n1,2\n"), ("csv", "frame_id,filename\n"), ("json", '{"a": 1}'), ("json", "[1, 2]"),
        ("json", '[\n{"frame_id": 1, "filename": "a'), ("yolo", "0 0.5 0.5 0.1 0.1\n"),
        pytest.param("csv", f"{'x' * 140_000}\n", id="long field"), pytest.param("csv", "a\0b\n", id="no text"),
        pytest.param("json", "[" * 100_000, id="deep json"), pytest.param("jsonl", f"{'[' * 100_000}\n", id="deep jsonl"),
    ],
)  # fmt: skip
def test_another_program_s_file_is_left_alone(many, capsys, form, text):
    (many / f"o.{form}").write_text(text)
    with pytest.raises(OutputError, match=f"is no {form} of this command"):
        held(many / f"o.{form}", form)
    for flag in ("-append", "-resume"):
        assert main([*NETWORK, "a.png", "-out", f"o.{form}", "-format", form, flag]) == 1
        err = [line for line in capsys.readouterr().err.splitlines() if "warning" not in line]
        assert len(err) == 1
    assert (many / f"o.{form}").read_text() == text


@pytest.mark.parametrize("text", ["", "\n", " \n\n"])
def test_an_empty_file_is_begun(many, text):
    (many / "o.csv").write_text(text)
    run("csv", "a.png", "-append")
    assert pictures(many / "o.csv", "csv") == [(1, "a.png")]


def test_a_pipe_is_nothing_to_go_on_with(many, capsys):
    for words in ("-out - -append", "-append", "-out /dev/stdout -resume"):
        assert main([*NETWORK, "a.png", *words.split()]) == 2
        assert "needs -out FILE, the file to go on with" in capsys.readouterr().err
