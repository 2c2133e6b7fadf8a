"""``compat.cv2_dnn`` given arguments of every kind, in every place; and the methods that OpenCV has besides."""

from __future__ import annotations

import inspect
import pickle
from typing import Any

import cv2
import dnn_calls
import numpy as np
import pytest
from dnn_calls import HEAD, blob, forward, picture

from darknet_py import DarknetError
from darknet_py.compat import cv2_dnn
from darknet_py.compat.cv2_dnn.errors import MISSING

files, net = dnn_calls.files, dnn_calls.net

SHAPE = (1, 3, 24, 32)
VALUES = [
    None, 5, -1, 5.5, float("nan"), True, "x", "", b"x", [], (), [1, 2], [1, "a"], [[1], [2, 3]], {}, object(), int,
    np.zeros(3), np.zeros((0, 2)), np.array("x"), [None], ("x", "y"), 10**30,
]  # fmt: skip


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """What a value that passes for a path makes a file of."""
    monkeypatch.chdir(tmp_path)


def message(call, *args, **kwargs) -> str:
    with pytest.raises(cv2.error) as caught:
        call(*args, **kwargs)
    assert isinstance(caught.value, DarknetError)
    assert caught.value.err == str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


RIGHT: dict[str, Any] = {
    "blob": blob(), "layerId": 1, "layer": "conv_1", "netInputShape": SHAPE, "outBlobNames": [HEAD], "frame": picture(),
    "inputName": "", "shape": SHAPE, "cfgFile": None, "darknetModel": None, "size": (32, 24), "layerType": "ReLU",
}  # fmt: skip


def calls(files: tuple[str, str]) -> list[Any]:
    net = cv2_dnn.readNetFromDarknet(*files)
    net.setInput(blob())
    objects = [net, cv2_dnn.DetectionModel(*files), cv2_dnn.ClassificationModel(*files)]
    methods = [getattr(one, name) for one in objects for name in dir(one) if not name.startswith("_")]
    functions = [cv2_dnn.readNetFromDarknet, cv2_dnn.readNet, cv2_dnn.DetectionModel, cv2_dnn.ClassificationModel]
    return [call for call in (*methods, *functions) if callable(call)]


def arguments_of(call: Any, value: Any) -> list[tuple[list[Any], dict[str, Any]]]:
    """The value in each place of a call, with what else must be given."""
    parameters = inspect.signature(call).parameters.values()
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return [([value], {}), ([value, value], {})]
    needed = {p.name: RIGHT[p.name] for p in parameters if p.default is p.empty and p.name in RIGHT}
    return [([], {**needed, p.name: value}) for p in parameters if p.kind is not p.VAR_KEYWORD]


@pytest.mark.filterwarnings("ignore::darknet_py.DarknetWarning")
@pytest.mark.parametrize("value", VALUES, ids=lambda value: ascii(value)[:20])
def test_any_argument_of_any_method(files, value):
    """It is taken, or a cv2.error; nothing else comes out."""
    raised = 0
    for call in calls(files):
        for args, kwargs in arguments_of(call, value):
            try:
                call(*args, **kwargs)
            except cv2.error:
                raised += 1
    assert raised


PAIR, DIMS = "setInputSize: size must be (width, height), or two numbers, not ", "getLayersShapes: netInputShape"
WRONG = [
    (lambda n, m: m.setInputSize(608), f"{PAIR}608"),
    (lambda n, m: m.setInputSize((8.5, 8)), "setInputSize: size must be a whole number, not 8.5"),
    (lambda n, m: m.setInputSize((8, 8, 8)), f"{PAIR}(8, 8, 8)"),
    (lambda n, m: m.setInputSize("608x608"), f"{PAIR}'608x608'"),
    (lambda n, m: m.setInputSize(), "setInputSize: missing a required argument: 'size'"),
    (lambda n, m: m.setInputScale("1/255"), "setInputScale: scale must be a number, not '1/255'"),
    (lambda n, m: m.setInputParams(1 / 255, 608), f"{PAIR}608"),
    (lambda n, m: m.setInputParams(scale=(1, 2)), "setInputParams: scale must be a number, not (1, 2)"),
    (lambda n, m: m.setInputMean([1, [2]]), "setInputMean: mean must be a number, not [2]"),
    (lambda n, m: m.setInputSwapRB("yes"), "setInputSwapRB: swapRB must be True or False, not 'yes'"),
    (lambda n, m: m.setOutputNames(HEAD), "setOutputNames: outNames must be a list of names, not 'yolo_2'"),
    (lambda n, m: m.setOutputNames([2]), "setOutputNames: outNames must be a text, not 2"),
    (lambda n, m: m.detect(picture(), "0.5"), "detect: confThreshold must be a number, not '0.5'"),
    (lambda n, m: m.detect(picture(), nms=0.5), "detect: got an unexpected keyword argument 'nms'"),
    (lambda n, m: n.setInput(), "setInput: missing a required argument: 'blob'"),
    (lambda n, m: n.setInput(blob(), 5), "setInput: name must be a text, not 5"),
    (lambda n, m: n.setInput(blob(), scalefactor="1"), "setInput: scalefactor must be a number, not '1'"),
    (lambda n, m: n.getLayer(None), "getLayer: layerId, if not a name, must be a whole number, not None"),
    (lambda n, m: n.getLayer(1.0), "getLayer: layerId, if not a name, must be a whole number, not 1.0"),
    (lambda n, m: n.getLayersShapes(32), f"{DIMS} must be (n, channels, height, width), not 32"),
    (lambda n, m: n.getLayersShapes((1, 3, 24.5, 32)), f"{DIMS}: a side must be a whole number, not 24.5"),
    (lambda n, m: n.setPreferableTarget("CUDA"), "setPreferableTarget: targetId must be a whole number, not 'CUDA'"),
    (lambda n, m: n.forward([None]), "a layer, if not a name, must be a whole number, not None"),
    (lambda n, m: n.forwardAndRetrieve([]), "forwardAndRetrieve: outBlobNames must not be empty"),
    (lambda n, m: n.forwardAndRetrieve(HEAD), "forwardAndRetrieve: outBlobNames must be a list of names, not 'yolo_2'"),
    (lambda n, m: n.dumpToFile(5), "dumpToFile: path must be a file's path, not 5"),
    (lambda n, m: cv2_dnn.readNetFromDarknet("a", "b", "c"), "readNetFromDarknet: too many positional arguments"),
    (lambda n, m: cv2_dnn.readNetFromDarknet("a", threads=0),
     "threads=0 is not possible; it must be a whole number from 1, or None"),
    (lambda n, m: cv2_dnn.DetectionModel(None),
     "DetectionModel needs a network: a Net, or the paths of its weights and cfg"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "says"), WRONG, ids=[says for _, says in WRONG])
