"""How the bytes of any text file become lines: encodings, line ends, characters that look like others."""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknet_py import cfg
from darknet_py.errors import CfgError, DarknetWarning
from darknet_py.files.characters import option_line
from darknet_py.files.names import read_names
from darknet_py.files.text import decoded, lines, read_text

CFG = "[net]\nwidth=32\nheight=32\nchannels=3\n\n[convolutional]\nfilters=1\nactivation=linear\n"
MARKED = {
    "utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE, "utf-32-be": codecs.BOM_UTF32_BE,
}  # fmt: skip
ENDS = {"LF": "\n", "CR LF": "\r\n", "CR": "\r", "CR CR LF": "\r\r\n"}


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def facts(path):
    return [(s.name, s.line, {key: (o.value, o.line) for key, o in s.options.items()}) for s in cfg.read(path)]


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("mark", [True, False], ids=["mark", "no mark"])
@pytest.mark.parametrize("codec", MARKED)
def test_a_cfg_is_the_same_in_every_encoding_and_with_every_line_end(place, silent, codec, mark, end):
    (place / "a.cfg").write_bytes((MARKED[codec] if mark else b"") + CFG.replace("\n", end).encode(codec))
    assert facts("a.cfg") == [
        ("net", 1, {"width": ("32", 2), "height": ("32", 3), "channels": ("3", 4)}),
        ("convolutional", 6, {"filters": ("1", 7), "activation": ("linear", 8)}),
    ]


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("codec", MARKED)
def test_names_are_the_same_in_every_encoding_and_with_every_line_end(place, silent, codec, end):
    (place / "my.names").write_bytes(MARKED[codec] + end.join(["人", "b", "", "d", ""]).encode(codec))
    assert read_names("my.names") == ["人", "b", "", "d"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a\rb\nc\r\nd", ["a", "b", "c", "d"]), ("a\r\r", ["a", "", ""]), ("a\r\r\nb\r\r\n", ["a", "b", ""]),
        ("a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g", ["a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g"]), ("", [""]), ("\n", ["", ""]),
    ],
)  # fmt: skip
def test_lines(text, found):
    assert lines(text) == found


@given(st.lists(st.text(st.characters(exclude_characters="\r\n")), min_size=1), st.sampled_from(["\n", "\r\n", "\r"]))
def test_lines_are_those_that_were_joined(parts, end):
    assert lines(end.join(parts)) == parts


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("人\nb\n".encode("utf-16-le"), "f: looks like UTF-16 without its mark; save it as UTF-8"),
        ("人\nb\n".encode("utf-16-be"), "f: looks like UTF-16 without its mark; save it as UTF-8"),
        ("abc\n".encode("utf-16-le") + b"\n", "f: looks like UTF-16 without its mark; save it as UTF-8"),
        ("人\nb\n".encode("utf-32-le"), "f: looks like UTF-32 without its mark; save it as UTF-8"),
        (b"a\nb\n" + "c\r\n".encode("utf-16-le"), "f:3: from here on UTF-16, as >> of PowerShell appends it"),
        (b"\xff\xfe" + "abc".encode("utf-16-le") + b"\n", "f: marked as UTF-16, but not so at byte 6; save it as UTF-8"),
        (b"\xff\xfe\x00\xd8a\0", "f: marked as UTF-16, but not so"),
        (b"[net]\n\0\n", "f: binary data"), (b"[net]\0", "f: binary data"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\x0d", "f: binary data"), (b"\0" * 9, "f: binary data"),
        (b"\xff\xfea\0\0\0b\0", "f: binary data"), (bytes(range(256)) * 9, "f: binary data"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_without_doubt_says_why(data, says):
    with pytest.raises(CfgError, match=re.escape(says)):
        decoded(data, "f")


@given(st.binary() | st.binary().map(lambda data: b"\xff\xfe" + data) | st.text().map(lambda text: text.encode("utf-16-le")))
def test_any_bytes_are_a_text_or_refused(data):
    with contextlib.suppress(CfgError):
        assert "\0" not in decoded(data, "f")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")), st.sampled_from(list(MARKED)))
def test_a_mark_is_believed(text, codec):
    assert decoded(MARKED[codec] + text.encode(codec), "f") == text


@pytest.mark.parametrize("path", ["missing", "."])
def test_what_is_no_file(place, path):
    with pytest.raises(CfgError, match="cannot be read"):
        read_text(path)


@pytest.mark.parametrize("blank", "\v\f\x1c\xa0\u2009\u200b\ufeff\u3000\u00ad\u202f\u2060\u200e\u2028\x85\u3164\u2800\ufe0f")
def test_blanks_that_cannot_be_seen_are_blanks_and_told(blank):
    says = rf"^f:2: U\+{ord(blank):04X}.* read as what it looks like \(also in line 4\)"
    with pytest.warns(DarknetWarning, match=says) as seen:
        section = cfg.parse(f"[net]\n{blank}width{blank}={blank}32{blank}\n{blank}# {blank}\nheight=32{blank}", "f")[0]
    assert (section.integer("width"), section.integer("height"), section.read_as, len(seen)) == (32, 32, {}, 1)


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("width＝３２０", "width=320"), ("ｗｉｄｔｈ=320", "width=320"), ("［net］", "[net]"), ("【net】", "[net]"),
        ("a=１０，１４", "a=10,14"), ("a=−1", "a=-1"), ("layers = –1、－4", "layers=-1,-4"), ("a=0。5", "a=0.5"),
        ("a=٣", "a=3"), ("a=“3”", "a=3"), ("a=‘x’", "a=x"), ('a="3"', "a=3"), ("a=「3」", "a=3"),
        ("a='10, 14'#b", "a=10,14#b"),
        ("a=１０，１４ 锚框，二", "a=10,14锚框，二"),
    ],
)  # fmt: skip
def test_what_is_meant_without_doubt_is_read_and_told(line, read):
    found, replaced = option_line(line)
    assert (found, bool(replaced)) == (read, True)


