"""``compat.cv2_dnn`` as a program uses it: reading, blobs, outputs, layers, settings, models, threads."""

from __future__ import annotations

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import dnn_calls
import numpy as np
import pytest
from dnn_calls import CFG, HEAD, blob, data, forward, picture
from dnn_cases import GOLDEN
from networks import random_weights

from darknet_py import DarknetWarning, Network, cfg, graph
from darknet_py.compat import cv2_dnn

files, net = dnn_calls.files, dnn_calls.net
READINGS = {
    "paths": cv2_dnn.readNetFromDarknet,
    "Path": lambda c, w: cv2_dnn.readNetFromDarknet(Path(c), Path(w)),
    "names": lambda c, w: cv2_dnn.readNetFromDarknet(cfgFile=c, darknetModel=w),
    "bytes": lambda c, w: cv2_dnn.readNetFromDarknet(data(c), data(w)),
    "bytearrays": lambda c, w: cv2_dnn.readNetFromDarknet(data(c, bytearray), data(w, bytearray)),
    "arrays": lambda c, w: cv2_dnn.readNetFromDarknet(data(c, np.ndarray), data(w, np.ndarray)),
    "named arrays": lambda c, w: cv2_dnn.readNetFromDarknet(bufferCfg=data(c, np.ndarray), bufferModel=data(w, np.ndarray)),
    "readNet": lambda c, w: cv2_dnn.readNet(w, c),
    "readNet, cfg first": cv2_dnn.readNet,
    "readNet, names": lambda c, w: cv2_dnn.readNet(model=w, config=c, framework="Darknet"),
    "readNet, arrays": lambda c, w: cv2_dnn.readNet("Darknet", data(w, np.ndarray), data(c, np.ndarray)),
    "readNet, named bytes": lambda c, w: cv2_dnn.readNet("darknet", bufferModel=data(w), bufferConfig=data(c)),
}


@pytest.mark.parametrize("reading", READINGS)
def test_all_ways_to_read_give_the_same_network(reading, net, files):
    np.testing.assert_array_equal(forward(READINGS[reading](*files), blob()), forward(net, blob()))


def test_without_weights_the_layers_can_be_looked_at(files):
    net = cv2_dnn.readNetFromDarknet(files[0])
    assert net.getLayerNames() == ("conv_0", "bn_0", "leaky_1", "conv_1", "permute_2", HEAD)
    assert net.getLayer("conv_0").blobs == []
    net.setInput(blob())
    with pytest.raises(cv2.error, match=r"small.cfg: was read without weights.*give both files"):
        net.forward()


def test_rows_are_those_of_network_but_for_epsilon(net, files):
    """Darknet's epsilon differs in the fifth digit of these variances."""
    rows = forward(net, blob())
    assert rows.shape == (16 * 12 * 2, 7)
    (output,) = Network.load(*files).predict(blob()[0])
    np.testing.assert_allclose(rows[:, 4].reshape(12, 16, 2).transpose(2, 0, 1), output[[4, 11]], atol=1e-3)
    scores = rows[:, 5:]
    assert ((scores == 0) | (scores > 0.2)).all()
    assert (scores > 0).any()


def test_forms_of_forward(net):
    rows = forward(net, blob())
    for one in (net.forward(HEAD), net.forward(outputName=HEAD), net.forward(""), net.forward(None)):
        np.testing.assert_array_equal(one, rows)
    for several in (net.forward([HEAD]), net.forward((HEAD,)), net.forward(outBlobNames=[HEAD]), net.forward([HEAD], [])):
        assert isinstance(several, tuple)
        np.testing.assert_array_equal(several[0], rows)
    for array in (net.forward(net.getUnconnectedOutLayersNames())[0], net.forwardAndRetrieve([HEAD])[0][0]):
        np.testing.assert_array_equal(array, rows)
    for empty in ([], (), np.array([], str)):
        (only,) = net.forward(empty)
        np.testing.assert_array_equal(only, rows)


def test_outputs_belong_to_the_caller(net):
    first = forward(net, blob())
    kept = first.copy()
    forward(net, blob(1))
    np.testing.assert_array_equal(first, kept)


def test_the_blob_is_copied(net):
    x = blob()
    net.setInput(x)
    x[:] = 0
    np.testing.assert_array_equal(net.forward(), forward(net, blob()))


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float16, np.float64])
def test_blobs_of_other_types(net, dtype):
    x = picture(shape=(1, 3, 24, 32)).astype(dtype)
    np.testing.assert_array_equal(forward(net, x), forward(net, x.astype(np.float32)))


def test_scale_and_mean(net):
    x = picture(shape=(1, 3, 24, 32))
    want = forward(net, ((x - np.array([1, 2, 3.0])[:, None, None]) / 255).astype(np.float32))
    np.testing.assert_array_equal(forward(net, x, scalefactor=1 / 255, mean=(1, 2, 3)), want)
    with pytest.raises(AssertionError):
        np.testing.assert_array_equal(forward(net, x, mean=9.0), forward(net, x))


