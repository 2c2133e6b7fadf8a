"""Winograd's convolution against double precision: every size of tile, edges, waves, epilogues, vector widths."""

from __future__ import annotations

from unittest import mock

import engine
import naive
import numpy as np
import pytest
from convolutions import in_double
from engine import LANES
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_network

from darknet_py.engine import plan
from darknet_py.engine.codegen import winograd_tile
from darknet_py.engine.codegen.winograd_tile import Tile
from darknet_py.engine.kernels import winograd
from darknet_py.engine.lower import winograd as winograd_lowering
from darknet_py.engine.lower import winograd_filters
from darknet_py.engine.lower.winograd_filters import transformed
from darknet_py.engine.native.host import host

EPS = np.finfo(np.float32).eps
TILES = [Tile(2), Tile(4), Tile(4, stride=2)]
# In eps of the largest sum of |products|: half as much again as the largest error seen, with one channel in and few out.
BOUND = {Tile(2): 2, Tile(4): 40, Tile(4, stride=2): 20}


def cfg(c: int, n: int, activation: str = "linear", more: str = "", stride: int = 1) -> str:
    """A 1x1 convolution, whose output lies in blocks, and a 3x3 one on it."""
    return (
        f"[convolutional]\nfilters={c}\nsize=1\nstride=1\nactivation=linear\n\n"
        f"[convolutional]\nfilters={n}\nsize=3\nstride={stride}\npad=1\nactivation={activation}\n\n{more}"
    )


def always(tile: Tile):
    """This tile wherever it is possible."""
    return mock.patch.object(winograd_lowering, "_cycles", lambda part, candidate: candidate != tile)


def kept(always: bool):
    """Transformed filters always stay in memory, or never, and are made in chunks as small as can be."""
    return mock.patch.multiple(winograd_filters, keeps=lambda *_: always, SHARE=0)


def multiplications(p: plan.Plan) -> int:
    kernels = winograd.multiply.address(), winograd.multiply_fresh.address()
    return sum(s.address in kernels for s in p.steps)


def assert_close(n: engine.Net, tile: Tile, lanes: int, **options: int) -> None:
    compiled = engine.compiled(n, lanes, fast=True, **options)
    assert multiplications(compiled)
    outputs = engine.run(compiled, n.x)
    layer, p = n.graph.nodes[1].layer, n.params[1]
    true = in_double(outputs[0], p["weights"], p["biases"], layer)
    magnitude = in_double(np.abs(outputs[0]), np.abs(p["weights"]), np.abs(p["biases"]), layer)
    assert np.abs(outputs[1] - true).max() <= BOUND[tile] * EPS * magnitude.max()


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("tile", TILES, ids=str)
@pytest.mark.parametrize("shape", [(8, 8, 4, 4), (24, 40, 13, 13), (20, 7, 9, 14), (33, 16, 1, 6), (16, 16, 16, 16)])
def test_against_double_precision(shape: tuple[int, int, int, int], tile: Tile, lanes: int) -> None:
    c, filters, height, width = shape
    with always(tile):
        assert_close(engine.net(cfg(c, filters, stride=tile.stride), (3, height, width)), tile, lanes)


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40), st.integers(1, 20), st.integers(1, 20)),
    st.sampled_from(TILES), st.integers(0, 99),
)  # fmt: skip
def test_any_shape(shape: tuple[int, int, int, int], tile: Tile, seed: int) -> None:
    c, filters, height, width = shape
    with always(tile):
        assert_close(engine.net(cfg(c, filters, stride=tile.stride), (2, height, width), seed), tile, 8)


@pytest.mark.parametrize("activation", ["leaky", "mish", "logistic", "relu"])
def test_waves_threads_and_epilogues_change_no_bit(activation: str) -> None:
    """One wave on one thread, or many on three; the activation and the residual added on the way or by steps after it."""
    shortcut = "[shortcut]\nfrom=-2\nactivation=linear\n"
    n = engine.net(cfg(48, 48, activation, shortcut), (3, 27, 22))
    plain = engine.forward(n, 8, fast=True)[2]
    with mock.patch.object(winograd_lowering, "WAVE", 1), mock.patch.object(winograd_lowering, "STREAM", 1e9):
        small = engine.compiled(n, 8, [2], fast=True, threads=3)
    assert np.array_equal(engine.run(small, n.x)[2], plain)
    exact = engine.forward(n, 8)[2]
    assert np.abs(plain - exact).max() <= 1e-5 * np.abs(exact).max()


@pytest.mark.parametrize("shape", [(64, 64, 13, 13), (8, 8, 30, 30), (16, 64, 9, 9), (128, 32, 5, 5)])
def test_threads_change_no_bit(shape: tuple[int, int, int, int]) -> None:
    """Also not by another choice of the tile."""
    c, filters, height, width = shape
    n = engine.net(cfg(c, filters), (3, height, width))
    one = engine.forward(n, 8, fast=True)
    for threads in (2, 5, 64):
        engine.assert_same_bits(engine.forward(n, 8, fast=True, threads=threads), one, n)


def test_small_waves_are_made() -> None:
    n = engine.net(cfg(8, 8), (3, 40, 40))
    with mock.patch.object(winograd_lowering, "WAVE", 1), always(Tile(4)):
        assert multiplications(engine.compiled(n, 8, [1], fast=True)) > 3


