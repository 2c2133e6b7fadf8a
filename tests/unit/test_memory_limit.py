"""A network that needs more memory than this process may have is an error that says how much, and whose limit it is."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest
from networks import NET, network

from darknet_py._support.machine import MemoryLimit
from darknet_py.engine import memory, plan
from darknet_py.errors import ShapeError

MIB = 2**20
WIDE = "[convolutional]\nfilters=64\nsize=3\npad=1\n"


@pytest.fixture
def limit(monkeypatch):
    """Sets the limit to some MiB."""
    return lambda mib: monkeypatch.setattr(
        plan, "memory_limit", lambda: MemoryLimit(mib * MIB, "memory limit of the container, memory.max")
    )


def compiled(layers, params=None, shape=(3, 256, 256)):
    graph = network(layers, shape)
    arrays = [{p.name: np.ones(p.shape, np.float32) for p in node.params} for node in graph.nodes]
    options = plan.PlanOptions(lanes=8)
    return plan.compile(graph.nodes, params(arrays) if params else arrays, graph.net.shape, graph.heads, options)


def unread(arrays):
    raise AssertionError("nothing is packed")
    yield


def exhausted(*_):
    raise MemoryError


def failing(arrays):
    yield arrays[0]
    raise MemoryError


@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        (WIDE, (3, 256, 256)), ("[upsample]\nstride=8\n", (3, 64, 64)), ("[connected]\noutput=5000\n", (8, 16, 16)),
        (WIDE * 2 + "[dropout]\n", (3, 256, 256)),
    ],
)  # fmt: skip
def test_what_cannot_fit_is_refused_before_anything_is_packed(layers, shape, limit):
    limit(2)
    with pytest.raises(ShapeError, match=rf"^the network at {shape[2]} x .* needs 0\.\d GiB of memory; there are 0\.0 GiB "
                                         r"\(memory limit of the container, memory\.max\): choose a smaller"):  # fmt: skip
        compiled(layers, unread, shape)


@pytest.mark.parametrize("layers", [WIDE * 2, "[maxpool]\n[upsample]\nstride=4\n[reorg3d]\nstride=2\n"])
def test_the_arena_and_the_packed_weights_count(layers, limit):
    program = compiled(layers)
    arrays = {id(v): v.nbytes for step in program.steps for _, v in step.arguments if isinstance(v, np.ndarray)}
    needed = program.arena.nbytes + sum(arrays.values())
    limit(needed // MIB + 1)
    compiled(layers)
    limit(needed // MIB - 1)
    with pytest.raises(ShapeError, match="memory limit of the container"):
        compiled(layers)


def test_memory_that_ends_while_weights_are_packed_is_the_same_error():
    with pytest.raises(ShapeError, match=r"GiB of memory; that is more than is left of [\d.]+ GiB \("):
        compiled(WIDE * 2, failing)


def test_memory_that_ends_at_the_arena_is_the_same_error(monkeypatch):
    def full(floats):
        raise MemoryError

    program = compiled(WIDE)
    monkeypatch.setattr(plan, "aligned_empty", full)
    for make in (program.copy, lambda: compiled(WIDE)):
        with pytest.raises(ShapeError, match="more than is left of"):
            make()


PROGRAM = """
import resource, sys
import numpy as np
from darknet_py import Network, cfg, graph, weights
from darknet_py.errors import ShapeError
small, large = (graph.build(cfg.parse(text)) for text in sys.argv[1:3])
load = lambda g: Network.of(g, weights.Weights(tuple({} for _ in g.nodes)), threads=1)
load(small)
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
try:
    load(large)
except ShapeError as e:
    print(e)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of address space are honoured on Linux")
@pytest.mark.parametrize("side", [4096, 9000])
def test_under_ulimit(side):
    """Less than is left, more than there is."""
    argv = [NET.format(n, n, 1) + "[upsample]\nstride=4\n" for n in (8, side)]
    done = subprocess.run([sys.executable, "-c", PROGRAM, *argv], capture_output=True, text=True, check=True)
    assert re.fullmatch(rf"the network at {side} x {side} pixels needs \d+\.\d GiB of memory; .* 2\.0 GiB \(limit of this "
                        r"process, ulimit -v\): choose a smaller size\n", done.stdout)  # fmt: skip


def test_no_memory_for_the_output(monkeypatch):
    program = compiled("[maxpool]\n")
    monkeypatch.setattr(memory.Tensor, "read", exhausted)
    with pytest.raises(ShapeError, match="a copy of the network's output needs"):
        program.read(0)