def test_a_batch_is_its_pictures(net):
    x = blob(3, (3, 3, 24, 32))
    rows = forward(net, x)
    assert rows.shape == (3, 384, 7)
    for i in range(3):
        np.testing.assert_array_equal(rows[i], forward(net, x[i : i + 1]))


def test_other_sizes(net, files):
    """In turn, as often as wanted; also such as Network.load would not take."""
    for width, height in ((48, 16), (32, 24), (33, 25), (48, 16), (64, 48), (32, 24)):
        rows = forward(net, blob(0, (1, 3, height, width)))
        assert rows.shape == (((height + 1) // 2) * ((width + 1) // 2) * 2, 7)
        if (width, height) == (48, 16):
            own = cv2_dnn.readNetFromDarknet(data(files[0]).replace(b"=32", b"=48").replace(b"=24", b"=16"), data(files[1]))
            assert own.size == (48, 16)
            np.testing.assert_array_equal(forward(own, blob(0, (1, 3, 16, 48))), rows)


def test_sizes_and_threads_are_compiled_once(files, monkeypatch):
    compiled, of = [], Network.of
    monkeypatch.setattr(Network, "of", lambda *args: compiled.append(of(*args)) or compiled[-1])
    net = cv2_dnn.readNetFromDarknet(*files)
    for _ in range(3):
        forward(net, blob())
        forward(net, blob(0, (2, 3, 16, 48)))
    assert [(one.width, one.height) for one in compiled] == [(32, 24), (48, 16)]
    monkeypatch.setattr(cv2, "getNumThreads", lambda: 1)
    forward(net, blob())
    forward(cv2_dnn.readNetFromDarknet(*files, threads=3), blob())
    assert [one.options.threads for one in compiled[2:]] == [1, 3]


def test_a_network_goes_with_its_last_name(files):
    """Nothing waits for the garbage collector, which does not know how much memory a network holds."""
    net = cv2_dnn.readNetFromDarknet(*files)
    forward(net, blob())
    gone = weakref.ref(net), weakref.ref(net._runner.network((1, 3, 24, 32), "exact"))
    gc.disable()
    try:
        del net
        assert [ref() for ref in gone] == [None, None]
    finally:
        gc.enable()


def test_more_than_opencv_reads():
    """Layers that OpenCV 4 does not know, and weighted sums, whose weights it takes for the next layer's."""
    for name in ("gaussian", "attention", "fusion"):
        path = GOLDEN / "networks" / f"{name}.cfg"
        network = graph.build(cfg.read(path))
        net = cv2_dnn.readNetFromDarknet(path)
        net._read.arrays = random_weights(network)
        outputs = forward(net, blob(0, (1, *network.net.shape)), net.getUnconnectedOutLayersNames())
        assert [rows.shape for rows in outputs] == [net._layers[i - 1].blob_shape(1) for i in net.getUnconnectedOutLayers()]
        assert [rows.shape[1] for rows in outputs] == [5 + network.nodes[i].layer.classes for i in network.heads]


def test_layers(net):
    assert (net.getLayerId("_input"), net.getLayerId("bn_0"), net.getLayerId("bn_7")) == (0, 2, -1)
    assert [net.getLayer(i).name for i in range(7)] == ["_input", *net.getLayerNames()]
    assert net.getLayer(HEAD).outputNameToIndex(HEAD) == 0
    assert net.getLayersCount("Convolution") == 2
    assert [blob.shape for blob in net.getLayer("bn_0").blobs] == [(1, 16)] * 4
    np.testing.assert_array_equal(net.getParam(HEAD), [[4, 6, 10, 12]])
    assert net.getParam("conv_1", 1).shape == (1, 14)
    assert not net.empty()


def test_operations(net, files):
    shape = (1, 3, 24, 32)
    assert net.getFLOPS(shape) == Network.load(*files).graph.flops
    assert net.getFLOPS([shape]) == net.getFLOPS(netInputShape=shape) == net.getFLOPS(shape)
    assert net.getFLOPS(1, shape) + net.getFLOPS("conv_1", shape) == net.getFLOPS(shape)
    assert net.getFLOPS((2, 3, 48, 64)) == 8 * net.getFLOPS(shape)
    assert net.getMemoryConsumption("conv_1", shape) == (4 * (16 * 14 + 14), 4 * 14 * 12 * 16)


def test_profile(files):
    net = cv2_dnn.readNetFromDarknet(*files)
    assert net.getPerfProfile()[0] == 0
    forward(net, blob())
    ticks, times = net.getPerfProfile()
    assert 0 < ticks < 60 * cv2.getTickFrequency()
    assert times.shape == (6,)
    assert times.sum() == pytest.approx(ticks)
    assert (times[[1, 2, 4]] == 0).all(), "fused, or only a view"
    assert (times[[0, 3, 5]] > 0).all()


def test_settings_are_accepted(net, files):
    for backend in (cv2_dnn.DNN_BACKEND_DEFAULT, cv2_dnn.DNN_BACKEND_OPENCV, cv2_dnn.DNN_BACKEND_HALIDE):
        net.setPreferableBackend(backend)
    net.setPreferableTarget(cv2_dnn.DNN_TARGET_CPU)
    net.enableFusion(False)
    with pytest.warns(DarknetWarning, match="run on the CPU"):
        net.setPreferableTarget(cv2_dnn.DNN_TARGET_CUDA)
    exact = forward(net, blob())
    net.enableWinograd(True)
    np.testing.assert_allclose(net.forward(), exact, rtol=1e-5, atol=1e-5)
    fast = cv2_dnn.readNetFromDarknet(*files, numerics="fast")
    np.testing.assert_array_equal(forward(fast, blob()), net.forward())
    net.enableWinograd(False)
    np.testing.assert_array_equal(net.forward(), exact)


REGION = CFG.replace("[yolo]\nmask=0,1\n", "[region]\nsoftmax=1\nthresh=.01\n")


def test_a_detection_model_ends_the_suppression_of_its_network(tmp_path):
    """As in OpenCV, for whoever else uses that network."""
    net = cv2_dnn.readNet(*dnn_calls.write(tmp_path, REGION))
    suppressed = forward(net, blob())
    assert net.getUnconnectedOutLayersNames() == ("detection_out",)
    cv2_dnn.DetectionModel(net)
    every = net.forward()
    assert (every[:, 5:] > 0).sum() > (suppressed[:, 5:] > 0).sum() > 0
    np.testing.assert_array_equal(every[suppressed > 0], suppressed[suppressed > 0])


def test_a_model_uses_the_cfgs_size_until_another_is_set(files):
    model, other = (cv2_dnn.DetectionModel(files[1], files[0]) for _ in range(2))
    other.setInputSize((32, 24))
    np.testing.assert_array_equal(model.predict(picture())[0], other.predict(picture())[0])
    other.setInputParams(1 / 255, swapRB=True)
    model.setInputScale(1 / 255).setInputSwapRB(True).setInputMean((0, 0, 0)).setInputCrop(False)
    np.testing.assert_array_equal(model.predict(picture())[0], other.predict(picture())[0])
    assert other.setInputSize(48, 16).predict(picture())[0].shape == (8 * 24 * 2, 7)


def test_a_model_takes_umat_and_chosen_outputs(files):
    model = cv2_dnn.DetectionModel(*files)
    assert model.setInputScale((1 / 255,) * 3).setPreferableBackend(0).setPreferableTarget(0).enableWinograd(False) is model
    for got, want in zip(model.detect(cv2.UMat(picture()), 0.3), model.detect(picture(), 0.3), strict=True):
        np.testing.assert_array_equal(got, want)
    assert model.setOutputNames(["leaky_1"]).predict(picture())[0].shape == (1, 16, 12, 16)


def test_threads_share_a_model(files):
    """Each call sets its blob and runs in one, so that threads get their own answers without a lock."""
    model = cv2_dnn.DetectionModel(*files)
    model.setInputScale(1 / 255)
    pictures = [picture(i) for i in range(8)]
    alone = [model.detect(p, 0.25, 0.4) for p in pictures]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda p: model.detect(p, 0.25, 0.4), pictures * 5))
    assert len({len(classes) for classes, _, _ in alone}) > 1
    for i, got in enumerate(found):
        for part, want in zip(got, alone[i % 8], strict=True):
            np.testing.assert_array_equal(part, want)


