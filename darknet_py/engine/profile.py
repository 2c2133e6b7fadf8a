"""Where a plan's time goes, layer by layer.

A profiled run is an ordinary run of the plan, on the same threads and the same memory, but for a time stamp after the
steps of each layer: caches are as a real run leaves them, and nothing returns to Python in between.  Ordinary runs are
timed in turn with them, so that the table says itself how far its sum is from the truth.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ..engine_api.profile import LayerTime, Profile
from ..layers.base import Node
from .native import executor
from .native.clock import Stopwatch
from .peak import peak
from .plan import Plan

__all__ = ["measure"]

Array = npt.NDArray[np.float32]
Times = npt.NDArray[np.float64]
ENTRY = -1  # the layer of the steps before the first
SECONDS, LEAST_RUNS, MOST_RUNS = 2.0, 3, 50  # of a profile whose number of runs nobody chose


def measure(plan: Plan, nodes: Sequence[Node], x: Array, runs: int | None = None) -> Profile:
    """Run the plan ``runs`` times with time stamps and as often without, in turn, after one of each to warm up.

    ``nodes``: the network's.  ``x``: float32 (c, h, w) of its size.  ``runs``: None for about two seconds of them.
    """
    owners, watch = _stopwatch(plan)
    _stamped(plan, watch, x)
    runs = runs or max(LEAST_RUNS, min(MOST_RUNS, int(SECONDS / 2 / _seconds(plan.run, x))))
    stamped, ordinary = zip(*((_stamped(plan, watch, x), _seconds(plan.run, x)) for _ in range(runs)), strict=True)
    handover, *parts = np.array(stamped).T  # (runs,) each
    times = {i: np.zeros(runs) for i in (ENTRY, *(node.index for node in nodes))}
    for layer, seconds in zip(owners, parts, strict=True):
        times[layer] += seconds
    steps = Counter(step.layer for step in plan.steps)
    layers = tuple(_layer_time(n, times[n.index], steps[n.index], plan.fused.get(n.index)) for n in nodes)
    rest = {"entry": times[ENTRY], "handover": handover, "ordinary": ordinary}
    medians = {name: float(np.median(seconds)) for name, seconds in rest.items()}
    return Profile(layers, **medians, peak=peak(plan.threads), threads=plan.threads, runs=runs)


def _stopwatch(plan: Plan) -> tuple[list[int], Stopwatch]:
    """The layer of each unbroken sequence of steps, and a stopwatch around them."""
    layers = np.array([step.layer for step in plan.steps], np.int64)
    begins = np.flatnonzero(np.diff(layers, prepend=ENTRY - 1))
    return layers[begins].tolist(), Stopwatch.around(np.split(plan.program.steps, begins)[1:])


def _stamped(plan: Plan, watch: Stopwatch, x: Array) -> list[float]:
    """Seconds of all that is no part, and of each part."""
    x = plan.set_input(x)
    whole = _seconds(lambda _: executor.run(watch.program, plan.threads), x)
    parts = watch.seconds()
    return [whole - parts.sum(), *parts]


def _seconds(call: Callable[[Array], None], x: Array) -> float:
    start = time.perf_counter()
    call(x)
    return time.perf_counter() - start


def _layer_time(node: Node, seconds: Times, steps: int, fused: int | None) -> LayerTime:
    flops, middle, least = node.layer.flops(node.inputs, node.shape), float(np.median(seconds)), float(seconds.min())
    kind = node.layer.kind
    return LayerTime(node.index, kind, _kernel(node), node.inputs, node.shape, middle, least, flops, steps, fused)


def _kernel(node: Node) -> str:
    """``3x3 / 8 groups`` of a layer whose weights are (filters, channels, y, x)."""
    for param in node.params:
        if param.name == "weights" and len(param.shape) == 4:
            _, channels, height, width = param.shape
            groups = node.inputs[0].c // channels
            return f"{width}x{height}" + (f" / {groups} groups" if groups > 1 else "")
    return ""
