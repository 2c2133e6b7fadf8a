"""How well a network finds what labels say is there: Darknet's mAP and recall, COCO's AP; how often a classifier is
right; anchors for own boxes.

    found = found_in(net, samples)
    print(score(found, samples, net.classes).mean_ap)
    print(evaluation(found, samples, net.names).all.best.thresh)

``files.samples`` reads pictures' labels.  docs/evaluation.md tells what each figure means.
"""

from __future__ import annotations

from .accuracy import Accuracy, classes_in, top_k
from .anchors import Anchors, calculate
from .coco import CocoScore, coco_score, needs_pycocotools
from .coco_files import coco_results, read_annotations
from .confusion import Confusion, Mistakes, confusion, worst
from .curves import Counts, Curve, Cut
from .evaluation import LEAST, ClassFigures, Evaluation, evaluation
from .matching import Found, Match, match
from .recall import Recall
from .running import found_in
from .score import Score, average_precision, score

__all__ = [
    "LEAST", "Accuracy", "Anchors", "ClassFigures", "CocoScore", "Confusion", "Counts", "Curve", "Cut", "Evaluation",
    "Found", "Match", "Mistakes", "Recall", "Score", "average_precision", "calculate", "classes_in", "coco_results",
    "coco_score", "confusion", "evaluation", "found_in", "match", "needs_pycocotools", "read_annotations",
    "score", "top_k", "worst",
]  # fmt: skip
