"""All boxes of a picture for KServe: those of an exported model, with the counts that are told of it."""

from __future__ import annotations

import numpy as np
import pytest
import small_detector
from networks import network, random_weights

from darknet_py import Network, image
from darknet_py.serve import Refusal, candidates

files, net = small_detector.files, small_detector.net  # fixtures
REGION = "[convolutional]\nfilters=14\nsize=1\nactivation=linear\n[region]\nanchors=1,2, 3,4\nnum=2\nclasses=2\ncoords=4\n"


def boxes(net: Network, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, bytes]:
    fit = image.Fit((net.width, net.height), (net.width, net.height))
    return candidates.unpacked(candidates.packed(candidates.every_box(net, net.outputs(x), fit), fit.picture_size, b"more"))


def test_they_are_those_of_an_exported_model(net, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime", reason="needs onnxruntime: pip install darknet-runtime[onnxruntime]")
    x = np.random.default_rng(2).random((3, 24, 32), np.float32)
    net.export(tmp_path / "small.onnx", "boxes")
    session = onnxruntime.InferenceSession(str(tmp_path / "small.onnx"), providers=["CPUExecutionProvider"])
    want = session.run(["boxes", "scores"], {"input": x[None]})
    got = boxes(net, candidates.input_of(net, x.astype("<f4").tobytes()))
    assert (candidates.count(net), got[2]) == (len(got[0]), b"more")
    for mine, theirs in zip(got[:2], want, strict=True):
        np.testing.assert_allclose(mine, theirs[0], rtol=1e-4, atol=1e-6)
    assert got[1].min() > 0


def test_another_kind_of_head():
    graph = network(REGION, (3, 24, 32))
    net = Network.of(graph, random_weights(graph))
    rows, scores, _ = boxes(net, np.full((3, 24, 32), 0.5, np.float32))
    assert (rows.shape, scores.shape, candidates.count(net)) == ((1536, 4), (1536, 2), 1536)


@pytest.mark.parametrize("value", [np.nan, np.inf, 3e38])
def test_what_is_no_number_is_refused(net, value):
    with pytest.raises(Refusal, match="no finite numbers; it takes RGB from 0 to 1") as caught:
        boxes(net, np.full((3, 24, 32), value, np.float32))
    assert caught.value.status == 422


@pytest.mark.parametrize("size", [0, 1, 4 * 3 * 24 * 32 - 4, 4 * 3 * 24 * 32 + 1])
def test_a_tensor_of_another_size_is_refused(net, size):
    with pytest.raises(Refusal, match="the model takes 3 x 24 x 32 values a picture by now"):
        candidates.input_of(net, bytes(size))


def test_a_tree_of_classes_has_none(net, monkeypatch):
    graph = network(REGION, (3, 24, 32))
    tree = Network.of(graph, random_weights(graph))
    object.__setattr__(tree.heads[0][1], "tree", object())
    assert candidates.count(tree) == 0
