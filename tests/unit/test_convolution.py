"""Every kind of convolution against its naive twin: bit for bit in exact mode, within a derived bound with FMA."""

from __future__ import annotations

import functools

import engine
import naive
import numpy as np
import pytest
from convolutions import BLOCKED, DENSE, GROUPS, REAL, cfg_of, in_double
from engine import LANES, Net, Outputs
from networks import network

from darknet_py.engine.codegen.convolution_tile import RowKernel
from darknet_py.engine.kernels import leaky_tail
from darknet_py.engine.lower import tiling
from darknet_py.layers.activations import ACTIVATIONS


@functools.cache
def case(text: str, shape: tuple[int, int, int], seed: int = 0) -> tuple[Net, Outputs]:
    n = engine.net(text, shape, seed)
    return n, engine.expected(n)


def assert_exact(text: str, shape: tuple[int, int, int], lanes: int, seed: int = 0, **options: int) -> None:
    n, want = case(text, shape, seed)
    engine.assert_same_bits(engine.forward(n, lanes, **options), want, n)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("before", ["", BLOCKED], ids=["planar", "blocked"])
@pytest.mark.parametrize(("shape", "options"), DENSE + GROUPS)
def test_shapes(shape: tuple[int, int, int], options: str, before: str, lanes: int) -> None:
    assert_exact(cfg_of(options, "leaky", before), shape, lanes)


@pytest.mark.parametrize(("shape", "options"), DENSE + GROUPS)
def test_threads_change_no_bit(shape: tuple[int, int, int], options: str) -> None:
    for threads in (2, 3):
        assert_exact(cfg_of(options, "leaky", BLOCKED), shape, 8, threads=threads)


def weights_of(shape: tuple[int, int, int], options: str) -> int:
    node = network(cfg_of(options), shape).nodes[0]
    return next(param.size for param in node.params if param.name == "weights")


@pytest.mark.parametrize(("shape", "options"), [row[:2] for row in REAL if weights_of(*row[:2]) < 40_000])
def test_of_real_networks(shape: tuple[int, int, int], options: str) -> None:
    """At a few pixels; the twin takes minutes for the others, which DENSE has in small."""
    assert_exact(cfg_of(options, "leaky", BLOCKED * (shape[0] > 3)), (shape[0], 3, 7), 8)


@pytest.mark.parametrize("lanes", LANES)
def test_every_width(lanes: int) -> None:
    """Rows of 1 to 40 pixels are covered by wide and narrow tiles without a gap or an overlap."""
    for width in range(1, 41):
        assert_exact(cfg_of("filters=5 size=3 pad=1"), (3, 2, width), lanes)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("before", ["", BLOCKED], ids=["planar", "blocked"])