def test_wrong_arguments_are_named(files, net, call, says):
    net.setInput(blob())
    assert message(call, net, cv2_dnn.DetectionModel(*files)) == says


def test_none_is_what_was_not_given(net, files):
    net.setInput(blob(), None, None, None)
    np.testing.assert_array_equal(net.forward(None), forward(net, blob()))
    model = cv2_dnn.DetectionModel(*files)
    model.setInputParams(scale=None, size=None, mean=None, swapRB=None, crop=None)
    assert model.predict(picture())[0].shape == net.forward().shape


def test_bytes_are_text_as_in_opencv(net):
    assert net.getLayerId(b"conv_1") == net.getLayerId("conv_1")
    np.testing.assert_array_equal(net.forward(b"conv_1"), net.forward("conv_1"))


# names and shapes of the input, and dump


def test_the_input_gets_a_name(net):
    net.setInputsNames(["image"])
    np.testing.assert_array_equal(forward(net, blob(), name="image"), forward(net, blob()))
    assert message(net.setInput, blob(), "data") == "the network has no input 'data', only 'image'"
    assert message(net.setInputsNames, ["a", "b"]) == "the network has one input, not 2: a, b"
    net.setInputsNames([])
    net.setInput(blob(), "data")


def test_the_input_gets_a_shape(files):
    net = cv2_dnn.readNetFromDarknet(*files)
    net.setInputShape("data", (2, 3, 48, 64))
    assert "2 x 3 x 48 x 64" in net.dump()
    assert forward(net, blob()).shape == (384, 7), "a blob of another one is taken, as in OpenCV"
    assert "1 x 3 x 24 x 32" in net.dump()
    assert "must be (n, 3, height, width), not (1, 5, 48)" in message(net.setInputShape, "data", (1, 5, 48))
    assert message(net.setInputShape, "image", SHAPE) == "the network has no input 'image', only 'data'"


def test_dump(net, tmp_path, files):
    lines = net.dump().splitlines()
    assert lines[0] == "digraph G {"
    assert lines[-1] == "}"
    boxes = [line for line in lines if "label=" in line]
    assert [line.split('"')[1] for line in boxes] == ["_input", *net.getLayerNames()]
    assert 'label="yolo_2\\nRegion\\noutput: 384 x 7\\l"' in boxes[-1]
    arrows = {tuple(line.split('"')[1::2]) for line in lines if "->" in line}
    assert arrows == {
        ("_input", "conv_0"), ("conv_0", "bn_0"), ("bn_0", "leaky_1"), ("leaky_1", "conv_1"), ("conv_1", "permute_2"),
        ("permute_2", "yolo_2"), ("_input", "yolo_2"),
    }  # fmt: skip
    net.dumpToFile(str(tmp_path / "net.dot"))
    assert (tmp_path / "net.dot").read_text() == net.dump()


def test_dump_writes_over_no_input(files):
    net = cv2_dnn.readNetFromDarknet(*files)
    for path in files:
        assert "the network was read from it" in message(net.dumpToFile, path)
    assert cv2_dnn.readNetFromDarknet(*files).getLayerNames() == net.getLayerNames()
    assert "cannot be written" in message(net.dumpToFile, "no/such/folder/x.dot")


# what is not there


@pytest.mark.parametrize("name", MISSING)
def test_missing_methods_say_what_to_use(net, name):
    assert not hasattr(net, name)
    assert message(lambda: getattr(net, name)).startswith(f"Net.{name} is not there for Darknet's networks: ")


def test_all_that_opencv_has(net, files):
    """Each name of OpenCV's classes is there, or a cv2.error."""
    objects = {"Net": net, "DetectionModel": cv2_dnn.DetectionModel(*files), "Layer": net.getLayer(1)}
    for kind, one in objects.items():
        for name in (name for name in dir(getattr(cv2.dnn, kind)) if not name.startswith("_")):
            if not hasattr(one, name):
                assert message(lambda: getattr(one, name)).startswith(f"{type(one).__name__}.{name} is not there")  # noqa: B023
    assert hasattr(net, "dump")


def test_names_that_nobody_has(net, files):
    for one in (net, cv2_dnn.DetectionModel(*files), net.getLayer(1)):
        assert not hasattr(one, "quantise")
        with pytest.raises(AttributeError, match="has no attribute 'quantise'") as caught:
            one.quantise  # noqa: B018
        assert not isinstance(caught.value, cv2.error)
    assert pickle.loads(pickle.dumps(net.getLayer(1))).name == net.getLayer(1).name
