"""Figures of each class, best thresholds, confusion: against pycocotools, supervision, and every threshold tried."""

from __future__ import annotations

import csv
import io
import json
import math

import cv2
import detections as made
import numpy as np
import pytest
import videos
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet_py.errors import DatasetError, ImageError
from darknet_py.evaluate import Counts, Found, coco_score, confusion, evaluation, found_in, score, worst
from darknet_py.files.samples import Sample
from darknet_py.image import load_image
from darknet_py.network import Network
from darknet_py.output.metrics import CSV_COLUMNS, class_lines, metrics_csv, metrics_json

NAMES = ["a", "b, \"c\"", "日本"]
IOUS = np.linspace(0.5, 0.95, 10).tolist()


def in_supervision(seen):
    """A Found or Labels as supervision has it."""
    sv = pytest.importorskip("supervision")
    half = seen.xywh[:, 2:] / 2
    corners = np.concatenate([seen.xywh[:, :2] - half, seen.xywh[:, :2] + half], 1) * made.SIZE[0]
    return sv.Detections(corners.reshape(-1, 4), class_id=seen.classes, confidence=getattr(seen, "probs", None))


@pytest.mark.parametrize("seed", range(3))
def test_ap_of_each_class_is_pycocotools(seed):
    """At 101 recalls, at IoU .5 and over .5 to .95, to the last digits where the rules of matching agree."""
    pytest.importorskip("pycocotools")
    seen, samples = made.apart(seed)
    coco = coco_score(seen, samples, [made.SIZE] * len(samples))
    by_iou = np.array([score(seen, samples, 3, iou, 101).ap for iou in IOUS])
    assert by_iou[0] == pytest.approx([coco.class_ap50[j] for j in range(3)], abs=1e-9)
    assert by_iou.mean(axis=0) == pytest.approx([coco.class_ap[j] for j in range(3)], abs=1e-9)
    assert by_iou.mean() == pytest.approx(coco.ap, abs=1e-9)
    assert coco.ap50 == pytest.approx(np.mean(list(coco.class_ap50.values())))


@pytest.mark.parametrize(("seed", "thresh"), [(0, 0.25), (1, 0.5), (2, 0.9)])
def test_precision_recall_and_f1_are_supervision_s(seed, thresh):
    metrics = pytest.importorskip("supervision.metrics")
    seen, samples = made.apart(seed)
    ours = evaluation(seen, samples, NAMES, conf_thresh=thresh)
    passing = [boxes[boxes.confidence > np.float32(thresh)] for boxes in map(in_supervision, seen)]
    truth = [in_supervision(s.labels) for s in samples]
    for name, kind in (("precision", metrics.Precision), ("recall", metrics.Recall), ("f1", metrics.F1Score)):
        result = kind(averaging_method=metrics.AveragingMethod.MICRO).update(passing, truth).compute()
        per_class = getattr(result, f"{name}_per_class")[:, 0]
        assert [getattr(figures.at, name) for figures in ours.classes] == pytest.approx(per_class), name
        together = getattr(result, f"{name}_scores")[0]
        assert getattr(ours.all.at, name) == pytest.approx(together), name
        assert getattr(ours.curve.at(thresh), name) == pytest.approx(together), name


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.25, 0.6]), st.sampled_from([0.3, 0.5]))
def test_confusion_is_supervision_s(seed, conf_thresh, iou_thresh):
    """Also where labels and boxes lie on each other."""
    sv = pytest.importorskip("supervision")
    random = np.random.RandomState(seed)
    seen, samples = [], []
    for _ in range(3):
        boxes, truths = random.uniform(0.3, 0.7, (20, 4)), random.uniform(0.3, 0.7, (8, 4))
        seen.append(made.found(*np.column_stack([random.randint(3, size=20), random.rand(20), boxes])))
        samples.append(Sample("a.png", (), made.labels(*np.column_stack([random.randint(3, size=8), truths]))))
    truth, boxes = [in_supervision(s.labels) for s in samples], [in_supervision(f) for f in seen]
    theirs = sv.ConfusionMatrix.from_detections(boxes, truth, NAMES, conf_thresh, iou_thresh).matrix
    assert confusion(seen, samples, 3, iou_thresh, conf_thresh).counts.tolist() == theirs.tolist()


