"""Where a network's time goes, layer by layer: what C's -benchmark_layers prints, as data and as a table.

A profiled run is an ordinary run of the plan, on the same threads and the same memory, but for a time stamp after the
steps of each layer: caches are as a real run leaves them, and nothing returns to Python in between.  Ordinary runs are
timed in turn with them, so that the table says itself how far its sum is from the truth.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..layers.base import Node
from ..shapes import Shape
from .native import executor
from .native.clock import Stopwatch
from .native.peak import peak
from .plan import Plan

__all__ = ["LayerTime", "Profile", "measure"]

Array = npt.NDArray[np.float32]
Times = npt.NDArray[np.float64]
ENTRY = -1  # the layer of the steps before the first
SECONDS, LEAST_RUNS, MOST_RUNS = 2.0, 3, 50  # of a profile whose number of runs nobody chose


@dataclass(frozen=True)
class LayerTime:
    """What a layer costs: ``seconds`` is the median of several runs, ``least`` the least, both 0 if it has no steps.

    ``kernel``: taps and groups of a convolution.  ``flops``: floating-point operations of one picture, as the reference
    counts them.  ``steps``: how many the plan has for it.  ``fused``: the layer whose steps compute this one too, or None.
    """

    index: int
    kind: str
    kernel: str
    inputs: tuple[Shape, ...]
    output: Shape
    seconds: float
    least: float
    flops: float
    steps: int
    fused: int | None = None

    @property
    def rate(self) -> float:
        """GFLOP/s at the median; 0 for a layer without steps or operations."""
        return self.flops / self.seconds / 1e9 if self.seconds else 0.0


@dataclass(frozen=True)
class Profile:
    """The time of one picture's run in seconds, medians of ``runs`` runs after one that does not count.

    ``layers``: all of the network, in order.  ``entry``: bringing the picture to where the first layer reads it.
    ``handover``: from Python to the threads and back.  ``whole``: an ordinary run, without time stamps.  ``peak``: GFLOP/s
    of the machine's multiply-adds on ``threads`` threads, whatever the network's numerics (of separate products and sums
    where it has no others).  An algorithm that saves multiplications can pass it.
    """

    layers: tuple[LayerTime, ...]
    entry: float
    handover: float
    whole: float
    peak: float
    threads: int
    runs: int

    @property
    def seconds(self) -> float:
        """The sum of all parts: ``layers``, ``entry`` and ``handover``."""
        return sum(layer.seconds for layer in self.layers) + self.entry + self.handover

    @property
    def flops(self) -> float:
        return sum(layer.flops for layer in self.layers)

    def by_time(self) -> tuple[LayerTime, ...]:
        """The layers that have steps, the slowest first."""
        return tuple(sorted((layer for layer in self.layers if layer.steps), key=lambda layer: -layer.seconds))

    def table(self) -> str:
        """The layers in order, what is no layer's, and the total."""
        rest = {"input to its place": self.entry, "threads: start and end": self.handover}
        return "\n".join([
            HEADER, *map(self._layer_line, self.layers),
            *(self._line("", what, "", seconds) for what, seconds in rest.items()),
            self._line("", "total", "", self.seconds, self._rate(self.flops, self.seconds)),
            f"Without time stamps a run takes {1e3 * self.whole:.3f} ms.  Medians of {self.runs} runs, "
            f"threads: {self.threads}, their peak: {self.peak:.0f} GFLOP/s.",
        ])  # fmt: skip

    def sorted_table(self) -> str:
        """The layers that have steps, the slowest first.   C: network_kernels.cu forward_network_gpu"""
        return "\n".join(["Sorted by time:", HEADER, *map(self._layer_line, self.by_time())])

    def _layer_line(self, layer: LayerTime) -> str:
        rest = _absence(layer) or self._rate(layer.flops, layer.seconds)
        return self._line(str(layer.index), f"{layer.kind} {layer.kernel}", _shapes(layer), layer.seconds, rest)

    def _line(self, index: str, what: str, shapes: str, seconds: float, rest: str = "") -> str:
        share = seconds / self.seconds if self.seconds else 0.0
        return f"{index:>5s} {what:31s} {shapes:40s} {1e3 * seconds:9.3f} {share:6.1%} {rest}".rstrip()

    def _rate(self, flops: float, seconds: float) -> str:
        """GFLOP/s and share of the peak; nothing for what has no operations."""
        if not flops or not seconds:
            return ""
        rate = flops / seconds / 1e9
        return f"{rate:9.1f} {rate / self.peak:6.1%}"


HEADER = f"{'layer':>5s} {'kind':31s} {'in -> out':40s} {'ms':>9s} {'share':>6s} {'GFLOP/s':>9s} {'peak':>6s}"


def _shapes(layer: LayerTime) -> str:
    others = f" (+{len(layer.inputs) - 1})" if len(layer.inputs) > 1 else ""
    return f"{layer.inputs[0]}{others} -> {layer.output}"


def _absence(layer: LayerTime) -> str:
    """Why a layer has no steps."""
    if layer.fused is not None:
        return f"in layer {layer.fused}"
    return "" if layer.steps else "in place"


def measure(plan: Plan, nodes: Sequence[Node], x: Array, runs: int | None = None) -> Profile:
    """Run the plan ``runs`` times with time stamps and as often without, in turn, after one of each to warm up.

    ``nodes``: the network's.  ``x``: float32 (c, h, w) of its size.  ``runs``: None for about two seconds of them.
    """
    owners, watch = _stopwatch(plan)
    _stamped(plan, watch, x)
    runs = runs or max(LEAST_RUNS, min(MOST_RUNS, int(SECONDS / 2 / _seconds(plan.run, x))))
    stamped, whole = zip(*((_stamped(plan, watch, x), _seconds(plan.run, x)) for _ in range(runs)), strict=True)
    handover, *parts = np.array(stamped).T  # (runs,) each
    times = {i: np.zeros(runs) for i in (ENTRY, *(node.index for node in nodes))}
    for layer, seconds in zip(owners, parts, strict=True):
        times[layer] += seconds
    steps = Counter(step.layer for step in plan.steps)
    layers = tuple(_layer_time(n, times[n.index], steps[n.index], plan.fused.get(n.index)) for n in nodes)
    rest = {"entry": times[ENTRY], "handover": handover, "whole": whole}
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
