"""Networks of a few lines of cfg, run by the engine on an arena full of NaN and by the naive twins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from unittest import mock

import naive
import naive_heads
import numpy as np
from networks import fold_batch_norm, network, random_weights

from darknet_py import graph
from darknet_py.engine import plan
from darknet_py.engine.native.host import host
from darknet_py.engine.options import PlanOptions
from darknet_py.engine_api.options import Numerics
from darknet_py.layers import is_head

LANES = (4, 8, 16)
GUARD = 4096  # floats before and after the arena that nothing may touch

Outputs = dict[int, np.ndarray]


@dataclass
class Net:
    """A network whose batch norm is folded, its arrays and a picture."""

    graph: graph.Graph
    params: tuple[dict[str, np.ndarray], ...]
    x: np.ndarray

    @property
    def layers(self) -> list[int]:
        return [node.index for node in self.graph.nodes]


def net(layers: str, shape: tuple[int, int, int] = (3, 12, 16), seed: int = 0) -> Net:
    """The network of a cfg text ([net] is added), random arrays and a random picture of ``shape`` (c, h, w)."""
    unfolded = network(layers, shape)
    folded, params = fold_batch_norm(unfolded, random_weights(unfolded, seed).params)
    return Net(folded, params, np.random.RandomState(seed + 1).randn(*shape).astype(np.float32))


def compiled(
    n: Net, lanes: int, outputs: Sequence[int] | None = None, fast: bool = False, bf16: bool = False, **options: bool | int
) -> plan.Plan:
    """A plan whose arena lies between guards, all NaN; with ``outputs`` None every layer can be read.

    ``bf16``: emulated on every processor, unless ``emulated`` is False.
    """
    numerics = Numerics.BF16 if bf16 else Numerics.FAST if fast else Numerics.EXACT
    chosen = PlanOptions(numerics, lanes=lanes, **{"keep": outputs is None, "emulated": bf16, **options})
    with mock.patch.object(plan, "aligned_empty", _guarded):
        return plan.compile(n.graph.nodes, n.params, n.graph.net.shape, outputs or [], chosen)


def _guarded(floats: int) -> np.ndarray:
    whole = np.full(floats + 2 * GUARD + 16, np.nan, np.float32)
    first = GUARD + (-whole.ctypes.data // 4 - GUARD) % 16
    return whole[first : first + floats]


def run(program: plan.Plan, x: np.ndarray) -> Outputs:
    """Fill the arena with NaN, run, read; checks that the guards are as they were."""
    program.arena[:] = np.nan
    program.run(x)
    whole, size = program.arena.base, program.arena.size
    first = (program.arena.ctypes.data - whole.ctypes.data) // 4
    assert np.isnan(whole[:first]).all(), "written before the arena"
    assert np.isnan(whole[first + size :]).all(), "written after the arena"
    return {i: program.read(i) for i in program.outputs}


def forward(n: Net, lanes: int, outputs: Sequence[int] | None = None, **options: bool | int) -> Outputs:
    """What the engine makes of the network's picture: {layer: (c, h, w)}."""
    return run(compiled(n, lanes, outputs, **options), n.x)


def expected(n: Net) -> Outputs:
    """What the naive twins make of it, detection heads included."""
    heads = {
        node.layer.kind: (lambda layer, p, x: naive_heads.forward_numpy(layer, x[0]))
        for node in n.graph.nodes
        if is_head(node.layer)
    }
    with mock.patch.dict(naive.FORWARD, heads), np.errstate(all="ignore"):
        outputs = naive.run(n.graph, n.params, n.x)
    del outputs[-1]
    return outputs


def assert_same_bits(got: Outputs, want: Outputs, n: Net) -> None:
    """Every layer of ``got`` is bit for bit that of ``want`` (0 and -0 count as equal); names the first that differs."""
    for i, y in got.items():
        label = f"{n.graph.nodes[i].label}: {n.graph.nodes[i].layer}"
        assert y.shape == want[i].shape, label
        different = np.argwhere(~((y == want[i]) | (np.isnan(y) & np.isnan(want[i]))))
        assert not len(different), f"{label}: {len(different)} of {y.size} values, first at {different[0]}"


def assert_exact(n: Net, lanes: int, **options: bool | int) -> None:
    """The engine gives the naive twins' bits in every layer."""
    assert_same_bits(forward(n, lanes, **options), expected(n), n)


@contextmanager
def emulated_bf16() -> Iterator[None]:
    """Within it, this processor has bfloat16 numerics, slowly."""
    of = PlanOptions.of
    slow = classmethod(lambda cls, options: replace(of(options), emulated=True))
    with mock.patch.object(host(), "bf16", True), mock.patch.object(PlanOptions, "of", slow):
        yield