def test_a_blob_set_in_one_thread_is_run_in_another(net):
    found = []
    net.setInput(blob(4))
    worker = threading.Thread(target=lambda: found.append(net.forward()))
    worker.start()
    worker.join()
    np.testing.assert_array_equal(found[0], forward(net, blob(4)))


def test_layers_that_read_nothing_or_have_anothers_weights():
    """As Darknet computes them; a layer without weights of its own has no blobs."""
    conv = "[convolutional]\nfilters=3\nsize=1\nactivation=linear\n"
    rest = "[avgpool]\n[implicit]\nfilters=3\n[shortcut]\nfrom=2\n"
    text = f"[net]\nwidth=6\nheight=5\nchannels=3\n{conv}{conv}share_index=0\n{rest}"
    network = graph.build(cfg.parse(text))
    arrays = random_weights(network)
    net = cv2_dnn.readNetFromDarknet(text.encode())
    net._read.arrays = arrays
    x = blob(0, (1, 3, 5, 6))
    (output,) = forward(net, x, net.getUnconnectedOutLayersNames())
    want = Network.of(network, arrays).predict(x[0])[0]
    np.testing.assert_allclose(output[0], want, rtol=1e-6, atol=1e-7)
    assert [len(net.getLayer(name).blobs) for name in ("conv_0", "conv_1")] == [2, 0]
    assert net.getMemoryConsumption("conv_1", (1, 3, 5, 6))[0] == 0
