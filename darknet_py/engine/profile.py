"""Where a plan's time goes, layer by layer.

A profiled run is an ordinary run of the plan, on the same threads and the same memory, but for a time stamp after the
steps of each layer: caches are as a real run leaves them, and nothing returns to Python in between.  Ordinary runs are
timed in turn with them, so that the table says itself how far its sum is from the truth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from ..engine_api.layer_time import enough_runs, layer_time, seconds_of
from ..engine_api.profile import Profile
from ..layers.base import Node
from .native import executor
from .native.clock import Stopwatch
from .peak import peak
from .plan import Plan

__all__ = ["measure"]

Array = npt.NDArray[np.float32]
Times = npt.NDArray[np.float64]
ENTRY = -1  # the layer of the steps before the first


def measure(plan: Plan, nodes: Sequence[Node], x: Array, runs: int | None = None) -> Profile:
    """Run the plan ``runs`` times with time stamps and as often without, in turn, after one of each to warm up.

    ``nodes``: the network's.  ``x``: float32 (c, h, w) of its size.  ``runs``: None for about two seconds of them.
    """
    owners, watch = _stopwatch(plan)
    _stamped(plan, watch, x)
    run = partial(plan.run, x)
    runs = runs or enough_runs(seconds_of(run))
    stamped, ordinary = zip(*((_stamped(plan, watch, x), seconds_of(run)) for _ in range(runs)), strict=True)
    handover, *parts = np.array(stamped).T  # (runs,) each
    times = {i: np.zeros(runs) for i in (ENTRY, *(node.index for node in nodes))}
    for layer, seconds in zip(owners, parts, strict=True):
        times[layer] += seconds
    steps = Counter(step.layer for step in plan.steps)
    layers = tuple(layer_time(n, times[n.index], steps[n.index], plan.fused.get(n.index)) for n in nodes)
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
    whole = seconds_of(lambda: executor.run(watch.program, plan.threads))
    parts = watch.seconds()
    return [whole - parts.sum(), *parts]
