"""The programs of docs/export.md, run as they stand there, on a small network; their boxes are those of ``detect``."""

from __future__ import annotations

import os
import re
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_detector
from reference import REPO

from darknet_py import Network

REASON = "needs onnx and onnxruntime: pip install darknet-runtime[test]"
onnx = pytest.importorskip("onnx", reason=REASON)
onnxruntime = pytest.importorskip("onnxruntime", reason=REASON)
PAGE = (REPO / "docs" / "export.md").read_text("utf-8")
WIDTH, HEIGHT = 32, 24
NAMES = ["cat", "dog"]


def program(title: str) -> str:
    """The one program under a title."""
    section = re.split(r"^#+ ", PAGE.split(f"# {title}\n", 1)[1], maxsplit=1, flags=re.M)[0]
    (found,) = re.findall(r"```python\n(.*?)```", section, re.S)
    return found


def run(title: str, **names: Any) -> dict[str, Any]:
    exec(program(title), names)
    return names


@pytest.fixture(scope="module")
def around() -> dict[str, Any]:
    """Resize, letterbox, threshold and suppression."""
    return run("What the boxes need")


@pytest.fixture
def net(tmp_path, monkeypatch) -> Network:
    """small.cfg, cars.cfg and the model of -outputs boxes, tiny.onnx, in the folder where the programs run."""
    net = Network.load(*small_detector.write(tmp_path), names=NAMES)
    small_detector.write(tmp_path, name="cars")
    (tmp_path / "cars.names").write_text("cat\ndog\n")
    monkeypatch.chdir(tmp_path)
    net.export("tiny.onnx", outputs="boxes")
    return net


def rows(found) -> list[tuple[int, float, float, float, float, float]]:
    """Detections in one order: by class and place."""
    return sorted((d.class_id, d.prob, *d.box) for d in found)


def assert_same(found, expected, least: int = 5) -> None:
    assert len(found) == len(expected) >= least
    np.testing.assert_allclose(sorted(found), expected, atol=1e-5)


@pytest.mark.parametrize("letter_box", [False, True])
@pytest.mark.parametrize("shape", [(50, 70, 3), (24, 32, 3), (90, 31, 3), (3, 200, 3), (1, 1, 3)])
def test_the_input_is_darknets(around, net, shape, letter_box):
    picture = small_detector.picture(shape=shape)
    x, _ = around["to_input"](picture, WIDTH, HEIGHT, letter_box)
    assert (x.shape, x.dtype) == ((1, 3, HEIGHT, WIDTH), np.float32)
    np.testing.assert_allclose(x[0], net.fit(shape[1::-1], letter_box).input_of(picture), atol=1e-6)


@pytest.mark.parametrize("letter_box", [False, True])
@pytest.mark.parametrize(
    ("kind", "thresh", "nms", "beta"),
    [
        ("nms_kind=default", 0.25, 0.45, None),
        ("nms_kind=default", 0.4, 0.2, None),
        ("nms_kind=greedynms\nbeta_nms=3", 0.25, 0.3, 0.6),
        ("nms_kind=diounms", 0.25, 0.3, 0.6),
        ("nms_kind=diounms\nbeta_nms=3", 0.25, 0.3, 3),
    ],
)
def test_the_boxes_are_those_of_detect(around, tmp_path, letter_box, kind, thresh, nms, beta):
    text = small_detector.CFG.replace("[yolo]", f"[yolo]\n{kind}")
    net = Network.load(*small_detector.write(tmp_path, text), names=NAMES)
    net.export(tmp_path / "tiny.onnx", outputs="boxes")
    picture = small_detector.picture(3, (90, 70, 3))
    x, inner = around["to_input"](picture, WIDTH, HEIGHT, letter_box)
    boxes, scores = onnxruntime.InferenceSession(tmp_path / "tiny.onnx").run(["boxes", "scores"], {"input": x})
    found = around["detections"](boxes[0], scores[0], inner, thresh, nms, beta)
    expected = rows(net.detect(picture, thresh=thresh, nms=nms, letter_box=letter_box))
    assert_same(found, expected)
    other = around["detections"](boxes[0], scores[0], inner, thresh, nms, None if beta == 0.6 else 0.6)
    assert len(other) != len(expected)  # the rule matters here


