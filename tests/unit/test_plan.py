"""Plans as wholes: shared memory, borders, lives of buffers and repeated runs change no bit of any layer."""

from __future__ import annotations

import functools
import itertools
from unittest import mock

import engine
import numpy as np
import pytest
from engine import LANES, Net, Outputs
from networks import fold_batch_norm
from random_networks import random_network

from darknet_py import Network
from darknet_py.engine import fuse, plan
from darknet_py.engine.kernels import copies
from darknet_py.engine.memory import Tensor
from darknet_py.engine_api.options import Options
from darknet_py.errors import KernelError
from darknet_py.layers.convolutional import Convolutional

ANCHORS = "mask=0,1\nnum=2\nanchors=1,2,3,4\nclasses=3"


def conv(filters: int, size: int = 1, activation: str = "leaky", more: str = "") -> str:
    return f"[convolutional]\nfilters={filters}\nsize={size}\npad=1\nactivation={activation}\n{more}\n"


def route(*layers: int, group: str = "0/1") -> str:
    id, groups = group.split("/")
    return f"[route]\nlayers={','.join(map(str, layers))}\ngroups={groups}\ngroup_id={id}\n"


def plus(layer: int) -> str:
    return f"[shortcut]\nfrom={layer}\n"


NETWORKS = {
    "layers that read nothing": (
        "[implicit]\nfilters=24\n" + conv(9) + "[implicit]\nfilters=9\n" + plus(1) + "[implicit]\nfilters=3\n" + route(3, 4)
    ),
    "aligned concatenation under a border": conv(16) + conv(16) + route(0, 1) + conv(5, 3) + route(0) + conv(5, 3),
    "odd concatenation under a border": conv(5) + conv(13) + conv(7) + route(2, 0, 1) + conv(5, 3),
    "one layer twice": conv(16) + route(0, 0) + conv(16, 3) + route(0, 2, 0, 2) + conv(3, 3),
    "one odd layer twice": conv(5) + route(0, 0) + conv(5, 3) + route(0, 2, 0, 2) + conv(3, 3),
    "nested": conv(16) + conv(16) + route(0, 1) + conv(32) + route(2, 3) + route(4, 0) + conv(5, 3) + route(5, 6),
    "slices of slices": conv(64, 3) + route(0, group="1/2") + route(1, group="1/2") + conv(16, 3) + route(0, 2, 3),
    "odd slices": conv(24, 3) + route(0, group="1/3") + route(0, 1, group="3/4") + conv(16, 3) + route(2, 1, 3),
    "slice of a source that moved": conv(16) + conv(32) + route(0, 1) + route(1, group="1/2") + conv(8, 3),
    "identities between": conv(16) + "[dropout]\n[empty]\n" + conv(16) + route(2, 3) + "[dropout]\n" + conv(5, 3),
    "the input in a concatenation": "[dropout]\n" + conv(16) + route(0, 1) + route(1, 0) + conv(5, 3) + conv(3, 5),
    "a head read later": conv(16) + f"[yolo]\n{ANCHORS}\nnew_coords=1\n" + route(0, 1) + conv(5, 3) + route(1, 2),
    "sources of three concatenations": conv(16) + conv(16) + route(0, 1) + route(1, 0) + route(3, 2, 1) + conv(5, 3),
    "depthwise on slices": conv(32) + route(0, group="1/2") + conv(16, 3, more="groups=16") + route(2, 1, 0),
    "sums of slices": conv(32) + route(0, group="1/2") + route(0, group="0/2") + "[shortcut]\nfrom=1\n" + conv(5, 3),
    "sum after a convolution": conv(40) + conv(40, 3) + plus(0) + conv(5, 3) + conv(40) + plus(2) + plus(2),
    "sums in a concatenation": conv(16) + conv(16, 3) + plus(0) + conv(16) + plus(2) + route(4, 2, 0) + conv(5, 3),
    "sum after identities": conv(13) + conv(13, 3) + "[dropout]\n" + route(2) + plus(0) + conv(5, 3),
    "sum of a depthwise convolution": conv(40) + conv(40, 3, more="groups=40") + plus(0) + conv(5, 3),
    "sum of a grouped convolution": conv(40) + conv(40, 3, more="groups=2") + plus(0) + conv(5, 3),
    "sum with the input": "[dropout]\n" + conv(3, 3) + plus(0) + conv(3, 3) + plus(0),
    "sum of a depthwise convolution of the input": "[dropout]\n"
    + conv(3)
    + route(0)
    + conv(3, 3, more="groups=3")
    + plus(1),
    "sum with a head": conv(16) + f"[yolo]\n{ANCHORS}\nnew_coords=1\n" + conv(16) + plus(1),
    "sum with a slice": conv(32)
    + route(0, group="1/2")
    + conv(16)
    + plus(1)
    + conv(24)
    + route(4, group="1/2")
    + conv(12)
    + plus(5),
    "sum of a layer that others read": conv(16) + conv(16) + plus(0) + route(1) + conv(16) + plus(1),
    "sum of normalized channels": conv(13) + conv(13, 1, "normalize_channels") + plus(0),
    "sum with a later layer": conv(16) + conv(16) + route(0) + conv(16, 3) + route(1) + plus(3),
    "sum of three layers": conv(16) + conv(16) + conv(16) + "[shortcut]\nfrom=0,1\n" + conv(5, 3),
    "sum with fewer channels": conv(8) + conv(24) + plus(0) + conv(40) + plus(2),
    "sum of a slice": conv(16) + conv(32) + route(1, group="1/2") + plus(0) + conv(5, 3),
    "nothing but views": "[dropout]\n" + route(0) + "[empty]\n",
}


