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

from darknet_py.layers import LAYERS

EPS = float(np.finfo(np.float32).eps)
START = "[convolutional]\nfilters={}\nsize=1\nactivation=linear\n"
READER = "[convolutional]\nfilters=3\nsize=3\npad=1\nactivation=linear\n"  # gives its source a border of zeros


def text(layers: str) -> str:
    """``maxpool size=2 stride=2 / route layers=0,1`` → cfg; ``conv N`` is a linear 1 x 1 convolution."""
    sections = []
    for part in layers.split(" / "):
        name, *options = part.split()
        sections.append(START.format(*options) if name == "conv" else "\n".join([f"[{name}]", *options, ""]))
    return "".join(sections)


# (c, h, w) of the input, the layers; the bits of all of them are the twins'
EXACT = [
    ((5, 9, 11), "maxpool size=2 stride=2"),
    ((5, 9, 11), "conv 13 / maxpool size=2 stride=2 / maxpool size=3 stride=1"),
    ((5, 8, 6), "conv 13 / maxpool size=2 stride=1 / maxpool size=5 stride=1 padding=4"),
    ((3, 13, 12), "conv 24 / maxpool size=3 stride_x=2 stride_y=1 / maxpool size=2 stride_x=1 stride_y=3"),
    ((3, 7, 7), "conv 9 / maxpool size=3 stride=2 padding=0 / maxpool size=2 stride=2 padding=3"),
    ((3, 4, 5), "conv 9 / maxpool size=13 stride=1 / maxpool size=1 stride=2"),
    ((3, 4, 5), "conv 9 / maxpool size=2 stride=1 padding=9"),
    ((3, 5, 4), "conv 24 / maxpool maxpool_depth=1 out_channels=7 / maxpool maxpool_depth=1 out_channels=1"),
    ((13, 5, 7), "avgpool"),
    ((3, 5, 7), "conv 33 / avgpool"),
    ((3, 9, 8), "conv 13 / local_avgpool size=3 stride=1 / local_avgpool size=2 stride=2"),
    ((3, 9, 8), "local_avgpool size=4 stride_x=1 stride_y=2 padding=2"),
    ((3, 4, 6), "conv 16 / conv 16 / route layers=0,1"),
    ((3, 4, 6), "conv 5 / conv 13 / conv 16 / route layers=-1,-3,-2 / route layers=3,0"),
    ((3, 4, 6), "conv 32 / route layers=0 groups=2 group_id=1 / conv 8 / route layers=-1,-2"),
    ((3, 4, 6), "conv 24 / route layers=0 groups=4 group_id=1 / route layers=0,1 groups=2 group_id=1"),
    ((12, 4, 6), "conv 13 / shortcut from=0 / shortcut from=-2 activation=leaky"),
    ((3, 4, 6), "conv 13 / conv 33 / conv 20 / shortcut from=0,1,-1 / shortcut from=0 activation=relu"),
    ((3, 1, 3), "conv 1 / conv 1 / shortcut from=0 activation=leaky"),
    ((3, 4, 6), "conv 13 / conv 33 / conv 20 / shortcut from=0,1 weights_type=per_layer activation=leaky"),
    ((3, 4, 6), "conv 20 / conv 20 / shortcut from=0 weights_type=per_channel weights_normalization=relu"),
    ((3, 4, 6), "conv 9 / conv 13 / shortcut from=0,0 weights_type=per_channel weights_normalization=softmax"),
    ((3, 4, 6), "conv 20 / conv 20 / shortcut from=0 weights_type=per_feature weights_normalization=avg_relu"),
    ((3, 3, 5), "conv 13 / upsample / upsample stride=3 / upsample stride=1 scale=0.3"),
    ((3, 3, 5), "upsample stride=2 scale=1.7"),
    ((4, 6, 4), "reorg stride=2 / reorg stride=2 reverse=1"),
    ((16, 3, 5), "reorg reverse=1 stride=2 / conv 16 / reorg reverse=1 stride=4"),
    ((18, 6, 9), "conv 18 / reorg stride=3"),
    ((3, 6, 4), "reorg3d stride=2 / conv 16 / reorg3d stride=2 reverse=1"),
    ((5, 6, 9), "conv 5 / reorg3d stride=3"),
    ((3, 4, 5), "dropout probability=.5 / conv 9 / dropout / cost / empty"),
    ((3, 4, 5), "conv 9 / contrastive / conv 5 / contrastive yolo_layer=-3"),
    ((3, 4, 5), "conv 33 / connected output=21 activation=leaky / connected output=3 activation=linear"),
    ((3, 4, 5), "connected output=17 batch_normalize=1 activation=relu"),
    ((13, 4, 5), "batchnorm / conv 9 / batchnorm"),
    ((3, 4, 5), "conv 24 / conv 24 / avgpool / scale_channels from=0"),
    ((3, 4, 5), "conv 9 / avgpool / scale_channels from=0 activation=leaky"),
    ((3, 4, 5), "conv 24 / conv 1 / scale_channels from=0 scale_wh=1"),
    ((3, 4, 5), "conv 13 / conv 13 / sam from=0 / sam from=0 activation=relu6"),
    ((3, 4, 5), "activation activation=leaky / conv 13 / activation activation=hardtan / activation"),
    ((3, 9, 8), "conv 13 / crop crop_height=4 crop_width=3 / crop crop_height=3 crop_width=2 noadjust=1"),
    ((3, 9, 8), "crop crop_height=9 crop_width=7"),
]


