"""NaN, infinity, and numbers near the end of float32, in weights or in what comes out: no warning of numpy's anywhere."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from networks import NET, network, random_weights

from darknet_py import DarknetWarning, Network, detection, output, weights
from darknet_py.boxes.suppression import IN_PLACE
from darknet_py.boxes.tiling import PictureTile, joined
from darknet_py.compat import darknet
from darknet_py.results import Detections

ANCHORS = "anchors=10,14,23,27,37,58\nnum=3\nclasses=3\n"
HEADS = {
    "yolo": f"filters=24\n[yolo]\nmask=0,1,2\nnms_kind=diounms\n{ANCHORS}",
    "new_coords": f"filters=24\n[yolo]\nmask=0,1,2\nnew_coords=1\nnms_kind=greedynms\n{ANCHORS}",
    "Gaussian": f"filters=36\n[Gaussian_yolo]\nmask=0,1,2\nyolo_point=left_top\n{ANCHORS}",
    "region": f"filters=24\n[region]\nsoftmax=1\n{ANCHORS}",
    "region without softmax": f"filters=24\n[region]\nclassfix=-1\n{ANCHORS}",
    "detection": "filters=9\n[local]\nsize=3\nstride=8\nfilters=5\nactivation=leaky\n[connected]\noutput=48\n"
                 "activation=linear\n[detection]\nside=2\nnum=2\ncoords=4\nclasses=2\nsqrt=1\nsoftmax=1\n",
    "classifier": "filters=10\n[avgpool]\n[connected]\noutput=4\nbatch_normalize=1\n[softmax]\n",
}
CONV = "[convolutional]\nfilters=16\nsize=3\npad=1\nactivation=leaky\n"
SUM = "[shortcut]\nfrom=-2\nweights_type=per_channel\nactivation=linear\nweights_normalization="
BODY = f"{CONV}batch_normalize=1\n{CONV}batch_normalize=1\n{SUM}relu\n{CONV}{SUM}softmax\n[batchnorm]\n"
BEFORE = {"new_coords": "logistic"}  # others: linear
LAST = {name: f"[convolutional]\nactivation={BEFORE.get(name, 'linear')}\n{head}" for name, head in HEADS.items()}
SIGNALLING = np.frombuffer(b"\x01\x00\xa0\x7f", "<f4")[0]
VALUES = {
    "NaN": [np.nan], "signalling NaN": [SIGNALLING], "infinity": [np.inf, -np.inf], "large": [1e38, -1e38, 3e38],
    "denormal": [1e-42, -1e-44], "exponents": [800, -800, 88.7], "all": [np.nan, np.inf, -np.inf, 1e38, -3e38, 1e-42, 0, 1],
}  # fmt: skip
EXTREMES = np.float32([np.nan, np.inf, -np.inf, 3e38, -3e38, 2e19, 88.7, 800, -800, 1e-42, 0, 0.5, 0.99, 1])


@contextmanager
def no_warning_but(allowed: list[warnings.WarningMessage]) -> Iterator[None]:
    """Only DarknetWarnings, which are put into ``allowed``."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    assert [str(w.message) for w in caught if w.category is not DarknetWarning] == []
    allowed += caught


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("head", HEADS)
def test_weights(head: str, values: str, tmp_path: Path) -> None:
    """From loading to boxes; one DarknetWarning names what is no number."""
    text, random = BODY + LAST[head], np.random.RandomState(0)
    (tmp_path / "m.cfg").write_text(NET.format(24, 16, 3) + text)
    graph = network(text, (3, 16, 24))
    arrays = random_weights(graph)
    for named in arrays.params:
        named.update({name: random.choice(np.float32(VALUES[values]), array.shape) for name, array in named.items()})
    told: list[warnings.WarningMessage] = []
    x = random.rand(3, 16, 24).astype(np.float32)
    with no_warning_but(told):
        weights.save(graph, arrays, tmp_path / "w")
        for numerics in ("exact", "fast"):
            net = Network.load(tmp_path / "m.cfg", tmp_path / "w", numerics, threads=1)
            outputs = net.predict(x)
            net.activations(x)
            if net.heads:
                look(net, outputs)
    expected = [] if np.isfinite(np.float32(VALUES[values])).all() else ["the training went wrong"]
    assert [text in str(w.message) for w, text in zip(told, expected * 2, strict=True)] == [True] * len(told)


@pytest.mark.parametrize("head", [name for name in HEADS if name != "classifier"])
def test_outputs(head: str) -> None:
    """Whatever a head gives, boxes come of it."""
    graph = network(LAST[head], (3, 6, 5))
    net = Network.of(graph, random_weights(graph), threads=1)
    (shape,) = (y.shape for y in net.predict(np.zeros((3, 6, 5), np.float32)))
    with no_warning_but([]):
        for seed in range(6):
            look(net, [np.random.RandomState(seed).choice(EXTREMES[seed % 2 * 3 :], shape)])


def look(net: Network, outputs: list[np.ndarray]) -> None:
    """All that is made of boxes."""
    for kind in (*detection.NMS_KINDS, IN_PLACE):
        for thresh, letter_box in ((0.25, False), (0.0, True), (-0.5, True)):
            rows = net.rows(outputs, net.fit((100, 80), letter_box), thresh, 0.45, letter_box, kind)
    names = ["a", "b", "c"]
    found = Detections(detection.listed(rows, 0.1, names), 100, 80)
    assert found.xyxy.shape == (len(found.to_coco(1)), 4)
    joined([rows, PictureTile(10, 20, 30, 40).to_picture(rows, (100, 80))])
    output.detection_lines(rows, names, 0.1, 100, 80, ext_output=True)
    output.best_lines(rows, names, 0.1, 100, 80, ext_output=True)
    output.draw_detections(np.zeros((80, 100, 3), np.uint8), rows, names, 0.1)


def test_darknet_py_draws_boxes_without_end_and_none_of_nan() -> None:
    im, colors = np.zeros((20, 30, 3), np.uint8), {"a": (255, 0, 0)}
    assert darknet.bbox2points((5.0, 5.0, math.inf, 4.0)) == (-(2**30), 3, 2**30, 7)
    darknet.draw_boxes([("a", "90", (math.nan, 5.0, 1.0, 1.0)), ("a", "90", (math.inf, 5.0, math.inf, 1.0))], im, colors)
    assert not im.any()
    darknet.draw_boxes([("a", "90", (15.0, 10.0, 1e38, 1e30))], im, colors)


@pytest.mark.parametrize("value", [1e300, -1e300, 3.5e38, np.inf])
def test_inputs_beyond_float32_pass_without_a_warning(value: float) -> None:
    graph = network("[maxpool]\nsize=1\n", (1, 2, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net = Network.of(graph, random_weights(graph), threads=1)
        assert (np.abs(net.predict(np.full((1, 2, 2), value))[0]) > 3e38).all()
