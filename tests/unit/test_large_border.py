"""Convolutions with more zeros around their input than numbers in it: unfolded, with the same bits, in little memory."""

from __future__ import annotations

import engine
import pytest
from convolutions import BLOCKED, DENSE, GROUPS, cfg_of
from engine import LANES
from networks import network

from darknet_py.engine import layout
from darknet_py.errors import ShapeError

WIDE = [
    ((3, 8, 8), "filters=5 size=1 padding=300 stride=300"),
    ((13, 5, 7), "filters=16 size=3 padding=200 stride=150"),
    ((8, 6, 5), "filters=24 size=3 pad=1 dilation=190"),
    ((8, 6, 5), "filters=24 size=3 pad=1 dilation=190 groups=4"),
    ((16, 6, 5), "filters=16 size=1 padding=300 stride=100 groups=16"),
    ((5, 6, 5), "filters=5 size=3 padding=250 stride_x=300 stride_y=200 groups=5"),
]
MANY = 1 << 20


def unfolds(options: str, shape: tuple[int, int, int]) -> bool:
    node = network(cfg_of(options), shape).nodes[0]
    return layout.unfolds(node.layer, node.inputs)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("activation", ["leaky", "mish"])
@pytest.mark.parametrize("before", ["", BLOCKED], ids=["planar", "blocked"])
@pytest.mark.parametrize(("shape", "options"), WIDE)
def test_the_same_bits(shape, options, before, activation, lanes, monkeypatch):
    monkeypatch.setattr(layout, "LARGE_BORDER", 0)
    assert unfolds(options, shape)
    n = engine.net(cfg_of(options, activation, before), shape)
    if activation == "leaky":
        engine.assert_exact(n, lanes)
    else:  # exp is not bit-exact against numpy; against the stored border it is
        want = engine.forward(n, lanes)
        monkeypatch.setattr(layout, "LARGE_BORDER", 1 << 40)
        engine.assert_same_bits(engine.forward(n, lanes), want, n)


@pytest.mark.parametrize("options", ["filters=13 size=3 pad=1 dilation=90", "filters=13 size=3 pad=1 dilation=90 groups=13"])
def test_sums_behind_them(options, monkeypatch):
    monkeypatch.setattr(layout, "LARGE_BORDER", 0)
    text = cfg_of("filters=13 size=1") + cfg_of(options, "leaky") + "[shortcut]\nfrom=0\n" + cfg_of("filters=3 size=3 pad=1")
    n = engine.net(text, (3, 6, 7))
    want = engine.expected(n)
    for outputs in (None, [3], [2, 3]):
        engine.assert_same_bits(engine.forward(n, 8, outputs), {i: want[i] for i in outputs or want}, n)


@pytest.mark.parametrize(("shape", "options"), DENSE + GROUPS)
def test_usual_ones_are_not_unfolded(shape, options):
    c, h, w = shape
    assert not unfolds(options, (c, h * 40, w * 40))


@pytest.mark.parametrize(
    "options", ["size=1 padding=10000 stride=10000", "size=3 pad=1 dilation=15000", "size=3 padding=3000 stride=2500"]
)
def test_memory_is_that_of_what_is_read(options):
    n = engine.net(cfg_of("filters=2 " + options), (3, 8, 8))
    assert engine.compiled(n, 8).arena.size < MANY
    engine.forward(n, 8)


@pytest.mark.parametrize("options", ["padding=2000000000 stride=2000000000", "size=3 pad=1 dilation=2000000000"])
def test_more_pixels_than_c_counts_are_an_error(options):
    with pytest.raises(ShapeError, match=r"net\.cfg:5: layer 0 .*make more pixels than Darknet can count"):
        network(cfg_of(options), (3, 8, 8))


def test_many_groups():
    """Depthwise layers of any number of channels, right behind the picture too; other groups take steps each."""
    for channels in (40, 5000):
        engine.assert_exact(engine.net(cfg_of(f"filters={channels} size=1 groups={channels}", "leaky"), (channels, 1, 2)), 8)
    n = engine.net(cfg_of("filters=20000 size=1 groups=20000"), (20000, 1, 1))
    assert len(engine.compiled(n, 8).steps) < 20
    with pytest.raises(ShapeError, match=r"groups=5000 is not possible; at most 4096, or one for each input channel"):
        network(cfg_of("filters=5000 groups=5000"), (10000, 1, 1))
