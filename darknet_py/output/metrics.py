"""The figures of an evaluation as a table, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from .._support.version import __version__
from ..errors import printable
from ..evaluate import ClassFigures, Counts, Cut, Evaluation

__all__ = ["CSV_COLUMNS", "class_lines", "metrics_csv", "metrics_json", "percent", "thresh_text"]

RECALLS = np.linspace(0, 1, 101)
COUNTS = ("tp", "fp", "fn", "precision", "recall", "f1")
CSV_COLUMNS = (
    "class_id", "name", "labels", "ap", *COUNTS, "best_thresh", *(f"best_{name}" for name in COUNTS), "coco_ap", "coco_ap50"
)  # fmt: skip


def class_lines(evaluation: Evaluation) -> list[str]:
    """The table of classes, all together in its last line; percents but for counts and thresholds."""
    head = "  id  labels     AP     TP     FP     FN      P      R     F1   thresh      P      R     F1  "
    coco = bool(evaluation.coco)
    score = evaluation.score
    rows = [_row(figures, coco) for figures in (*evaluation.classes, evaluation.all)]
    return [
        f"\n AP at IoU {score.iou_thresh:.2f}; true and false positives, false negatives, precision, recall and F1 of boxes",
        f" above {score.conf_thresh:.2f}; the threshold that has the best F1, and what it has.  Shares are percents:",
        head + ("COCO AP  AP50  " if coco else "") + "name",
        *rows,
    ]


def _row(figures: ClassFigures, coco: bool) -> str:
    number, at, best = "all" if figures.class_id is None else figures.class_id, figures.at, figures.best
    cut = f"{thresh_text(best):>8} {_shares(best.counts if best else None)}"
    beside = f"{percent(figures.coco_ap):>7} {percent(figures.coco_ap50):>6}  " if coco else ""
    counts = f"{at.tp:6d} {at.fp:6d} {at.fn:6d}"
    name = "" if figures.class_id is None else printable(figures.name)
    return f"{number:>4} {figures.labels:7d} {percent(figures.ap):>6} {counts} {_shares(at)} {cut}  {beside}{name}".rstrip()


def _shares(counts: Counts | None) -> str:
    values = (counts.precision, counts.recall, counts.f1) if counts else (None, None, None)
    return " ".join(f"{percent(value):>6}" for value in values)


def percent(share: float | None) -> str:
    """Two digits; ``-`` for what is not known."""
    return "-" if share is None or math.isnan(share) else f"{100 * share:.2f}"


def thresh_text(best: Cut | None) -> str:
    """The shortest text of the threshold; ``-`` where there is none."""
    return f"{best.thresh:.9f}".rstrip("0").ljust(3, "0") if best else "-"


def metrics_csv(evaluation: Evaluation) -> str:
    """A line for each class, and one of all, without a class_id; shares from 0 to 1, empty where there is none."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for figures in (*evaluation.classes, evaluation.all):
        flat = _flat(figures)
        writer.writerow(["" if flat[name] is None else flat[name] for name in CSV_COLUMNS])
    return text.getvalue()


def _flat(figures: ClassFigures) -> dict[str, Any]:
    own = _figures(figures)
    best = own.pop("best") or {}
    return own | {f"best_{name}": best.get(name) for name in ("thresh", *COUNTS)}


def _figures(figures: ClassFigures) -> dict[str, Any]:
    best = figures.best
    return {
        "class_id": figures.class_id, "name": figures.name, "labels": figures.labels, "ap": _number(figures.ap),
        **_counts(figures.at),
        "best": {"thresh": best.thresh, **_counts(best.counts)} if best else None,
        "coco_ap": _number(figures.coco_ap), "coco_ap50": _number(figures.coco_ap50),
    }  # fmt: skip


def _counts(counts: Counts) -> dict[str, float | None]:
    return {name: _number(getattr(counts, name)) for name in COUNTS}


def _number(value: float | None) -> float | None:
    """What is no number has none in JSON either."""
    return None if value is None or math.isnan(value) else value


def metrics_json(evaluation: Evaluation, about: Mapping[str, Any] | None = None) -> str:
    """All figures; ``about``: what they are of.  Shares from 0 to 1, null where there is none."""
    score = evaluation.score
    facts = {
        "darknet_py": __version__, **(about or {}), "pictures": evaluation.pictures, "labels": score.labels,
        "detections": score.detections, "iou_thresh": score.iou_thresh, "points": score.points,
        "thresh": score.conf_thresh, "map": _number(score.mean_ap),
        "map_of_labelled": _number(evaluation.mean_ap_of_labelled),
        "average_iou": score.average_iou, "all": _figures(evaluation.all),
        "classes": [_figures(figures) for figures in evaluation.classes],
        "confusion": {"rows": "labels", "columns": "boxes", "last": "none", "counts": evaluation.confusion.counts.tolist()},
        "coco": _coco(evaluation),
        "curves": {
            "recall": RECALLS.round(2).tolist(),
            "precision": [curve.precision_at(RECALLS).round(6).tolist() for curve in evaluation.curves],
            "precision_of_all": evaluation.curve.precision_at(RECALLS).round(6).tolist(),
        },
    }  # fmt: skip
    return "{\n" + ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in facts.items()) + "\n}\n"


def _coco(evaluation: Evaluation) -> dict[str, Any] | None:
    if evaluation.coco is None:
        return None
    facts = asdict(evaluation.coco)
    by_area = {key: dict(zip(("small", "medium", "large"), facts.pop(f"{key}_by_area"))) for key in ("ap", "recall")}
    simple = {name: facts[name] for name in ("program", "ap", "ap50", "ap75", "recall")}
    return {k: v if isinstance(v, str) else _number(v) for k, v in simple.items()} | {
        f"{key}_by_area": {size: _number(v) for size, v in areas.items()} for key, areas in by_area.items()
    }