@pytest.mark.parametrize("seed", range(2))
def test_no_other_threshold_has_a_better_f1(seed):
    """A threshold just below each probability is tried; that which is told has just the counts that are told."""
    seen, samples = made.apart(seed, pictures=3)
    ours = evaluation(seen, samples, NAMES)
    tried = [score(seen, samples, 3, conf_thresh=t - 1e-6) for t in np.concatenate([f.probs for f in seen]).tolist()]
    assert max(one.f1 for one in tried) <= ours.all.best.counts.f1 + 1e-6
    at_best = score(seen, samples, 3, conf_thresh=ours.all.best.thresh)
    assert (at_best.tp.sum(), at_best.fp.sum(), at_best.fn) == tuple(vars(ours.all.best.counts).values())
    for j, figures in enumerate(ours.classes):
        alone = score(seen, samples, 3, conf_thresh=figures.best.thresh)
        assert (alone.tp[j], alone.fp[j]) == (figures.best.counts.tp, figures.best.counts.fp)
        assert max(Counts(t.tp[j], t.fp[j], t.truths[j] - t.tp[j]).f1 for t in tried) <= figures.best.counts.f1


@pytest.mark.parametrize(
    ("probs", "hits", "thresh"),
    [([0.9, 0.3], 2, 0.2), ([0.94, 0.93], 1, 0.93), ([0.9, 0.9, 0.1], 2, 0.8), ([0.123456, 0.123455], 1, 0.123455)],
)
def test_the_threshold_is_the_shortest_number(probs, hits, thresh):
    """Boxes of equal probability pass together."""
    places = [(0, 0.1 + 0.2 * i, 0.5, 0.1, 0.1) for i in range(len(probs))]
    seen = [made.found(*((0, p, *place[1:]) for p, place in zip(probs, places)))]
    best = evaluation(seen, [Sample("a.png", (), made.labels(*places[:hits]))], ["a"]).all.best
    assert best.thresh == pytest.approx(thresh, abs=1e-7)
    assert best.counts == Counts(hits, 0, 0)


def test_curves_at_recalls_and_thresholds():
    seen, samples = made.apart(5)
    ours = evaluation(seen, samples, NAMES, points=101)
    for curve, ap in zip(ours.curves, ours.score.ap):
        assert curve.precision_at(np.linspace(0, 1, 101)).mean() == pytest.approx(ap, abs=0.01)
        assert curve.f1_at(np.array([0.0, 0.4, 1.0])) == pytest.approx([curve.at(t).f1 for t in (0, 0.4, 1)])


def test_nothing_found_and_nothing_there():
    nothing, truth = made.found(), made.labels((1, 0.5, 0.5, 0.1, 0.1))
    missed = evaluation([nothing], [Sample("a.png", (), truth)], NAMES)
    assert (missed.all.best, missed.all.at, missed.all.at.f1) == (None, Counts(0, 0, 1), 0)
    assert missed.confusion.counts[1, 3] == 1
    empty = evaluation([nothing], [Sample("a.png")], NAMES)
    assert all(math.isnan(value) for value in (empty.all.at.precision, empty.all.at.f1, empty.mean_ap_of_labelled))
    false = evaluation([made.found((2, 0.9, 0.5, 0.5, 0.1, 0.1))], [Sample("a.png")], NAMES)
    assert (false.all.best, false.confusion.counts[3, 2]) == (None, 1)
    for figures in (missed, empty, false):
        assert "NaN" not in metrics_json(figures)
        assert "nan" not in metrics_csv(figures) + "".join(class_lines(figures))


