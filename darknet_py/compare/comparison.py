"""What a comparison found, as values, as text and as data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .box_difference import BoxDifference
from .causes import Spread
from .diagnosis import Diagnosis, Explanation
from .difference import ArrayDifference, Difference
from .stages import ArrayStage, Stage

__all__ = ["Comparison", "Result"]

EQUAL, ROUNDING, FOLLOWS, DIFFERS = "equal", "rounding", "follows", "differs"
SHOWN = 8


@dataclass(frozen=True)
class Result:
    """A stage as the whole run from the picture has it (``total``), and computed from the reference's own values of what
    comes before (``own``; None where the total is within the tolerance).
    """

    stage: Stage
    total: Difference
    own: Difference | None
    tolerance: float

    @property
    def verdict(self) -> str:
        """equal: every bit; rounding: within the tolerance; follows: differs because what comes before does; differs."""
        if self.own is None:
            return EQUAL if self.total.equal else ROUNDING
        return FOLLOWS if self.stage.derived or self.own.within(self.tolerance) else DIFFERS

    @property
    def place(self) -> str:
        """``layer 12 [maxpool] at net.cfg:47``"""
        if not isinstance(self.stage, ArrayStage) or self.stage.node is None:
            return self.stage.name
        file, line, _ = self.stage.node.where.rsplit(":", 2)
        return f"{self.stage.name} [{self.stage.node.layer.kind}] at {file}:{line}"

    def line(self) -> str:
        figures, own = ("", ""), f"{self.own.distance:.2e}" if self.own and not self.stage.derived else ""
        if isinstance(self.total, ArrayDifference):
            figures = f"{self.total.max_abs:.2e}", f"{self.total.relative_l2:.2e}"
        elif isinstance(self.total, BoxDifference):
            figures, own = (f"{max(self.total.moved, self.total.confidence):.2e}", self.total.matched), ""
        return _line(self.stage.title, self.stage.shape, *figures, own, self.verdict)

    def data(self) -> dict[str, Any]:
        own = self.own.data() if self.own else None
        return {"stage": self.stage.name, "place": self.place, "shape": self.stage.shape, "verdict": self.verdict,
                **self.total.data(), "by_itself": own}  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """``results`` in the order in which a network computes them; ``failing``: those that differ by themselves.

    ``reference`` and ``here`` say what was compared.
    """

    reference: str
    here: str
    tolerance: float
    results: tuple[Result, ...]
    failing: tuple[Result, ...]
    diagnosis: Diagnosis

    @property
    def equal(self) -> bool:
        """Whether everything agrees within the tolerance."""
        return all(result.own is None for result in self.results)

    @property
    def first(self) -> Result | None:
        """The first stage that differs: by itself, or else because of what comes before."""
        return next(iter(self.failing or (r for r in self.results if r.own is not None)), None)

    def report(self) -> str:
        """The table and the verdict."""
        lines = [f"reference: {self.reference}", f"here: {self.here}", ""]
        return "\n".join([*lines, HEADER, *(result.line() for result in self.results), "", self.verdict()])

    def verdict(self) -> str:
        """Whether all agree, or the first difference and its causes."""
        return "\n".join(self._verdict())

    def data(self) -> dict[str, Any]:
        """The same as JSON has it: numbers that are not finite are null."""
        first = self.first
        return _finite({
            "equal": self.equal, "tolerance": self.tolerance, "reference": self.reference, "here": self.here,
            "stages": [result.data() for result in self.results],
            "first": first.place if first else None,
            "causes": [_explanation_data(e) for e in self.diagnosis.explanations],
            "unexplained": [stage.name for stage in self.diagnosis.unexplained],
        })  # fmt: skip

    def _verdict(self) -> Iterator[str]:
        first = self.first
        if first is None:
            yield self._agreement()
            return
        yield f"First difference: {first.place}, beyond the tolerance of {self.tolerance:g}"
        shown = first.own if first in self.failing and first.own else first.total
        yield f"  {shown.text()}"
        yield from self._boxes(first)
        for explanation in self.diagnosis.explanations:
            yield from _explained(explanation)
        if self.diagnosis.unexplained:
            yield from self._unexplained()

    def _boxes(self, first: Result) -> Iterator[str]:
        """What became of the boxes."""
        for result in self.results:
            if result.own and isinstance(result.total, BoxDifference):
                if result is not first:
                    yield f"Then {result.stage.name}: {result.total.text()}"
                yield from (f"  {line}" for line in result.total.lines(self.tolerance))

    def _agreement(self) -> str:
        if all(result.total.equal for result in self.results):
            return "Everything compared is equal."
        return f"Everything compared agrees within the tolerance of {self.tolerance:g}."

    def _unexplained(self) -> Iterator[str]:
        names = _named(self.diagnosis.unexplained)
        what = "Nothing else" if self.diagnosis.explanations else "None of the causes that were tried"
        yield f"Unexplained: {what} brings {names} to agree."
        yield "  remedy: look for other options or weights there; a reference that has more layers says in which of them"


def _explained(e: Explanation) -> Iterator[str]:
    yield f"Likely cause: {e.cause.name}: the reference {e.cause.what}"
    if isinstance(e.cause, Spread):
        yield f"  measured: {_named(e.stages)}; {e.before.brief()} from the reference, {e.after.brief()} by this alone"
    else:
        success = "with it, these agree" if e.complete else "with it, these come nearer"
        yield f"  tried: {success}: {_named(e.stages)} ({e.before.brief()} -> {e.after.brief()})"
    if e.alternatives:
        yield f"  as good: {', '.join(e.alternatives)}"
    yield f"  remedy: {e.cause.remedy}"


def _explanation_data(e: Explanation) -> dict[str, Any]:
    return {
        "name": e.cause.name, "cause": f"the reference {e.cause.what}", "remedy": e.cause.remedy, "complete": e.complete,
        "stages": [stage.name for stage in e.stages], "before": e.before.distance, "after": e.after.distance,
        "alternatives": list(e.alternatives),
    }  # fmt: skip


def _named(stages: Sequence[Stage]) -> str:
    more = len(stages) - SHOWN
    names = [stage.name for stage in stages[:SHOWN]] + ([f"{more} more"] if more > 0 else [])
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _line(title: str, shape: str, max_abs: str, relative: str, own: str, verdict: str) -> str:
    return f"{title:24s} {shape:18s} {max_abs:>9s} {relative:>11s} {own:>9s}  {verdict}".rstrip()


HEADER = _line("layer", "output", "max abs", "relative L2", "by itself", "verdict")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
