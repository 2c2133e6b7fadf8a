"""Networks with [local] and [detection] against what the reference made of them (golden/yolov1/README.md)."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import reference
from parity import crc32, distance, exact_layers
from seeded import picture, seeded_weights

from darknet_py import Network, cfg, graph, image, weights
from darknet_py.boxes.decode import decode, get_detection_boxes, get_network_boxes
from darknet_py.boxes.suppression import as_head_says
from darknet_py.boxes.table import Boxes
from darknet_py.layers.detection import Detection

FOLDER = reference.GOLDEN / "yolov1"
CASES = json.loads((FOLDER / "figures.json").read_text())
CLOSE = 1e-6  # what the reference's compiler reorders: [connected], softmax, the logistic function
PIXELS = (353, 287)


class Case:
    """A recorded network with its weights file and its input."""

    def __init__(self, name: str, folder: Path) -> None:
        self.figures: dict[str, Any] = CASES[name]
        self.cfg, self.weights, self.picture = FOLDER / f"{name}.cfg", folder / f"{name}.weights", folder / f"{name}.png"
        network = graph.build(cfg.read(self.cfg))
        weights.save(network, seeded_weights(network), self.weights)
        cv2.imwrite(str(self.picture), picture(name))
        self.net = Network.load(self.cfg, self.weights)
        self.x = self.net.fit(self.size, False).input(image.load_image(str(self.picture)))
        self.head = network.nodes[-1].layer
        assert isinstance(self.head, Detection)
        self.exact = exact_layers(network)
        if self.is_exact:
            self.exact.add(network.nodes[-1].index)

    @property
    def size(self) -> tuple[int, int]:
        height, width = picture(self.picture.stem).shape[:2]
        return width, height

    @property
    def is_exact(self) -> bool:
        """Whether the boxes owe the reference's bits too."""
        return not self.head.softmax and len(self.net.graph.nodes) - 2 in self.exact

    def same(self, ours: list[tuple[float, ...]], golden: list[list[float]]) -> None:
        """The same rows in the same order, to the bit where bits are owed."""
        assert [row[0] for row in ours] == [row[0] for row in golden]
        got, want = np.array(ours, np.float32), np.array(golden, np.float32)
        if self.is_exact:
            assert np.array_equal(got, want)
        else:
            np.testing.assert_allclose(got, want, rtol=CLOSE, atol=CLOSE * np.abs(want).max())


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    return Case(request.param, tmp_path_factory.mktemp("yolov1"))


def test_the_files_are_those_that_the_reference_was_given(case: Case) -> None:
    assert zlib.crc32(case.weights.read_bytes()) == case.figures["weights_crc32"]
    assert crc32(case.x) == case.figures["input_crc32"]


def test_layers(case: Case) -> None:
    outputs = case.net.activations(case.x)
    for index, golden in enumerate(case.figures["layers"]):
        ours = outputs[index]
        assert list(ours.shape) == golden["shape"]
        if index in case.exact:
            assert crc32(ours) == golden["crc32"], f"layer {index} has other bits"
        at = np.linspace(0, ours.size - 1, 16).astype(int)
        assert distance(ours, {**golden, "finite": True, "at": at}) < CLOSE, f"layer {index}"
    assert np.array_equal(case.net.predict(case.x)[0], outputs[len(outputs) - 1])


def test_a_whole_network_owes_bits(tmp_path: Path) -> None:
    case = Case("local", tmp_path)
    assert case.exact == {node.index for node in case.net.graph.nodes}


def test_a_batch_of_two(case: Case) -> None:
    both = np.stack([case.x, case.x[:, ::-1]])
    (heads,) = case.net.predict(both)
    if case.is_exact:
        assert crc32(heads) == case.figures["batch_of_two_crc32"]
    for x, head in zip(both, heads, strict=True):
        assert np.array_equal(head, case.net.predict(x)[0])


def rows_of(boxes: Boxes, objectness: bool = False) -> list[tuple[float, ...]]:
    more = boxes.objectness[:, None] if objectness else np.zeros((len(boxes), 0), np.float32)
    return [(k, boxes.probs[i, k], *more[i], *boxes.xywh[i]) for i, k in np.argwhere(boxes.probs > 0).tolist()]


def test_boxes_of_yolo_test(case: Case) -> None:
    boxes = decode(case.head, case.net.predict(case.x)[0], case.size, case.figures["thresh"])
    assert len(rows_of(boxes)) == case.figures["before"]
    case.same(rows_of(as_head_says(boxes, case.head, 0.4, "in_place")), case.figures["yolo_test"])


def test_boxes_of_yolo_valid(case: Case) -> None:
    boxes = get_detection_boxes(case.head, case.net.predict(case.x)[0], PIXELS, case.figures["thresh"])
    case.same(rows_of(as_head_says(boxes, case.head, 0.4, "in_place")), case.figures["yolo_valid"])


def test_boxes_of_detector_test(case: Case) -> None:
    """Its order is that of all sorts; here boxes are in parts of the picture, there in pixels."""
    boxes = get_network_boxes([case.head], case.net.predict(case.x), case.net.fit((1, 1), False), case.figures["thresh"])
    case.same(rows_of(as_head_says(boxes, case.head, 0.45), objectness=True), case.figures["detector_test"])


def test_detect_finds_them(case: Case) -> None:
    """What the reference computes for ``detector test``, and does not print."""
    found = case.net.detect(case.picture, thresh=case.figures["thresh"])
    ours = [(d.class_id, d.prob, d.objectness, *d.box) for d in found]
    case.same(ours, case.figures["detector_test"])


def test_a_letterbox_is_taken_away(case: Case) -> None:
    """The reference leaves boxes where they were in the letterboxed picture."""
    fit = case.net.fit((1000, 100), True)
    outputs = case.net.predict(case.x)
    plain = get_network_boxes([case.head], outputs, case.net.fit(case.size, False), 0.0).xywh
    boxed = get_network_boxes([case.head], outputs, fit, 0.0).xywh
    inner, net = np.array(fit.inner_size), np.array(fit.net_size)
    np.testing.assert_allclose(boxed[:, :2], (plain[:, :2] - (net - inner) / 2 / net) / (inner / net), rtol=1e-4, atol=1e-5)


def test_the_rows_of_the_table(case: Case) -> None:
    rows = [line[5:].rstrip() for line in case.net.summary().splitlines()[1:-1]]
    assert rows == [row.rstrip() for row in case.figures["table"]]


@pytest.mark.parametrize("numerics", ["fast"])
def test_other_numerics(case: Case, numerics: Any) -> None:
    other = Network.load(case.cfg, case.weights, numerics=numerics)
    exact = case.net.predict(case.x)[0]
    np.testing.assert_allclose(other.predict(case.x)[0], exact, rtol=1e-4, atol=1e-4 * np.abs(exact).max())
