"""Slow, obvious twins of the detection heads and of suppression: loops over floats, one box at a time."""

from __future__ import annotations

import functools
import math

import numpy as np

from darknet_py.layers.detection import Detection
from darknet_py.layers.gaussian_yolo import GaussianYolo
from darknet_py.layers.region import Region
from darknet_py.layers.yolo import Yolo

F = np.float32


def logistic(x):
    """1 / (1 + exp(-x)), float32 (of any shape)."""
    return F(1) / (F(1) + np.exp(-np.asarray(x, F)))


def scale(x, factor):
    """Stretch around .5: x*factor - .5*(factor - 1)."""
    return x * F(factor) + F(-0.5 * (float(F(factor)) - 1))


def softmax(row):
    """exp(x - largest) / sum; float32 but for the exponential."""
    e = [F(math.exp(float(v) - float(max(row)))) for v in row]
    return np.array(e, F) / functools.reduce(lambda s, v: F(s + v), e, F(0))


def forward_yolo(head: Yolo, x):
    """(c, h, w) → the same; C: forward_yolo_layer."""
    out = x.copy()
    for n in range(len(head.mask)):
        box = out[n * head.entries : (n + 1) * head.entries]
        for channel in () if head.new_coords else (0, 1, *range(4, head.entries)):
            box[channel] = logistic(box[channel])
        for channel in (0, 1):
            box[channel] = scale(box[channel], head.scale_x_y)
    return out


def forward_gaussian(head: GaussianYolo, x):
    """(c, h, w) → the same; C: forward_gaussian_yolo_layer."""
    out = x.copy()
    for n in range(len(head.mask)):
        box = out[n * head.entries : (n + 1) * head.entries]
        for channel in range(head.entries):
            if channel not in (4, 6):
                box[channel] = logistic(box[channel])
        for channel in (0, 2):
            box[channel] = scale(box[channel], head.scale_x_y)
    return out


def forward_region(head: Region, x):
    """(c, h, w) → the same shape, but in memory order (h, w, c); C: forward_region_layer."""
    out = np.ascontiguousarray(x.transpose(1, 2, 0)).reshape(-1, head.entries)
    for row in out:
        row[4] = logistic(row[4])
        if head.tree:
            for start, stop in head.tree.groups:
                row[5 + start : 5 + stop] = softmax(row[5 + start : 5 + stop])
        elif head.softmax:
            row[5:] = softmax(row[5:])
    return out.reshape(x.shape)


def forward_detection(head: Detection, x):
    """(c, h, w) → the same; C: forward_detection_layer."""
    out = x.reshape(-1).copy()
    for cell in range(head.side**2 if head.softmax else 0):
        own = slice(cell * head.classes, (cell + 1) * head.classes)
        out[own] = softmax(out[own])
    return out.reshape(x.shape)


def forward_numpy(head, x):
    """What the C program's forward function of a head makes of its input (c, h, w)."""
    forward = {Yolo: forward_yolo, GaussianYolo: forward_gaussian, Region: forward_region, Detection: forward_detection}
    return forward[type(head)](head, x)


def probability(objectness, score, thresh):
    p = F(objectness * score)
    return p if p > F(thresh) else F(0)


def decode_yolo(head: Yolo, out, net_size, thresh):
    """[(x, y, w, h, objectness, probabilities)] in the order of C: get_yolo_detections."""
    _, height, width = out.shape
    rows = []
    for row in range(height):
        for col in range(width):
            for n, m in enumerate(head.mask):
                v = out[n * head.entries : (n + 1) * head.entries, row, col]
                if v[4] > F(thresh):
                    sides = [_side(head, v[2 + i], F(head.anchors[m][i]), net_size[i]) for i in (0, 1)]
                    x, y = F((F(col) + v[0]) / F(width)), F((F(row) + v[1]) / F(height))
                    rows.append((x, y, *sides, v[4], [probability(v[4], s, thresh) for s in v[5:]]))
    return rows


