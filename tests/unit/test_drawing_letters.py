"""Text in any script: who writes it, how letters join, and what is written where nobody can."""

from __future__ import annotations

import struct
import warnings

import cv2
import numpy as np
import pytest

from darknet_py._support.optional import pip_install
from darknet_py.drawing import Mark, draw, letters
from darknet_py.drawing.letters import fonts, hershey, opencv5, pillow, spelling, written
from darknet_py.drawing.letters.arabic import in_order
from darknet_py.errors import DarknetWarning

LATIN, RUSSIAN, CHINESE, ARABIC, HEBREW, HINDI = "dog 93%", "собака", "狗", "كلب", "כלב", "कुत्ता"
NEW = hasattr(cv2, "FontFace")


@pytest.fixture(autouse=True)
def _anew(monkeypatch):
    """Nothing is remembered of other tests."""
    for kept in (letters._kept, letters._readable):
        kept.cache_clear()
    monkeypatch.setattr(spelling, "_told", [])
    yield
    for kept in (letters._kept, letters._readable):
        kept.cache_clear()


@pytest.fixture
def ascii_only(monkeypatch):
    """A machine with an old OpenCV and without Pillow."""
    for module in (opencv5, pillow):
        monkeypatch.setattr(module, "writer", lambda: None)


def test_letters_are_soft_and_have_room():
    mask = written(LATIN, 20)
    assert (mask.dtype, mask[0].any(), mask[:, 0].any()) == (np.uint8, False, False)
    assert len(np.unique(mask)) > 20
    assert 20 <= len(mask) <= 32
    assert written(LATIN, 40).shape[1] == pytest.approx(2 * mask.shape[1], rel=0.1)


def test_labels_of_one_script_are_equally_high():
    assert len({len(written(text, 24)) for text in ("a", "dog", "gypq", "DOG 100%", "...")}) == 1


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u200b"])
def test_of_nothing_there_is_nothing(text):
    assert not written(text, 12).size or written(text, 12).any()


def test_what_a_terminal_obeys_is_escaped_here_too():
    assert np.array_equal(written("a\nb\x1b[0m", 16), written("a\\nb\\x1b[0m", 16))


@pytest.mark.skipif(not NEW, reason="letters that come along are OpenCV 5's")
def test_opencv_5_writes_what_it_has():
    writer = opencv5.writer()
    assert not any(writer.lacks(text) for text in (LATIN, RUSSIAN, CHINESE, HEBREW, "σκύλος", "강아지", "いぬ", "čßø"))
    assert writer.lacks(HINDI) >= {"क", "त"}
    assert writer.lacks(ARABIC) == frozenset(ARABIC)


@pytest.mark.skipif(not NEW, reason="letters that come along are OpenCV 5's")
def test_opencv_5_writes_hebrew_from_the_right():
    ink, first, last = (_columns(opencv5.writer().ink(text, 32)[0]) for text in (HEBREW, HEBREW[0], HEBREW[-1]))
    assert np.array_equal(ink[:, -8:], first[:, -8:])
    assert np.array_equal(ink[:, :8], last[:, :8])


def _columns(ink):
    used = np.flatnonzero(ink.any(0))
    return ink[:, used[0] : used[-1] + 1]


