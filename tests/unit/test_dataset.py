"""Lists, folders and label files, right and wrong ones."""

from __future__ import annotations

import os
import sys
import warnings

import numpy as np
import pytest

from darknet_py.errors import DarknetWarning, DatasetError
from darknet_py.files.labels import find_labels, label_path, read_labels
from darknet_py.files.lists import read_list
from darknet_py.files.pictures import expand
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


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("2 .5 .25 .1 1 # a dog", 1), ("2 .5 .25 .1 1 0 .1 .1", 1), ("2 .5 .25 .1 1 0 .1 .1 .1 .1 dog 1", 2),
        ("2 .5 .25 .1 1 0", 1), ("2 .5 .25 .1 1 .9", 0), ("2 .5 .25 .1 1 .9 .8", 0), ("# 2 .5 .25 .1 1", 0),
    ],
)  # fmt: skip
def test_a_line_that_breaks_off_is_read_up_to_there(place, line, count):
    (place / "a.txt").write_text(f"{line}\n0 .1 .1 .1 .1\n")
    says = "read up to where it is no longer" if count else "left out, not"
    with pytest.warns(DarknetWarning, match=rf"a.txt:1: {says} `class x y width height`"):
        labels = read_labels("a.txt")
    assert labels.classes.tolist() == [*[2, 0][:count], 0]
    assert labels.lines == (1,) * count + (2,)


RIGHT = np.float32([[0.5, 0.25, 0.1, 1], [0.1, 0.1, 0.1, 0.1]])


@pytest.mark.parametrize(
    "text",
    ["2 .5 .25 .1 1 0 .1 .1 .1 .1", "2 .5 .25\n.1 1\n0 .1 .1 .1 .1", "2\n.5\n.25\n.1\n1\n0\n.1\n.1\n.1\n.1\n",
     "\n +2 5e-1 .25 1.E-1 1.\t0\n\n.1 .1 .1 .1", "2 .5 .25 .1 1 0 .1\r.1 .1 .1"],
)  # fmt: skip
def test_labels_are_a_stream_as_in_c(place, text):
    (place / "a.txt").write_text(text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        labels = read_labels("a.txt")
    assert labels.classes.tolist() == [2, 0]
    assert np.array_equal(labels.xywh, RIGHT)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_labels_in_every_encoding_and_with_every_line_end(place, encoding, end):
    (place / "a.txt").write_bytes(f"2 .5 .25 .1 1{end}0 .1 .1 .1 .1{end}".encode(encoding))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        labels = read_labels("a.txt")
    assert (labels.classes.tolist(), labels.lines) == ([2, 0], (1, 2))
    assert np.array_equal(labels.xywh, RIGHT)


@pytest.mark.parametrize(
    "text",
    ["2\xa0.5 .25 .1 1\n0 .1 .1 .1 .1", "2 .5\u2009.25 .1 1 0 .1 .1 .1 .1", "２ ０.5 ．25 .1 1\u3000\n0 .1 .1 .1 .1"],
)
def test_labels_with_characters_that_look_like_others(place, text):
    (place / "a.txt").write_text(text, encoding="utf-8")
    with pytest.warns(DarknetWarning, match=r"^a.txt:1: U\+.* read as what it looks like"):
        assert np.array_equal(read_labels("a.txt").xywh, RIGHT)


def test_a_class_in_decimals_is_told(place):
    (place / "a.txt").write_text("0 .5 .5 .1 .1\n1.0 .5 .5 .1 .1\n2. .5 .5 .1 .1\n")
    with pytest.warns(DarknetWarning, match=r"^a.txt:2 and 1 more lines: a class in decimals is read as a whole number"):
        assert read_labels("a.txt").classes.tolist() == [0, 1, 2]


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff", " \u200b\n"])
def test_a_blank_label_file_has_no_objects(place, text):
    (place / "a.txt").write_text(text, encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(read_labels("a.txt")) == 0


@pytest.mark.parametrize(
    "line", ["1e9 .5 .5 .1 .1", "9999999999 .5 .5 .1 .1", "99999999 .5 .5 .1 .1", "0 .5 .5 .1 1e39", "0 0x1 .5 .1 .1",
             "1_0 .5 .5 .1 .1", "0,.5,.5,.1,.1", "0 0,5 0,5 0,1 0,1", "0 .5 .5 .1 inf", "# 0 .5 .5 .1 .1"],
)  # fmt: skip
def test_numbers_that_are_none_are_left_out_and_told(place, line):
    (place / "a.txt").write_text(f"1 .5 .5 .1 .1\n{line}\n2 .5 .5 .1 .1\n")
    with pytest.warns(DarknetWarning, match=r"^a.txt:2: left out"):
        assert read_labels("a.txt").classes.tolist() == [1, 2]


def test_binary_labels(place):
    (place / "a.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    with pytest.raises(DatasetError, match=r"^a.txt: binary data"):
        read_labels("a.txt")


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
    says = f"^a.txt:1: there is no class {class_id}; the network has 2, numbered 0 to 1"
    with pytest.warns(DarknetWarning, match=says) as seen:
        (sample,) = samples(["a.png"], classes=2)
    assert (sample.labels.classes.tolist(), seen[0].message.line) == ([class_id], 1)


def test_classes_that_the_network_does_not_have_are_one_warning(place):
    (place / "a.txt").write_text("1 .5 .5 .1 .1\n\n2 .5 .5 .1 .1\n0 .5 .5\n.1 .1 3 .5 .5 .1 .1")
    (place / "b.txt").write_text("-1 .5 .5 .1 .1\n")
    with pytest.warns(DarknetWarning, match=r"^a.txt:3: there is no class 2, nor those of 2 other labels") as seen:
        a, b = samples(["a.png", "b.png"], classes=2)
    assert (a.labels.lines, a.labels.classes.tolist(), len(b.labels), len(seen)) == ((1, 3, 4, 5), [1, 2, 0, 3], 1, 1)


def test_difficult_lists_go_together_line_by_line(place):
    with pytest.raises(DatasetError, match="1 paths of difficult objects for 2 pictures"):
        samples(["a.png", "b.png"], ["a.png"])


def test_numbers_of_very_many_digits(tmp_path):
    """Each sign of them is looked at once: a line of 200,000 digits that is no number took 40 seconds."""
    digits = "0" * 200_000
    path = tmp_path / "a.txt"
    path.write_text(f"1 {digits}.5 .5 .2 .2\n1 {digits}x .5 .2 .2\n")
    with pytest.warns(DarknetWarning, match=r"a\.txt:2: left out"):
        found = read_labels(path)
    np.testing.assert_allclose(found.xywh, [[0.5, 0.5, 0.2, 0.2]], rtol=1e-6)
