"""[detection] and [local] wherever something stands on heads: boxes, ONNX, check, darknet.py, OpenCV's way, comparing."""

from __future__ import annotations

import ctypes
from pathlib import Path

import cv2
import engine
import naive_heads
import numpy as np
import pytest
from layer_cases import text
from networks import network, random_weights

from darknet_py import Network, ShapeError, cfg, doctor, export, graph, weights
from darknet_py.boxes.decode import decode, get_network_boxes
from darknet_py.boxes.suppression import as_head_says
from darknet_py.boxes.table import Boxes
from darknet_py.compare import compare, save
from darknet_py.compat import cv2_dnn, darknet
from darknet_py.image import Fit
from darknet_py.layers.detection import Detection

SHAPE = (3, 20, 12)
LAYERS = "conv 16 / maxpool size=2 stride=2 / local filters=7 size=3 stride=2 pad=1 activation=leaky / "
HEADS = [  # output of a [connected], its options
    (48, "side=2 num=2 coords=4 classes=2 sqrt=1"),
    (6, "side=1 num=1 coords=4 classes=1 sqrt=0"),
    (9 * 25, "side=3 num=3 coords=4 classes=10 softmax=1"),
    (25 * 14, "side=5 num=2 coords=4 classes=4 sqrt=1 softmax=1 rescore=1 forced=1"),
]
CASES = [f"{LAYERS}connected output={output} activation=linear / detection {options}" for output, options in HEADS]


def written(folder: Path, layers: str) -> tuple[Path, Path]:
    """A network with one of these heads, and random weights, as files."""
    path = folder / "v1.cfg"
    path.write_text(f"[net]\nchannels={SHAPE[0]}\nheight={SHAPE[1]}\nwidth={SHAPE[2]}\n{text(layers)}")
    net = graph.build(cfg.read(path))
    weights.save(net, random_weights(net, 3), folder / "v1.weights")
    return path, folder / "v1.weights"


@pytest.fixture
def net(tmp_path: Path) -> Network:
    return Network.load(*written(tmp_path, CASES[0]))


def picture(seed: int = 0) -> np.ndarray:
    return np.random.RandomState(seed).randint(0, 256, (40, 56, 3), np.uint8)


@pytest.mark.parametrize("layers", CASES)
def test_boxes_are_the_naive_twin_s(layers: str) -> None:
    head = network(text(layers), SHAPE).nodes[-1].layer
    assert isinstance(head, Detection)
    output = np.random.RandomState(5).randn(head.values, 1, 1).astype(np.float32)
    boxes = decode(head, output, (12, 20), 0.1)
    rows = naive_heads.decode_detection(head, output, 0.1)
    assert len(boxes) == len(rows) == head.boxes(network(text(layers), SHAPE).nodes[-1].shape)
    for got, want in zip(zip(boxes.xywh, boxes.objectness, boxes.probs, strict=True), rows, strict=True):
        for a, b in zip(got, want, strict=True):
            assert np.array_equal(a, np.float32(b))


def test_rows_that_stay_in_place() -> None:
    """The same probabilities stay as when rows are sorted, but for those of objectness 0, which are left out there."""
    r = np.random.RandomState(1)
    probs = np.where(r.rand(40, 3) > 0.3, r.rand(40, 3), 0).astype(np.float32)
    boxes = Boxes(r.rand(40, 4).astype(np.float32), np.ones(40, np.float32), probs, np.zeros((40, 4), np.float32))
    head = network(text(CASES[0]), SHAPE).nodes[-1].layer
    assert isinstance(head, Detection)
    still, sorted_ = as_head_says(boxes, head, 0.3, "in_place"), as_head_says(boxes, head, 0.3)
    assert np.array_equal(still.xywh, boxes.xywh)
    assert 0 < np.count_nonzero(still.probs) < np.count_nonzero(probs)
    of = {tuple(box): list(p) for box, p in zip(sorted_.xywh.tolist(), sorted_.probs.tolist(), strict=True)}
    assert [of[tuple(box)] for box in still.xywh.tolist()] == still.probs.tolist()


@pytest.mark.parametrize("layers", CASES)
@pytest.mark.parametrize("outputs", ["heads", "boxes"])
def test_onnx(layers: str, outputs: export.Outputs) -> None:
    onnxruntime = pytest.importorskip("onnxruntime", reason="needs onnx and onnxruntime")
    net, n = network(text(layers), SHAPE), engine.net(text(layers), SHAPE)
    model = export.to_onnx(net, random_weights(net), outputs, "dynamic").SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    answers = [answer[1] for answer in session.run(None, {"input": np.stack([n.x * 0, n.x])})]
    head, output = net.nodes[-1].layer, engine.expected(n)[net.nodes[-1].index]
    assert isinstance(head, Detection)
    boxes = decode(head, output, (12, 20), -np.inf)
    wanted = [output] if outputs == "heads" else [boxes.xywh, boxes.probs]
    for got, want in zip(answers, wanted, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5 * np.abs(want).max())


