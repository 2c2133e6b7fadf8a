"""``check`` on texts in other encodings, with other line ends, with characters that look like others: told, and gone on."""

from __future__ import annotations

import pytest
from small_detector import CFG

from darknet_py import doctor
from darknet_py.cli import main
from darknet_py.errors import CfgError
from darknet_py.files.contents import kind_of

NAMES = "人\nb\n"
DATA = "classes=3\nnames=my.names\n"
TEXTS = {"small.cfg": CFG, "my.names": NAMES, "my.data": DATA}
SILENT = pytest.mark.filterwarnings("error")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The small network, names for its two classes, and a .data file that says three."""
    monkeypatch.chdir(tmp_path)
    for name, text in TEXTS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def findings(**options):
    """Those about texts, and that about the .data file's classes, which is found whatever else is."""
    found = doctor.check("small.cfg", data="my.data", **options).findings
    assert any(f.code == "data-classes" and (f.place.file, f.place.line) == ("my.data", 1) for f in found)
    return [(f.severity, f.code, f.place.file, f.place.line) for f in found]


@pytest.mark.parametrize("path", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@SILENT
def test_encodings_are_notes(place, path, encoding):
    before = findings()
    (place / path).write_bytes(TEXTS[path].encode(encoding))
    assert [f for f in findings() if f not in before] == [("note", "encoding", path, 1)]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@SILENT
def test_plain_texts_need_no_mark(place, codec):
    before = findings()
    for path in ("small.cfg", "my.data"):
        (place / path).write_bytes(TEXTS[path].encode(codec))
    assert [f[1:] for f in findings() if f not in before] == [("encoding", "small.cfg", 1), ("encoding", "my.data", 1)]


@pytest.mark.parametrize("path", TEXTS)
@SILENT
def test_lines_that_end_in_cr_are_notes(place, path):
    before = findings()
    (place / path).write_bytes(TEXTS[path].replace("\n", "\r\n", 1).replace("\n", "\r").replace("\r\r", "\r\n", 1).encode())
    assert [f for f in findings() if f not in before] == [("note", "line-ends", path, 2)]
    for end in ("\r\n", "\r\r\n"):
        (place / path).write_bytes(TEXTS[path].replace("\n", end).encode())
        assert findings() == before


@pytest.mark.parametrize("sign", ["\xa0=", "=\u2009", "\u200b=", "＝"])
@pytest.mark.parametrize(("path", "line"), [("small.cfg", 2), ("my.data", 2)])
@SILENT
def test_characters_that_look_like_others_are_notes(place, path, line, sign):
    before = findings()
    lines = TEXTS[path].splitlines()
    lines[line - 1] = lines[line - 1].replace("=", sign)
    (place / path).write_text("\n".join(lines), encoding="utf-8")
    assert [f for f in findings() if f not in before] == [("note", "characters", path, line)]


@pytest.mark.parametrize("line", ["[data]", "hello", "[dataset]", "valid ="])
@SILENT
def test_stray_lines_of_data_are_warnings(place, line):
    before = findings()
    (place / "my.data").write_text(f"{DATA}{line}\n")
    assert [f for f in findings() if f not in before] == [("warning", "ignored-line", "my.data", 3)]


@SILENT
def test_names_in_another_encoding_are_a_warning(place, capsys):
    before = findings()
    (place / "my.names").write_bytes("b\n汽车\n".encode("gbk"))
    assert [f for f in findings() if f not in before] == [("warning", "names-encoding", "my.names", 2)]
    assert findings(names_encoding="gbk") == before
    assert main(["check", "small.cfg", "-names", "my.names"]) == 0
    assert "my.names:2: not UTF-8, read as gbk: 汽车\n        -> save it as UTF-8" in capsys.readouterr().out
    assert main(["check", "small.cfg", "-names", "my.names", "-names_encoding", "gbk"]) == 0
    assert "UTF-8" not in capsys.readouterr().out


def test_an_unknown_encoding(place):
    with pytest.raises(CfgError, match="names_encoding=gkb is not known"):
        doctor.check("small.cfg", names="my.names", names_encoding="gkb")


@pytest.mark.skipif("os.sep != '/'", reason="backslashes are no part of names of files")
@SILENT
def test_backslashes_in_data_are_notes(place):
    before = findings()
    (place / "sub").mkdir()
    (place / "my.names").rename(place / "sub" / "my.names")
    (place / "my.data").write_text("classes=3\nnames = sub\\my.names\n")
    assert [f for f in findings() if f not in before] == [("note", "backslashes", "my.data", 2)]


@pytest.mark.parametrize(
    ("text", "role"),
    [("[data]\nnames=a\n", "data"), ("[net]\nclasses=2\n", "cfg"), ("[yolo]\nclasses=2\n[yolo]\n", "cfg"),
     ("［net］\nwidth＝3\n", "cfg"), ("\u200bnames = a\n", "data"), ("[net]\rwidth=3\r", "cfg"),
     ("names of all\n", "names")],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_the_kind_of_a_text_in_any_encoding(place, text, role, encoding):
    (place / "x").write_bytes((text + "# and so on\n" * 9999).encode(encoding))
    assert kind_of("x").role == role


@pytest.mark.parametrize("data", ["人\nb\n".encode("utf-16-le"), b"\xff\xfea\0\n", b"a\nb\n" + "c\n".encode("utf-16-le")])
def test_texts_that_are_broken_are_errors(place, data):
    (place / "my.names").write_bytes(data)
    found = doctor.check("small.cfg", names="my.names").findings
    assert [(f.severity, f.code) for f in found if "UTF-16" in f.message] == [("error", "not-names")]