def test_pillow_writes_with_the_fonts_of_the_system(monkeypatch):
    pytest.importorskip("PIL")
    if (writer := pillow.writer()) is None or writer.lacks(LATIN + RUSSIAN):
        pytest.skip("no font here")
    monkeypatch.setattr(opencv5, "writer", lambda: None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mask = written(f"{LATIN} {RUSSIAN}", 24)
    assert len(np.unique(mask)) > 20
    assert not np.array_equal(mask, written("dog 93% sobaka", 24))


def test_arabic_is_joined_and_runs_from_the_right():
    """By Pillow's Raqm, and without it by Unicode's joined forms: the same ink."""
    pytest.importorskip("PIL")
    writer = pillow.writer()
    if writer is None or not pillow.joins() or writer.lacks(ARABIC + "\ufedb\ufee0\ufe90"):
        pytest.skip("no font with Arabic here, or no Raqm")
    raqm = _columns(writer.ink(ARABIC, 40)[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pillow, "joins", lambda: False)
        ours = _columns(writer.ink(ARABIC, 40)[0])
    assert abs(raqm.shape[1] - ours.shape[1]) <= 3
    width = min(raqm.shape[1], ours.shape[1])
    assert np.abs(raqm[:, :width].astype(int) - ours[:, :width]).mean() < 20


@pytest.mark.parametrize(("text", "shown"), [
    ("dog 93%", "dog 93%"), ("", ""), (ARABIC, "\ufe90\ufee0\ufedb"), (f"{ARABIC} 93%", "93% \ufe90\ufee0\ufedb"),
    ("دار", "\u0631\u0627\u062f"), (f"a {HEBREW} b", "a בלכ b"), ("כלב (גדול)", "(לודג) בלכ"), ("بَب", "\ufe90\u064e\ufe91"),
])  # fmt: skip
def test_order_and_forms_without_a_library(text, shown):
    """The letters that have no joined form of their own, as dal's before alif, stay as they are."""
    written_so = in_order(text, lambda c: c not in "\ufe8d\ufea9\ufead\ufeae\ufe8e\ufeaa")
    assert written_so == shown


@pytest.mark.parametrize(("text", "latin"), [
    (RUSSIAN, "sobaka"), ("Щука Ёж", "Shchuka Yozh"), ("σκύλος", "skylos"), ("Łódź", "Lodz"), (ARABIC, "klb"),
    (HEBREW, "klb"), (HINDI, "kuttaa"), ("いぬ", "inu"), ("강아지", "gangaji"), ("naïve café…", "naive cafe..."),
    ("Straße", "Strasse"), (CHINESE, "U+72D7"), ("🐕", "U+1F415"), ("ﬁn ½", "fin 1/2"), ("dog", "dog"),
])  # fmt: skip
def test_other_scripts_in_latin_letters(text, latin):
    shown = spelling.spelled(text, frozenset(c for c in text if not c.isascii()))
    assert shown.replace("⁄", "/") == latin
    assert shown.isascii()


@pytest.mark.usefixtures("ascii_only")
def test_where_nobody_can_write_it_it_is_spelled_and_said_once():
    with pytest.warns(DarknetWarning) as told:
        mask, again = written(RUSSIAN, 20), written("кошка", 20)
    assert np.array_equal(mask, written("sobaka", 20))
    assert np.array_equal(again, written("koshka", 20))
    assert [str(w.message) for w in told] == [
        f"'собака' is drawn as 'sobaka': OpenCV has no letters for it; {pip_install('text')} draws those of the system's "
        "fonts"
    ]


@pytest.mark.usefixtures("ascii_only")
def test_a_class_that_cannot_be_spelled_has_its_number():
    picture = np.zeros((60, 200, 3), np.uint8)
    with pytest.warns(DarknetWarning, match="is drawn as 'class 16 93%'"):
        drawn = draw(picture, [Mark((20, 30, 180, 50), 16, CHINESE, 0.93)])
    assert np.array_equal(drawn, draw(picture, [Mark((20, 30, 180, 50), 16, "class 16", 0.93)]))


def test_no_font_has_it(monkeypatch):
    pytest.importorskip("PIL")
    if pillow.writer() is None:
        pytest.skip("no font here")
    monkeypatch.setattr(opencv5, "writer", lambda: None)
    monkeypatch.setattr(pillow, "_font_of", lambda c: fonts.files()[0] if c.isascii() else None)
    with pytest.warns(DarknetWarning, match=r"no font .* has ж \(U\+0436 CYRILLIC SMALL LETTER ZHE\); install one"):
        written("aж", 20)


def test_ascii_needs_nothing_and_is_never_told(ascii_only):
    text = "".join(map(chr, range(32, 127)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert written(text, 20).any()
    assert not hershey.writer().lacks(text)


def font(tables):
    """A font file of these tables."""
    head, at = struct.pack(">IHHHH", 0x00010000, len(tables), 0, 0, 0), 12 + 16 * len(tables)
    records, body = b"", b""
    for tag, data in tables.items():
        records += struct.pack(">4sIII", tag, 0, at + len(body), len(data))
        body += data
    return head + records + body


def cmap(*subtables):
    at, records = 4 + 8 * len(subtables), b""
    for platform, encoding, data in subtables:
        records += struct.pack(">HHI", platform, encoding, at)
        at += len(data)
    return struct.pack(">HH", 0, len(subtables)) + records + b"".join(data for *_, data in subtables)


FOUR = struct.pack(">12H", 4, 0, 0, 4, 0, 0, 0, 0x7A, 0xFFFF, 0, 0x61, 0xFFFF)
TWELVE = struct.pack(">HHIII", 12, 0, 0, 0, 2) + struct.pack(">IIIIII", 0x430, 0x44F, 1, 0x1F415, 0x1F415, 40)


@pytest.mark.parametrize(("data", "has"), [
    (font({b"cmap": cmap((3, 1, FOUR)), b"glyf": b""}), "az"),
    (font({b"cmap": cmap((0, 3, FOUR), (3, 10, TWELVE)), b"CFF ": b""}), "ая🐕"),
    (font({b"cmap": cmap((3, 1, FOUR))}), ""),
    (font({b"glyf": b""}), ""), (b"", ""), (b"ttcf", ""), (b"not a font at all", ""),
    (font({b"cmap": cmap((3, 1, FOUR[:20])), b"glyf": b""})[:-8], ""),
])  # fmt: skip
def test_which_characters_a_font_file_has(data, has, tmp_path):
    """Also one of bitmaps, one without a table, cut off, and none at all: they have nothing."""
    path = tmp_path / "a.ttf"
    path.write_bytes(data)
    assert {c for c in "azая🐕AБ€" if fonts.covers(path, c)} == set(has)
    assert not fonts.covers(tmp_path / "gone.ttf", "a")


def test_a_damaged_font_is_passed_over(monkeypatch, tmp_path):
    """Its table says that it has the letter; Pillow cannot open it."""
    pytest.importorskip("PIL")
    path = tmp_path / "a.ttf"
    path.write_bytes(font({b"cmap": cmap((3, 10, TWELVE)), b"glyf": b""}))
    monkeypatch.setattr(fonts, "files", lambda: (path,))
    pillow._font_of.cache_clear()
    try:
        assert pillow._font_of("а") is None
    finally:
        pillow._font_of.cache_clear()


def test_fonts_are_found_where_systems_keep_them(monkeypatch, tmp_path):
    (tmp_path / "fonts" / "deep").mkdir(parents=True)
    for name in ("b-Bold.ttf", "deep/DejaVuSans.ttf", "c.otf", "read.me"):
        (tmp_path / "fonts" / name).touch()
    monkeypatch.setattr(fonts, "folders", lambda: [tmp_path / "fonts", tmp_path / "none"])
    fonts.files.cache_clear()
    try:
        assert [path.name for path in fonts.files()] == ["DejaVuSans.ttf", "c.otf", "b-Bold.ttf"]
    finally:
        fonts.files.cache_clear()


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_every_system_has_folders(platform, monkeypatch):
    monkeypatch.setattr(fonts.sys, "platform", platform)
    assert len(fonts.folders()) >= 2