@pytest.mark.parametrize(
    ("title", "package"),
    [("OpenCV", "cv2"), ("OpenVINO", "openvino"), pytest.param("ncnn", "ncnn", marks=pytest.mark.slow)],
)
def test_another_engine_gives_the_same_boxes(around, net, title, package, monkeypatch):
    pytest.importorskip(package, reason=f"needs {package}")
    if package == "ncnn":
        pnnx = pytest.importorskip("pnnx", reason="needs pnnx")
        monkeypatch.setenv("PATH", str(Path(pnnx.__file__).parents[4] / "bin"), prepend=os.pathsep)
    picture = small_detector.picture(4)
    x, inner = around["to_input"](picture, WIDTH, HEIGHT)
    text = program(title).replace("[1,3,416,416]", f"[1,3,{HEIGHT},{WIDTH}]").replace('"GPU"', '"CPU"')
    names: dict[str, Any] = {"x": x}
    exec(text, names)
    boxes, scores = (np.asarray(names[name]).reshape(-1, size) for name, size in (("boxes", 4), ("scores", 2)))
    assert_same(around["detections"](boxes, scores, inner), rows(net.detect(picture)))


def test_deepstreams_parser_reads_one_output(net):
    """(n, boxes, 6): left, top, right, bottom in pixels, probability, class."""
    net.export("tiny.onnx", outputs="nms", max_det=40)
    run("DeepStream")
    onnx.checker.check_model("deepstream.onnx", full_check=True)
    picture = small_detector.picture(5)
    given = net.fit(picture.shape[1::-1]).input_of(picture)[None]
    (output,) = onnxruntime.InferenceSession("deepstream.onnx").run(None, {"input": given})
    assert output.shape == (1, 40, 6)
    found = []
    for left, top, right, bottom, prob, k in output[0][output[0, :, 4] > 0.25]:
        x, width, y, height = (left + right) / 2, right - left, (top + bottom) / 2, bottom - top
        found.append((int(k), prob, x / WIDTH, y / HEIGHT, width / WIDTH, height / HEIGHT))
    expected = sorted(rows(net.detect(picture)), key=lambda row: -row[1])[:40]
    assert_same(found, sorted(expected))


class Message:
    """A message of ROS: whatever fields it is given, and others as they are asked for."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __getattr__(self, name: str) -> Message:
        value = Message()
        setattr(self, name, value)
        return value


class Node:
    def __init__(self, name: str) -> None:
        self.name, self.sent = name, []

    def create_publisher(self, kind: type, topic: str, depth: int) -> Message:
        assert (kind, topic, depth) == (Message, "detections", 10)
        return Message(publish=self.sent.append)

    def create_subscription(self, kind: type, topic: str, call: Any, depth: int) -> None:
        assert (kind, topic, depth) == (Message, "image", 1)


@pytest.mark.parametrize("encoding", ["bgr8", "rgb8"])
def test_the_node_of_ros(net, monkeypatch, encoding):
    kinds = dict.fromkeys(("Detection2D", "Detection2DArray", "ObjectHypothesisWithPose", "Image"), Message)
    modules = {"rclpy": {}, "rclpy.node": {"Node": Node}, "sensor_msgs.msg": kinds, "vision_msgs.msg": kinds}
    for name, fields in modules.items():
        module = types.ModuleType(name)
        module.__dict__.update(fields)
        monkeypatch.setitem(sys.modules, name, module)
    picture = small_detector.picture(6)
    height, width = picture.shape[:2]
    stored = picture if encoding == "bgr8" else picture[..., ::-1]
    padded = np.pad(stored.reshape(height, -1), ((0, 0), (0, 6)))  # rows may be longer than the picture
    node = run("ROS")["Detector"]()
    node.see(Message(data=padded.tobytes(), height=height, width=width, step=3 * width + 6, encoding=encoding, header="now"))
    (sent,) = node.sent
    found = []
    for one in sent.detections:
        what, box = one.results[0].hypothesis, one.bbox
        centre = box.center.position.x / width, box.center.position.y / height
        found.append((NAMES.index(what.class_id), what.score, *centre, box.size_x / width, box.size_y / height))
    assert sent.header == "now"
    assert_same(found, rows(net.detect(picture)))


@pytest.mark.parametrize("title", re.findall(r"^### (.+)$", PAGE, re.M))
def test_no_program_is_left_out(title):
    """Those that need what is not here are compiled at least."""
    section = re.split(r"^#+ ", PAGE.split(f"# {title}\n", 1)[1], maxsplit=1, flags=re.M)[0]
    for text in re.findall(r"```python\n(.*?)```", section, re.S):
        compile(text, title, "exec")
