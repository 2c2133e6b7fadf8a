"""Colours of classes: far from each other for all eyes, the same in every picture, and text that reads on them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from eyes import EYES, ciede2000, seen

from darknet_py.drawing.colors import DISTINCT, class_color, color_of, contrast, ink, inked

NEIGHBOURS = 4  # class numbers that are near each other


def test_the_distance_is_that_of_its_authors():
    """Pairs of the table of Sharma, Wu and Dalal."""
    for one, other, distance in (
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425), ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0),
        ((50, 2.5, 0), (73, 25, -18), 27.1492), ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ):  # fmt: skip
        assert ciede2000(one, other) == pytest.approx(distance, abs=1e-4)


@pytest.mark.parametrize("eyes", EYES)
def test_neighbouring_classes_are_told_apart_by_all_eyes(eyes):
    """What differs by 2 to 3 is seen to differ side by side; these are seen across a picture."""
    colors = seen(DISTINCT, eyes)
    near = [(i, (i + step) % len(DISTINCT)) for i in range(len(DISTINCT)) for step in range(1, NEIGHBOURS + 1)]
    assert min(ciede2000(colors[i], colors[j]) for i, j in near) > 17


def test_no_two_colors_are_alike():
    colors = seen(DISTINCT, "usual")
    assert min(ciede2000(a, b) for a, b in combinations(colors, 2)) > 8


def test_a_class_keeps_its_color():
    assert {color_of(16, "distinct", classes) for classes in (17, 80, 601)} == {DISTINCT[16][::-1]}
    assert color_of(20, "distinct", 80) == color_of(0, "distinct", 80)
    assert color_of(16, "c", 80) == class_color(16, 80) == (0, 255, 255)
    assert color_of(0, "c", 0) == (255, 0, 255)
    assert color_of(-1, "distinct", 1) in {color_of(i, "distinct", 1) for i in range(20)}


def test_contrast_of_known_colors():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.005)
    assert contrast((255, 0, 0), (255, 255, 255)) == contrast((255, 255, 255), (255, 0, 0)) == pytest.approx(8.59, abs=0.005)


def test_text_reads_on_every_ground():
    """4.5 is what WCAG 2 asks for; black or white always has it."""
    grounds = [(b, g, r) for b in range(0, 256, 51) for g in range(0, 256, 51) for r in range(0, 256, 51)]
    grounds += [color_of(i, "distinct", 80) for i in range(20)] + [class_color(i, 80) for i in range(80)]
    assert min(contrast(ink(ground), ground) for ground in grounds) >= 4.5


def test_letters_have_soft_edges():
    ramp = inked((0, 128, 255))
    assert (ramp.shape, ramp.dtype) == ((1, 256, 3), np.uint8)
    assert (tuple(ramp[0, 0]), tuple(ramp[0, 255])) == ((0, 128, 255), ink((0, 128, 255)))
    assert len(np.unique(ramp[0, :, 2])) > 200