@pytest.mark.parametrize("seed", range(40))
def test_random_networks(seed: int) -> None:
    """Everything a plan decides, with Winograd's steps in it: kept layers are near the exact ones, and neither their
    number, the waves nor the threads change a bit of those that are read."""
    text, shape = random_network(seed)
    n, lanes = engine.net(text, shape), LANES[seed % len(LANES)]
    with mock.patch.object(winograd_lowering, "_cycles", lambda part, tile: 0 if tile else 1):
        kept = engine.forward(n, lanes, fast=True)
        few = sorted({int(i) for i in np.random.RandomState(seed).choice(n.layers, 3)})
        with mock.patch.object(winograd_lowering, "WAVE", 1):
            engine.assert_same_bits(engine.forward(n, lanes, few, fast=True, threads=1 + seed % 3), kept, n)
    for i, exact in engine.forward(n, lanes).items():
        assert np.abs(kept[i] - exact).max() <= 2e-5 * np.abs(exact).max(), n.graph.nodes[i].label


def test_only_where_any_order_is_allowed() -> None:
    n = engine.net(cfg(32, 32), (3, 24, 24))
    assert multiplications(engine.compiled(n, 8, [1], fast=True))
    assert not multiplications(engine.compiled(n, 8, [1]))


@pytest.mark.parametrize(
    "options",
    ["size=3\nstride_y=1\nstride_x=2\npad=1", "size=3\nstride=3\npad=1",
     "size=3\nstride=1\npad=1\ndilation=2", "size=5\nstride=1\npad=1",
     "size=3\nstride=1\npad=1\ngroups=32", "size=3\nstride=1\npad=0"],
)  # fmt: skip
def test_other_convolutions_stay_direct(options: str) -> None:
    n = engine.net(cfg(32, 32).replace("size=3\nstride=1\npad=1", options), (3, 24, 24))
    assert n.graph.nodes[1].layer.filters == 32
    assert not multiplications(engine.compiled(n, 8, [1], fast=True))


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("tile", TILES, ids=str)
@pytest.mark.parametrize("shape", [(1, 1), (13, 5), (40, 3), (8, 16)])
def test_transformed_filters_are_those_in_double_precision(shape: tuple[int, int], tile: Tile, lanes: int) -> None:
    n, c = shape
    weights, blocks = np.random.RandomState(n).standard_normal((n, c, 3, 3)).astype(np.float32), 2
    true = naive.winograd_filters(weights, tile.filters)
    values = transformed(weights, tile, blocks, lanes)
    assert values.shape == (len(true), -(-n // (blocks * lanes)), c, blocks * lanes)
    flat = values.transpose(0, 2, 1, 3).reshape(len(true), c, -1)
    assert np.abs(flat[..., :n] - true).max() <= 3 * EPS * np.abs(true).max()
    assert not flat[..., n:].any()


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("tile", TILES, ids=str)
@pytest.mark.parametrize("shape", [(8, 8, 4, 4), (20, 7, 9, 14), (40, 72, 13, 13), (33, 100, 5, 6)])
def test_fresh_filters_change_no_bit(shape: tuple[int, int, int, int], tile: Tile, lanes: int) -> None:
    """Channels that fill no block, groups that are not full, several chunks, waves, threads, and a residual sum."""
    c, filters, height, width = shape
    shortcut = "[shortcut]\nfrom=-2\nactivation=linear\n" if c == filters and tile.stride == 1 else ""
    n = engine.net(cfg(c, filters, "leaky", shortcut, tile.stride), (3, height, width))
    with always(tile):
        with kept(True):
            plain = engine.forward(n, lanes, n.layers[-1:], fast=True)
        for threads, wave in ((1, winograd_lowering.WAVE), (3, winograd_lowering.WAVE), (2, 1)):
            with kept(False), mock.patch.object(winograd_lowering, "WAVE", wave):
                compiled = engine.compiled(n, lanes, n.layers[-1:], fast=True, threads=threads)
            assert any(s.address == winograd.multiply_fresh.address() for s in compiled.steps)
            engine.assert_same_bits(engine.run(compiled, n.x), plain, n)


@pytest.mark.parametrize("tile", TILES, ids=str)
def test_fresh_filters_against_double_precision(tile: Tile) -> None:
    with always(tile), kept(False):
        assert_close(engine.net(cfg(24, 40, stride=tile.stride), (3, 13, 13)), tile, 8)


def weights_bytes(p: plan.Plan) -> int:
    arrays = {id(v): v.nbytes for step in p.steps for _, v in step.arguments if isinstance(v, np.ndarray)}
    return sum(arrays.values())


@pytest.mark.parametrize(
    ("shape", "threads", "times"),
    [((256, 512, 13), 1, 1), ((256, 512, 13), 4, 1), ((512, 256, 9), 2, 1),  # large filters, few tiles: as in the file
     ((256, 512, 13), 64, 4), ((256, 256, 30), 2, 4), ((128, 128, 13), 1, 4)],  # too few groups, many tiles, small filters
)  # fmt: skip
def test_large_filters_of_small_pictures_are_not_kept(shape: tuple[int, int, int], threads: int, times: int) -> None:
    c, filters, side = shape
    n = engine.net(cfg(c, filters), (3, side, side))
    with always(Tile(4)):
        compiled = engine.compiled(n, 8, [1], fast=True, threads=threads)
    assert 0.98 <= weights_bytes(compiled) / (times * n.params[1]["weights"].nbytes) <= 1.05


def test_without_fused_multiply_add() -> None:
    """The transforms of a host that has none: the same arithmetic with two roundings."""
    kernel = winograd_tile.TileKernel(8, Tile(4), True)
    with mock.patch.object(host(), "fma", False):
        assert "call <8 x float> @\"llvm.fma" not in str(winograd_tile._Emitter(kernel).module)
    assert "call <8 x float> @\"llvm.fma" in str(winograd_tile._Emitter(kernel).module)