def test_strided_rows_of_two_tile_widths(before: str, lanes: int) -> None:
    """The first row width that takes wide and narrow tiles: narrow ones begin where the wide ones end.

    Where a few narrow registers leave room for one pixel only, all tiles are narrow: any width will do.
    """
    kernel = RowKernel(lanes, source="blocked" if before else "planar")
    ways = {width: tiling.segments(width, -(-5 // lanes), 27, kernel) for width in range(9, 80)}
    tilings = {width: way[0].tiling for width, way in ways.items()}
    width = next((w for w, t in tilings.items() if t.wide and t.narrow), 13)
    assert_exact(cfg_of("filters=5 size=3 stride=3", "linear", before), (3, 4, width * 3), lanes)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("options", ["filters=13 size=3 pad=1", "filters=10 size=3 groups=10 batch_normalize=1"])
def test_activations(activation: str, options: str, lanes: int) -> None:
    """Arithmetic ones give the twin's bits.  The others: 2 ulp, because twin and kernel each may be off by one."""
    n, want = case(cfg_of(options, activation, BLOCKED), (10, 5, 7))
    got = engine.forward(n, lanes)
    if ACTIVATIONS[activation].bit_exact:
        engine.assert_same_bits(got, want, n)
    elif activation.startswith("normalize_channels"):
        # c exponentials off by 1 ulp each, and their sum in the same order
        np.testing.assert_allclose(got[1], want[1], rtol=4 * np.finfo(np.float32).eps, atol=0)
    else:
        assert naive.ulps(got[1], want[1]) <= 2


SMALL, LARGE = [1e-45, -1e-45, -7e-45, -1e-39, 1e-38, -1.2e-38], [1, -1, -3e38, 3e38, np.inf, -np.inf, np.nan, -np.nan]
EVERY_KIND = np.array([0, -0.0, *SMALL, *LARGE], np.float32)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize(("activation", "slope"), [("linear", 1.0), ("revleaky", 0.1)])
def test_slopes_of_every_kind_of_number(activation: str, slope: float, lanes: int) -> None:
    n = engine.net(cfg_of("filters=1 size=1", activation), (1, 1, len(EVERY_KIND)))
    n.x[:], n.params[0]["weights"][:], n.params[0]["biases"][:] = EVERY_KIND, 1, 0
    got = engine.forward(n, lanes)[0].ravel()
    np.testing.assert_array_equal(got, np.where(EVERY_KIND > 0, EVERY_KIND, np.float32(slope) * EVERY_KIND))


TAILS = [
    *[((3, 1, 1), f"filters={n} size=1") for n in (*range(1, 10), 16, 17, 31, 33)],
    ((2, 3, 5), "filters=1 size=3 pad=1"),
    ((9, 1, 3), "filters=9 size=1 groups=9"),
    ((17, 1, 2), "filters=17 size=1 groups=17"),
    ((5, 20, 3), "filters=5 size=3 pad=1 groups=5"),
    ((3, 9, 1), "filters=35 size=3 pad=1"),
    ((3, 2, 30), "filters=18 size=1"),
    ((6, 3, 3), "filters=18 size=3 pad=1 groups=2"),
    ((6, 3, 3), "filters=40 size=3 stride=2 pad=1 groups=2"),
]


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("before", ["", BLOCKED], ids=["planar", "blocked"])
def test_last_elements_of_leaky(before: str, lanes: int) -> None:
    """The reference scales a layer's last 1 to 8 elements by a double 0.1; seeds are such that it shows."""
    shown = 0
    for i, (shape, options) in enumerate(TAILS):
        for seed in range(i, i + 3):
            text = cfg_of(options, "leaky", before)
            assert_exact(text, shape, lanes, seed, threads=seed % 3 + 1)
            linear = case(cfg_of(options, "linear", before), shape, seed)[1][bool(before)]
            shown += int((naive.leaky_with_tail(linear) != naive.activate(linear, "leaky")).sum())
    assert shown > 10


def test_fewer_than_eight_elements_are_all_tail() -> None:
    assert [leaky_tail.length(n) for n in (1, 7, 8, 9, 15, 16, 17, 24)] == [1, 7, 8, 1, 7, 8, 1, 8]


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize(("shape", "options"), [DENSE[3], DENSE[5], DENSE[7], GROUPS[1], GROUPS[4]])
def test_fused_multiply_add_stays_within_rounding(shape: tuple[int, int, int], options: str, lanes: int) -> None:
    """Each of n additions rounds by at most half an eps of a sum that never exceeds the sum of |products| by much:
    |error| <= (n + 2) eps/2 · sum |products|; and it does round differently."""
    n, want = case(cfg_of(options, before=BLOCKED), shape)
    got = engine.forward(n, lanes, fast=True)[1]
    layer, p = n.graph.nodes[1].layer, n.params[1]
    true = in_double(n.x, p["weights"], p["biases"], layer)
    magnitude = in_double(np.abs(n.x), np.abs(p["weights"]), np.abs(p["biases"]), layer)
    terms = p["weights"][0].size + 1
    bound = (terms + 2) * np.finfo(np.float32).eps / 2 * magnitude
    assert (np.abs(got - true) <= bound).all()
    assert (got != want[1]).any()

