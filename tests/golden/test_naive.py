"""The naive twins and the folding of batch norm against the C program's own figures (golden/layers/README.md)."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import naive
import numpy as np
import pytest
import reference
from networks import fold_batch_norm, random_weights

from darknet_py import cfg, graph, weights
from darknet_py.layers.maxpool import MaxPool

GOLDEN = reference.GOLDEN / "layers"
CASES = json.loads((GOLDEN / "layers.json").read_text())

INEXACT_KINDS = {"avgpool", "batchnorm", "connected", "softmax"}  # sums that the compiler of the reference reorders
INEXACT_KINDS |= {"normalization"}  # pow
INEXACT_ACTIVATIONS = {*naive.EXPONENTIAL}


def crc32(*arrays: np.ndarray) -> int:
    return zlib.crc32(b"".join(np.ascontiguousarray(a, "<f4").tobytes() for a in arrays))


def is_exact(layer) -> bool:
    name = getattr(layer, "activation", "linear")
    return layer.kind not in INEXACT_KINDS and name not in INEXACT_ACTIVATIONS and not name.startswith("normalize")


def avx_max_pool(layer, p, inputs):
    if layer.depth:
        return naive.max_pool_depth(inputs[0], layer.depth)
    return naive.max_pool_avx(inputs[0], layer.kernel_size, layer.stride, layer.padding)


@pytest.mark.parametrize("name", CASES)
def test_layers_equal_the_reference(name: str, tmp_path: Path, monkeypatch) -> None:
    case, net = CASES[name], graph.build(cfg.read(GOLDEN / f"{name}.cfg"))
    random = random_weights(net, 7)
    weights.save(net, random, tmp_path / "w")
    x = np.random.RandomState(8).rand(*net.net.shape).astype(np.float32)
    assert zlib.crc32((tmp_path / "w").read_bytes()) == case["weights_crc32"]
    assert crc32(x) == case["input_crc32"]

    net, params = fold_batch_norm(net, random.params)
    assert crc32(*folded(net, params)) == case["folded_crc32"]

    monkeypatch.setitem(naive.FORWARD, "maxpool", avx_max_pool)
    outputs, exact = naive.run(net, params, x), {-1: True}
    for node, expected in zip(net.nodes, case["layers"], strict=True):
        exact[node.index] = is_exact(node.layer) and all(exact[s] for s in node.sources)
        check(outputs[node.index], expected, exact[node.index], node.label)


def folded(net: graph.Graph, params: weights.Params) -> list[np.ndarray]:
    kinds = {"convolutional": ("biases", "weights"), "shortcut": ("weights",)}
    pairs = zip(net.nodes, params, strict=True)
    return [p[k] for node, p in pairs for k in kinds.get(node.layer.kind, ()) if k in p]


def check(output: np.ndarray, expected: dict, exact: bool, label: str) -> None:
    values = output.reshape(-1)[np.linspace(0, output.size - 1, 16).astype(int)]
    np.testing.assert_allclose(values, expected["values"], rtol=2e-6, atol=2e-6 * np.abs(output).max(), err_msg=label)
    if exact:
        assert crc32(output) == expected["crc32"], label


def test_most_layers_are_compared_bit_for_bit() -> None:
    nets = [graph.build(cfg.read(GOLDEN / f"{name}.cfg")) for name in CASES]
    layers = [node.layer for net in nets for node in net.nodes]
    assert sum(map(is_exact, layers)) > 0.8 * len(layers)


def test_plain_and_avx_max_pool_differ_only_near_borders() -> None:
    x = np.random.RandomState(0).randn(2, 20, 40).astype(np.float32)
    plain, avx = naive.max_pool(x, 5, (1, 1), 4), naive.max_pool_avx(x, 5, (1, 1), 4)
    assert np.array_equal(plain[:, :, 8:], avx[:, :, 8:])
    assert (avx <= plain).all()
    assert (avx[:, :, :8] < plain[:, :, :8]).any()


def test_leaky_tail() -> None:
    """Where 0.1 x differs in float and double, at most the last 8 of a layer have the double's rounding."""
    x = -np.random.RandomState(0).rand(4, 10, 10).astype(np.float32)
    double = (0.1 * x.astype(np.float64)).astype(np.float32)
    y, plain = naive.leaky_with_tail(x).reshape(-1), naive.activate(x, "leaky").reshape(-1)
    assert (plain != double.reshape(-1)).any()
    assert np.array_equal(y[:-8], plain[:-8])
    assert np.array_equal(y[-8:], double.reshape(-1)[-8:])


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 9])
@pytest.mark.parametrize("width", [7, 8, 9, 10, 12, 13, 16, 17, 19, 24])
def test_layers_know_where_the_avx_max_pool_is_wrong(size: int, stride: int, width: int) -> None:
    """Wrong is that which a picture of random numbers shows: one whose best numbers are near the left border."""
    layer = MaxPool((-1,), size, (stride, stride), size - 1)
    x = (np.random.RandomState(0).rand(4, 6, width) + np.arange(width)[::-1]).astype(np.float32)
    plain, avx = (pool(x, size, (stride, stride), size - 1) for pool in (naive.max_pool, naive.max_pool_avx))
    assert layer.avx_is_wrong(plain.shape[2]) == (not np.array_equal(plain, avx))


def test_lines_of_the_table_are_the_references() -> None:
    lines = graph.layer_lines(graph.build(cfg.read(GOLDEN / "vocabulary.cfg")))
    ours, theirs = ["\n".join(lines).rstrip(), (GOLDEN / "vocabulary.txt").read_text().rstrip()]
    assert [line.rstrip() for line in ours.splitlines()] == [line.rstrip() for line in theirs.splitlines()]