@pytest.mark.parametrize(
    "line", ["a=3", "a=3 # “人”，１", "a=3；人", "tree=数据/９k.tree", "a=3 注释，二", "a=“3", "a=it's", "人=3", "a='x' y"],
)  # fmt: skip
def test_the_rest_stays(line):
    assert option_line(line) == (line.replace(" ", ""), [])


@pytest.mark.parametrize(
    ("data", "says"),
    [(b"width\xa0=\xa0320", "U+00A0 (no-break space)"), ("width＝320 # 宽度".encode("gbk"), "U+FF1D ＝"),
     ("width＝320 # 幅".encode("shift_jis"), "U+FF1D ＝"), ("width=“320”".encode("cp1252"), "U+201C “")],
)  # fmt: skip
def test_a_cfg_in_an_older_encoding(place, data, says):
    (place / "a.cfg").write_bytes(b"[net]\n" + data + b"\n")
    with pytest.warns(DarknetWarning, match=re.escape(f"a.cfg:2: {says}")):
        assert cfg.read("a.cfg")[0].integer("width") == 320


@pytest.mark.parametrize("remark", ["# 注释：网络".encode("gbk"), "; réseau".encode("latin-1"), b"# \xff\xfe", b"#\xa0x"])
def test_remarks_in_an_older_encoding(place, silent, remark):
    (place / "a.cfg").write_bytes(b"[net]\n" + remark + b"\nwidth=32 " + remark)
    assert cfg.read("a.cfg")[0].integer("width") == 32


@pytest.mark.parametrize("remark", ["＃a=b", "；a=b", "\u200b#a=b", "\xa0;a=b"])
def test_remarks_that_begin_with_such_characters(remark, silent):
    assert not cfg.parse(f"[net]\n{remark}")[0].options


@pytest.mark.parametrize(
    ("line", "key", "says"),
    [("width=“320", "width", "U+201C “ (left double quotation mark)"), ("width=三百", "width", "U+4E09 三"),
     ("width=\ue000320", "width", "U+E000"), ("policy=stеps", "policy", "U+0435 е (cyrillic small letter ie)")],
)  # fmt: skip
def test_what_cannot_be_read_is_named_by_its_character(line, key, says):
    section = cfg.parse(f"[net]\n{line}", "f")[0]
    with pytest.raises(CfgError, match=re.escape("f:2: [net]") + ".*" + re.escape(says)):
        section.choice(key, "", ["steps"]) if key == "policy" else section.integer(key, least=1)


def test_numbers_that_cannot_be_read_are_told():
    section = cfg.parse("[net]\na=1,“10”,2\nb=1 三,2三\n", "f")[0]
    assert (section.integers("a"), section.integers("b")) == ([1, 0, 2], [1, 2])
    told = "U+201C “ (left double quotation mark)"
    assert [str(doubt) for doubt in section.doubts] == [f"f:2: [net] a=1,“10”,2: {told} begins no number; read as 0"]


@pytest.mark.parametrize("line", ["wіdth=3", "[convоlutional]", "heіght = 3 # a"])
def test_names_with_letters_of_another_alphabet_are_told(line):
    with pytest.warns(DarknetWarning, match=r"^f:2: U\+04.. . \(cyrillic small letter .*\) in a name of plain letters"):
        cfg.parse(f"[net]\n{line}", "f")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such files")
def test_a_pipe_is_a_text_and_a_device_without_end_is_none(tmp_path, monkeypatch):
    """As ``darknet_py detect <(preprocess x.cfg)``."""
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr("darknet_py.files.text.PATIENCE", 20)
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=["cat\ndog\n"], daemon=True)
    writer.start()
    assert read_names(tmp_path / "pipe") == ["cat", "dog"]
    writer.join()
    monkeypatch.setattr("darknet_py.files.text.MOST", 1 << 16)
    with pytest.raises(CfgError, match="/dev/zero: goes on after 65536 bytes"):
        cfg.read("/dev/zero")
    with pytest.raises(CfgError, match="cannot be read"):
        cfg.read("a\0b.cfg")


@pytest.mark.parametrize(("end", "says"), [("\u2028", r"U\+2028 \(line separator\)"), ("\x85", r"U\+0085")])
def test_what_editors_take_for_an_end_of_a_line_is_named(end, says):
    with pytest.raises(CfgError, match=rf"^<cfg>:1: section name without closing bracket, with {says}: "):
        cfg.parse("[net]\nwidth=4\n".replace("\n", end))
