"""Class names in encodings other than UTF-8: what is read, what is said, and how it is chosen."""

from __future__ import annotations

import warnings

import cv2
import numpy as np
import pytest
import small_detector

from darknet_py.cli import main
from darknet_py.errors import CfgError, DarknetWarning
from darknet_py.files.names import read_names
from darknet_py.network import Network

LEGACY = [
    ("gbk", "汽车"), ("gbk", "自行车\n猫"), ("gbk", "安全帽"), ("big5", "汽車"), ("big5", "腳踏車\n貓"),
    ("shift_jis", "自動車"), ("shift_jis", "りんご"), ("euc_jp", "バナナ"), ("euc_kr", "자동차"), ("euc_kr", "사람"),
    ("cp1251", "человек"), ("cp1251", "Кошка\nсобака"), ("cp1251", "ЗНАК"), ("latin-1", "vélo"), ("latin-1", "Fußgänger"),
    ("cp1252", "œuf\nvélo"),
]  # fmt: skip


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("encoding", "text"), LEGACY)
def test_names_that_are_not_utf8_are_read_as_what_fits_and_told(place, encoding, text):
    (place / "my.names").write_bytes(f"person\n{text}\n".encode(encoding))
    with pytest.warns(DarknetWarning, match=rf"^my.names:2: not UTF-8, read as {encoding}: {text.splitlines()[0]}") as seen:
        assert read_names("my.names") == ["person", *text.splitlines()]
    assert (len(seen), seen[0].message.line) == (1, 2)


@pytest.mark.parametrize("content", [b"a\n\xff\x98\x80\n", b"a\n\xb3\xf3d\xbc\n", "自行车\n".encode() + b"\xb3\x80\n"])
def test_no_encoding_is_named_where_none_is_certain(place, content):
    (place / "my.names").write_bytes(content)
    with pytest.warns(DarknetWarning, match=r"my.names:2: not UTF-8, and no other encoding fits for certain"):
        assert "\ufffd" in read_names("my.names")[1]


@pytest.mark.parametrize(("encoding", "text"), [*LEGACY, ("utf-16", "汽车"), ("utf-8-sig", "汽车"), ("koi8_r", "человек")])
def test_the_encoding_given_is_the_one(place, encoding, text):
    (place / "my.names").write_bytes(f"{text}\n".encode(encoding))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_names("my.names", encoding) == text.splitlines()


@pytest.mark.parametrize("name", ["gkb", "", "base64", "a\0b", "utf-8" * 99])
def test_an_unknown_encoding(place, name):
    (place / "my.names").write_text("a\n")
    with pytest.raises(CfgError, match="is not known; there are gbk, big5"):
        read_names("my.names", name)


def test_a_file_in_another_encoding_than_given(place):
    (place / "my.names").write_bytes("a\n汽车\n".encode("gbk"))
    with pytest.raises(CfgError, match=r"^my.names:2: not utf-8; give another names_encoding") as e:
        read_names("my.names", "utf-8")
    assert e.value.line == 2


@pytest.mark.parametrize("name", ["日本", "naïve", "a\u2028b", "a\x85b", "a\x0bb", "  two  blanks ", "“quoted”", "a\xa0b"])
def test_names_in_utf8_are_what_they_are(place, name):
    (place / "my.names").write_text(f"{name}\nb\n", encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_names("my.names") == [name, "b"]


@pytest.fixture
def small(place):
    """A network of two classes, its names in GBK, and a picture."""
    small_detector.write(place)
    (place / "my.names").write_bytes("人\n汽车\n".encode("gbk"))
    (place / "my.data").write_text("names=my.names\n")
    cv2.imwrite("a.png", np.full((32, 32, 3), 90, np.uint8))
    return place


@pytest.mark.parametrize("names", ["my.names", "my.data"])
def test_the_encoding_reaches_the_network(small, names):
    net = Network.load("small.cfg", "small.weights", names=names, names_encoding="gbk")
    assert net.names == ["人", "汽车"]


@pytest.mark.parametrize("words", ["detect {} a.png -names my.names", "detector test my.data {} a.png"])
def test_the_commands_tell_and_take_the_encoding(small, capsys, words):
    command = [*words.format("small.cfg small.weights").split(), "-thresh", "0", "-dont_draw", "-quiet"]
    assert main(command) == 0
    out, err = capsys.readouterr()
    assert "人" in out
    assert "warning: my.names:1: not UTF-8, read as gbk: 人" in err
    assert main([*command, "-names_encoding", "gbk"]) == 0
    again, err = capsys.readouterr()
    assert again.splitlines()[1:] == out.splitlines()[1:]
    assert err == ""
    assert main([*command, "-names_encoding", "gkb"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_new_takes_the_encoding(small, capsys):
    assert main(["new", "yolov4-tiny", "-names", "my.names", "-names_encoding", "gbk"]) == 0
    out, err = capsys.readouterr()
    assert "classes=2" in out
    assert err == ""
