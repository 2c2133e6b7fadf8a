"""``compat.cv2_dnn`` against what OpenCV 4 made of the same files (golden/dnn/README.md)."""

from __future__ import annotations

import json
import warnings
import zlib
from pathlib import Path
from typing import Any

import cv2
import dnn_cases
import numpy as np
import pytest
from reference import REPO, kit, kit_weights

from darknet_py.compat import cv2_dnn

FIGURES = json.loads((dnn_cases.FOLDER / "figures.json").read_text())["cases"]
NAMES = json.loads((dnn_cases.FOLDER / "names.json").read_text())
LARGE = json.loads((dnn_cases.FOLDER / "large.json").read_text())
QUICK = ("yolo-fastest-1.1",)
NETWORKS = [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in LARGE]
SEED, THRESH = 11, 0.2

CLOSE = 1e-5  # of the largest value, or of 1
BOUND = 1e-4  # of a box or score of a published network; more where OpenCV itself differs more with its other convolution
MOST_ROWS = 250
PIXELS = 1    # where a number is cut to a whole one just below or above it


class Case:
    """A recorded network, its picture and its figures."""

    def __init__(self, name: str, folder: Path) -> None:
        cfg, weights, picture = dnn_cases.write(name, folder)
        self.name, self.figures, self.files = name, FIGURES[name], (str(cfg), str(weights))
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # nothing of what OpenCV reads is unknown
            self.net = cv2_dnn.readNetFromDarknet(*self.files)
        self.picture = cv2.imread(str(picture))
        self.blob = cv2_dnn.blobFromImage(self.picture, 1 / 255, self.net.size, swapRB=True)


CLASSIFIERS = [name for name, figures in FIGURES.items() if "classify" in figures]
DETECTORS = [name for name, figures in FIGURES.items() if "detect" in figures]
SIZES = [name for name, figures in FIGURES.items() if "wide" in figures]


@pytest.fixture(scope="module", params=dnn_cases.CASES)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    return Case(request.param, tmp_path_factory.mktemp("dnn"))


def assert_sampled(got: np.ndarray, want: dict[str, Any], what: str) -> None:
    """Shape, zeros, mean, deviation and samples of ``got`` are the recorded ones."""
    assert list(got.shape) == want["shape"], what
    assert int((got == 0).sum()) == want["zeros"], what
    at = np.linspace(0, got.size - 1, len(want["values"])).astype(int)
    ours = [*got.ravel()[at].tolist(), got.mean(dtype=np.float64), got.std(dtype=np.float64)]
    theirs = [*want["values"], want["mean"], want["std"]]
    np.testing.assert_allclose(ours, theirs, rtol=CLOSE, atol=CLOSE * max(1, np.abs(theirs).max()), err_msg=what)


def test_layers_have_opencvs_names_numbers_types_and_sizes(case):
    net, figures = case.net, case.figures
    assert net.getLayerNames() == tuple(figures["layers"])
    assert [net.getLayerId(name) for name in net.getLayerNames()] == list(range(1, len(figures["layers"]) + 1))
    assert [net.getLayer(name).type for name in net.getLayerNames()] == figures["types"]
    assert list(net.getLayerTypes()) == figures["all_types"]
    assert list(net.getUnconnectedOutLayersNames()) == figures["outputs"]
    assert net.getUnconnectedOutLayers().tolist() == figures["ids"]
    assert list(net.getMemoryConsumption(case.blob.shape)) == figures["memory"]
    ids, inputs, outputs = net.getLayersShapes(case.blob.shape)
    assert [dims.tolist() for (dims,) in outputs[1:]] == [layer["shape"] for layer in figures["layers"].values()]
    assert len(ids) == len(inputs) == len(outputs) == len(figures["layers"]) + 1


def test_outputs_of_the_layers(case):
    """All that ends a layer of Darknet, in one run."""
    case.net.setInput(case.blob)
    inner = {"conv", "bn", "fullyConnected", "shortcut"}  # by themselves in ``test_inner_layers``
    names = [name for name in case.figures["layers"] if name.rpartition("_")[0] not in inner]
    for name, blob in zip(names, case.net.forward(names), strict=True):
        assert_sampled(blob, case.figures["layers"][name], name)


@pytest.mark.parametrize("name", ["average", "connected", "thresholds"])
def test_inner_layers(name, tmp_path):
    """Convolutions before batch norm and activation, batch norm before activation, sums before theirs."""
    case = Case(name, tmp_path)
    case.net.setInput(case.blob)
    for layer, want in case.figures["layers"].items():
        assert_sampled(case.net.forward(layer), want, layer)


