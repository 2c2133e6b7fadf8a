"""Which tensors of a network in bfloat16 are kept as floats, as pairs, as both; none of it changes a bit."""

from __future__ import annotations

from unittest import mock

import engine
import numpy as np
import pytest
from convolutions import BLOCKED, cfg_of

from darknet_py.engine import fuse
from darknet_py.engine.lower import bfloat, winograd
from darknet_py.engine.options import PlanOptions
from darknet_py.engine.steps import Builder
from darknet_py.engine.storage import Storage
from darknet_py.engine_api.options import Numerics

CONV = cfg_of("filters=16 size=1", "leaky")
WIDE = cfg_of("filters=32 size=3 pad=1 stride=2", "mish")
POOL = "[maxpool]\nsize=2\nstride=2\n"
SHORTCUT = "[shortcut]\nfrom=-3\nactivation=linear\n"
ROUTE = "[route]\nlayers=-1,-2\n"


@pytest.fixture(autouse=True)
def direct():
    with mock.patch.dict(winograd.TILES, clear=True):
        yield


def stored(text: str) -> Storage:
    n = engine.net(text, (16, 12, 8))
    nodes, last = fuse.fuse_sums(n.graph.nodes, n.layers[-1:]), n.layers[-1:]
    return bfloat.storage(Builder(nodes, n.graph.net.shape, PlanOptions(Numerics.BF16, lanes=8)), nodes, last)


# layers, those that read pairs, the tensors that are pairs too, those that are pairs alone; the last layer is read
CASES = {
    "one after the other": (CONV * 3, {1, 2}, {0, 1}, {0, 1}),
    "a pool reads floats": (CONV + CONV + POOL, {1}, {0}, {0}),
    "a pool gives floats, to be rounded": (CONV + POOL + CONV, {2}, {1}, set()),
    "both are read": (CONV + CONV + POOL + "[route]\nlayers=0\n" + CONV, {1, 4}, {0}, {0}),
    "a sum reads floats": (CONV + CONV + CONV + SHORTCUT + CONV, {1, 2, 4}, {0, 1, 2}, {1, 2}),
    "a concatenation in place": (CONV + CONV + ROUTE + WIDE, {1, 3}, {2}, {2}),
    "a concatenation of a pool": (CONV + BLOCKED + ROUTE + WIDE, {3}, {2}, set()),
    "nobody reads pairs": (CONV + POOL, set(), set(), set()),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_kept(case: str) -> None:
    text, readers, pairs, floatless = CASES[case]
    assert stored(text) == Storage(frozenset(readers), frozenset(pairs), frozenset(floatless))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("lanes", engine.LANES)
def test_it_changes_no_bit(case: str, lanes: int) -> None:
    """Where every layer is kept, all are floats, too."""
    n = engine.net(CASES[case][0], (16, 12, 8))
    kept = engine.forward(n, lanes, bf16=True)
    for threads in (1, 3):
        engine.assert_same_bits(engine.forward(n, lanes, n.layers[-1:], bf16=True, threads=threads), kept, n)


def test_pairs_take_half_the_memory() -> None:
    n = engine.net(cfg_of("filters=32 size=1") + cfg_of("filters=32 size=1") * 4, (3, 64, 64))
    pairs, floats = (engine.compiled(n, 8, n.layers[-1:], **how).arena.size for how in ({"bf16": True}, {"fast": True}))
    assert pairs < 0.8 * floats
    assert np.isfinite(engine.forward(n, 8, n.layers[-1:], bf16=True)[4]).all()