@functools.cache
def case(name: str) -> tuple[Net, Outputs]:
    n = engine.net(NETWORKS[name], (3, 5, 6))
    return n, engine.expected(n)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("name", NETWORKS)
def test_shared_memory(name: str, lanes: int) -> None:
    """Every layer when all are kept, and each layer alone when only it is."""
    n, want = case(name)
    engine.assert_same_bits(engine.forward(n, lanes), want, n)
    for i in n.layers:
        engine.assert_same_bits(engine.forward(n, lanes, [i]), want, n)


@pytest.mark.parametrize("seed", range(20))
def test_random_networks(seed: int) -> None:
    text, shape = random_network(seed)
    n = engine.net(text, shape, seed)
    want, lanes = engine.expected(n), LANES[seed % 3]
    engine.assert_same_bits(engine.forward(n, lanes, threads=1 + seed % 2), want, n)
    few = sorted({int(i) for i in np.random.RandomState(seed).choice(n.layers, 3)})
    engine.assert_same_bits(engine.forward(n, lanes, few), want, n)


def test_runs_do_not_depend_on_earlier_ones() -> None:
    """Another picture, NaN, and the first again: nothing stays in the arena that a run reads before it writes."""
    n, want = case("nested")
    other = np.random.RandomState(9).randn(*n.x.shape).astype(np.float32)
    want_other = engine.expected(Net(n.graph, n.params, other))
    program = engine.compiled(n, 8)
    for x, expected in ((n.x, want), (n.x, want), (other, want_other), (np.full_like(other, np.nan), None), (n.x, want)):
        program.run(x)
        if expected is not None:
            engine.assert_same_bits({i: program.read(i) for i in n.layers}, expected, n)


@pytest.mark.parametrize("name", ["nothing but views", "a head read later", "nested"])
def test_reading_is_a_copy(name: str) -> None:
    """Also of planes without a border, which lie in the arena as they are read."""
    n, want = case(name)
    program = engine.compiled(n, 8)
    first = engine.run(program, n.x)
    program.run(n.x + 1)
    engine.assert_same_bits(first, want, n)


def test_keeping_less_takes_less_memory() -> None:
    n = engine.net(conv(16, 3) * 6, (3, 5, 6))
    kept, least = engine.compiled(n, 8), engine.compiled(n, 8, [5])
    assert least.arena.size < kept.arena.size / 2


def copied(name: str, lanes: int) -> int:
    """Copies in a network's plan."""
    kernels = {k.address(LANES=lanes) for k in (copies.copy_blocks,)}
    kernels |= {copies.copy_channels.address(FROM=a, TO=b) for a in (1, lanes) for b in (1, lanes)}
    return sum(step.address in kernels for step in engine.compiled(case(name)[0], lanes).steps)


COPIES = {"aligned concatenation under a border": 0, "odd concatenation under a border": 3, "one layer twice": 4,
          "slices of slices": 1, "identities between": 0, "nothing but views": 0}  # fmt: skip


