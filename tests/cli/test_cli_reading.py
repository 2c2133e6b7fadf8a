"""How commands read pictures: what one of a list cannot give stops none of the others; -exif, -no_exif, -max_pixels."""

from __future__ import annotations

import io
import os
import sys
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import stand_in
import tga_files
from photos import JPEGS
from picture_files import HEADERS, jpeg, tiff

from darknet_py.cli import main

place = stand_in.place
TEST = "detector", "test", "x.data", "x.cfg", "x.weights"


@pytest.fixture
def bad(place):
    """Between two good pictures those that no decoder should see."""
    (place / "many").mkdir()
    for name in ("0.png", "9.png"):
        (place / "many" / name).write_bytes((place / "a.png").read_bytes())
    for i, kind in enumerate(["jpeg", "png", "bmp", "tiff", "webp", "tga"], 1):
        (place / "many" / f"{i}.{kind}").write_bytes(HEADERS[kind])
    if hasattr(os, "mkfifo"):
        os.mkfifo(place / "many" / "7.jpg")
    return place


def complaints(err):
    return [line.split(": ")[2:4] for line in err.splitlines() if ": error: " in line]


@pytest.mark.parametrize("words", [["many"], ["list.txt"]])
def test_bombs_and_pipes_stop_nothing(bad, capsys, words):
    (bad / "list.txt").write_text("".join(f"many/{name}\n" for name in sorted(os.listdir("many"))))
    assert main([*TEST, *words, "-dont_draw"]) == 1
    out, err = capsys.readouterr()
    assert out.count("Predicted in") == 2
    said = complaints(err)
    assert len(said) == len(os.listdir("many")) - 2
    assert all("30000 x 30000" in problem or "is a pipe" in problem for _, problem in said)


def test_no_memory_for_one_picture_stops_nothing(place, capsys, monkeypatch):
    rows = stand_in.StandIn.rows

    def full_once(self, *_, **__):
        monkeypatch.setattr(stand_in.StandIn, "rows", rows)
        raise MemoryError

    monkeypatch.setattr(stand_in.StandIn, "rows", full_once)
    assert main([*TEST, "a.png", "sub/a.png", "-dont_draw"]) == 1
    out, err = capsys.readouterr()
    assert out.count("Predicted in") == 1
    (picture, problem), = complaints(err)
    assert picture in ("a.png", "sub/a.png")
    assert problem == "not enough memory for this picture; make it smaller, or cut it into several"


def test_max_pixels(place, capsys):
    assert main([*TEST, "a.png", "-dont_draw", "-max_pixels", "3199"]) == 1
    assert "a.png: a picture of 80 x 40 pixels by its header, more than the limit of 3199; -max_pixels 3200" in (
        capsys.readouterr().err
    )
    assert main([*TEST, "a.png", "-dont_draw", "-max_pixels", "3200"]) == 0


@pytest.mark.parametrize("pictures", [["a.jpg", "b.jpg"], []], ids=["words", "stdin"])
@pytest.mark.parametrize(("flags", "turned", "told"), [([], False, 1), (["-exif"], True, 0), (["-no_exif"], False, 0)])
def test_the_way_up(place, capsys, monkeypatch, flags, turned, told, pictures):
    monkeypatch.setattr("sys.stdin", io.StringIO("a.jpg\nb.jpg\n"))
    seen = lambda self, outputs, fit, *_, **__: sizes.append(fit.picture_size) or _nothing()  # noqa: E731
    monkeypatch.setattr("stand_in.StandIn.rows", seen)
    sizes: list[tuple[int, int]] = []
    for name in ("a.jpg", "b.jpg"):
        (place / name).write_bytes(jpeg(tiff(6)))
    assert main([*TEST, *pictures, "-dont_draw", *flags]) == 0
    assert sizes == [(8, 24) if turned else (24, 8)] * 2
    warned = [line for line in capsys.readouterr().err.splitlines() if "warning" in line]
    assert len(warned) == told
    assert all("orientation 6" in line and "-exif" in line and "-no_exif" in line for line in warned)


def _nothing():
    return SimpleNamespace(xywh=np.zeros((0, 4), np.float32), probs=np.zeros((0, 2), np.float32))


def test_both_ways_up_are_none(place, capsys):
    assert main([*TEST, "a.png", "-exif", "-no_exif"]) == 2
    assert "-exif and -no_exif exclude each other (help: darknet_py detector test -h)" in capsys.readouterr().err


def test_a_short_jpeg_is_read_with_one_warning(place, capfd, monkeypatch):
    monkeypatch.setattr("stand_in.StandIn.rows", lambda self, *_, **__: _nothing())
    (place / "short.jpg").write_bytes(JPEGS["baseline"][:-2])
    assert main([*TEST, "short.jpg", "-dont_draw"]) == 0
    assert capfd.readouterr().err == (
        "darknet_py: warning: short.jpg: the JPEG ends early; what is missing of the picture is blank\n"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
def test_a_device_on_stdin_is_refused(place, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("/dev/zero\na.png\n"))
    assert main([*TEST, "-dont_draw"]) == 1
    out, err = capsys.readouterr()
    assert out.count("Predicted in") == 1
    assert "/dev/zero: is a device; give a picture file" in err


def test_folders_and_words_know_tga(place, capsys):
    (place / "tgas").mkdir()
    tga_files.write(place / "tgas" / "a.TGA", 2, 24, cv2.imread("a.png"))
    assert main([*TEST, "tgas", "-dont_draw"]) == 0
    assert main([*TEST, "tgas/a.TGA", "-dont_draw"]) == 0
    assert capsys.readouterr().out.count("a.TGA: Predicted in") == 2
