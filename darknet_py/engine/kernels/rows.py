"""Outputs of detection heads → rows of boxes."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..codegen.jit import Floats, Int, Ints, Real, floats, function, inline

__all__ = ["Heads", "Rows", "yolo_rows"]

OBJECTNESS, CLASSES = 4, 5  # among an anchor's channels
SIDES = 4  # numbers that place a box
OUTPUT, ANCHORS, COUNT, HEIGHT, WIDTH, NEW_COORDS, HEAD = range(7)  # words of a head, and their number


class Heads(NamedTuple):
    """``count`` heads of as many classes, HEAD words each: where its output (anchors · entries, height, width) and its
    anchors (width, height) lie, how many these are, the output's size, and by which rule sides are computed.
    """

    words: Ints
    count: Int
    classes: Int
    net_width: Int
    net_height: Int


class Rows(NamedTuple):
    """Room for rows of boxes, (n, 4), (n,), (n, classes), and for their number."""

    xywh: Floats
    objectness: Floats
    probs: Floats
    count: Ints


@inline
def side(value: Real, anchor: Real, net: Int, new_coords: Int) -> Real:
    """C: yolo_layer.c get_yolo_box, whose exp is that of math.h"""
    if new_coords != 0:
        return value * value * np.float32(4) * anchor / np.float32(net)
    return np.float32(math.exp(np.float64(value)) * np.float64(anchor) / np.float64(net))


@function
def yolo_rows(heads: Heads, thresh: Real, rows: Rows) -> None:
    """The boxes whose objectness is above ``thresh``, relative to the net's input: head by head, cells row-major, then
    anchors.  Probabilities that are not above it are 0.   C: yolo_layer.c get_yolo_detections
    """
    end = 0
    for head in range(heads.count):
        first = head * HEAD
        output, anchors = floats(heads.words[first + OUTPUT]), floats(heads.words[first + ANCHORS])
        height, width = heads.words[first + HEIGHT], heads.words[first + WIDTH]
        new_coords = heads.words[first + NEW_COORDS]
        cells = height * width
        for cell in range(cells):
            for anchor in range(heads.words[first + COUNT]):
                at = anchor * (CLASSES + heads.classes) * cells + cell
                objectness = output[at + OBJECTNESS * cells]
                if objectness > thresh:
                    rows.xywh[end * SIDES] = (np.float32(cell % width) + output[at]) / np.float32(width)
                    rows.xywh[end * SIDES + 1] = (np.float32(cell // width) + output[at + cells]) / np.float32(height)
                    w, h = output[at + 2 * cells], output[at + 3 * cells]
                    rows.xywh[end * SIDES + 2] = side(w, anchors[2 * anchor], heads.net_width, new_coords)
                    rows.xywh[end * SIDES + 3] = side(h, anchors[2 * anchor + 1], heads.net_height, new_coords)
                    rows.objectness[end] = objectness
                    for k in range(heads.classes):
                        prob = objectness * output[at + (CLASSES + k) * cells]
                        rows.probs[end * heads.classes + k] = prob if prob > thresh else np.float32(0)
                    end += 1
    rows.count[0] = end
