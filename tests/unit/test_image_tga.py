"""TGA files of every kind, against pixels computed plainly here; the same files give the same in C's stb_image."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from tga_files import write

from darknet_py import image
from darknet_py.errors import DarknetWarning, ImageError
from darknet_py.image import tga
from darknet_py.image.arrays import from_array

RANDOM = np.random.default_rng(4)
W, H = 11, 6


def values(size, most=256):
    """Bytes of pixels, with runs in them."""
    return RANDOM.integers(0, most, (H, W, size), np.uint8).repeat(2, 1)[:, :W]


def of_16_bits(stored):
    """Five bits a colour, blue lowest: BGR."""
    words = stored.astype(int) @ (1, 256)
    return np.stack([(words >> shift & 31) * 255 // 31 for shift in (0, 5, 10)], -1).astype(np.uint8)


@pytest.mark.parametrize("runs", [False, True])
@pytest.mark.parametrize("flags", [0x00, 0x20, 0x08])
@pytest.mark.parametrize("text", [b"", b"made by hand"])
@pytest.mark.parametrize("bits", [8, 15, 16, 24, 32])
def test_colours(tmp_path, bits, text, flags, runs):
    stored = values(-(-bits // 8))
    pixels = {8: stored.repeat(3, 2), 24: stored, 32: stored}.get(bits)
    pixels = of_16_bits(stored) if pixels is None else pixels
    path = write(tmp_path / "a.tga", 3 if bits == 8 else 2, bits, stored, flags, text, runs=runs)
    expected = pixels if flags & 0x20 else pixels[::-1]
    for channels in (1, 2, 3, 4):
        np.testing.assert_array_equal(image.load_image(path, channels), from_array(expected, channels))
    assert image.read_image(path).shape == (H, W, 3)


@pytest.mark.parametrize("runs", [False, True])
def test_grey_with_alpha(tmp_path, runs):
    stored = values(2)
    path = write(tmp_path / "a.tga", 3, 16, stored, runs=runs)
    np.testing.assert_array_equal(image.load_image(path, 4), from_array(stored[..., [0, 0, 0, 1]], 4))


@pytest.mark.parametrize("runs", [False, True])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("colour_bits", [8, 15, 16, 24, 32])
def test_palettes(tmp_path, colour_bits, bits, runs):
    """An index beyond the palette is its first colour."""
    palette = RANDOM.integers(0, 256, (40, -(-colour_bits // 8)), np.uint8)
    index = values(1, 50)
    stored = index if bits == 8 else np.dstack([index, 0 * index])
    colours = {8: palette.repeat(3, 1), 24: palette, 32: palette}.get(colour_bits)
    colours = of_16_bits(palette) if colours is None else colours
    path = write(
        tmp_path / "a.tga", 1, bits, stored, palette=palette.tobytes(), colours=40, colour_bits=colour_bits, runs=runs
    )
    expected = colours[np.where(index[..., 0] < 40, index[..., 0], 0)]
    np.testing.assert_array_equal(image.load_image(path, 4), from_array(expected, 4))


def test_from_right_to_left_as_darknet_but_not_silently(tmp_path):
    stored = values(3)
    path = write(tmp_path / "a.tga", 2, 24, stored, 0x30)
    with pytest.warns(DarknetWarning, match=r"a\.tga: .*right to left"):
        np.testing.assert_array_equal(image.read_image(path), stored)


@pytest.mark.parametrize("runs", [False, True])
def test_cut_off(tmp_path, runs):
    path = write(tmp_path / "a.tga", 2, 24, values(3), runs=runs)
    data = path.read_bytes()
    for end in (18, 20, 30, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:end])
        with pytest.raises(ImageError, match=r"a\.tga: damaged TGA \(cut off after \d+ of 66 pixels\)"):
            image.read_image(path)


def test_a_palette_that_is_not_there(tmp_path):
    for colours in (0, 60000):
        path = write(tmp_path / "a.tga", 1, 8, values(1), palette=b"\1", colours=colours, colour_bits=24)
        with pytest.raises(ImageError, match="palette"):
            image.read_image(path)


@pytest.mark.parametrize("data", [
    b"hello, I am a text and no picture at all", bytes(40), b"\0\1\2" + bytes(40), b"\0\0\2" + bytes(40),
    struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, 4, 4, 12, 0), b"\xff\xd8\xff\xe0", b"\0\0\2",
])  # fmt: skip
def test_what_is_no_tga(data):
    assert tga.header(data) is None
