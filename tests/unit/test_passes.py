"""Folding: the same network with fewer arrays."""

from __future__ import annotations

import naive
import numpy as np
from networks import fold_batch_norm, network, random_weights

LAYERS = """[convolutional]
filters=6
size=3
pad=1
batch_normalize=1
activation=leaky
[convolutional]
filters=6
groups=6
size=3
pad=1
batch_normalize=1
activation=linear
[shortcut]
from=0
weights_type=per_channel
weights_normalization=softmax
[convolutional]
filters=4
activation=linear
[batchnorm]
[connected]
output=5
batch_normalize=1
"""


def test_folded_network_computes_the_same() -> None:
    net = network(LAYERS, (3, 5, 6))
    params = random_weights(net).params
    folded, arrays = fold_batch_norm(net, params)
    x = np.random.RandomState(1).rand(3, 5, 6).astype(np.float32)
    before, after = naive.run(net, params, x), naive.run(folded, arrays, x)
    for i in (0, 1):
        np.testing.assert_allclose(after[i], before[i], rtol=1e-5, atol=1e-6)


def test_what_is_folded_and_what_is_left() -> None:
    net = network(LAYERS, (3, 5, 6))
    params = random_weights(net).params
    folded, arrays = fold_batch_norm(net, params)
    assert [list(a) for a in arrays[:4]] == [
        ["biases", "weights"],
        ["biases", "weights"],
        ["weights"],
        ["biases", "weights"],
    ]
    assert all(tuple(a) == tuple(p.name for p in node.params) for node, a in zip(folded.nodes, arrays, strict=True))
    for i in (3, 4, 5):
        assert folded.nodes[i] == net.nodes[i]
        assert arrays[i] is params[i]
    assert [node.shape for node in folded.nodes] == [node.shape for node in net.nodes]
    assert net.nodes[0].layer.batch_normalize  # type: ignore[attr-defined]


def test_folding_twice_changes_nothing() -> None:
    net = network(LAYERS, (3, 5, 6))
    once = fold_batch_norm(net, random_weights(net).params)
    assert fold_batch_norm(*once) == once


def test_normalized_weights_of_shortcuts() -> None:
    text = "[convolutional]\nfilters=2\n[shortcut]\nfrom=0\nweights_type=per_feature\nweights_normalization={}\n"
    for kind, expected in (("relu", [3 / 3.0011, 0.001 / 3.0011]), ("softmax", [1 / 1.018416, 0.018316 / 1.018416])):
        net = network(text.format(kind))
        params = random_weights(net).params
        params[1]["weights"][:] = [3, -1]
        folded, arrays = fold_batch_norm(net, params)
        np.testing.assert_allclose(arrays[1]["weights"], expected, rtol=1e-4)
        assert folded.nodes[1].layer.weights_normalization == "none"  # type: ignore[attr-defined]


def test_a_negative_variance_does_not_stop_the_load() -> None:
    net = network("[convolutional]\nbatch_normalize=1\n")
    params = random_weights(net).params
    params[0]["rolling_variance"][:] = -1
    _, arrays = fold_batch_norm(net, params)
    assert np.isnan(arrays[0]["weights"]).all()