@functools.cache
def case(layers: str, shape: tuple[int, int, int]) -> tuple[Net, Outputs]:
    n = engine.net(layers, shape)
    return n, engine.expected(n)


def bordered(layers: str) -> str:
    """The same layers, each of them then read by a 3 x 3 convolution."""
    count = layers.count("[")
    return layers + "".join(f"[route]\nlayers={i}\n{READER}" for i in range(count))


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize(("shape", "layers"), EXACT, ids=[layers for _, layers in EXACT])
def test_bits(shape: tuple[int, int, int], layers: str, lanes: int) -> None:
    for cfg in (text(layers), bordered(text(layers))):
        n, want = case(cfg, shape)
        engine.assert_same_bits(engine.forward(n, lanes, threads=1 + lanes % 3), want, n)


AVX = [  # the last layer differs from a right one, or has nothing that could
    ((3, 20, 40), "conv 9 / maxpool size=5 stride=1 / maxpool size=9 stride=1 / maxpool size=13 stride=1", True),
    ((3, 9, 21), "maxpool size=2 stride=2 / maxpool size=2 stride=1 / maxpool size=3 stride=2", False),
    ((3, 6, 60), "maxpool size=2 stride_x=2 stride_y=1 / maxpool size=3 stride=1", True),
    ((3, 9, 42), "maxpool size=2 stride=2 padding=2", True),
    # so much padding that vectors begin inside a row and end outside
    ((8, 8, 8), "maxpool size=1 stride=1 padding=12", True),
    ((3, 6, 5), "conv 9 / maxpool size=3 stride=1 padding=21", True),
    ((3, 2, 3), "conv 9 / maxpool size=2 stride=2 padding=30", True),
]


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


# Layers with exponentials: relative tolerance, and why
CLOSE = [
    ((5, 3, 4), "softmax", 64),  # 60 terms summed in float32 by the twin, in double by the kernel
    ((5, 3, 4), "conv 13 / softmax groups=13 temperature=.7", 16),
    ((3, 4, 5), "conv 13 / activation activation=mish", 2),
    ((3, 4, 5), "conv 13 / conv 13 / shortcut from=0 activation=swish", 2),
    ((3, 4, 5), "conv 13 / conv 13 / sam from=0 activation=logistic", 2),
    ((3, 4, 5), "conv 33 / connected output=21 activation=tanh", 2),
    ((3, 4, 5), "conv 24 / avgpool / scale_channels from=0 activation=elu", 2),
]


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize(("shape", "layers", "roundings"), CLOSE, ids=[layers for _, layers, _ in CLOSE])
def test_exponentials(shape: tuple[int, int, int], layers: str, roundings: int, lanes: int) -> None:
    """All layers before the last have the twin's bits; the last differs by no more than so many roundings."""
    n, want = case(text(layers), shape)
    got = engine.forward(n, lanes)
    last = n.layers[-1]
    np.testing.assert_allclose(got.pop(last), want[last], rtol=roundings * EPS, atol=0)
    engine.assert_same_bits(got, want, n)


ANCHORS = "anchors=10,14,23,27,37,58 num=3"
HEADS = [
    (f"conv 24 / yolo classes=3 mask=0,1,2 {ANCHORS}", 3),
    (f"conv 16 / yolo classes=3 mask=1,2 {ANCHORS} scale_x_y=1.1", 3),
    (f"conv 8 / yolo classes=3 mask=2 {ANCHORS} new_coords=1 scale_x_y=2.0", 3),
    (f"conv 36 / Gaussian_yolo classes=3 mask=0,1,2 {ANCHORS} scale_x_y=1.05", 3),
    ("conv 24 / region classes=3 num=3 anchors=1,2,3,4,5,6 softmax=1", 3),
    ("conv 24 / region classes=3 num=3 anchors=1,2,3,4,5,6", 3),
]


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
