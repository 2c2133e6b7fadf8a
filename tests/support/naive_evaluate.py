"""mAP as Darknet computes it, entry by entry and rank by rank: slow and obvious."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from darknet_py.evaluate import Found
from darknet_py.files.samples import Sample


def iou(a, b):
    """Of two boxes (x, y, w, h), in float32."""
    half = np.float32(2)
    w = min(a[0] + a[2] / half, b[0] + b[2] / half) - max(a[0] - a[2] / half, b[0] - b[2] / half)
    h = min(a[1] + a[3] / half, b[1] + b[3] / half) - max(a[1] - a[3] / half, b[1] - b[3] / half)
    if w < 0 or h < 0 or w * h == 0:
        return np.float32(0)
    return (w * h) / (a[2] * a[3] + b[2] * b[3] - w * h)


@dataclass
class Naive:
    """The figures; ``entries`` are (probability, class, label hit or -1) of what counts."""

    classes: int
    tp: list[int] = field(init=False)
    fp: list[int] = field(init=False)
    truths: list[int] = field(init=False)
    entries: list[tuple[float, int, int]] = field(default_factory=list)
    labels: int = 0
    iou: float = 0.0

    def __post_init__(self):
        self.tp, self.fp, self.truths = ([0] * self.classes for _ in range(3))

    def picture(self, found: Found, sample: Sample, iou_thresh: float, conf_thresh: float) -> None:
        taken: set[int] = set()
        for class_id, prob, box in zip(found.classes, found.probs, found.xywh):
            best, hit = np.float32(0), -1
            for j, truth in enumerate(sample.labels.xywh):
                overlap = iou(box, truth)
                if sample.labels.classes[j] == class_id and overlap > np.float32(iou_thresh) and overlap > best:
                    best, hit = overlap, self.labels + j
            difficult = zip(sample.difficult.classes, sample.difficult.xywh)
            forgiven = hit < 0 and any(c == class_id and iou(box, t) > np.float32(iou_thresh) for c, t in difficult)
            if not forgiven:
                self.entries.append((prob, class_id, hit))
            if prob > np.float32(conf_thresh):
                if hit >= 0 and hit not in taken:
                    self.tp[class_id] += 1
                    self.iou += best
                else:
                    self.fp[class_id] += 1
            taken.add(hit)
        self.labels += len(sample.labels)
        for class_id in sample.labels.classes:
            self.truths[class_id] += 1

    def curves(self) -> list[list[tuple[float, float]]]:
        """(precision, recall) of each class after every rank, whatever class that rank is of."""
        ranked = sorted(self.entries, key=lambda e: -e[0])
        right, wrong, hit_before = [0] * self.classes, [0] * self.classes, set()
        curves: list[list[tuple[float, float]]] = [[] for _ in range(self.classes)]
        for _, class_id, hit in ranked:
            if hit >= 0 and hit not in hit_before:
                hit_before.add(hit)
                right[class_id] += 1
            else:
                wrong[class_id] += 1
            for j in range(self.classes):
                seen = right[j] + wrong[j]
                curves[j].append((right[j] / seen if seen else 0.0, right[j] / self.truths[j] if self.truths[j] else 0.0))
        return curves

    def ap(self, points: int) -> list[float]:
        return [area(c) if points == 0 else at_points(c, points) for c in self.curves()]

    @property
    def average_iou(self) -> float:
        return self.iou / max(sum(self.tp) + sum(self.fp), 1)


def area(curve):
    """Backwards over the ranks: the precision grows before the step of recall is added."""
    if not curve:
        return 0.0
    (last_precision, last_recall), total = curve[-1], 0.0
    for precision, recall in reversed(curve[:-1]):
        last_precision, step, last_recall = max(last_precision, precision), last_recall - recall, recall
        total += step * last_precision
    return total + last_recall * last_precision


def at_points(curve, points):
    step = 1.0 / (points - 1)
    return sum(max((p for p, r in curve if r >= k * step), default=0.0) for k in range(points)) / points
