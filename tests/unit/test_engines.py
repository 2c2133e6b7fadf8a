"""Another engine behind the same protocol: a row in the table, and a Network is as with the native one."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_detector import files, net

import darknet_py
from darknet_py import DarknetError, Network
from darknet_py.engine.engine import NativeNetwork
from darknet_py.engine_api.options import Numerics, Options, options
from darknet_py.engine_api.profile import LayerTime, Profile
from darknet_py.engine_api.spec import Spec
from darknet_py.engines import ENGINES

__all__ = ["files", "net"]

X = np.zeros((2, 3, 24, 32), np.float32)


class Constant:
    """Every output is full of one number."""

    batch = 7

    def __init__(self, graph: Any, params: Any, options: Options, spec: Spec) -> None:
        self.graph, self.params, self.options = graph, params, options

    def predict(self, x: np.ndarray) -> list[np.ndarray]:
        return [np.full((len(x), *self.graph.nodes[i].shape), 0.5, np.float32) for i in self.graph.heads]

    alone = predict

    def activations(self, x: np.ndarray) -> dict[int, np.ndarray]:
        return {node.index: np.full(node.shape, 0.5, np.float32) for node in self.graph.nodes}

    def profile(self, x: np.ndarray, runs: int | None = None) -> Profile:
        layers = [LayerTime(n.index, n.layer.kind, "", n.inputs, n.shape, 0.5, 0.5, 1e9) for n in self.graph.nodes]
        return Profile(tuple(layers), 1.5, threads=1, runs=runs or 1)


@pytest.fixture
def other(files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Network:
    monkeypatch.setitem(ENGINES, "constant", Constant)
    return Network.load(*files, numerics="fast", threads=2, names=["cat", "dog"], engine="constant")


def test_a_network_runs_on_it(other: Network) -> None:
    assert [y.shape for y in other.predict(X)] == [(2, 14, 12, 16)]
    assert [y.shape for y in other.predict(X[0])] == [(14, 12, 16)]
    assert list(other.activations(X[:1])) == [0, 1, 2]
    assert other.profile(X[0], 3).seconds == 1.5
    assert (other.batch, other.plan) == (7, None)
    assert other.detect(np.zeros((24, 32, 3), np.uint8), thresh=0.2)


def test_a_profile_needs_no_peak_steps_or_handover(other: Network) -> None:
    *_, total, last = other.profile(X[0], 3).table().splitlines()
    assert total.split() == ["total", "1500.000", "100.0%", "2.0"]
    assert last == "Without time stamps a run takes 1500.000 ms.  Medians of 3 runs, threads: 1."


def test_it_is_given_folded_arrays_that_can_be_read_again(other: Network, net: Network) -> None:
    assert not any(getattr(node.layer, "batch_normalize", False) for node in other.compiled.graph.nodes)
    for _ in range(2):
        for node, arrays in zip(other.compiled.graph.nodes, other.compiled.params, strict=True):
            assert [param.name for param in node.params] == sorted(arrays)
    assert other.compiled.options.numerics is Numerics.FAST


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_copies_stay_on_it(other: Network, again: Any) -> None:
    twin = again(other)
    assert isinstance(twin.compiled, Constant)
    assert (twin.options, twin.names) == (other.options, other.names)


def makers(net: Network, files: tuple[Path, Path]) -> list[Callable[..., Network]]:
    """Each way to a network that takes an engine's name."""
    return [
        partial(Network.load, *files), partial(darknet_py.load, *files), partial(Network.of, net.graph, net.weights),
        partial(Network, net.graph, net.weights, net.options, net.names),
    ]  # fmt: skip


def test_each_way_to_a_network_takes_an_engine(other: Network, net: Network, files: tuple[Path, Path]) -> None:
    for make in makers(net, files):
        assert isinstance(make(engine="constant").compiled, Constant)
        assert isinstance(make().compiled, NativeNetwork)


@pytest.mark.parametrize("name", ["Native", "", None, ["native"]])
def test_what_is_no_engine(net: Network, files: tuple[Path, Path], name: Any) -> None:
    for make in makers(net, files):
        with pytest.raises(DarknetError, match=r"^engine=.* is not known; use one of: native"):
            make(engine=name)


def test_options_pickled_are_those_of_the_machine_that_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("darknet_py.engine_api.options.cpu_count", lambda: 3)
    all_threads, some = pickle.dumps(options("fast", avx_maxpool=True)), pickle.dumps(options("exact", 2))
    monkeypatch.setattr("darknet_py.engine_api.options.cpu_count", lambda: 5)
    assert pickle.loads(all_threads) == options("fast", 5, True)
    assert pickle.loads(some) == options("exact", 2)