@pytest.mark.parametrize("name", COPIES)
def test_only_what_must_be_is_copied(name: str) -> None:
    assert copied(name, 8) == COPIES[name]


def test_steps_touch_only_living_buffers() -> None:
    """In the final arena, no step writes or reads where another buffer lives that is needed later."""
    for seed in range(10):
        text, shape = random_network(seed, 20)
        n = engine.net(text, shape)
        program = engine.compiled(n, 8, [n.layers[-1]])
        used = [{id(t.buffer): t.buffer for _, t in step.arguments if isinstance(t, Tensor)} for step in program.steps]
        buffers = {key: buffer for step in used for key, buffer in step.items()}
        for i, step in enumerate(used):
            living = [b for b in buffers.values() if b.first <= i <= b.last]
            assert all(b.first <= i <= b.last for b in step.values())
            spans = sorted((b.offset, b.offset + b.size) for b in living)
            assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))


def test_batch_norm_is_folded_into_the_same_numbers() -> None:
    """Folded and unfolded differ by roundings only: 27 products and sums, each of half an eps, and the fold's own."""
    n = engine.net(conv(5, 3, "linear", "batch_normalize=1"), (3, 8, 9))
    unfolded = engine.network(conv(5, 3, "linear", "batch_normalize=1"), (3, 8, 9))
    params = engine.random_weights(unfolded).params
    naive_out = engine.expected(Net(unfolded, params, n.x))[0]
    magnitude = np.abs(naive_out).max() + np.abs(n.params[0]["weights"]).sum((1, 2, 3)).max() * np.abs(n.x).max()
    got = engine.forward(n, 8)[0]
    assert np.abs(got - naive_out).max() <= (27 + 4) * np.finfo(np.float32).eps * magnitude
    assert fold_batch_norm(n.graph, n.params) == (n.graph, n.params)


def test_options_are_exact_unless_asked() -> None:
    options = plan.PlanOptions(lanes=8)
    assert (options.numerics.value, options.threads, options.avx_maxpool, options.keep) == ("exact", 1, False, False)


def test_pictures_of_a_batch_have_outputs_of_their_own() -> None:
    graph = engine.network(conv(16) + f"[yolo]\n{ANCHORS}\n", (3, 5, 6))
    net = Network(graph, engine.random_weights(graph), Options(), [])
    batch = np.random.RandomState(1).rand(3, 3, 5, 6).astype(np.float32)
    together = net.predict(batch)[0]
    for x, y in zip(batch, together, strict=True):
        assert np.array_equal(net.predict(x)[0], y)
    assert (together[0] != together[1]).any()


UNABLE = [conv(16, 3, "linear", "groups=4"), conv(16, 1, "normalize_channels"), conv(32, 3, "linear", "groups=16")]


@pytest.mark.parametrize("unable", UNABLE)
def test_a_sum_that_a_convolution_cannot_do_is_told(unable: str) -> None:
    """Grouped ones, those whose channels are normalized: only the pass decides, and the lowering finds its mistakes."""
    first = conv(32 if "filters=32" in unable else 16)
    n = engine.net(first + conv(16) + unable + "[shortcut]\nfrom=-3\nactivation=linear\n", (3, 5, 6))
    engine.assert_same_bits(engine.forward(n, 8, [3]), engine.expected(n), n)
    assert not fuse.homes_of_sums(fuse.fuse_sums(n.graph.nodes, [3]))
    with (
        mock.patch.object(fuse, "_can_add", lambda node, _: isinstance(node.layer, Convolutional)),
        pytest.raises(KernelError, match=r"layer 2 \[convolutional\] cannot add a layer's output to its own"),
    ):
        engine.compiled(n, 8, [3])


def test_a_fused_sum_lies_where_its_convolution_writes() -> None:
    n = engine.net(NETWORKS["sum after identities"], (3, 5, 6))
    nodes = fuse.fuse_sums(n.graph.nodes, [5])
    assert [type(node.layer).__name__ for node in nodes[1:5]] == ["ConvolutionWithSum", "Dropout", "Route", "Summed"]
    assert fuse.homes_of_sums(nodes) == {4: 1}
    assert fuse.homes_of_sums(fuse.fuse_sums(n.graph.nodes, [1, 5])) == {}, "layer 1 is read without the sum"
