"""Pictures: decoding, the reference's resize and letterbox, and what is refused.

The check sums of RESIZED come from the C program: a picture ``formula(h, w)`` as PNG through its load_image, then its
resize_image or letterbox_image to (h, w), zlib.crc32 of the float32 bytes.  None: the C program crashes.
"""

from __future__ import annotations

import gzip
import json
import zlib

import cv2
import naive_image
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import formula, planes, png, rows_of
from reference import kit

from darknet_py import image
from darknet_py.errors import ImageError

RESIZED = [
    ((5, 7), (11, 13), 0x61221C69, 0xC748556A),
    ((48, 64), (32, 32), 0xEA1A2BC6, 0xFDE62A47),
    ((64, 48), (96, 33), 0xEF337D06, 0x72248EF9),
    ((1, 9), (8, 8), 0x1609213E, 0xA294E4C1),
    ((9, 1), (8, 8), 0x5DD51F4D, 0xA294E4C1),
    ((1, 1), (4, 6), 0x39CAD848, 0x12A29A71),
    ((33, 20), (12, 1), 0x471FD628, None),
    ((30, 40), (7, 5), 0xDD979BA2, 0x92E58C2B),
    ((2, 3), (64, 64), 0xA5497B34, 0x366E819B),
    ((3, 2), (42, 100), 0xD1F073A1, 0xBCC2B0C5),
]


@pytest.mark.parametrize(("size", "new", "resized", "boxed"), RESIZED)
def test_sizes_as_the_c_program(size, new, resized, boxed):
    im = planes(formula(*size))
    assert zlib.crc32(image.resize_image(im, new[1], new[0]).tobytes()) == resized
    if boxed is not None:
        assert zlib.crc32(image.letterbox_image(im, new[1], new[0]).tobytes()) == boxed


SIDE = st.integers(1, 24)