@pytest.mark.parametrize("layers", CASES)
def test_check_has_nothing_against_it(layers: str, tmp_path: Path) -> None:
    """Nor wants anchors, other filters or a size that strides divide."""
    path, weights_path = written(tmp_path, layers)
    report = doctor.check(str(path), str(weights_path))
    assert [str(finding) for finding in report.findings if finding.severity != "note"] == []


def test_another_size_than_the_weights_are_for(tmp_path: Path) -> None:
    files = written(tmp_path, CASES[0])
    with pytest.raises(ShapeError, match=r"layer 2 \[local\] has weights for an input of 12 x 20; no other size"):
        Network.load(*files, size=(20, 12))
    assert Network.load(*files, size=(12, 20)).width == 12
    pooled = "conv 4 / avgpool / connected output=48 activation=linear / detection side=2 num=2 coords=4 classes=2"
    assert Network.load(*written(tmp_path, pooled), size=(33, 7)).width == 33


def test_check_tells_of_an_input_that_does_not_fit(tmp_path: Path) -> None:
    path, _ = written(tmp_path, CASES[0])
    path.write_text(path.read_text().replace("output=48", "output=49"))
    found = [str(finding) for finding in doctor.check(str(path), None).findings if finding.severity == "error"]
    assert len(found) == 1
    assert "the layer before has 49 values, but side=2, num=2 and classes=2 need 2*2*(5*2+2)=48" in found[0]


def test_a_convolution_before_it_is_not_held_to_anchors(tmp_path: Path) -> None:
    path = tmp_path / "v1.cfg"
    path.write_text(f"[net]\nchannels=3\nheight=4\nwidth=4\n{text('conv 7 / detection side=4 num=1 coords=4 classes=2')}")
    assert not [finding for finding in doctor.check(str(path), None).findings if finding.severity != "note"]


def test_darknet_py_has_its_boxes(net: Network, tmp_path: Path) -> None:
    handle = darknet.load_net_custom(tmp_path / "v1.cfg", tmp_path / "v1.weights", 0, 1)
    darknet.predict_image(handle, picture()[..., ::-1])
    number = ctypes.c_int()
    found = darknet.get_network_boxes(handle, 56, 40, 0.05, 0.5, None, 0, ctypes.byref(number), 0)
    want = net.boxes(net.predict(net.fitted(picture_planes())), net.fit((56, 40), False), 0.05).in_pixels((56, 40))
    assert number.value == len(want) == 8
    for i in range(number.value):
        box = found[i].bbox
        np.testing.assert_allclose([box.x, box.y, box.w, box.h], want.xywh[i], rtol=1e-2, atol=0.5)  # OpenCV resizes there
        assert found[i].classes == 2


def picture_planes() -> np.ndarray:
    return np.ascontiguousarray(picture()[..., ::-1].transpose(2, 0, 1), np.float32) / np.float32(255)


def test_opencv_s_way(net: Network, tmp_path: Path) -> None:
    """OpenCV never read such networks; here heads are rows as those of others."""
    read = cv2_dnn.readNetFromDarknet(str(tmp_path / "v1.cfg"), str(tmp_path / "v1.weights"))
    assert read.getUnconnectedOutLayersNames() == ("detection_4",)
    assert [blob.shape for blob in read.getLayer("detection_4").blobs] == [(1, 0)]
    blob = cv2.dnn.blobFromImage(picture(), 1 / 255.0, (12, 20), swapRB=True)
    read.setInput(blob)
    rows, boxes = read.forward(), net.boxes(net.predict(blob[0]), Fit((12, 20), (12, 20)), 0.2)
    assert rows.shape == (8, 5 + 2)
    np.testing.assert_allclose(rows, np.concatenate([boxes.xywh, boxes.objectness[:, None], boxes.probs], 1), rtol=1e-5)


def test_a_run_compares_with_itself(net: Network, tmp_path: Path) -> None:
    shown = tmp_path / "a.png"
    cv2.imwrite(str(shown), picture())
    save(net, shown, tmp_path / "v1.npz")
    report = compare(net, shown, tmp_path / "v1.npz")
    assert report.equal


def test_a_letterbox(net: Network) -> None:
    """A box over the whole input is as large as input and picture are to each other."""
    head = net.heads[0][1]
    assert isinstance(head, Detection)
    output = np.zeros((head.values, 1, 1), np.float32)
    output[-4:, 0, 0] = 0, 0, 1, 1
    fit = net.fit((24, 20), True)
    assert fit.inner_size == (12, 10)
    boxes = get_network_boxes([head], [output], fit, 0.0)
    assert boxes.xywh[-1].tolist() == pytest.approx([0.5, 0.5, 1.0, 2.0])
