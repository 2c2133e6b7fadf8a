"""Models that suppress boxes themselves, on pictures: the boxes of ``Network.detect``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from reference import REPO, kit, kit_file

from darknet_py import Network, export, image
from darknet_py.boxes.geometry import centred, correct_yolo_boxes

REASON = "needs onnx and onnxruntime: pip install darknet-runtime[test]"
onnx = pytest.importorskip("onnx", reason=REASON)
onnxruntime = pytest.importorskip("onnxruntime", reason=REASON)

PICTURES = "dog.jpg", "horses.png", "person.png"
LEAST = 0.1


def session_of(net: Network, outputs: str) -> onnxruntime.InferenceSession:
    model = export.to_onnx(net.graph, net.weights, outputs, thresh=LEAST)
    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level, quiet.intra_op_num_threads = 3, 1
    return onnxruntime.InferenceSession(model.SerializeToString(), quiet, providers=["CPUExecutionProvider"])


def found(net: Network, session: onnxruntime.InferenceSession, path: Path) -> tuple[list[int], np.ndarray, np.ndarray]:
    """Classes, probabilities, and boxes relative to the picture (centre x, y, width, height)."""
    pixels = image.read_image(path)
    fit = net.fit((pixels.shape[1], pixels.shape[0]))
    given = {"input": fit.input_of(pixels)[None]}
    if session.get_overridable_initializers():
        given["inner_size"] = np.array([fit.inner_size], np.float32)
    ((k,),), (corners,), (probs,), (classes,) = session.run(None, given)
    boxes = centred(corners[:k] / np.array([*fit.net_size] * 2, np.float32))
    return classes[:k].tolist(), probs[:k], correct_yolo_boxes(boxes, fit)


def assert_detects(net: Network, paths: list[Path]) -> None:
    session = session_of(net, "nms")
    for path in paths:
        classes, probs, boxes = found(net, session, path)
        want = net.detect(path, LEAST)
        assert classes == [d.class_id for d in want]
        assert len(want) >= 3
        np.testing.assert_allclose(probs, [d.prob for d in want], rtol=0, atol=1e-5)
        np.testing.assert_allclose(boxes, [d.box for d in want], rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["yolo-fastest-1.1", "yolo-fastest-1.1-xl", "yolo-fastest"])
def test_yolo_fastest(name):
    net = Network.load(kit() / f"cfg/{name}.cfg", kit() / f"weights/{name}.weights")
    assert_detects(net, [kit_file(f"images/{picture}") for picture in PICTURES])


def test_lines_of_characters():
    """Pictures that are letterboxed, and suppressed by the distance of their boxes."""
    net = Network.load(REPO / "cfg/yolov4-chars.cfg", REPO / "weights/yolov4-chars.weights")
    assert_detects(net, [REPO / f"examples/{picture}.jpg" for picture in ("plate", "label", "scoreboard")])