@settings(max_examples=60, deadline=None)
@given(h=SIDE, w=SIDE, new_h=st.integers(2, 24), new_w=SIDE, channels=st.sampled_from([1, 3]))
def test_resize_equals_its_naive_twin(h, w, new_h, new_w, channels):
    im = np.random.default_rng(h * 100 + w).random((channels, h, w), np.float32)
    np.testing.assert_array_equal(image.resize_image(im, new_w, new_h), naive_image.resize_image(im, new_w, new_h))
    if min(w * new_h // h, new_h) >= 2 and min(h * new_w // w, new_w) >= 2:
        boxed = naive_image.letterbox_image(im, new_w, new_h)
        np.testing.assert_array_equal(image.letterbox_image(im, new_w, new_h), boxed)


def test_downscaling_reads_only_some_rows_and_gives_the_same():
    im = np.random.default_rng(3).random((3, 60, 20), np.float32)
    np.testing.assert_array_equal(image.resize_image(im, 7, 9), naive_image.resize_image(im, 7, 9))


def test_same_size_is_a_copy():
    im = planes(formula(6, 5))
    out = image.resize_image(im, 5, 6)
    assert out is not im
    np.testing.assert_array_equal(out, im)


def test_height_one_is_the_last_row():
    im = planes(formula(6, 5))
    np.testing.assert_array_equal(image.resize_image(im, 5, 1)[:, 0], im[:, -1])


@pytest.mark.parametrize("rows", [2, 3, 6, 7])
def test_height_one_takes_no_row_that_was_never_scaled(monkeypatch, rows):
    im, empty = planes(formula(rows, 5)), np.empty

    def nan(shape, dtype=float, **rest):
        return np.full(shape, np.nan, dtype) if np.dtype(dtype) == np.float32 else empty(shape, dtype, **rest)

    monkeypatch.setattr(np, "empty", nan)
    np.testing.assert_array_equal(image.resize_image(im, 5, 1)[:, 0], im[:, -1])


def test_a_sliver_leaves_an_empty_letterbox():
    assert (image.letterbox_image(np.ones((3, 1, 500), np.float32), 32, 32) == np.float32(0.5)).all()


def test_inputs_of_all_golden_cases():
    folder = kit()
    for case in sorted(folder.glob("golden/*.json.gz")):
        golden = json.loads(gzip.decompress(case.read_bytes()))
        cfg = (folder / "cfg" / golden["cfg"]).read_text()
        im = image.load_image(folder / "images" / golden["image"])
        _, h, w = golden["input"]["shape"][-3:]
        boxed = golden["letter_box"] or "letter_box=1" in cfg
        made = (image.letterbox_image if boxed else image.resize_image)(im, w, h)
        assert zlib.crc32(made.tobytes()) == golden["input"]["crc32"], case.name


def test_every_kind_of_png(tmp_path):
    random = np.random.default_rng(1)
    rgb = random.integers(0, 256, (5, 8, 3), np.uint8)
    alpha, grey = rgb[..., :1], rgb[..., :1].repeat(3, 2)
    wide = random.integers(0, 65536, (5, 8, 3)).astype(">u2")
    bits = random.integers(0, 2, (5, 8), np.uint8)
    palette, index = random.integers(0, 256, (256, 3), np.uint8), random.integers(0, 256, (5, 8), np.uint8)
    cases = {
        "rgb": (png(tmp_path / "a.png", 8, 2, rows_of(rgb)), rgb),
        "alpha is dropped": (png(tmp_path / "b.png", 8, 6, rows_of(np.dstack([rgb, alpha]))), rgb),
        "grey": (png(tmp_path / "c.png", 8, 0, rows_of(rgb[..., 0])), grey),
        "grey and alpha": (png(tmp_path / "d.png", 8, 4, rows_of(rgb[..., :2])), grey),
        "16 bits keep the upper eight": (png(tmp_path / "e.png", 16, 2, rows_of(wide)), (wide >> 8).astype(np.uint8)),
        "one bit": (png(tmp_path / "f.png", 1, 0, rows_of(np.packbits(bits, 1))), bits[..., None].repeat(3, 2) * 255),
        "palette": (png(tmp_path / "g.png", 8, 3, rows_of(index), palette.tobytes()), palette[index]),
        "palette with transparency": (
            png(tmp_path / "h.png", 8, 3, rows_of(index), palette.tobytes(), bytes(256)), palette[index],
        ),
    }  # fmt: skip
    for name, (path, expected) in cases.items():
        np.testing.assert_array_equal(image.load_image(path), planes(expected), err_msg=name)


def test_bmp_and_jpeg(tmp_path):
    rgb = formula(16, 16)
    cv2.imwrite(str(tmp_path / "a.bmp"), rgb[..., ::-1])
    np.testing.assert_array_equal(image.load_image(tmp_path / "a.bmp"), planes(rgb))
    flat = np.full((16, 16, 3), 128, np.uint8)
    cv2.imwrite(str(tmp_path / "a.jpg"), flat)
    assert np.abs(image.load_image(tmp_path / "a.jpg") - planes(flat)).max() <= 2 / 255


def test_grey_networks_get_the_weights_of_stb(tmp_path):
    rgb = formula(4, 6)
    cv2.imwrite(str(tmp_path / "a.png"), rgb[..., ::-1])
    grey = rgb.astype(int) @ (77, 150, 29) >> 8
    np.testing.assert_array_equal(image.load_image(tmp_path / "a.png", 1), (grey[None] / 255.0).astype(np.float32))


def test_names_in_any_script(tmp_path):
    path = tmp_path / "köter 犬.png"
    path.write_bytes(cv2.imencode(".png", formula(4, 4))[1].tobytes())
    assert image.load_image(path).shape == (3, 4, 4)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read"),
        (b"", "empty"),
        (b"hello, I am a text" * 9, "not a picture"),
        (b"GIF89a" + bytes(20), "a GIF"),
        (b"8BPS\0\1" + bytes(30), "Photoshop"),
        (b"%PDF-1.7", "PDF"),
        (b"<!DOCTYPE html><title>404</title>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1", "Git LFS"),
        (b"BM" + b"\xff" * 60, "not a picture|cannot be decoded"),
    ],
)
def test_unreadable_files(tmp_path, capfd, content, says):
    path = tmp_path / "x.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ImageError, match=rf"x\.png: .*({says}).*;") as e:
        image.load_image(path)
    assert "\n" not in str(e.value)
    assert capfd.readouterr().err == ""


def test_a_directory(tmp_path):
    with pytest.raises(ImageError, match=r"directory|cannot be read"):
        image.load_image(tmp_path)


@pytest.mark.parametrize(("size", "side"), [((7, 5), 4), ((5, 7), 4), ((6, 6), 9), ((40, 3), 5), ((3, 3), 3)])
def test_the_shorter_side_as_wanted(size, side):
    """The reference's whole numbers: the longer side is cut down."""
    h, w = size
    im = np.random.RandomState(0).rand(3, h, w).astype(np.float32)
    new_w, new_h = (side, h * side // w) if w < h else (w * side // h, side)
    resized = image.resize_min(im, side)
    assert resized.shape == (3, new_h, new_w)
    assert np.array_equal(resized, naive_image.resize_image(im, new_w, new_h))


@pytest.mark.parametrize(("left", "top", "w", "h"), [(1, 2, 3, 2), (-2, 0, 4, 4), (0, -3, 9, 9), (5, 5, 2, 2)])
def test_a_crop_goes_on_with_the_border(left, top, w, h):
    im = np.random.RandomState(0).rand(2, 4, 5).astype(np.float32)
    cropped = image.crop_image(im, left, top, w, h)
    expected = [[[plane[min(max(y, 0), 3), min(max(x, 0), 4)] for x in range(left, left + w)]
                 for y in range(top, top + h)] for plane in im]  # fmt: skip
    assert np.array_equal(cropped, expected)
