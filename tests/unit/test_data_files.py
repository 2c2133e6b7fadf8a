"""Options of .data files and paths in them, in lists and on standard input, as they are written or meant."""

from __future__ import annotations

import io
import os
import sys

import pytest

from darknet_py.cli import main
from darknet_py.errors import CfgError, DarknetWarning, DatasetError
from darknet_py.files.data import Data, data_file, read_data
from darknet_py.files.lists import read_list, streamed
from darknet_py.files.paths import find
from darknet_py.files.pictures import expand

POSIX = pytest.mark.skipif(os.sep == "\\", reason="backslashes are no part of names of files")
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-32"]
ENDS = ["\n", "\r\n", "\r"]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A working directory, which is the home folder too, with files whose names have blanks."""
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for path in ("My Drive/a b.names", "MyDrive/x.names", "sub/c.names", "it's.names"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("a\n")
    return tmp_path


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_data_in_every_encoding_and_with_every_line_end(place, silent, encoding, end):
    text = end.join(["# remark", "classes = 80", "names=My Drive/a b.names", "", "eval = coco", ""])
    (place / "my.data").write_bytes(text.encode(encoding))
    data = Data.read("my.data")
    assert [(key, entry.value, entry.line) for key, entry in data.entries.items()] == [
        ("classes", "80", 2), ("names", "MyDrive/ab.names", 3), ("eval", "coco", 5),
    ]  # fmt: skip
    assert data.names().as_posix() == "My Drive/a b.names"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("My Drive/a b.names", "My Drive/a b.names"), ("My Drive/x.names", "MyDrive/x.names"), ("it's.names", "it's.names"),
        ('"My Drive/a b.names"', "My Drive/a b.names"), ("“sub/c.names”", "sub/c.names"), ("'it's.names'", "it's.names"),
        ("\u200bsub/c.names\xa0", "sub/c.names"), ("sub/c.names # names", "sub/c.names"), ("sub/c.names\t;x", "sub/c.names"),
        ("~/sub/c.names", "{}/sub/c.names"), ('"~/My Drive/a b.names"  ', "{}/My Drive/a b.names"),
        ("My\xa0Drive/a\u2009b.names", "My Drive/a b.names"), ("My\\ Drive/a\\ b.names", "My Drive/a b.names"),
        pytest.param("sub\\c.names", "sub/c.names", marks=POSIX),
        pytest.param("My Drive\\a b.names", "My Drive/a b.names", marks=POSIX),
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", ["names", "valid", "train", "difficult"])
@pytest.mark.filterwarnings("ignore::darknet_py.errors.DarknetWarning")
def test_a_path_is_what_is_there_as_written_or_meant(place, key, value, found):
    (place / "my.data").write_text(f"{key} = {value}\n", encoding="utf-8")
    assert data_file("my.data", key).as_posix() == found.format(place.as_posix())


def test_a_blank_that_is_no_utf8(place):
    (place / "my.data").write_bytes(b"names\xa0=\xa0sub/c.names\xa0\n")
    with pytest.warns(DarknetWarning, match="my.data:1: byte A0, which is not UTF-8, read as what it looks like"):
        assert data_file("my.data", "names").as_posix() == "sub/c.names"


@POSIX
def test_names_with_such_signs_come_first(place, silent):
    for name in ("~", '"q"', "a\\b", "b #c", " d"):
        (place / name).write_text("")
    assert [find(name, option=True) for name in ("~", '"q"', "a\\b", "b #c", " d")] == ["~", '"q"', "a\\b", "b #c", " d"]


@POSIX
def test_backslashes_are_told_once(place):
    (place / "my.data").write_text("x=1\nnames = sub\\c.names\n")
    data = Data.read("my.data")
    with pytest.warns(DarknetWarning, match=r"^my.data:2: names=sub\\c.names is read with / in place of \\") as seen:
        assert data.file("names") == data.file("names")
    assert len(seen) == 1


@pytest.mark.parametrize("line", ["[data]", "hello", "names", "valid =", "= x"])
def test_stray_lines_are_told_and_passed_over(place, line):
    (place / "my.data").write_text(f"classes=3\n{line}\nnames = sub/c.names\n")
    if line == "= x":
        assert read_data("my.data") == {"classes": "3", "": "x", "names": "sub/c.names"}
        return
    with pytest.warns(DarknetWarning, match="^my.data:2: ignored, ") as seen:
        assert read_data("my.data") == {"classes": "3", "names": "sub/c.names"}
    assert len(seen) == 1


@pytest.mark.parametrize("line", ["classes＝８", "classes\xa0=\u20098", "\u200bclasses=８", "ｃｌａｓｓｅｓ=“8”"])
def test_characters_that_look_like_others_are_read_and_told(place, line):
    (place / "my.data").write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.warns(DarknetWarning, match=r"^my.data:2: U\+.* read as what it looks like"):
        assert read_data("my.data") == {"classes": "8"}


@pytest.mark.parametrize(
    ("line", "says"),
    [("names = no where", "my.data:2: names=no where is not there; fix the path"),
     ("names=sub", "my.data:2: names=sub is a folder"),
     ('names="~/x"', "my.data:2: names=~/x is not there"), ("valid=a", "my.data: no names= in it")],
)  # fmt: skip
def test_what_is_not_there_names_file_and_line(place, line, says):
    (place / "my.data").write_text(f"#\n{line}\n")
    with pytest.raises(CfgError, match=says):
        Data.read("my.data").file("names")


@pytest.mark.parametrize(
    ("line", "folder"),
    [("", "results"), ("results = My Drive", "My Drive"), ("results=My Drive/new folder", "My Drive/new folder"),
     ("results = ~/out", "{}/out"), ("results='out' ", "out")],
)  # fmt: skip
def test_the_folder_of_results(place, line, folder):
    (place / "my.data").write_text(f"{line}\n")
    assert Data.read("my.data").folder("results", "results") == folder.format(place)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_lists_in_every_encoding_and_with_every_line_end(place, silent, encoding, end):
    (place / "sub" / "ä b.png").write_bytes(b"")
    text = end.join(["ä b.png", "", " \u200b", '  "c d.png" ', "/e.png"])
    (place / "sub" / "l.txt").write_bytes(text.encode(encoding))
    assert read_list("sub/l.txt") == [os.path.join("sub", "ä b.png"), "c d.png", "/e.png"]


@pytest.fixture
def pictures(place):
    for name in ("a.png", "b c.png", " d.png"):
        (place / name).write_bytes(b"")
    return place


ROWS = [
    ("a.png  ", "a.png"), ("\ta.png\xa0", "a.png"), ('"b c.png"', "b c.png"), ("'b c.png' ", "b c.png"),
    ("«a.png»", "a.png"), ("~/a.png", "{}/a.png"), (" d.png", " d.png"), ("\ufeffa.png", "a.png"), ("no.png ", "no.png"),
    ("b\\ c.png", "b c.png"), ("b\u3000c.png", "b c.png"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "path"), ROWS)
def test_paths_in_lists_on_stdin_and_in_the_command_line(pictures, silent, row, path):
    path = path.format(pictures)
    (pictures / "l.txt").write_text(f"{row}\na.png\n", encoding="utf-8")
    assert read_list("l.txt") == [path, "a.png"]
    assert list(streamed(io.StringIO(f"{row}\n\na.png"))) == [path, "", "a.png"]
    assert expand([row]) == [row if path == "no.png" else path]


@POSIX
def test_backslashes_in_lists(pictures):
    (pictures / "sub" / "x.png").write_bytes(b"")
    (pictures / "l.txt").write_text("a.png\nsub\\x.png\nsub\\x.png\n")
    with pytest.warns(DarknetWarning, match=r"^l.txt:2: read with / in place of \\ \(and in 1 more lines\)"):
        assert read_list("l.txt") == ["a.png", "sub/x.png", "sub/x.png"]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_standard_input_in_every_encoding_and_with_every_line_end(place, silent, encoding, end):
    data = end.join(["ä.png", "", "c d.png", ""]).encode(encoding)
    assert list(streamed(io.TextIOWrapper(io.BytesIO(data)))) == ["ä.png", "", "c d.png"]


def test_standard_input_is_read_as_it_comes(place):
    source = streamed(io.TextIOWrapper(io.BufferedReader(coming := Coming())))
    assert [next(source), coming.asked] == ["1.png", 1]
    assert [next(source), coming.asked] == ["2.png", 2]


class Coming(io.RawIOBase):
    """A pipe that gives a line each time it is asked."""

    asked = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        self.asked += 1
        line = f"{self.asked}.png\n".encode()
        buffer[: len(line)] = line
        return len(line)


@pytest.mark.skipif(sys.platform != "linux", reason="names of files that are not UTF-8")
def test_paths_that_are_no_text_stay_what_they_are(place):
    path = os.fsdecode(b"\xff\xe9.png")
    (place / path).write_bytes(b"")
    (place / "l.txt").write_bytes(b"\xef\xbb\xbf\xff\xe9.png\r\n")
    (place / "my.data").write_bytes(b"valid = \xff\xe9.png\n")
    assert read_list("l.txt") == [path]
    assert str(data_file("my.data", "valid")) == path
    assert list(streamed(io.TextIOWrapper(io.BytesIO(b"a\n\xff\xe9.png\n")))) == ["a", path]


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\0\0", b"a.png\n\0\1\n", "人\na\n".encode("utf-16-le")])
def test_standard_input_that_is_no_text(place, data):
    with pytest.raises(DatasetError, match=r"^standard input: "):
        list(streamed(io.TextIOWrapper(io.BytesIO(data))))


def test_a_command_tells_each_thing_once(place, capsys):
    (place / "my.data").write_text("[data]\nhello\nnames = My Drive/a b.names\nvalid = l.txt\n")
    (place / "l.txt").write_text("a.png\n")
    assert main(["detector", "map", "my.data", "no.cfg", "no.weights"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.split("ignored")[0] for line in lines[:2]] == [
        "darknet_py: warning: my.data:1: ", "darknet_py: warning: my.data:2: ",
    ]  # fmt: skip
    assert "no.cfg" in lines[2]
    assert len(lines) == 3