def test_no_pictures_have_no_figures():
    for count in (lambda: evaluation([], [], NAMES), lambda: score([], [], 3)):
        with pytest.raises(DatasetError, match="there is no picture to evaluate"):
            count()


def test_labels_of_unknown_classes_and_difficult_ones_are_not_in_the_matrix():
    boxes = made.found((0, 0.9, 0.2, 0.2, 0.1, 0.1), (1, 0.8, 0.7, 0.7, 0.1, 0.1))
    labels = made.labels((7, 0.2, 0.2, 0.1, 0.1), (-1, 0.5, 0.5, 0.1, 0.1))
    sample = Sample("a.png", (), labels, made.labels((1, 0.7, 0.7, 0.1, 0.1)))
    assert not confusion([boxes], [sample], 3).counts.any()
    assert evaluation([boxes], [sample], NAMES).all.at.fn == 2


def test_the_worst_pictures_come_first():
    label, box = (0, 0.5, 0.5, 0.2, 0.2), (0.5, 0.5, 0.2, 0.2)
    cases = [[(0, 0.9, *box)], [(1, 0.9, *box)], [], [(0, 0.9, *box), (2, 0.6, 0.1, 0.1, 0.1, 0.1)]]
    sample = Sample("a.png", (), made.labels(label))
    ranked = worst([made.found(*rows) for rows in cases], [sample] * 4)
    assert [(m.number, round(m.weight, 3), m.false, m.wrong, m.missed) for m in ranked] == [
        (2, 1.0, (), (), (0,)), (1, 0.9, (), ((0, 0),), ()), (3, 0.6, (1,), (), ()),
    ]  # fmt: skip
    assert [m.number for m in worst([made.found(*rows) for rows in cases], [sample] * 4, most=1)] == [2]


def test_the_forms_say_the_same():
    seen, samples = made.apart(3)
    ours = evaluation(seen, samples, NAMES)
    rows = list(csv.DictReader(io.StringIO(metrics_csv(ours))))
    facts = json.loads(metrics_json(ours, {"network": "x.cfg"}))
    assert [row["name"] for row in rows] == [*NAMES, "all"]
    assert tuple(rows[0]) == CSV_COLUMNS
    assert rows[-1]["class_id"] == ""
    for row, figures in zip(rows, [*facts["classes"], facts["all"]]):
        for name in ("labels", "ap", "tp", "fp", "fn", "precision", "recall", "f1"):
            assert float(row[name]) == figures[name]
            assert name in ("labels", "ap") or float(row[f"best_{name}"]) == figures["best"][name]
        assert float(row["best_thresh"]) == figures["best"]["thresh"]
    assert facts["network"] == "x.cfg"
    assert np.sum(facts["confusion"]["counts"][:3]) == facts["labels"]
    lines = class_lines(ours)
    assert lines[-2].endswith(NAMES[-1])
    counts = [str(count) for count in vars(ours.all.at).values()]
    assert lines[-1].split()[:6] == ["all", str(facts["labels"]), f"{100 * facts['map']:.2f}", *counts]


def test_a_network_over_pictures(tmp_path):
    """The boxes of one after the other, in their order; a picture that cannot be read is an error."""
    videos.detector(tmp_path)
    net, places = Network.load(tmp_path / "x.cfg", tmp_path / "x.weights"), [(2, 1), (5, 3), (6, 2)]
    for i, (x, y) in enumerate(places):
        cv2.imwrite(str(tmp_path / f"{i}.png"), videos.picture((x, y, videos.RED)))
    pictures = [Sample(str(tmp_path / f"{i}.png")) for i in range(3)]
    found = found_in(net, pictures)
    for sample, one in zip(pictures, found, strict=True):
        alone = Found.of(net.detect_rows(load_image(sample.picture), thresh=0.005))
        assert len(one) > 0
        assert np.array_equal(one.xywh, alone.xywh)
    with pytest.raises(ImageError, match=r"lost\.png"):
        found_in(net, [Sample(str(tmp_path / "lost.png"))])
