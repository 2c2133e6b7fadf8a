"""Where a network's time goes, layer by layer: what C's -benchmark_layers prints, as data and as a table."""

from __future__ import annotations

from dataclasses import dataclass

from ..shapes import Shape

__all__ = ["LayerTime", "Profile"]


@dataclass(frozen=True)
class LayerTime:
    """What a layer costs: ``seconds`` is the median of several runs, ``least`` the least, both 0 if it has no steps.

    ``kernel``: taps and groups of a convolution.  ``flops``: floating-point operations of one picture, as the reference
    counts them.  ``steps``: of the engine's program for it, 0 if it is computed in place.  ``fused``: the layer whose steps
    compute this one too, or None.
    """

    index: int
    kind: str
    kernel: str
    inputs: tuple[Shape, ...]
    output: Shape
    seconds: float
    least: float
    flops: float
    steps: int = 1
    fused: int | None = None

    @property
    def rate(self) -> float:
        """GFLOP/s at the median; 0 for a layer without steps or operations."""
        return self.flops / self.seconds / 1e9 if self.seconds else 0.0


@dataclass(frozen=True)
class Profile:
    """The time of one picture's run in seconds, medians of ``runs`` runs after one that does not count.

    ``layers``: all of the network, in order.  ``ordinary``: a run without time stamps.  ``entry``: bringing the picture to
    where the first layer reads it.  ``handover``: from Python to the threads and back.  ``peak``: GFLOP/s of the machine's
    multiply-adds on ``threads`` threads, whatever the network's numerics (of separate products and sums where it has no
    others); an algorithm that saves multiplications can pass it.  The last three are 0 where an engine has none.
    """

    layers: tuple[LayerTime, ...]
    ordinary: float
    threads: int
    runs: int
    entry: float = 0.0
    handover: float = 0.0
    peak: float = 0.0

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
            f"Without time stamps a run takes {1e3 * self.ordinary:.3f} ms.  Medians of {self.runs} runs, "
            f"threads: {self.threads}" + (f", their peak: {self.peak:.0f} GFLOP/s." if self.peak else "."),
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
        return f"{rate:9.1f} {rate / self.peak:6.1%}" if self.peak else f"{rate:9.1f}"


HEADER = f"{'layer':>5s} {'kind':31s} {'in -> out':40s} {'ms':>9s} {'share':>6s} {'GFLOP/s':>9s} {'peak':>6s}"


def _shapes(layer: LayerTime) -> str:
    others = f" (+{len(layer.inputs) - 1})" if len(layer.inputs) > 1 else ""
    first = str(layer.inputs[0]) if layer.inputs else "nothing"
    return f"{first}{others} -> {layer.output}"


def _absence(layer: LayerTime) -> str:
    """Why a layer has no steps."""
    if layer.fused is not None:
        return f"in layer {layer.fused}"
    return "" if layer.steps else "in place"
