"""All figures of a set of pictures at once: of each class, of all, the best thresholds, which classes are confused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..files.samples import Sample
from ..image import Size
from .coco import CocoScore, coco_score
from .confusion import Confusion, confusion
from .curves import Counts, Curve, Cut, curve_of, pooled
from .matching import Found
from .score import Score, scored

__all__ = ["LEAST", "ClassFigures", "Evaluation", "evaluation"]

LEAST = 0.005  # probability of the boxes that Darknet's mAP is of


@dataclass(frozen=True)
class ClassFigures:
    """A class, or all together (``class_id`` None, ``ap`` the mean that Darknet prints).

    ``at``: what counts above the threshold, as Darknet prints it; ``best``: where F1 is best, None where no box is right.
    """

    class_id: int | None
    name: str
    labels: int
    ap: float
    at: Counts
    best: Cut | None
    coco_ap: float | None = None
    coco_ap50: float | None = None


@dataclass(frozen=True)
class Evaluation:
    """``curves``: one a class, ``curve``: of all classes together; ``coco``: where it was asked for."""

    names: tuple[str, ...]
    pictures: int
    score: Score
    curves: tuple[Curve, ...]
    curve: Curve
    confusion: Confusion
    coco: CocoScore | None = None
    least: float = LEAST

    @property
    def classes(self) -> list[ClassFigures]:
        """Of each class, in order."""
        return list(self._classes())

    def _classes(self) -> Iterator[ClassFigures]:
        s = self.score
        for j, (name, curve) in enumerate(zip(self.names, self.curves)):
            tp, fp, labels = int(s.tp[j]), int(s.fp[j]), int(s.truths[j])
            coco = (self.coco.class_ap.get(j), self.coco.class_ap50.get(j)) if self.coco else (None, None)
            yield ClassFigures(j, name, labels, float(s.ap[j]), Counts(tp, fp, labels - tp), curve.best(self.least), *coco)

    @property
    def all(self) -> ClassFigures:
        """Of all classes together."""
        s, coco = self.score, (self.coco.ap, self.coco.ap50) if self.coco else (None, None)
        at = Counts(int(s.tp.sum()), int(s.fp.sum()), s.fn)
        return ClassFigures(None, "all", s.labels, s.mean_ap, at, self.curve.best(self.least), *coco)

    @property
    def mean_ap_of_labelled(self) -> float:
        """The mean AP of the classes that have labels; NaN without any."""
        labelled = self.score.ap[self.score.truths > 0]
        return float(labelled.mean()) if len(labelled) else float("nan")


def evaluation(
    found: Sequence[Found], samples: Sequence[Sample], names: Sequence[str], iou_thresh: float = 0.5, points: int = 0,
    conf_thresh: float = 0.25, sizes: Sequence[Size] | None = None, least: float = LEAST,
) -> Evaluation:  # fmt: skip
    """All figures of what was found in the pictures of ``samples``; the keywords are those of ``score``.

    ``sizes`` (width, height) of the pictures: COCO's figures too; raises DarknetError without pycocotools.
    ``least``: the threshold that ``found`` is of.
    """
    figures, ranked = scored(found, samples, len(names), iou_thresh, points, conf_thresh)
    curves = tuple(curve_of(of_class, n) for of_class, n in zip(ranked, figures.truths.tolist()))
    matrix = confusion(found, samples, len(names), iou_thresh, conf_thresh)
    coco = coco_score(found, samples, sizes) if sizes is not None else None
    pool = pooled(ranked, figures.labels)
    return Evaluation(tuple(names), len(samples), figures, curves, pool, matrix, coco, least)
