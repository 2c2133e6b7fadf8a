"""ONNX models of every form on real pictures: the boxes of ``detect``."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reference import kit_file

from darknet_py import Network, export, image, store
from darknet_py.results import Detections

REASON = "needs onnx and onnxruntime: pip install darknet-runtime[test]"
onnx = pytest.importorskip("onnx", reason=REASON)
onnxruntime = pytest.importorskip("onnxruntime", reason=REASON)

EXAMPLES = Path(__file__).parents[2] / "examples"
THRESH, NMS = 0.25, 0.45
PICTURES = [("yolo-fastest-1.1", "images/dog.jpg"), ("yolo-fastest-1.1", "images/person.png"),
            ("yolo-fastest-1.1-xl", "images/horses.png"), ("chars", "plate.jpg"), ("chars", "label.jpg")]  # fmt: skip
ALIKE = [PICTURES[1], *PICTURES[3:]]  # where the distance of centres, which nms_kind= asks for, makes no difference
Found = list[tuple[int, float, np.ndarray]]  # class, probability, (centre x, y, width, height) relative to the picture


@functools.cache
def loaded(name: str, size: tuple[int, int] | None = None, engine: str = "native") -> Network:
    if name == "chars":
        model = store.model("yolov4-chars")
        return Network.load(model.cfg, model.weights, size=size, names=model.names, engine=engine)
    return Network.load(kit_file(f"cfg/{name}.cfg"), kit_file(f"weights/{name}.weights"), size=size, engine=engine)


def picture(name: str) -> Path:
    return kit_file(name) if name.startswith("images") else EXAMPLES / name


@functools.cache
def session_of(name: str, outputs: export.Outputs, **form: Any) -> Any:
    """A network's model, ready to run."""
    net = loaded(name)
    model = export.to_onnx(net.graph, net.weights, outputs, **form)
    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level, quiet.intra_op_num_threads = 3, 1
    return onnxruntime.InferenceSession(model.SerializeToString(), quiet, providers=["CPUExecutionProvider"])


@functools.cache
def outputs_of(name: str, outputs: export.Outputs, file: str, **form: Any) -> Mapping[str, np.ndarray]:
    """What a model gives for a picture, which is fitted in as ``detect`` does."""
    session = session_of(name, outputs, **form)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"input": fitted(loaded(name), file)[None]}), strict=True))


def fitted(net: Network, file: str) -> np.ndarray:
    fit = image.letterbox_image if net.letter_box else image.resize_image
    return fit(image.load_image(picture(file)), net.width, net.height)


def in_picture(net: Network, file: str, boxes: np.ndarray) -> np.ndarray:
    """Boxes relative to the input → relative to the picture: out of the letterbox."""
    if not net.letter_box:
        return boxes
    (_, h, w), size = image.load_image(picture(file)).shape, np.array([net.width, net.height])
    inner = np.floor(np.array([w, h]) * min(size / [w, h])) / size
    return np.hstack([(boxes[:, :2] - (1 - inner) / 2) / inner, boxes[:, 2:] / inner])


def suppressed(boxes: np.ndarray, scores: np.ndarray, most: float) -> Found:
    """What most programs do: a threshold, then in each class the best box removes those that overlap it by more than
    ``most``, by plain IoU.
    """
    found: Found = []
    for kind in range(scores.shape[1]):
        rows = [r for r in np.argsort(-scores[:, kind], kind="stable") if scores[r, kind] > THRESH]
        while rows:
            best, *rest = rows
            found.append((kind, float(scores[best, kind]), boxes[best]))
            rows = [r for r in rest if iou(boxes[best], boxes[r]) <= most]
    return found


def iou(a: np.ndarray, b: np.ndarray) -> float:
    low, high = np.maximum(a[:2] - a[2:] / 2, b[:2] - b[2:] / 2), np.minimum(a[:2] + a[2:] / 2, b[:2] + b[2:] / 2)
    shared = np.prod(np.maximum(high - low, 0))
    return float(shared / (np.prod(a[2:]) + np.prod(b[2:]) - shared))


def assert_detects(got: Found, want: Detections, closeness: float = 1e-4) -> None:
    """The same objects, in any order."""
    assert len(want) > 0
    assert sorted(kind for kind, _, _ in got) == sorted(d.class_id for d in want)
    for d in want:
        near = min((np.abs(box - d.box).max(), prob) for kind, prob, box in got if kind == d.class_id)
        assert near[0] < closeness
        assert near[1] == pytest.approx(d.prob, abs=closeness)


def from_boxes(name: str, file: str, most: float) -> Found:
    boxes, scores = outputs_of(name, "boxes", file).values()
    return suppressed(in_picture(loaded(name), file, boxes[0]), scores[0], most)


def from_yolov8(name: str, file: str, most: float) -> Found:
    net, columns = loaded(name), outputs_of(name, "yolov8", file, opset=13)["output0"][0]
    boxes = columns[:4].T / [net.width, net.height, net.width, net.height]
    return suppressed(in_picture(net, file, boxes), columns[4:].T, most)


@pytest.mark.parametrize(("name", "file"), PICTURES)
@pytest.mark.parametrize("found", [from_boxes, from_yolov8])
def test_all_boxes_are_those_of_detect(found: Callable[..., Found], name: str, file: str):
    assert_detects(found(name, file, 1.0), loaded(name).detect(picture(file), THRESH, nms=0))


@pytest.mark.parametrize(("name", "file"), ALIKE)
@pytest.mark.parametrize("found", [from_boxes, from_yolov8])
def test_usual_suppression_finds_what_detect_does(found: Callable[..., Found], name: str, file: str):
    assert_detects(found(name, file, NMS), loaded(name).detect(picture(file), THRESH, nms=NMS))


def listed(found: Detections) -> Found:
    return [(d.class_id, d.prob, np.array(d.box)) for d in found]


@pytest.mark.parametrize("form", [
    {"opset": 13}, {"opset": 14, "batch": "dynamic"}, {"opset": 22}, {"softplus": False}, {"dynamic_size": True},
    {"dynamic_size": True, "opset": 13, "batch": "dynamic"},
])  # fmt: skip
@pytest.mark.parametrize("name", ["yolo-fastest-1.1", "chars"])
def test_heads_in_every_form_give_what_detect_finds(name: str, form: dict[str, Any], tmp_path: Path):
    net, file = loaded(name, (320, 320)), "images/dog.jpg" if name != "chars" else "plate.jpg"
    net.export(tmp_path / "net.onnx", **form)
    other = Network.of(net.graph, net.weights, engine=f"onnxruntime,{tmp_path / 'net.onnx'}")
    assert_detects(listed(other.detect(picture(file))), net.detect(picture(file)))


@pytest.mark.parametrize("name", ["yolo-fastest-1.1", "chars"])
def test_one_model_at_three_sizes_gives_what_detect_finds(name: str, tmp_path: Path):
    file = "images/dog.jpg" if name != "chars" else "plate.jpg"
    loaded(name).export(tmp_path / "net.onnx", dynamic_size=True)
    for size in ((288, 352), (320, 320), (416, 224)):
        net = loaded(name, size)
        other = Network.of(net.graph, net.weights, engine=f"onnxruntime,{tmp_path / 'net.onnx'}")
        assert_detects(listed(other.detect(picture(file))), net.detect(picture(file)))
