"""Who shares memory with whom: concatenations own their sources, slices are views, what does not fit is copied."""

from __future__ import annotations

import numpy as np
import pytest
from networks import network
from random_networks import random_network

from darknet_py.engine import layout
from darknet_py.engine.layout import Home
from darknet_py.layers import is_head

CONV = "[convolutional]\nfilters={}\n"
READER = "[convolutional]\nsize=3\npad=1\n"


def homes(layers: str, lanes: int = 8, shape: tuple[int, int, int] = (3, 4, 6)) -> dict[int, Home]:
    """``16 32 route=0,1 route=0:1/2 …`` → where the outputs lie.

    A number is a 1 x 1 convolution of so many filters, ``0:1/2`` the second half of layer 0, ``;`` parts options.
    """
    text = ""
    for word in layers.split():
        name, _, options = word.partition("=")
        if name.isdigit():
            text += CONV.format(name)
        elif name == "route":
            numbers, _, group = options.partition(":")
            id, groups = group.split("/") if group else (0, 1)
            text += f"[route]\nlayers={numbers}\ngroups={groups}\ngroup_id={id}\n"
        else:
            text += READER if name == "reader" else "\n".join([f"[{name}]", *options.split(";"), ""])
    return layout.decide(network(text, shape).nodes, lanes)


def places(layers: str, lanes: int = 8) -> list[tuple[int, int]]:
    """(owner, first channel) of every layer."""
    return [(home.owner, home.first) for i, home in sorted(homes(layers, lanes).items()) if i >= 0]


PLACES = [
    ("aligned sources lie in the concatenation", "16 8 route=0,1", [(2, 0), (2, 16), (2, 0)]),
    ("in the order of the route", "16 8 route=1,0", [(2, 8), (2, 0), (2, 0)]),
    ("the last one may be odd", "16 5 route=0,1", [(2, 0), (2, 16), (2, 0)]),
    ("an odd one before it is copied, and all after it", "5 16 8 route=0,1,2", [(0, 0), (1, 0), (2, 0), (3, 0)]),
    ("a source twice is written once and copied once", "8 route=0,0", [(1, 0), (1, 0)]),
    ("a source of two concatenations lies in the first", "8 8 route=0,1 8 route=0,3",
     [(2, 0), (2, 8), (2, 0), (4, 8), (4, 0)]),
    ("concatenations nest", "8 8 route=0,1 8 route=3,2", [(4, 8), (4, 16), (4, 8), (4, 0), (4, 0)]),
    ("a nested odd one is copied unless last", "8 5 route=0,1 8 route=2,3",
     [(2, 0), (2, 8), (2, 0), (3, 0), (4, 0)]),
    ("a nested odd one lies last", "8 5 route=0,1 8 route=3,2", [(4, 8), (4, 16), (4, 8), (4, 0), (4, 0)]),
    ("slices are views", "32 route=0:1/2 route=0:0/4", [(0, 0), (0, 16), (0, 0)]),
    ("slices of slices", "32 route=0:1/2 route=1:1/2", [(0, 0), (0, 16), (0, 24)]),
    ("slices inside a block are copied", "24 route=0:1/2 route=0:0/2", [(0, 0), (1, 0), (0, 0)]),
    ("slices are copied into concatenations", "32 route=0:1/2 8 route=1,2", [(0, 0), (0, 16), (3, 16), (3, 0)]),
    ("a slice of a source that moved", "8 16 route=0,1 route=1:1/2", [(2, 0), (2, 8), (2, 0), (2, 16)]),
    ("identities are views and pass on", "8 dropout empty 8 route=2,3", [(4, 0), (4, 0), (4, 0), (4, 8), (4, 0)]),
    ("the network's input stays", "dropout 8 route=0,1", [(-1, 0), (1, 0), (2, 0)]),
]  # fmt: skip


@pytest.mark.parametrize(("layers", "expected"), [p[1:] for p in PLACES], ids=[p[0] for p in PLACES])
def test_places(layers: str, expected: list[tuple[int, int]]) -> None:
    assert places(layers) == expected


def test_other_vector_widths_place_otherwise() -> None:
    assert places("4 8 route=0,1", 4) == [(2, 0), (2, 4), (2, 0)]
    assert places("4 8 route=0,1", 8) == [(0, 0), (1, 0), (2, 0)]
    assert places("8 8 route=0,1", 16) == [(0, 0), (1, 0), (2, 0)]


def test_border_is_that_of_the_widest_reader() -> None:
    found = homes("8 8 route=0,1 convolutional=size=5;padding=2;filters=8 route=1 reader 8")
    assert [found[i].halo for i in (0, 1, 2, 4)] == [2, 2, 2, 2]
    assert [found[i].halo for i in (-1, 3, 5, 6)] == [0, 0, 0, 0]


def test_border_for_the_reader_of_a_slice_and_of_an_identity() -> None:
    assert homes("32 route=0:1/2 reader")[0].halo == 1
    assert homes("8 dropout reader")[0].halo == 1
    assert homes("8 8 route=0,1 route=0 reader")[2].halo == 1


def test_the_input_is_planes_and_heads_are_too() -> None:
    found = homes("12 yolo=classes=1;num=2 8 route=0,1 dropout")
    assert (found[-1].lanes, found[0].lanes, found[1].lanes) == (1, 8, 1)
    assert found[3].owner == 3
    assert found[1].owner == 1


@pytest.mark.parametrize("lanes", [4, 8, 16])
@pytest.mark.parametrize("seed", range(12))
def test_random_networks_keep_the_rules(seed: int, lanes: int) -> None:
    """What the engine relies on: whole blocks, planes apart, no two owners' writes on the same channels."""
    text, shape = random_network(seed, 20)
    nodes = network(text, shape).nodes
    found = layout.decide(nodes, lanes)
    written: dict[int, np.ndarray] = {}
    for node in nodes:
        home = found[node.index]
        assert home.first % home.lanes == 0
        assert found[home.owner] == Home(home.owner, 0, home.lanes, home.halo)
        assert home.lanes == (1 if home.owner < 0 or is_head(nodes[home.owner].layer) else lanes)
        assert home.halo >= max((layout.border(n.layer, n.inputs) for n in nodes if node.index in n.sources), default=0)
        if not node.layer.slices(node.inputs):  # it is computed into its place
            owner = nodes[home.owner]
            used = written.setdefault(home.owner, np.zeros(-(-owner.shape.c // lanes) * lanes, bool))
            mine = used[home.first : home.first + -(-node.shape.c // lanes) * lanes]
            assert not mine.any()
            mine[:] = True
