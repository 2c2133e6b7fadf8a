"""Kernels as a picture."""

from __future__ import annotations

import numpy as np
import pytest

from darknet_py.output import kernel_picture
from darknet_py.output.kernels import LINES, SIDE


def numbers(*shape: int) -> np.ndarray:
    """Whole numbers up to 255, of which each filter has the least and the largest."""
    weights = np.random.RandomState(1).randint(0, 256, shape).astype(np.float32)
    weights.reshape(len(weights), -1)[:, :2] = 0, 255
    return weights


def shrunk(picture: np.ndarray, h: int, w: int) -> np.ndarray:
    """One pixel for each number."""
    times = picture.shape[0] // h
    assert picture.shape == (h * times, w * times, 3)
    assert np.array_equal(picture, picture[::times, ::times].repeat(times, 0).repeat(times, 1))
    return picture[::times, ::times]


def test_a_row_for_a_filter_a_tile_for_a_channel():
    weights = numbers(2, 5, 3, 3)
    picture = shrunk(kernel_picture(weights), 7, 19)
    for f, c in np.ndindex(2, 5):
        assert np.array_equal(picture[4 * f : 4 * f + 3, 4 * c : 4 * c + 3, 1], weights[f, c])
    assert (picture[3] == LINES).all()
    assert (picture[:, 3::4] == LINES).all()


@pytest.mark.parametrize("channels", [1, 3])
def test_tiles_in_grey_and_in_colours(channels):
    weights = numbers(7, channels, 2, 2)
    picture = shrunk(kernel_picture(weights), 8, 8)
    for f in range(7):
        y, x = 3 * (f // 3), 3 * (f % 3)
        blue, green, red = picture[y : y + 2, x : x + 2].transpose(2, 0, 1)
        for tile, channel in ((red, 0), (green, 1), (blue, 2)):
            assert np.array_equal(tile, weights[f, min(channel, channels - 1)])


def test_of_one_pixel_there_are_no_lines():
    weights = numbers(30, 40, 1, 1)
    assert np.array_equal(shrunk(kernel_picture(weights), 30, 40)[..., 0], weights[..., 0, 0])


def test_large_ones_are_not_made_larger():
    assert kernel_picture(numbers(SIDE, 600, 1, 1)).shape == (SIDE, 600, 3)


@pytest.mark.parametrize(
    ("filter_", "shades"),
    [
        ([-1, 0, 1, 3], [0, 63, 127, 255]),
        ([5, 5, 5, 5], [255, 255, 255, 255]),
        ([0, 0, 0, 0], [0, 0, 0, 0]),
        ([np.nan, 0, 1, np.nan], [0, 0, 255, 0]),
        ([-np.inf, 0, 1, np.inf], [0, 0, 255, 255]),
        ([np.nan] * 4, [0, 0, 0, 0]),
    ],
)
def test_shades(filter_, shades):
    """From the least to the largest number; a filter without a difference as it is."""
    weights = np.array(filter_, np.float32).reshape(1, 2, 1, 2)
    assert shrunk(kernel_picture(weights), 1, 5)[0, [0, 1, 3, 4], 0].tolist() == shades
