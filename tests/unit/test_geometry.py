"""Centre, corners, left top; relative, pixels; what is cut off at a picture's edges."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet_py import detection
from darknet_py.boxes import geometry
from darknet_py.boxes.geometry import (
    centred,
    corners,
    drawn_corners,
    inside,
    left_top,
    pixels,
    print_cocos_corners,
    relative,
)

SIDES = st.integers(1, 5000)


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.integers(-64, 64)] * 4), min_size=1, max_size=9), SIDES, SIDES)
def test_forms_and_units_there_and_back(eighths, width, height):
    xywh = np.array(eighths, np.float64) / 8
    np.testing.assert_array_equal(centred(corners(xywh)), xywh)
    np.testing.assert_array_equal(left_top(xywh)[:, :2], corners(xywh)[:, :2])
    np.testing.assert_array_equal(left_top(xywh)[:, 2:], xywh[:, 2:])
    np.testing.assert_allclose(relative(pixels(xywh, (width, height)), (width, height)), xywh, rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
def test_the_type_stays_and_numbers_that_are_none_are_not_warned_of(dtype, value):
    box = np.array([0.5, value, 0.25, -value], dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = [convert(box) for convert in (corners, left_top, centred)]
        made += [convert(box, (640, 480)) for convert in (pixels, relative, inside)]
        drawn_corners(box.astype(np.float32), (640, 480))
    assert {one.dtype for one in made} == {np.dtype(dtype)}


def test_corners_that_are_drawn_lie_in_the_picture():
    """C: draw_detections_v3 takes whole pixels toward zero; what is no number is at 0."""
    boxes = np.float32([[0.5, 0.5, 0.5, 0.25], [0.5, 0.5, 9, np.inf], [np.nan, 2, 1, 1]])
    assert drawn_corners(boxes, (101, 80)).tolist() == [[25, 30, 75, 50], [0, 0, 100, 79], [0, 79, 0, 79]]


def test_low_edges_are_cut_at_the_shift_as_in_the_reference():
    assert print_cocos_corners(np.float32([50, 20, 120, 20]), (100, 80)) == (0, 10, 100, 30)
    assert print_cocos_corners(np.float32([50, 20, 120, 20]), (100, 80), shift=1) == (1, 11, 100, 31)
    assert print_cocos_corners(np.float32([-9, 90, 2, 2]), (100, 80)) == (0, 89, -8, 80)


def test_overlap_of_boxes_of_which_one_is_none():
    a = np.float32([[0.5, 0.5, 0.2, 0.2], [0.5, 0.5, 0, 0.2], [0.5, 0.5, np.nan, 1], [0.5, 0.5, np.inf, 1]])
    b = np.float32([0.5, 0.5, 0.2, 0.4])
    np.testing.assert_allclose(geometry.box_iou(a, b), [0.5, 0, np.nan, 0], rtol=1e-6)
    np.testing.assert_allclose(detection.box_iou(a.T, b[:, None]), [0.5, 0, np.nan, 0], rtol=1e-6)
    np.testing.assert_allclose(detection.box_iou(a.T[:, :, None], b[:, None, None]), [[0.5], [0], [np.nan], [0]], rtol=1e-6)
