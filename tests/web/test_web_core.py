"""The page's arithmetic beside the package's own: the same bits of an input, the same detections in the same order."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from picture_files import jpeg, png, tiff, webp
from web_core import run

from darknet_py.boxes.detection import listed
from darknet_py.boxes.geometry import correct_yolo_boxes
from darknet_py.boxes.suppression import non_max_suppression
from darknet_py.boxes.table import Boxes
from darknet_py.image import Fit, exif

NETWORK = {
    "width": 32, "height": 24, "channels": 3, "letter_box": False, "names": ["cat", "dog"], "thresh": 0.24, "nms": 0.45,
    "nms_kind": "default", "beta_nms": 0.6, "model": "model.onnx", "bytes": 100,
}  # fmt: skip
KINDS = ["default", "greedynms", "diounms", "cornersnms"]


def network(**changes: Any) -> dict[str, Any]:
    return NETWORK | changes


def pixels(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """BGRA."""
    return rng.integers(0, 256, (size[1], size[0], 4), np.uint8)


def as_image_data(bgra: np.ndarray) -> dict[str, Any]:
    return {"width": bgra.shape[1], "height": bgra.shape[0], "data": np.ascontiguousarray(bgra[..., [2, 1, 0, 3]])}


SIZES = [(32, 24), (640, 480), (7, 100), (100, 7), (1, 1), (1, 50), (33, 23), (31, 2000), (500, 3)]


@pytest.mark.parametrize("net", [(32, 24), (24, 32), (1, 1), (64, 1), (1, 64)])
@pytest.mark.parametrize("letter_box", [False, True])
def test_the_input_has_the_same_bits(net, letter_box):
    rng = np.random.default_rng(1)
    cases = [(pixels(rng, size), channels) for size in SIZES for channels in (3, 1)] + [(pixels(rng, (50, 40)), 2),
             (pixels(rng, (50, 40)), 4)]  # fmt: skip
    calls = [("picture", "inputOf", as_image_data(bgra),
              network(width=net[0], height=net[1], letter_box=letter_box, channels=channels)) for bgra, channels in cases]
    for (bgra, channels), found in zip(cases, run(calls), strict=True):
        wanted = Fit((bgra.shape[1], bgra.shape[0]), net, letter_box).input_of(bgra, channels)
        np.testing.assert_array_equal(found.reshape(wanted.shape), wanted, f"{bgra.shape}, {channels} channels")


def rows(rng: np.random.Generator, count: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Boxes close to each other, and scores of which many are alike."""
    boxes = np.concatenate([rng.uniform(0.3, 0.7, (count, 2)), rng.uniform(0.05, 0.6, (count, 2))], 1)
    boxes[rng.random(count) < 0.1] = boxes[:1]
    boxes[rng.random(count) < 0.05, 2:] = 0
    return boxes.astype(np.float32), (rng.integers(0, 20, (count, classes)) / 20).astype(np.float32)


