"""Every layer but [convolutional] against its naive twin, at all vector widths, with neighbours on all sides."""

from __future__ import annotations

import functools
from unittest import mock

import engine
import naive
import numpy as np
import pytest
from engine import LANES, Net, Outputs
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from layer_cases import ANCHORS, AVX, CLOSE, EXACT, HEADS, READER, bordered, text

from darknet_py.layers import LAYERS

EPS = float(np.finfo(np.float32).eps)
@functools.cache
def case(layers: str, shape: tuple[int, int, int]) -> tuple[Net, Outputs]:
    n = engine.net(layers, shape)
    return n, engine.expected(n)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize(("shape", "layers"), EXACT, ids=[layers for _, layers in EXACT])
def test_bits(shape: tuple[int, int, int], layers: str, lanes: int) -> None:
    for cfg in (text(layers), bordered(text(layers))):
        n, want = case(cfg, shape)
        engine.assert_same_bits(engine.forward(n, lanes, threads=1 + lanes % 3), want, n)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize(("shape", "layers", "differs"), AVX, ids=[layers for _, layers, _ in AVX])
def test_avx_maxpool(
    shape: tuple[int, int, int], layers: str, differs: bool, lanes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    n = engine.net(text(layers), shape)
    plain = engine.expected(n)
    monkeypatch.setitem(
        naive.FORWARD, "maxpool", lambda l, p, x: naive.max_pool_avx(x[0], l.kernel_size, l.stride, l.padding)
    )
    want = engine.expected(n)
    engine.assert_same_bits(engine.forward(n, lanes, avx_maxpool=True), want, n)
    last = n.layers[-1]
    assert (want[last] != plain[last]).any() == differs


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 9), st.integers(1, 8), st.integers(1, 20)), st.integers(1, 5), st.integers(1, 3),
    st.integers(0, 40), st.booleans(), st.sampled_from(LANES),
)  # fmt: skip
def test_max_pools_of_any_window(
    shape: tuple[int, int, int], size: int, stride: int, padding: int, avx: bool, lanes: int
) -> None:
    """Also where windows lie in the padding only; the second reads a source that has a border."""
    assume(min(shape[1:]) + padding >= size)
    pool = text(f"conv 9 / maxpool size={size} stride={stride} padding={padding}")
    n = engine.net(f"{pool}[route]\nlayers=0\n{READER}", shape)
    twin = naive.max_pool_avx if avx else naive.max_pool
    with mock.patch.dict(naive.FORWARD, maxpool=lambda l, p, x: twin(x[0], l.kernel_size, l.stride, l.padding)):
        want = engine.expected(n)
    engine.assert_same_bits(engine.forward(n, lanes, avx_maxpool=avx), want, n)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize(("shape", "layers", "roundings"), CLOSE, ids=[layers for _, layers, _ in CLOSE])
def test_exponentials(shape: tuple[int, int, int], layers: str, roundings: int, lanes: int) -> None:
    """All layers before the last have the twin's bits; the last differs by no more than so many roundings."""
    n, want = case(text(layers), shape)
    got = engine.forward(n, lanes)
    last = n.layers[-1]
    np.testing.assert_allclose(got.pop(last), want[last], rtol=roundings * EPS, atol=0)
    engine.assert_same_bits(got, want, n)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize(("layers", "roundings"), HEADS, ids=[layers for layers, _ in HEADS])
def test_heads(layers: str, roundings: int, lanes: int) -> None:
    """A logistic in float32 rounds up to 4 times in the twin, then the scale: in all some units of values near 1."""
    n = engine.net(text(layers), (3, 5, 4))
    want = engine.expected(n)
    for options in ({}, {"outputs": [1]}):
        got = engine.forward(n, lanes, threads=2, **options)
        np.testing.assert_allclose(got[1], want[1], rtol=roundings * EPS, atol=2 * EPS)
        assert (got[1] != want[0]).any()


@pytest.mark.parametrize("lanes", LANES)
def test_layers_that_read_heads(lanes: int) -> None:
    """A head's planes feed later layers: a slice, a concatenation, a convolution with a border, a sum."""
    head = f"yolo classes=3 mask=0,1 {ANCHORS} new_coords=1"
    rest = "route layers=1 groups=2 group_id=1 / route layers=1,2,0 / conv 16 / shortcut from=1 / maxpool size=2 stride=2"
    n = engine.net(bordered(text(f"conv 16 / {head} / {rest}")), (3, 6, 4))
    engine.assert_exact(n, lanes)


def test_no_layer_is_forgotten() -> None:
    tables = [layers for _, layers in EXACT], [layers for _, layers, _ in CLOSE], [layers for layers, _ in HEADS]
    names = {part.split()[0] for table in tables for layers in table for part in layers.split(" / ")}
    assert names - {"conv"} | {"convolutional"} == set(LAYERS)


@pytest.mark.parametrize("side", [7, 8, 13, 19])
def test_avgpool_is_within_an_ulp_of_the_reference(side):
    """Its build adds up in the same order, and multiplies by the inverse of the number of pixels (gcc -Ofast)."""
    x = np.random.default_rng(side).standard_normal((500, side, side)).astype(np.float32)
    total = x.reshape(500, -1).cumsum(axis=1, dtype=np.float32)[:, -1]
    reference = total * (np.float32(1) / np.float32(side * side))
    ours = naive.avg_pool(x).ravel()
    assert (np.abs(ours - reference) <= np.spacing(np.abs(ours))).all()
    assert (ours == reference).all() == (side == 8), "a power of two"
