"""Pictures to a network's size by vectors: the naive twin's bits, from pixels as from planes, for every vector width."""

from __future__ import annotations

from unittest import mock

import naive_image
import numpy as np
import pytest
from engine import LANES
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet_py import image
from darknet_py.engine.native.host import host
from darknet_py.errors import ImageError
from darknet_py.image import Fit, Middle

SIDE, NEW = st.integers(1, 24), st.integers(2, 24)

# Ways in which users' arrays lie in memory, of a picture (h + 2, w + 2, 4)
LAYOUTS = {
    "BGR": lambda larger: np.ascontiguousarray(larger[1:-1, 1:-1, :3]),
    "BGRA": lambda larger: np.ascontiguousarray(larger[1:-1, 1:-1]),
    "cut out of BGR": lambda larger: np.ascontiguousarray(larger[..., :3])[1:-1, 1:-1],
    "cut out of BGRA": lambda larger: larger[1:-1, 1:-1],
    "colours of BGRA": lambda larger: larger[1:-1, 1:-1, :3],
    "colours turned round": lambda larger: np.ascontiguousarray(larger[1:-1, 1:-1, :3])[..., ::-1],
    "upside down": lambda larger: np.ascontiguousarray(larger[1:-1, 1:-1, :3])[::-1],
    "mirrored": lambda larger: np.ascontiguousarray(larger[1:-1, 1:-1, :3])[:, ::-1],
    "turned": lambda larger: np.ascontiguousarray(larger[1:-1, 1:-1, :3].swapaxes(0, 1)).swapaxes(0, 1),
    "every second row": lambda larger: np.ascontiguousarray(larger[1:-1, 1:-1, :3].repeat(2, 0))[::2],
    "grey": lambda larger: larger[1:-1, 1:-1, 0],
    "16 bits": lambda larger: larger[1:-1, 1:-1, :3].astype(np.uint16) * 257,
}


def picture_of(layout: str, h: int, w: int) -> np.ndarray:
    return LAYOUTS[layout](np.random.default_rng(h * 100 + w).integers(0, 256, (h + 2, w + 2, 4), np.uint8))


def planes_of(picture: np.ndarray) -> np.ndarray:
    """float32 (3, h, w) RGB, pixel by pixel as C divides."""
    eight = picture >> 8 if picture.dtype == np.uint16 else picture
    colours = [eight] * 3 if eight.ndim == 2 else [eight[..., c] for c in (2, 1, 0)]
    return (np.stack(colours) / 255.0).astype(np.float32)


@settings(max_examples=80, deadline=None)
@given(h=SIDE, w=SIDE, new_w=SIDE, new_h=NEW, layout=st.sampled_from(sorted(LAYOUTS)), lanes=st.sampled_from(LANES))
def test_the_naive_twins_bits(h: int, w: int, new_w: int, new_h: int, layout: str, lanes: int) -> None:
    picture = picture_of(layout, h, w)
    wanted = naive_image.resize_image(planes_of(picture), new_w, new_h)
    with mock.patch.object(host(), "lanes", lanes):
        assert same(Fit((w, h), (new_w, new_h)).input_of(picture), wanted)
        assert same(image.resize_image(planes_of(picture), new_w, new_h), wanted)


@settings(max_examples=80, deadline=None)
@given(
    h=SIDE, w=SIDE, new_w=SIDE, new_h=SIDE, channels=st.integers(1, 4), layout=st.sampled_from(sorted(LAYOUTS)),
    kind=st.sampled_from([Fit, lambda *sizes: Fit(*sizes, letter_box=True), Middle]), lanes=st.sampled_from(LANES),
)  # fmt: skip
def test_from_pixels_as_by_way_of_planes(h, w, new_w, new_h, channels, layout, kind, lanes) -> None:
    picture, fit = picture_of(layout, h, w), kind((w, h), (new_w, new_h))
    with mock.patch.object(host(), "lanes", lanes):
        assert same(fit.input_of(picture, channels), fit.input(image.from_array(picture, channels)))


def same(a: np.ndarray, b: np.ndarray) -> bool:
    """The same shape, type and bits."""
    return a.dtype == b.dtype == np.float32 and a.shape == b.shape and a.tobytes() == b.tobytes()


@pytest.mark.parametrize("lanes", LANES)
def test_each_byte_divided_by_255(lanes: int) -> None:
    picture = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, 2)
    with mock.patch.object(host(), "lanes", lanes):
        assert same(Fit((16, 16), (16, 16)).input_of(picture), planes_of(picture))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_picture_is_not_changed(layout: str) -> None:
    picture = picture_of(layout, 9, 7)
    before = picture.copy()
    picture.flags.writeable = False
    Fit((7, 9), (5, 20)).input_of(picture)
    assert np.array_equal(picture, before)


@pytest.mark.parametrize("im", [
    np.asfortranarray(np.random.default_rng(0).random((3, 9, 8), np.float32)),
    np.random.default_rng(0).random((3, 18, 16), np.float32)[:, ::2, ::2],
    np.random.default_rng(0).random((3, 9, 8), np.float32)[::-1, ::-1, ::-1],
    np.broadcast_to(np.float32(0.25), (3, 9, 8)), np.random.default_rng(0).random((1, 9, 8), np.float32),
])  # fmt: skip
def test_planes_in_any_order_of_memory(im: np.ndarray) -> None:
    assert same(image.resize_image(im, 5, 7), naive_image.resize_image(im, 5, 7))


@pytest.mark.parametrize("size", [(2**24 + 5, 1), (1, 2**24 + 5)])
def test_a_side_that_float32_cannot_count_stays_inside(size: tuple[int, int]) -> None:
    w, h = size
    picture = np.zeros((h, w, 3), np.uint8)
    picture[-1, -1] = 255
    assert Fit(size, (3, 3)).input_of(picture)[0, -1, -1] == 1


@pytest.mark.parametrize("values", [[np.nan], [np.inf, -np.inf, 0], [3e38, -3e38], [1e-42, -0.0]])
def test_what_is_no_picture_is_computed_the_same(values: list[float]) -> None:
    im = np.random.default_rng(1).choice(np.float32([0.5, 1, *values]), (2, 9, 8))
    with np.errstate(all="ignore"):
        wanted = naive_image.resize_image(im, 6, 5)
    np.testing.assert_array_equal(image.resize_image(im, 6, 5)[:, :-1, :-1], wanted[:, :-1, :-1])


@pytest.mark.parametrize("wrong", [None, np.zeros((3, 4, 3)), np.zeros((0, 4, 3), np.uint8), np.zeros(4, np.uint8)])
def test_what_is_no_picture_is_refused_as_by_from_array(wrong: object) -> None:
    with pytest.raises(ImageError) as by_planes:
        image.from_array(wrong)
    with pytest.raises(ImageError) as by_pixels:
        Fit((4, 3), (4, 3)).input_of(wrong)
    assert str(by_pixels.value) == str(by_planes.value)
