"""A profile from the times of another engine's nodes, which bear the names of layers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from ..engine_api.layer_time import enough_runs, layer_time, seconds_of
from ..engine_api.options import positive_int
from ..engine_api.profile import Profile
from ..graph import Graph

__all__ = ["Times", "measured"]

Times: TypeAlias = Mapping[str, float]  # seconds of each node in a run


def measured(
    graph: Graph, threads: int, runs: int | None, run: Callable[[], object], stamped: Callable[[int], Sequence[Times]]
) -> Profile:
    """What each layer costs, by ``stamped``, which gives the nodes' times in so many runs; ``run``: one without them.

    Nodes that bear no layer's name, such as changes of an array's layout, are ``entry``.
    """
    runs = positive_int("runs", runs)
    run()
    count = runs or enough_runs(seconds_of(run))
    ordinary = [seconds_of(run) for _ in range(count)]
    seconds, nodes = np.zeros((len(graph.nodes) + 1, count)), np.zeros(len(graph.nodes) + 1, np.int64)
    owner = _owners(graph)
    for i, times in enumerate(stamped(count)):
        for name, taken in times.items():
            seconds[owner(name), i] += taken
            nodes[owner(name)] += i == 0
    layers = tuple(layer_time(n, seconds[n.index], int(nodes[n.index])) for n in graph.nodes)
    return Profile(layers, float(np.median(ordinary)), threads, count, entry=float(np.median(seconds[-1])))


def _owners(graph: Graph) -> Callable[[str], int]:
    """Which layer a node is of, by its name: ``convolutional_4_Conv``; -1 if of none."""
    kinds = sorted({node.layer.kind for node in graph.nodes}, key=len, reverse=True)
    form = re.compile(rf"({'|'.join(map(re.escape, kinds))})_(\d+)(?!\d)")

    def owner(name: str) -> int:
        for kind, number in form.findall(name):
            if int(number) < len(graph.nodes) and graph.nodes[int(number)].layer.kind == kind:
                return int(number)
        return -1

    return owner
