"""Characters → lines of text."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknet_py import Detection, Detections
from darknet_py.boxes.lines import read_lines, weakest

WIDTH, HEIGHT = 640, 400


def glyphs(
    text: str, x: float, y: float, height: float, slope: float = 0.0, pitch: float = 0.75, prob: float = 0.9
) -> list[Detection]:
    """The boxes of a text whose first character is centred at (x, y), in pixels; a narrow I and 1, spaces, a baseline.

    ``pitch``: heights from centre to centre.
    """
    found, advance = [], pitch * height
    for i, character in enumerate(text):
        if character != " ":
            width = 0.2 * height if character in "I1" else 0.6 * height
            centre = x + i * advance
            box = (centre / WIDTH, (y + slope * i * advance) / HEIGHT, width / WIDTH, height / HEIGHT)
            found.append(Detection(0, character, prob, prob, box))
    return found


def texts(*found: Detection, seed: int = 0) -> list[str]:
    order = np.random.RandomState(seed).permutation(len(found))
    return [line.text for line in read_lines(Detections([found[i] for i in order], WIDTH, HEIGHT))]


@pytest.mark.parametrize("slope", [-0.3, 0, 0.15, 0.3])
@pytest.mark.parametrize("height", [10, 40])
@pytest.mark.parametrize("text", ["A", "AB", "11", "B1I1I1B", "AB 1234", "M 8 XY 77"])
def test_a_line(text: str, height: float, slope: float) -> None:
    assert texts(*glyphs(text, 60, 200, height, slope)) == [text.replace(" ", "·")]


def test_lines_from_top_to_bottom() -> None:
    assert texts(*glyphs("SECOND", 80, 150, 40), *glyphs("FIRST", 100, 90, 40), *glyphs("3RD", 60, 260, 40)) == [
        "FIRST", "SECOND", "3RD",
    ]  # fmt: skip


def test_columns_far_apart_are_lines_of_one_row() -> None:
    right, left = glyphs("45", 500, 102, 40), glyphs("HOME", 50, 98, 40)
    assert texts(*right, *left, *glyphs("12", 60, 200, 40)) == ["HOME", "45", "12"]


def test_a_small_note_beside_large_digits_is_a_line_of_its_own() -> None:
    assert texts(*glyphs("0042", 60, 200, 60), *glyphs("KWH", 250, 185, 16)) == ["KWH", "0042"]


def test_of_two_readings_of_a_character_the_more_probable_counts() -> None:
    a, zero, b = glyphs("A0B", 60, 200, 40)
    o = Detection(24, "O", 0.95, 0.95, (zero.box[0] + 0.002, *zero.box[1:]))
    assert texts(a, zero, b, o) == ["AOB"]


def test_a_wide_box_over_half_of_a_neighbour_is_no_further_character() -> None:
    s, two, four = glyphs("S24", 60, 200, 40)
    wide = Detection(28, "S", 0.4, 0.4, (80 / WIDTH, s.box[1], 60 / WIDTH, s.box[3]))
    assert texts(s, two, four, wide) == ["S24"]


@pytest.mark.parametrize(
    ("seen", "other", "reads"),
    [("I234", 0, "1234"), ("H0ME", 1, "HOME"), ("BRIN6", 4, "BRING"), ("I2AB", 0, "I2AB"), ("B1", 0, "81"), ("I", 0, "I")],
)  # fmt: skip
def test_what_looks_alike_follows_its_neighbours(seen: str, other: int, reads: str) -> None:
    """Where the other reading is about as probable, and only there."""
    found = glyphs(seen, 60, 200, 40)
    twin = found[other]
    name = {"I": "1", "0": "O", "6": "G", "B": "8"}[twin.name]
    assert texts(*found, Detection(0, name, 0.5, 0.5, twin.box)) == [reads]
    assert texts(*found, Detection(0, name, 0.4, 0.4, twin.box)) == [seen]


def faint(found: list[Detection], names: str, prob: float) -> list[Detection]:
    """The characters of these names are of this probability."""
    return [replace(d, prob=prob) if d.name in names else d for d in found]


@pytest.mark.parametrize("names", ["1", "8", "23", "128"])
def test_a_weak_character_counts_where_a_sure_one_of_its_line_is(names: str) -> None:
    """First, last, several together, all but one."""
    found = glyphs("12 38", 60, 200, 40)
    assert texts(*faint(found, names, 0.21)) == ["12·38"]
    assert texts(*faint(found, names, 0.19)) == texts(*(d for d in found if d.name not in names))
    assert texts(*faint(found, "1238", 0.59)) == []


@pytest.mark.parametrize(
    ("x", "y", "height"), [(300, 60, 40), (500, 200, 40), (170, 200, 10), (150, 200, 100), (60, 260, 40)]
)
def test_a_weak_character_of_no_line_does_not_count(x: float, y: float, height: float) -> None:
    """Above, far to the right, much smaller, much larger, below."""
    assert texts(*glyphs("AB", 60, 200, 40), *glyphs("7", x, y, height, prob=0.59)) == ["AB"]
    assert "7" in texts(*glyphs("AB", 60, 200, 40), *glyphs("7", x, y, height, prob=0.61))


@pytest.mark.parametrize(("thresh", "reads"), [(0.0, ["ABCD"]), (0.25, ["ABCD"]), (0.29, ["ABC"]), (0.6, ["BC"]), (0.8, [])])
def test_both_thresholds_are_in_proportion(thresh: float, reads: list[str]) -> None:
    probs = 0.1, 0.3, 0.7, 0.09
    found = [replace(d, prob=p) for d, p in zip(glyphs("ABCD", 60, 200, 40), probs, strict=True)]
    assert [line.text for line in read_lines(Detections(found, WIDTH, HEIGHT), thresh)] == reads
    assert weakest(0.9) == pytest.approx(0.3)


@pytest.mark.parametrize("pitch", [1.5, 1.8])
def test_a_line_goes_on_behind_a_point_where_characters_stand_far_apart(pitch: float) -> None:
    """Points and dashes, which are no characters, leave a place empty; as wide a gap parts others."""
    assert texts(*glyphs("275 41", 40, 200, 40, pitch=pitch)) == ["275·41"]
    assert texts(*glyphs("275", 40, 200, 40), *glyphs("41", 100 + 80 * pitch, 200, 40)) == ["275", "41"]
    assert texts(*glyphs("27", 40, 200, 40, pitch=2.5), *glyphs("41", 290, 200, 40)) == ["2·7", "41"]


@pytest.mark.parametrize("slope", [-0.45, 0.45])
def test_steep_lines_one_above_the_other(slope: float) -> None:
    lines = [glyphs("ABCD 12", 60, y, 30, slope) for y in (140, 186, 232)]
    assert texts(*(d for line in lines for d in line)) == ["ABCD·12"] * 3


def test_nothing_reads_as_nothing() -> None:
    assert read_lines(Detections([], WIDTH, HEIGHT)) == []


def test_box_and_probability_of_a_line() -> None:
    (line,) = read_lines(Detections(glyphs("AB", 100, 200, 40), WIDTH, HEIGHT))
    assert line.box == pytest.approx((115 / WIDTH, 200 / HEIGHT, 54 / WIDTH, 40 / HEIGHT))
    assert line.prob == 0.9


@given(st.lists(st.text("ABC189", min_size=1, max_size=6), min_size=1, max_size=4), st.integers(0, 99))
def test_the_order_of_the_detections_does_not_matter(words: list[str], seed: int) -> None:
    found = [d for i, word in enumerate(words) for d in glyphs(word, 60, 60 + 80 * i, 30)]
    assert texts(*found, seed=seed) == words