def decode_detection(head: Detection, out, thresh):
    """[(box, objectness, probabilities)] in the order of C: get_detection_boxes, for a picture of 1 x 1."""
    out, side, n = out.reshape(-1), head.side, len(head.mask)
    rows = []
    for cell in range(side * side):
        for j in range(cell * n, cell * n + n):
            objectness = out[side * side * head.classes + j]
            x, y, w, h = out[side * side * (head.classes + n) + 4 * j :][:4]
            step = F(F(1) / F(side))
            box = [F(F(x + F(cell % side)) * step), F(F(y + F(cell // side)) * step)]
            box += [F(v * v) if head.sqrt else v for v in (w, h)]
            scores = out[cell * head.classes : (cell + 1) * head.classes]
            rows.append((box, objectness, [probability(objectness, s, thresh) for s in scores]))
    return rows


def _side(head, value, anchor, extent):
    if head.new_coords:
        return F(value * value * F(4) * anchor / F(extent))
    return F(math.exp(float(value)) * float(anchor) / extent)


def overlap_1d(x1, w1, x2, w2):
    left = max(F(x1 - w1 / F(2)), F(x2 - w2 / F(2)))
    right = min(F(x1 + w1 / F(2)), F(x2 + w2 / F(2)))
    return F(right - left)


def iou(a, b):
    """C: box_iou, of two float32 (x, y, w, h)."""
    w, h = overlap_1d(a[0], a[2], b[0], b[2]), overlap_1d(a[1], a[3], b[1], b[3])
    shared = F(0) if w < 0 or h < 0 else F(w * h)
    union = F(F(a[2] * a[3]) + F(b[2] * b[3]) - shared)
    return F(0) if shared == 0 or union == 0 else F(shared / union)


def diou(a, b, beta):
    """C: box_diounms."""
    w, h = (max(a[i] + a[i + 2] / F(2), b[i] + b[i + 2] / F(2)) - min(a[i] - a[i + 2] / F(2), b[i] - b[i + 2] / F(2))
            for i in (0, 1))  # fmt: skip
    c = F(w * w + h * h)
    if c == 0:
        return iou(a, b)
    d = F((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]))
    return F(iou(a, b) - F(float(F(d / c)) ** beta))


MEASURES = {
    "default": lambda a, b, beta: iou(a, b),
    "cornersnms": lambda a, b, beta: iou(a, b),
    "objectness": lambda a, b, beta: iou(a, b),
    "greedynms": lambda a, b, beta: diou(a, b, 0.6),
    "diounms": lambda a, b, beta: diou(a, b, float(F(beta))),
}


def nms(xywh, objectness, probs, kind, beta, thresh):
    """(order, probs, objectness): row numbers in the final order, and what those rows then hold.

    C: do_nms_sort, diounms_sort, do_nms_obj, with all their sorts of the whole array.
    """
    rows, probs, objectness, measure = list(range(len(xywh))), probs.copy(), objectness.copy(), MEASURES[kind]
    live = _swap_empty(rows, objectness)
    head, tail = rows[:live], rows[live:]
    for k in [None] if kind == "objectness" else range(probs.shape[1]):
        value = objectness if k is None else probs[:, k]
        head.sort(key=lambda r: -value[r])
        for i, a in enumerate(head):
            for b in head[i + 1 :] if value[a] != 0 else ():
                if value[b] != 0 and measure(xywh[a], xywh[b], beta) > F(thresh):
                    value[b] = 0
                    probs[b] = 0 if k is None else probs[b]
    order = head + tail
    return order, probs[order], objectness[order]


def _swap_empty(rows, objectness):
    i, last = 0, len(rows) - 1
    while i <= last:
        if objectness[rows[i]] == 0:
            rows[i], rows[last] = rows[last], rows[i]
            last -= 1
        else:
            i += 1
    return last + 1


def overlaps(a, b, beta=None):
    """IoU of boxes (4, ...), less a power of their distance with ``beta``: ``iou`` and ``diou`` of whole arrays."""
    with np.errstate(all="ignore"):
        low, high = (a[:2] - a[2:] / F(2), b[:2] - b[2:] / F(2)), (a[:2] + a[2:] / F(2), b[:2] + b[2:] / F(2))
        w, h = np.minimum(*high) - np.maximum(*low)
        shared = np.where((w < 0) | (h < 0), F(0), w * h)
        union = a[2] * a[3] + b[2] * b[3] - shared
        over = np.where((shared == 0) | (union == 0), F(0), shared / union)
        w, h = np.maximum(*high) - np.minimum(*low)
        c, d = w * w + h * h, (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2
        return over if beta is None else np.where(c == 0, over, over - np.power((d / c).astype(float), beta).astype(F))


def nms_of_many(xywh, objectness, probs, kind, beta, thresh):
    """``nms`` where a box is compared with all later ones at once."""
    rows, probs, objectness = list(range(len(xywh))), probs.copy(), objectness.copy()
    beta = {"greedynms": 0.6, "diounms": float(F(beta))}.get(kind)
    live = _swap_empty(rows, objectness)
    head, tail = np.array(rows[:live], int), rows[live:]
    shared = overlaps(xywh.T[:, :, None], xywh.T[:, None], beta)
    for k in [None] if kind == "objectness" else range(probs.shape[1]):
        value = objectness if k is None else probs[:, k]
        head = head[np.argsort(-value[head], kind="stable")]
        for i, a in enumerate(head):
            later = head[i + 1 :][value[head[i + 1 :]] != 0] if value[a] != 0 else head[:0]
            lost = later[shared[a, later] > F(thresh)]
            value[lost] = 0
            probs[lost] = 0 if k is None else probs[lost]
    order = [*head.tolist(), *tail]
    return order, probs[order], objectness[order]