def detected(boxes: np.ndarray, scores: np.ndarray, net: dict[str, Any], size: tuple[int, int], thresh: float, nms: float):
    """What the package makes of the model's outputs."""
    fit = Fit(size, (net["width"], net["height"]), net["letter_box"])
    used = (scores > np.float32(thresh)).any(1)
    probs = np.where(scores > np.float32(thresh), scores, np.float32(0))[used]
    table = Boxes(correct_yolo_boxes(boxes[used], fit), np.ones(len(probs), np.float32), probs, np.zeros((len(probs), 4)))
    if nms:
        table = non_max_suppression(table, net["nms_kind"], net["beta_nms"], nms)
    return listed(table, thresh, net["names"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("letter_box", [False, True])
def test_detections_and_their_order(kind, letter_box):
    rng = np.random.default_rng(2)
    net = network(nms_kind=kind, beta_nms=1.7, letter_box=letter_box, names=["a", "b", "c"])
    asked = [(thresh, nms, count, size) for thresh in (0.0, 0.24, 0.9) for nms in (0.0, 0.2, 0.45, 1.0)
             for count, size in ((0, (9, 9)), (1, (640, 480)), (60, (480, 640)))]  # fmt: skip
    cases = [(*rows(rng, count, 3), net, size, thresh, nms) for thresh, nms, count, size in asked]
    calls = [("boxes", "detections", {"boxes": boxes, "scores": scores}, net, {"width": size[0], "height": size[1]},
              {"thresh": thresh, "nms": nms}) for boxes, scores, net, size, thresh, nms in cases]  # fmt: skip
    suppressed = 0
    for case, found in zip(cases, run(calls), strict=True):
        wanted = detected(*case)
        assert [d["class_id"] for d in found] == [d.class_id for d in wanted]
        assert [d["name"] for d in found] == [d.name for d in wanted]
        assert [d["prob"] for d in found] == [d.prob for d in wanted]
        assert [tuple(d["box"]) for d in found] == [d.box for d in wanted]
        suppressed += len(detected(*case[:-1], 0)) - len(wanted)
    assert suppressed > 100


def test_classes_that_are_wanted_do_not_change_the_others():
    boxes, scores = rows(np.random.default_rng(3), 40, 2)
    size, outputs = {"width": 50, "height": 40}, {"boxes": boxes, "scores": scores}
    every, one, none = run([("boxes", "detections", outputs, NETWORK, size, {"classes": classes})
                            for classes in (None, [1], [])])  # fmt: skip
    assert one == [d for d in every if d["class_id"] == 1]
    assert 0 < len(one) < len(every)
    assert none == []


def test_what_is_no_number_is_no_box():
    boxes, scores = rows(np.random.default_rng(4), 20, 2)
    scores[3] = np.nan
    boxes[5] = np.nan
    outputs = {"boxes": boxes, "scores": scores}
    (found,) = run([("boxes", "detections", outputs, NETWORK, {"width": 32, "height": 24}, {})])
    assert all(d["prob"] > 0.24 for d in found)


def described(**changes: Any) -> str:
    return json.dumps({key: value for key, value in network(**changes).items() if value is not ...})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "network.json is not JSON"),
        ("<!doctype html>", "network.json is not JSON"),
        ("null", "network.json: width is missing"),
        ("[]", "network.json: width is missing"),
        (described(width=0), "network.json: width is 0, which cannot be"),
        (described(height="24"), 'network.json: height is "24", which cannot be'),
        (described(channels=5), "network.json: channels is 5"),
        (described(letter_box=...), "network.json: letter_box is missing"),
        (described(names=[]), "network.json: names is []"),
        (described(names=[1, 2]), "network.json: names is [1,2]"),
        (described(thresh=2), "network.json: thresh is 2"),
        (described(nms_kind="soft"), 'network.json: nms_kind is "soft"'),
        (described(nms_kind="toString"), 'network.json: nms_kind is "toString"'),
        (described(model="../../x.onnx"), 'network.json: model is "../../x.onnx"'),
        (described(model="https://example.org/x.onnx"), "network.json: model is"),
        (described(bytes=-1), "network.json: bytes is -1"),
    ],
)
def test_a_description_that_is_none(text, says):
    (found,) = run([("description", "parse", text)])
    assert isinstance(found, str)
    assert found.startswith(says)
    assert found.endswith("export the page again")


def test_a_description_is_read():
    (found,) = run([("description", "parse", described())])
    assert found == NETWORK


@pytest.mark.parametrize("make", [jpeg, png, webp])
def test_exif_is_hidden_in_its_place(make):
    cut = [make(tiff(6))[:length] for length in (12, 20, 30, 60)]
    whole, plain = make(tiff(6)), make(b"")
    assert exif.orientation(whole) == 6
    found = run([("exif", "hidden", np.frombuffer(data, np.uint8)) for data in (whole, plain, *cut, b"", b"a letter")])
    assert exif.orientation(found[0].tobytes()) == 1
    assert np.count_nonzero(found[0] != np.frombuffer(whole, np.uint8)) == 1
    assert [len(data) for data in found[2:]] == [12, 20, 30, 60, 0, 8]


def test_exif_behind_other_segments_is_hidden():
    data = jpeg(tiff(3))
    for other in (b"\xff\xfe\0\x04hi", b"\xff\xff", b"\xff\xe1\0\x06http"):
        (found,) = run([("exif", "hidden", np.frombuffer(data[:2] + other + data[2:], np.uint8))])
        assert exif.orientation(found.tobytes()) == 1
