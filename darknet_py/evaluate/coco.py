"""COCO's own evaluation, by its reference program (pycocotools), of the same boxes and labels."""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .._support.optional import from_extra
from ..boxes.geometry import left_top, pixels
from ..files.labels import Labels
from ..files.samples import Sample
from ..image import Size
from .matching import Found

__all__ = ["CocoScore", "coco_score", "evaluated", "indexed", "needs_pycocotools"]


@dataclass(frozen=True)
class CocoScore:
    """COCO's figures, NaN where there is nothing to count.  Areas: small below 32 x 32 pixels, large from 96 x 96."""

    program: str
    ap: float
    ap50: float
    ap75: float
    ap_by_area: tuple[float, float, float]
    recall: float
    recall_by_area: tuple[float, float, float]
    class_ap: Mapping[int, float] = field(default_factory=dict)  # of the classes that have labels
    class_ap50: Mapping[int, float] = field(default_factory=dict)


def coco_score(found: Sequence[Found], samples: Sequence[Sample], sizes: Sequence[Size]) -> CocoScore:
    """The figures for what was found in pictures of ``sizes`` (width, height); difficult objects are "crowds".

    Raises DarknetError when pycocotools is not installed.
    """
    needs_pycocotools()
    from pycocotools.coco import COCO

    with contextlib.redirect_stdout(io.StringIO()):
        truth, boxes = (indexed(COCO(), part) for part in _datasets(found, samples, sizes))
    return evaluated(truth, boxes)[0]


def needs_pycocotools() -> None:
    """Raises DarknetError where it is not installed."""
    with from_extra("coco", "COCO's evaluation needs pycocotools"):
        import pycocotools.coco
        import pycocotools.cocoeval  # noqa: F401


def evaluated(truth: Any, boxes: Any, pictures: Sequence[int] | None = None) -> tuple[CocoScore, list[str]]:
    """The figures, and the lines that pycocotools prints."""
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()) as said:
        evaluation = COCOeval(truth, boxes, "bbox")
        evaluation.params.imgIds = pictures or evaluation.params.imgIds
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    lines = [line for line in said.getvalue().splitlines() if line.startswith(" Average ")]
    return _score(evaluation), lines


def _score(evaluation: Any) -> CocoScore:
    stats = [float(v) if v >= 0 else float("nan") for v in evaluation.stats]
    program = f"pycocotools {importlib.metadata.version('pycocotools')}"
    return CocoScore(
        program, stats[0], stats[1], stats[2], (stats[3], stats[4], stats[5]), stats[8],
        (stats[9], stats[10], stats[11]), *_of_classes(evaluation),
    )  # fmt: skip


def _of_classes(evaluation: Any) -> tuple[dict[int, float], dict[int, float]]:
    """AP and AP at IoU .5 of each class: the mean of precision (IoUs, recalls, classes, areas, most boxes)."""
    precision = evaluation.eval["precision"][..., 0, -1]
    numbers = [int(number) for number in evaluation.params.catIds]
    with np.errstate(all="ignore"):
        ap = [np.where(part > -1, part, np.nan).mean(axis=(0, 1)) for part in (precision, precision[:1])]
    return dict(zip(numbers, ap[0].tolist())), dict(zip(numbers, ap[1].tolist()))


def indexed(coco: Any, dataset: dict[str, Any]) -> Any:
    coco.dataset = dataset
    coco.createIndex()
    return coco


def _datasets(
    found: Sequence[Found], samples: Sequence[Sample], sizes: Sequence[Size]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """COCO's form of the labels and of the boxes; classes without labels do not count there, and are left out."""
    classes = sorted({int(c) for sample in samples for c in sample.labels.classes})
    shared = {"images": [{"id": i} for i in range(len(samples))], "categories": [{"id": c} for c in classes]}
    truth: list[dict[str, Any]] = []
    boxes: list[dict[str, Any]] = []
    for i, (entries, sample, size) in enumerate(zip(found, samples, sizes, strict=True)):
        truth += _objects(sample.labels, i, size, iscrowd=0)
        truth += _objects(sample.difficult, i, size, iscrowd=1)
        kept = np.isin(entries.classes, classes)
        objects = _objects(Labels(entries.classes[kept], entries.xywh[kept]), i, size)
        boxes += [{**o, "score": p} for o, p in zip(objects, entries.probs[kept].tolist())]
    return {**shared, "annotations": _numbered(truth)}, {**shared, "annotations": _numbered(boxes)}


def _objects(labels: Labels, picture: int, size: Size, **facts: int) -> list[dict[str, Any]]:
    boxes = pixels(left_top(labels.xywh.astype(np.float64)), size).tolist()
    return [
        {"image_id": picture, "category_id": c, "bbox": b, "area": b[2] * b[3], **facts}
        for c, b in zip(labels.classes.tolist(), boxes)
    ]


def _numbered(objects: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": i, **o} for i, o in enumerate(objects, 1)]
