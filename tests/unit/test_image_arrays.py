"""Users' arrays as pictures, with the channels that networks ask for, and what is passed for one and is none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from pictures import formula, planes, png, rows_of

from darknet_py import image
from darknet_py.errors import DarknetWarning, ImageError


def test_arrays_of_all_forms():
    bgr = formula(5, 4)
    expected = planes(bgr[..., ::-1])
    grey = planes(bgr[..., :1].repeat(3, 2))
    np.testing.assert_array_equal(image.from_array(bgr), expected)
    np.testing.assert_array_equal(image.from_array(np.dstack([bgr, bgr[..., 0]])), expected)
    np.testing.assert_array_equal(image.from_array(bgr[..., 0]), grey)
    np.testing.assert_array_equal(image.from_array(bgr[..., :1]), grey)
    np.testing.assert_array_equal(image.from_array(bgr[::2, ::-1]), expected[:, ::2, ::-1])
    assert image.from_array(bgr, 1).shape == (1, 5, 4)


def test_all_256_values_are_those_of_the_division_in_double():
    ramp = np.arange(256, dtype=np.uint8)[None]
    np.testing.assert_array_equal(image.from_array(ramp)[0, 0], (np.arange(256) / 255.0).astype(np.float32))


@pytest.mark.parametrize("order", ["<u2", ">u2"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_of_16_bits_the_upper_eight_count_as_with_files(tmp_path, order, channels):
    wide = np.random.default_rng(1).integers(0, 65536, (5, 8, channels)).astype(order)
    kinds = {1: 0, 3: 2, 4: 6}
    stored = wide if channels == 1 else wide[..., [2, 1, 0, 3][:channels]]
    path = png(tmp_path / "a.png", 16, kinds[channels], rows_of(stored.astype(">u2")))
    np.testing.assert_array_equal(image.from_array(wide, 4), image.load_image(path, 4))
    unchanged = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(image.from_array(unchanged, 4), image.load_image(path, 4))


def test_eight_bits_in_an_array_of_16_are_not_black_without_a_word():
    with pytest.warns(DarknetWarning, match="no value above 255"):
        image.from_array(formula(2, 3).astype(np.uint16))


@pytest.mark.parametrize(("channels", "expected"), [
    (1, [0.5]), (2, [0.5, 1]), (3, [0.5] * 3), (4, [0.5] * 3 + [1]),
])  # fmt: skip
def test_pictures_without_alpha_are_opaque(channels, expected):
    for picture in (np.full((2, 3, 3), 128, np.uint8), np.full((2, 3), 128, np.uint8)):
        im = image.from_array(picture, channels)
        np.testing.assert_array_equal((im * 255).round()[:, 0, 0], [int(v * 255 + 0.5) for v in expected])


@pytest.mark.parametrize("depth", [8, 16])
def test_alpha_of_files_and_arrays(tmp_path, depth):
    rgba = np.random.default_rng(2).integers(0, 256, (5, 7, 4), np.uint8)
    stored = rgba if depth == 8 else (rgba.astype(np.uint16) * 256 + 77).astype(">u2")
    path = png(tmp_path / "a.png", depth, 6, rows_of(stored))
    np.testing.assert_array_equal(image.load_image(path, 4), planes(rgba))
    np.testing.assert_array_equal(image.from_array(rgba[..., [2, 1, 0, 3]], 4), planes(rgba))
    np.testing.assert_array_equal(image.load_image(path), planes(rgba[..., :3]))
    grey = rgba[..., :3].astype(int) @ (77, 150, 29) >> 8
    np.testing.assert_array_equal(image.load_image(path, 2), planes(np.dstack([grey, rgba[..., 3]])))


def test_alpha_of_grey_pictures_and_palettes(tmp_path):
    """As C: stb_image.h gives them for four channels."""
    random = np.random.default_rng(1)
    palette, index = random.integers(0, 256, (256, 3), np.uint8), random.integers(0, 256, (5, 8), np.uint8)
    alpha = random.integers(0, 256, 256).astype(np.uint8)
    path = png(tmp_path / "a.png", 8, 3, rows_of(index), palette.tobytes(), alpha.tobytes())
    np.testing.assert_array_equal(image.load_image(path, 4), planes(np.dstack([palette[index], alpha[index]])))
    two = random.integers(0, 256, (5, 8, 2), np.uint8)
    path = png(tmp_path / "b.png", 8, 4, rows_of(two))
    np.testing.assert_array_equal(image.load_image(path, 4), planes(two[..., [0, 0, 0, 1]]))


@pytest.mark.parametrize("channels", [0, 5, 6])
def test_channels_that_no_picture_has(tmp_path, channels):
    for read in (lambda: image.from_array(formula(2, 2), channels), lambda: image.load_image(tmp_path / "no", channels)):
        with pytest.raises(ImageError, match=f"channels={channels}.*1 .*2 .*3 .*4 "):
            read()


class Image:
    """Stands for PIL.Image.Image."""


class Tensor:
    """Stands for torch.Tensor."""


Image.__module__ = "PIL.Image"


@pytest.mark.parametrize(
    ("picture", "says"),
    [
        (np.zeros((4, 4, 3), np.float32), r"float32.*\(picture \* 255\)\.astype"),
        (np.zeros((4, 4, 3), np.float64), r"float64.*astype"),
        (np.zeros((4, 4), np.bool_), r"bool.*\* 255"),
        (np.zeros((4, 4, 3), np.int64), "int64.*astype"),
        (np.zeros((4, 4, 3), np.uint32), "uint32.*astype"),
        (np.array([None, 1], object), "object.*several sizes"),
        ([[0, 1]], "a list.*one picture"),
        ((np.zeros((4, 4, 3), np.uint8),), "a tuple.*one picture"),
        (None, "None.*cv2.imread"),
        (b"\xff\xd8", "bytes.*cv2.imdecode"),
        (bytearray(9), "bytearray.*cv2.imdecode"),
        (Image(), r"PIL image.*\.\.\., ::-1"),
        (Tensor(), "Tensor.*permute"),
        (7, "int"),
        (np.zeros((4, 4, 2), np.uint8), r"\(4, 4, 2\)"),
        (np.zeros((3, 40, 40), np.uint8), r"\(3, 40, 40\); .*transpose"),
        (np.zeros((2, 40, 40, 3), np.uint8), "one picture"),
        (np.zeros(4, np.uint8), r"\(4,\)"),
        (np.zeros((0, 4, 3), np.uint8), "empty"),
    ],
)
def test_what_is_no_picture(picture, says):
    with pytest.raises(ImageError, match=says):
        image.from_array(picture)
