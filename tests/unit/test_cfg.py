"""The text of cfg, data and names files: C's rules, on chosen and on arbitrary text."""

from __future__ import annotations

import ctypes
import os
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknet_py import cfg
from darknet_py.errors import CfgError, DarknetWarning

WORD = st.text("abcdefghijklmnopqrstuvwxyz_0123456789", min_size=1, max_size=8)
VALUE = st.text("abcdefghijklmnopqrstuvwxyz_0123456789.,-#;=/", min_size=1, max_size=12)
BLOCKS = st.lists(st.tuples(WORD, st.dictionaries(WORD, VALUE, max_size=4)), min_size=1, max_size=5)
NUMBERISH = st.text(" \t+-.0123456789eE", max_size=12) | st.integers(-(2**31), 2**31 - 1).map(str)


def parse_one(text: str) -> cfg.Section:
    return cfg.parse("[net]\n" + text)[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", "3"), (" 3 \t", "3"), ("a b", "ab"), ("3#x", "3#x"), ("a=b", "a=b"), ("3\r", "3"), ("3\x85", "3")],
)
def test_blanks_vanish_and_the_rest_stays(text: str, value: str) -> None:
    assert parse_one(f"key = {text}").text("key") == value


@pytest.mark.parametrize("line", ["#a=1", ";a=1", "  # a=1", "", " \t\r"])
def test_comments_and_empty_lines(line: str) -> None:
    assert not parse_one(line).options


@pytest.mark.parametrize("line", ["word", "a=", "="])
def test_lines_that_the_reference_skips_warn(line: str) -> None:
    with pytest.warns(DarknetWarning, match="<cfg>:2: ignored"):
        assert not parse_one(line).options


def test_the_first_of_two_equal_keys_wins() -> None:
    section = parse_one("a=1\nb=2\na=3")
    assert section.integer("a") == 1
    assert [(key, option.line) for key, option in section.options.items()] == [("a", 2), ("b", 3)]


def test_a_section_remembers_how_it_was_read() -> None:
    section = parse_one("a=1#x\nb=2\nb=3\nc=no\nd=1,x,3,#4\ne=1,2,\nf=1.50\ng=7")
    section.integer("a"), section.integer("b"), section.number("c"), section.integers("d"), section.integers("e")
    section.number("f"), section.integer("h"), section.ignore("g", "i")
    assert section.repeated == [("b", cfg.Option("3", 4))]
    assert section.read_as == {"a": "1", "c": "0", "d": "1,0,3"}
    assert (section.used, section.ignored) == ({*"abcdefh"}, {"g", "i"})
    assert section.unread() == []


def test_all_lines_that_cannot_be_used_are_listed() -> None:
    sections, problems = cfg.scan("a=1\n[net\nwidth=1\nb=\n[conv]x\nc", "f")
    assert [(section.name, section.line, list(section.options)) for section in sections] == [
        ("net", 2, ["width"]), ("convolutional", 5, []),
    ]  # fmt: skip
    assert [(p.line, p.fatal) for p in problems] == [(1, True), (2, True), (4, False), (5, True), (6, False)]


def test_sections_have_names_and_lines() -> None:
    aliases = "[conv]\n[max]\n[avg]\n[soft]\n[conn]\n[silence]\n[local_avg]\n"
    sections = cfg.parse(f"\n[network]\r\nwidth=1\r\n{aliases}[Yolo]", "f")
    names = ["net", "convolutional", "maxpool", "avgpool", "softmax", "connected", "empty", "local_avgpool", "Yolo"]
    assert [s.name for s in sections] == names
    assert [s.line for s in sections] == [2, *range(4, 12)]
    assert sections[0].where("width") == "f:3: [net]"


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "no sections"), ("a=1", "<cfg>:1: option before"), ("[net", "<cfg>:1: section name"), ("[net]#x", "<cfg>:1:")],
)
def test_what_is_no_cfg(text: str, message: str) -> None:
    with pytest.raises(CfgError, match=message):
        cfg.parse(text)


@pytest.mark.parametrize(("name", "content"), [("binary", b"[net]\0"), ("empty", b"")])
def test_files_that_are_no_cfg(name: str, content: bytes, tmp_path) -> None:
    (tmp_path / name).write_bytes(content)
    for path in (tmp_path / name, tmp_path, tmp_path / "missing"):
        with pytest.raises(CfgError, match=path.name):
            cfg.read(path)


@given(st.text())
def test_any_text_parses_or_is_refused(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DarknetWarning)
        try:
            sections = cfg.parse(text)
        except CfgError:
            return
    for section in sections:
        for key in section.options:
            section.integer(key), section.number(key), section.integers(key), section.numbers(key)
        assert not section.unread()


@given(BLOCKS)
def test_what_is_rendered_parses_back(blocks: list[tuple[str, dict[str, str]]]) -> None:
    text = "".join(f"[{name}]\n" + "".join(f"{k} = {v}\r\n" for k, v in options.items()) for name, options in blocks)
    sections = cfg.parse(text)
    assert [s.name for s in sections] == [cfg.ALIASES.get(name, name) for name, _ in blocks]
    assert [{k: o.value for k, o in s.options.items()} for s in sections] == [options for _, options in blocks]


@given(NUMBERISH)
def test_numbers_read_as_in_c(text: str) -> None:
    if os.name != "posix":
        pytest.skip("needs the C library's strtol and strtod")
    libc = ctypes.CDLL(None)
    libc.strtol.restype, libc.atof.restype = ctypes.c_long, ctypes.c_double
    in_c = libc.strtol(text.encode(), None, 10)
    assert cfg.atoi(text) == min(max(in_c, -(2**31)), 2**31 - 1)
    assert cfg.atof(text) == libc.atof(text.encode())


@pytest.mark.parametrize(
    ("text", "integer", "number"),
    [("", 0, 0.0), ("x1", 0, 0.0), ("1.9", 1, 1.9), ("-7e2", -7, -700.0), (".5", 0, 0.5), ("9" * 5000, 2**31 - 1, None),
     ("\N{ARABIC-INDIC DIGIT THREE}", 0, 0.0), ("1e", 1, 1.0), ("+-1", 0, 0.0)],
)  # fmt: skip
def test_numbers(text: str, integer: int, number: float | None) -> None:
    assert cfg.atoi(text) == integer
    assert number is None or cfg.atof(text) == number


def test_lists() -> None:
    section = parse_one("a=1, -2,3.5,\nb=1,2#,3")
    assert section.integers("a") == [1, -2, 3]
    assert section.numbers("a") == [1.0, -2.0, 3.5]
    assert section.integers("b") == [1, 2]
    assert section.integers("missing") is None


def test_bounds_and_choices_name_the_line() -> None:
    section = parse_one("a=0\nb=x")
    with pytest.raises(CfgError, match=r"<cfg>:2: \[net\] a=0 is not possible; it must be at least 1"):
        section.integer("a", least=1)
    with pytest.raises(CfgError, match=r"<cfg>:3: \[net\] b=x is not known; use one of: p, q"):
        section.choice("b", "p", ("q", "p"))


def test_data_and_names(tmp_path) -> None:
    (tmp_path / "x.data").write_text("classes = 2\n# note\nnames = a/b.names\nvalid =\nclasses=3\n")
    (tmp_path / "x.names").write_bytes(b"one\r\ntwo words\n")
    with pytest.warns(DarknetWarning, match="x.data:4: ignored, has no value: 'valid ='"):
        assert cfg.read_data(tmp_path / "x.data") == {"classes": "2", "names": "a/b.names"}
    assert cfg.read_names(tmp_path / "x.names") == ["one", "two words"]
