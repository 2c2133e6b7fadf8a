"""What the reference prints about a set of pictures.   C: detector.c validate_detector_map, _recall, calc_anchors"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..errors import printable
from ..evaluate import Accuracy, CocoScore, Recall, Score

__all__ = ["accuracy_line", "coco_lines", "map_lines", "recall_line"]

RANKS = 100  # between two lines about progress

HINT = """
Set -points flag:
 `-points 101` for MS COCO 
 `-points 11` for PascalVOC 2007 (uncomment `difficult` in voc.data) 
 `-points 0` (AUC) for ImageNet, PascalVOC 2010-2012, your custom dataset"""  # noqa: W291


def map_lines(score: Score, names: Sequence[str]) -> list[str]:
    """All of ``detector map`` from the number of detections on."""
    n, ranks = score.detections, range(0, score.detections, RANKS)
    progress = "".join(f" rank = {rank} of ranks = {n} \r" for rank in ranks)
    counted = f"\n detections_count = {n}, unique_truth_count = {score.labels}  "
    return [counted, progress + "\n".join(_class_lines(score, names)), *_summary(score), HINT]


def _class_lines(score: Score, names: Sequence[str]) -> list[str]:
    rows = zip(score.ap.tolist(), score.tp.tolist(), score.fp.tolist())
    return [
        f"class_id = {j}, name = {printable(names[j])}, ap = {ap * 100:2.2f}%   \t (TP = {tp}, FP = {fp}) "
        for j, (ap, tp, fp) in enumerate(rows)
    ]


def _summary(score: Score) -> list[str]:
    conf, iou, tp, fp = float(np.float32(score.conf_thresh)), score.iou_thresh, score.tp.sum(), score.fp.sum()
    area = "used Area-Under-Curve for each unique Recall "
    return [
        f"\n for conf_thresh = {conf:1.2f}, precision = {_number(score.precision)}, recall = {_number(score.recall)}, "
        f"F1-score = {_number(score.f1)} ",
        f" for conf_thresh = {conf:0.2f}, TP = {tp}, FP = {fp}, FN = {score.fn}, "
        f"average IoU = {score.average_iou * 100:2.2f} % ",
        f"\n IoU threshold = {iou * 100:2.0f} %, " + (f"used {score.points} Recall-points " if score.points else area),
        f" mean average precision (mAP@{iou:0.2f}) = {score.mean_ap:f}, or {score.mean_ap * 100:2.2f} % ",
    ]


def _number(value: float) -> str:
    """Two digits; what is not a number as the reference prints it."""
    return "-nan" if math.isnan(value) else f"{value:.2f}"


def recall_line(recall: Recall) -> str:
    """One picture more, its number from 0."""
    counts = f"{recall.pictures - 1:5d} {recall.covered:5d} {recall.labels:5d}"
    iou, share = _number(100 * recall.mean_iou), _number(100 * recall.recall)
    return f"{counts}\tRPs/Img: {recall.proposals_per_picture:.2f}\tIOU: {iou}%\tRecall:{share}%"


def accuracy_line(accuracy: Accuracy) -> str:
    """One picture more, its number from 0.   C: classifier.c validate_classifier_single"""
    return f"{accuracy.pictures - 1}: top 1: {accuracy.top1:f}, top {accuracy.top}: {accuracy.topk:f}"


def coco_lines(coco: CocoScore, darknet: Sequence[Score]) -> list[str]:
    """COCO's AP beside Darknet's, and why they differ.  ``darknet``: the scores at IoU .5, .55 … .95."""
    mean = 100 * np.array([[s.mean_ap, _labelled(s)] for s in darknet])
    labelled, classes = np.count_nonzero(darknet[0].truths), len(darknet[0].ap)
    rows = {"0.50": (*mean[0], coco.ap50), "0.75": (*mean[5], coco.ap75), "0.50:0.95": (*mean.mean(axis=0), coco.ap)}
    return [
        f"\n AP of the same boxes by Darknet, by Darknet over the {labelled} of {classes} classes that have labels, "
        f"and by COCO ({coco.program}):",
        " IoU          Darknet   labelled       COCO",
        *(f" {iou:9s} {ours:8.2f} % {only:8.2f} % {100 * theirs:8.2f} %" for iou, (ours, only, theirs) in rows.items()),
        f" COCO, small / medium / large objects: AP {_areas(coco.ap_by_area)}, AR {_areas(coco.recall_by_area)}; "
        f"AR of all {100 * coco.recall:.2f} %",
        " They differ: Darknet's mean takes in classes without labels, as 0; a box of Darknet can only hit the label that",
        " it overlaps most, where COCO gives it the best one that is still free; COCO reads precision at 101 recalls.",
    ]  # fmt: skip


def _labelled(score: Score) -> float:
    """The mean AP of the classes that have labels."""
    return float(score.ap[score.truths > 0].mean()) if score.truths.any() else math.nan


def _areas(shares: Sequence[float]) -> str:
    return " / ".join("none" if math.isnan(share) else f"{100 * share:.2f} %" for share in shares)
