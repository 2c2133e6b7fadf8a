"""EXIF orientation: not heeded as in Darknet, with a warning, or as OpenCV does; broken data turn nothing."""

from __future__ import annotations

import struct
import warnings

import cv2
import numpy as np
import pytest
from picture_files import PICTURE, jpeg, png, tiff, webp

from darknet_py import image
from darknet_py.errors import DarknetWarning
from darknet_py.image import exif, reading


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch):
    """As in a new process."""
    monkeypatch.setattr(reading.ONCE, "_done", False)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("turn", range(1, 9))
def test_upright_as_opencv_does(tmp_path, turn, order):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(tiff(turn, order)))
    np.testing.assert_array_equal(image.read_image(path, exif=True), cv2.imread(str(path)))


@pytest.mark.parametrize("make", [png, webp])
@pytest.mark.parametrize("turn", [3, 6, 8])
def test_png_and_webp_too(tmp_path, make, turn):
    (tmp_path / "a").write_bytes(make(tiff(turn)))
    np.testing.assert_array_equal(image.read_image(tmp_path / "a", exif=False), PICTURE)
    np.testing.assert_array_equal(image.read_image(tmp_path / "a", exif=True), exif.upright(PICTURE, turn))


def test_alpha_is_turned_as_well(tmp_path):
    bgra = np.dstack([PICTURE, PICTURE[..., 1]])
    plain = cv2.imencode(".png", bgra)[1].tobytes()
    (tmp_path / "a.png").write_bytes(plain[:33] + png(tiff(6))[33:][: 4 + 4 + len(tiff(6)) + 4] + plain[33:])
    turned = image.load_image(tmp_path / "a.png", 4, exif=True)
    np.testing.assert_array_equal(turned[3], turned[1])
    assert turned.shape == (4, 24, 8)


@pytest.mark.parametrize("chosen", [None, True, False])
def test_a_choice_is_asked_for_once(tmp_path, chosen):
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(jpeg(tiff(6)))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for name in ("a.jpg", "b.jpg"):
            picture = image.load_image(tmp_path / name, exif=chosen)
            assert picture.shape == ((3, 24, 8) if chosen else (3, 8, 24))
    texts = [str(w.message) for w in said]
    if chosen is not None:
        assert not texts
        return
    assert len(texts) == 1
    assert texts[0].startswith(f"{tmp_path / 'a.jpg'}: taken as it is stored")
    assert all(word in texts[0] for word in ("-exif", "exif=True", "orientation 6", "-no_exif", "exif=False"))
    assert issubclass(said[0].category, DarknetWarning)


def test_behind_other_segments(tmp_path):
    data = jpeg(tiff(6))
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x/>"
    for other in (b"\xff\xe1" + struct.pack(">H", len(xmp) + 2) + xmp, b"\xff\xfe\0\x04hi", b"\xff\xff"):
        (tmp_path / "a.jpg").write_bytes(data[:2] + other + data[2:])
        assert image.read_image(tmp_path / "a.jpg", exif=True).shape == (24, 8, 3)


BROKEN = [
    b"", b"II", b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff", b"XX" + tiff(6)[2:], tiff(0), tiff(9),
    tiff(65535), tiff(6)[:18], tiff(6)[:17], tiff(6).replace(b"\x12\x01", b"\x13\x01"),
]  # fmt: skip


@pytest.mark.parametrize("data", BROKEN)
@pytest.mark.parametrize("make", [jpeg, png, webp])
def test_broken_data_turn_nothing(tmp_path, make, data):
    (tmp_path / "a").write_bytes(make(data))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plain, turned = image.read_image(tmp_path / "a"), image.read_image(tmp_path / "a", exif=True)
    np.testing.assert_array_equal(plain, turned)


def test_long_numbers_as_opencv_takes_them(tmp_path):
    for order in "<>":
        (tmp_path / "a.jpg").write_bytes(jpeg(tiff(6, order, "I")))
        np.testing.assert_array_equal(image.read_image(tmp_path / "a.jpg", exif=True), cv2.imread(str(tmp_path / "a.jpg")))
