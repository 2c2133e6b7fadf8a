"""What ``compat.cv2_dnn`` says to wrong input: one line, in an error of OpenCV's and of this package."""

from __future__ import annotations

import cv2
import dnn_calls
import numpy as np
import pytest
from dnn_calls import CFG, HEAD, blob, data, forward, picture
from networks import random_weights

from darknet_py import DarknetError, cfg, graph
from darknet_py.compat import cv2_dnn

files, net = dnn_calls.files, dnn_calls.net


def message(call, *args, **kwargs) -> str:
    """The one line of an error that is both OpenCV's and this package's."""
    with pytest.raises(cv2.error) as caught:
        call(*args, **kwargs)
    assert isinstance(caught.value, DarknetError)
    text = str(caught.value)
    assert caught.value.err == caught.value.msg == text
    assert caught.value.code < 0
    assert "\n" not in text
    return text


def test_wrong_files(files, tmp_path):
    config, model = files
    read = cv2_dnn.readNetFromDarknet
    assert "nowhere.cfg: cannot be read (No such file" in message(read, "nowhere.cfg", model)
    assert "nowhere.weights: cannot be read (No such file" in message(read, config, "nowhere.weights")
    assert "binary data" in message(read, model, config)
    cut_off = message(read, config, data(model)[:-8])
    assert "<weights>: ends inside" in cut_off
    assert "small.cfg:12: layer 1 [convolutional]: it needs 952 bytes and 944 are left" in cut_off
    assert "<weights>: 5 bytes are too few" in message(read, config, b"short")
    assert "<cfg>: no sections" in message(read, b"# nothing", model)
    assert "no .cfg was given" in message(cv2_dnn.readNet, model)
    assert "no .cfg was given" in message(read)
    assert "must be bytes or a uint8 array, not float64" in message(read, np.zeros(4))
    assert "its path or its bytes, not as int" in message(read, 5)
    assert "numerics='quick' is not known" in message(read, config, model, numerics="quick")
    assert "there is no option 'number'" in message(read, config, model, number=1)


WRONG_BLOBS = {
    "uint8 (50, 70, 3)": picture(),
    "float32 (3, 24, 32)": blob()[0],
    "float32 (0, 3, 24, 32)": blob()[:0],
    "bool (1, 3, 24, 32)": blob() > 0,
    "NoneType": None,
    "str": "dog.jpg",
}


@pytest.mark.parametrize("what", WRONG_BLOBS)
def test_wrong_blobs(net, what):
    text = message(net.setInput, WRONG_BLOBS[what])
    assert text == f"the blob must be numbers (n, channels, height, width), as blobFromImage gives, not {what}"


def test_wrong_settings(net):
    assert message(net.setInput, blob(), "image") == "the network has no input 'image', only 'data'"
    assert "up to 4" in message(net.setInput, blob(), mean=(1, 2, 3, 4, 5))
    assert "the blob has 6" in message(net.setInput, blob(0, (1, 6, 8, 8)), mean=(1, 2, 3))


def test_blobs_that_the_network_cannot_take(net):
    assert message(forward, net, blob(0, (1, 1, 24, 32))) == "the blob has 1 channels, the network takes 3"
    assert "has NaN: the weights, or the blob, are damaged" in message(forward, net, np.full((1, 3, 24, 32), np.nan))


def test_sizes_that_do_not_fit():
    config = CFG + "[route]\nlayers=0\n[maxpool]\nsize=2\nstride=2\n[upsample]\nstride=2\n[route]\nlayers=-1,0\n"
    network = graph.build(cfg.parse(config))
    net = cv2_dnn.readNetFromDarknet(config.encode())
    net._read.arrays = random_weights(network)
    assert forward(net, blob()).shape == (1, 32, 12, 16)
    text = message(forward, net, blob(0, (1, 3, 26, 34)))
    assert text.startswith("a blob of 34 x 26 pixels does not fit, multiples of 4 x 4 do: <cfg>:28: layer 6 [route] joins")


def test_connected_layers_have_weights_for_one_size():
    config = CFG.partition("[yolo]")[0] + "[connected]\noutput=3\n"
    net = cv2_dnn.readNetFromDarknet(config.encode())
    net._read.arrays = random_weights(graph.build(cfg.parse(config)))
    assert forward(net, blob()).shape == (1, 3)
    text = message(forward, net, blob(0, (1, 3, 24, 48)))
    assert text == "a blob of 48 x 24 pixels does not fit: <cfg>:16: layer 2 [connected] has weights for 32 x 24"


def test_wrong_names(net, files):
    fresh = cv2_dnn.readNetFromDarknet(*files)
    assert message(fresh.forward) == "forward before setInput: give the network a blob first"
    net.setInput(blob())
    assert message(net.forward, "yolo_3") == "there is no layer 'yolo_3'; did you mean 'yolo_2'?"
    assert message(net.forward, [HEAD, "prob"]) == "there is no layer 'prob'; outputs are yolo_2"
    assert message(net.forward, 5) == "forward takes the name of a layer or a list of names, not 5"
    assert message(net.forward, "_input") == "the input is not a layer's output"
    assert "call forward in a thread" in message(net.forwardAsync)
    assert message(net.getLayer, 7) == "there is no layer number 7; they go from 0, the input, to 6"
    assert message(net.getParam, "leaky_1") == "layer 'leaky_1' has 0 arrays of weights; there is no number 0"
    assert message(net.getFLOPS, (3, 24, 32)) == "the input's shape must be (n, 3, height, width), not (3, 24, 32)"


def test_an_empty_net():
    net = cv2_dnn.Net()
    assert (net.empty(), net.getLayerNames(), net.getUnconnectedOutLayersNames()) == (True, (), ())
    net.setInput(blob())
    assert message(net.forward) == "the network is empty: read one with readNetFromDarknet"


@pytest.mark.parametrize("frame", [None, np.zeros((0, 5, 3), np.uint8), np.zeros(5), "dog.jpg"], ids=str)
def test_wrong_frames(files, frame):
    assert "the frame must be a picture" in message(cv2_dnn.DetectionModel(*files).detect, frame)


def test_a_model_of_nothing():
    assert message(cv2_dnn.DetectionModel) == "DetectionModel needs a network: a Net, or the paths of its weights and cfg"


def test_models_of_other_networks(files):
    assert "needs a network with a head such as [yolo], not conv_1" in message(
        cv2_dnn.DetectionModel(*files).setOutputNames(["conv_1"]).detect, picture()
    )
    two = cv2_dnn.ClassificationModel(*files).setOutputNames([HEAD, "conv_1"])
    assert message(two.classify, picture()) == "a ClassificationModel needs a network with one output, not yolo_2, conv_1"
    assert "the network takes 3" in message(cv2_dnn.DetectionModel(*files).detect, picture(shape=(9, 9)))
