"""Lists, folders and label files, right and wrong ones."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest

from darknet_py.errors import DarknetWarning, DatasetError
from darknet_py.files.labels import find_labels, label_path, read_labels
from darknet_py.files.lists import expand, read_list
from darknet_py.files.samples import Sample, samples


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_a_folder_stands_for_its_pictures_and_a_list_for_what_it_names(place):
    touch(place, "a/2.png", "a/1.JPG", "a/notes.md", "a/deeper/3.png", "a/x.png/y.txt", "b.bmp")
    (place / "c.txt").write_text("b.bmp\n")
    assert expand(["b.bmp", "a", "c.txt"]) == ["b.bmp", os.path.join("a", "1.JPG"), os.path.join("a", "2.png"), "b.bmp"]
    assert expand([]) == []


def test_a_list_as_an_editor_of_windows_writes_it(place):
    (place / "l.txt").write_bytes("\ufeffä b.png\r\n\r\n   \nc.png".encode())
    assert read_list("l.txt") == ["ä b.png", "c.png"]


@pytest.mark.skipif(sys.platform != "linux", reason="names of files that are not UTF-8")
def test_paths_that_are_not_utf8(place):
    (place / "l.txt").write_bytes(b"\xff.png\n")
    assert [os.fsencode(p) for p in read_list("l.txt")] == [b"\xff.png"]


def test_paths_are_found_from_the_list_s_folder_too(place):
    touch(place, "set/a.png", "set/b.png", "b.png")
    (place / "set" / "l.txt").write_text("a.png\nb.png\nnowhere.png\n")
    assert read_list("set/l.txt") == [os.path.join("set", "a.png"), "b.png", "nowhere.png"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [("no.txt", None, "cannot be read"), ("e.txt", b"\n \n", "empty list"),
     ("b.txt", b"\x89PNG\r\n\x1a\n\0\0", "binary data")],
)
def test_lists_that_are_none(place, name, content, says):
    if content is not None:
        (place / name).write_bytes(content)
    with pytest.raises(DatasetError, match=f"{name}: .*{says}"):
        expand([name])


def test_a_folder_without_pictures(place):
    touch(place, "a/b.md")
    with pytest.raises(DatasetError, match="a: no pictures in this folder"):
        expand(["a"])


@pytest.mark.parametrize(
    ("picture", "labels"),
    [
        ("dog.jpg", "dog.txt"),
        ("a.jpg/dog.b.PNG", "a.jpg/dog.b.txt"),
        ("x/images/train2017/1.jpg", "x/labels/train2017/1.txt"),
        ("VOC/JPEGImages/1.jpg", "VOC/labels/1.txt"),
        ("x/images/1.webp", "x/images/1.txt"),
    ],
)
def test_label_paths(picture, labels):
    assert label_path(picture).as_posix() == labels


def test_labels_under_labels_where_there_are_none_beside_the_picture(place):
    touch(place, "images/x/images/1.png", "images/x/labels/1.txt")
    assert find_labels("images/x/images/1.png").as_posix() == "images/x/labels/1.txt"
    touch(place, "images/x/images/1.txt")
    assert find_labels("images/x/images/1.png").as_posix() == "images/x/images/1.txt"
    assert find_labels("images/2.png").as_posix() == "images/2.txt"


def test_labels(place):
    (place / "a.txt").write_bytes(b"2 .5 0.25 1e-1 1\r\n\n  0\t0.1 0.1 0.1 0.1")
    labels = read_labels("a.txt")
    assert labels.classes.tolist() == [2, 0]
    assert np.array_equal(labels.xywh, np.float32([[0.5, 0.25, 0.1, 1], [0.1, 0.1, 0.1, 0.1]]))
    assert labels.xywh.dtype == np.float32


def test_lines_that_are_no_labels_are_left_out_with_one_warning(place):
    lines = "dog .5 .5 .1 .1", "0 .5 .5 .1 .1", "0 .5 .5 .1", "0 .5 .5 .1 .1 .9", "0.5 .5 .5 .1 .1", "0 .5 .5 nan .1"
    (place / "a.txt").write_text("\n".join(lines))
    with pytest.warns(DarknetWarning, match=r"a.txt:1 and 4 more lines: left out, not `class x y width height`") as seen:
        assert read_labels("a.txt").classes.tolist() == [0]
    assert len(seen) == 1


def test_samples(place):
    (place / "a.txt").write_text("1 .5 .5 .1 .1\n")
    (place / "difficult").mkdir()
    (place / "difficult" / "b.txt").write_text("0 .5 .5 .1 .1\n")
    a, b = samples(["a.png", "b.png"], ["difficult/a.png", "difficult/b.png"], 2)
    assert (a.labels.classes.tolist(), len(a.difficult), [p.as_posix() for p in a.missing]) == ([1], 0, ["difficult/a.txt"])
    assert (len(b.labels), b.difficult.classes.tolist(), [p.as_posix() for p in b.missing]) == (0, [0], ["b.txt"])
    assert isinstance(a, Sample)


@pytest.mark.parametrize("class_id", [-1, 2])
def test_a_class_that_the_network_does_not_have(place, class_id):
    (place / "a.txt").write_text(f"{class_id} .5 .5 .1 .1\n")
    with pytest.raises(DatasetError, match=f"a.txt: there is no class {class_id}; the network has 2, numbered 0 to 1"):
        samples(["a.png"], classes=2)


def test_difficult_lists_go_together_line_by_line(place):
    with pytest.raises(DatasetError, match="1 paths of difficult objects for 2 pictures"):
        samples(["a.png", "b.png"], ["a.png"])