def test_rows_of_a_batch(case):
    """The whole arrays, of large ones rows at equal distances, for two pictures at once."""
    outputs = case.figures["outputs"]
    with np.load(dnn_cases.FOLDER / "rows.npz") as arrays:
        wanted = [arrays[f"{case.name}/{output}"] for output in outputs]
    n = len(wanted[0])
    case.net.setInput(np.concatenate([case.blob, case.blob[..., ::-1]])[:n])
    for blob, want in zip(case.net.forward(outputs), wanted, strict=True):
        boxes = blob.reshape(n, -1, blob.shape[-1])
        np.testing.assert_allclose(boxes[:, :: -(-boxes.shape[1] // MOST_ROWS)], want, rtol=CLOSE, atol=CLOSE)


@pytest.mark.parametrize("case", SIZES, indirect=True)
def test_another_size_scale_and_mean(case):
    """A uint8 blob of twice the width, through setInput's scale and mean; not where [connected] needs one size."""
    width, height = case.net.size
    blob = cv2_dnn.blobFromImage(case.picture, 1, (2 * width, height), ddepth=cv2.CV_8U)
    case.net.setInput(blob, "data", 1 / 200, (30, 20, 10))
    for output, want in zip(case.figures["outputs"], case.figures["wide"], strict=True):
        assert_sampled(case.net.forward(output), want, output)


MODELS = {
    "plain": ({"swapRB": True}, (), False),
    "classes": ({"swapRB": True}, (0.25, 0.45), False),
    "across": ({"swapRB": True, "crop": True, "mean": (10, 20, 30)}, (0.3, 0.4), True),
}


@pytest.mark.parametrize("key", MODELS)
@pytest.mark.parametrize("case", DETECTORS, indirect=True)
def test_detection_model(case, key):
    preparation, thresholds, across = MODELS[key]
    model = cv2_dnn.DetectionModel(*case.files)
    model.setInputParams(scale=1 / 255, size=case.net.size, **preparation)
    model.setNmsAcrossClasses(across)
    classes, confidences, boxes = model.detect(case.picture, *thresholds)
    assert_detected((classes, confidences, boxes), case.figures["detect"][key])


def assert_detected(got: tuple[Any, Any, Any], want: list[list[Any]]) -> None:
    """The same boxes; in order, but for those of equal confidence."""
    if not want[0]:
        assert got == ((), (), ())
        return
    assert [part.dtype for part in got] == [np.int32, np.float32, np.int32]
    np.testing.assert_allclose(got[1], want[1], rtol=0, atol=CLOSE)
    left = list(zip(*want, strict=True))
    for c, confidence, box in zip(*got, strict=True):
        alike = [d for d in left if d[0] == c and abs(d[1] - confidence) <= CLOSE]
        same = [d for d in alike if abs(np.subtract(d[2], box)).max() <= PIXELS]
        assert same, (c, confidence, box)
        left.remove(same[0])
    assert not left


@pytest.mark.parametrize("softmax", [False, True])
@pytest.mark.parametrize("case", CLASSIFIERS, indirect=True)
def test_classification_model(case, softmax):
    model = cv2_dnn.ClassificationModel(*case.files)
    model.setInputParams(1 / 255, case.net.size, swapRB=True)
    assert model.setEnableSoftmaxPostProcessing(softmax).getEnableSoftmaxPostProcessing() is softmax
    want = case.figures["classify"][str(softmax)]
    assert model.classify(case.picture) == (want[0], pytest.approx(want[1], abs=CLOSE))


@pytest.mark.parametrize("name", NETWORKS)
def test_published_networks(name, tmp_path):
    """Names, order, rows and values on the picture of a dog, in both numerics."""
    figures, cfg = LARGE[name], kit() / "cfg" / f"{name}.cfg"
    weights = kit_weights(cfg, SEED, tmp_path)
    assert zlib.crc32(weights.read_bytes()) == figures["weights_crc32"]
    net = cv2_dnn.readNetFromDarknet(str(cfg), str(weights))
    assert len(net.getLayerNames()) == figures["layers"]
    assert net.getUnconnectedOutLayersNames() == tuple(figures["heads"])
    assert net.getUnconnectedOutLayers().tolist() == figures["ids"]
    picture = cv2.imread(str(kit() / "images" / "dog.png"))
    net.setInput(cv2_dnn.blobFromImage(picture, 1 / 255, (figures["side"],) * 2, swapRB=True))
    for fast in (False, True):
        net.enableWinograd(fast)
        for output, boxes in figures["heads"].items():
            assert_rows(net.forward(output), boxes, max(BOUND, figures["spread"]))


def assert_rows(got: np.ndarray, want: dict[str, Any], bound: float) -> None:
    """The recorded rows; sides longer than the picture within ``bound`` times their length.

    A score within ``bound`` of the threshold may be 0 on either side; ``edge`` is how many such OpenCV has.
    """
    assert list(got.shape) == want["shape"]
    assert abs(int((got[:, 5:] > 0).sum()) - want["scores"]) <= want["edge"]
    for i, box, scores in want["rows"]:
        np.testing.assert_allclose(got[i, :5], box, rtol=bound, atol=bound)
        theirs = np.zeros(got.shape[1] - 5)
        theirs[[c for c, _ in scores]] = [score for _, score in scores]
        clear = np.maximum(theirs, got[i, 5:]) > THRESH + bound
        np.testing.assert_allclose(got[i, 5:][clear], theirs[clear], rtol=0, atol=bound)


@pytest.mark.parametrize("name", NAMES)
def test_names_of_published_networks(name):
    count, digest, outputs = NAMES[name]
    net = cv2_dnn.readNetFromDarknet(str(REPO / "cfg" / f"{name}.cfg"))
    names = net.getLayerNames()
    assert (len(names), zlib.crc32(",".join(names).encode())) == (count, digest)
    assert list(net.getUnconnectedOutLayersNames()) == outputs
