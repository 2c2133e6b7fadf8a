"""Why stages differ: causes are tried, one or several together, until one makes the difference go away.

A stage is looked at by itself: from the reference's own values of all that comes before it, as far as those are known.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .box_difference import PROB
from .causes import CHEAP, DEAR, SPREADS, Cause, Scope, Spread
from .difference import Difference
from .pipeline import Pipeline
from .reference import Reference
from .runner import INPUT, Runner
from .stages import Stage

__all__ = ["Diagnosis", "Explanation", "diagnose"]

log = logging.getLogger(__name__)

NEARER = 4.0  # a cause that leaves less than this part of a difference has to do with it
GONE = 10.0  # one that makes it disappear leaves less than this part, within the tolerance
REST = 1e-9  # a difference that small is none
HELPFUL = 0.9  # one that leaves no more than this part may be one of several
BEAM = 3  # with how many of those cheap causes are tried too; dear ones with the best
DEPTH, INPUT_DEPTH = 3, 4  # how many causes are tried together
COMPARED = 5  # how many causes that explain a stage are tried on the others


@dataclass(frozen=True)
class Explanation:
    """A cause, and the stages that agree with it; ``before`` and ``after``: how far the first one is without and with it.

    ``complete``: with this cause and those before it, nothing is left beyond the tolerance.  ``alternatives``: names of
    causes that explain as much.
    """

    cause: Cause | Spread
    stages: tuple[Stage, ...]
    before: Difference
    after: Difference
    complete: bool = True
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True)
class Diagnosis:
    """``explanations`` in the order in which they were found; ``unexplained``: stages that no cause brings to agree."""

    explanations: tuple[Explanation, ...] = ()
    unexplained: tuple[Stage, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.explanations or self.unexplained)

    def __add__(self, other: Diagnosis) -> Diagnosis:
        return Diagnosis(self.explanations + other.explanations, self.unexplained + other.unexplained)


@dataclass(frozen=True)
class _Trial:
    """``differences``: before the first cause, and after each."""

    causes: tuple[Cause, ...]
    pipeline: Pipeline
    differences: tuple[Difference, ...]

    @property
    def distance(self) -> float:
        return self.differences[-1].distance


def _distance(trial: _Trial) -> float:
    return trial.distance


def _helpful(trials: Sequence[_Trial], start: _Trial) -> list[_Trial]:
    return sorted((t for t in trials if t.distance <= HELPFUL * start.distance), key=_distance)[:BEAM]


class _Bench:
    """Tries pipelines on stages."""

    def __init__(self, runner: Runner, reference: Reference, tolerance: float) -> None:
        self.runner, self.reference, self.tolerance = runner, reference, tolerance

    def difference(self, stage: Stage, p: Pipeline) -> Difference:
        return stage.difference(stage.value(self.runner, p, stage.given), stage.reference())

    def scope(self, stage: Stage) -> Scope:
        computed = self.runner.computed(stage.needs, stage.given)
        least = float(stage.reference()[:, PROB].min(initial=1)) if stage.finds_boxes else 1.0
        return Scope(self.runner, computed, stage.decodes, stage.finds_boxes, least, self.reference.params,
                     self.reference.half)  # fmt: skip

    def explains(self, after: Difference, before: Difference) -> bool:
        """Whether a difference is gone, and was not small before."""
        return after.within(self.tolerance) and after.distance <= max(before.distance / GONE, REST)

    def explained(self, stages: Sequence[Stage], old: Pipeline, new: Pipeline) -> tuple[Stage, ...]:
        """The stages that agree with a new pipeline and did not with the old one."""
        return tuple(s for s in stages if self.explains(self.difference(s, new), self.difference(s, old)))

    def search(self, stage: Stage, start: _Trial) -> tuple[list[_Trial], _Trial | None]:
        """The trials with the fewest causes that explain a stage; or the nearest one, where it comes near at all."""
        all_together = stage.needs == (INPUT,)  # inputs cost little
        starts, tried = [start], [start]
        for _ in range(INPUT_DEPTH if all_together else DEPTH):
            made: list[_Trial] = []
            for causes, most in ((CHEAP, BEAM), *((causes, 1) for causes in DEAR)):
                made += self.trials(stage, starts if all_together else starts[:most], causes)
                exact = [t for t in made if self.explains(t.differences[-1], start.differences[0])]
                if exact:
                    return sorted(exact, key=_distance), None
            tried += made
            starts = made if all_together else _helpful(made, start)
        nearest = min(tried, key=_distance)
        return [], nearest if nearest.distance * NEARER <= start.distance else None

    def trials(self, stage: Stage, starts: Sequence[_Trial], causes: Sequence[Cause]) -> Iterator[_Trial]:
        """One more cause each, of an aspect that has none yet; the same causes in another order are not another trial."""
        scope, seen = self.scope(stage), set()
        for start, cause in itertools.product(starts, causes):
            names = frozenset((cause.name, *(c.name for c in start.causes)))
            if names in seen or any(cause.aspect == c.aspect for c in start.causes):
                continue
            seen.add(names)
            changed = cause.change(start.pipeline, scope)
            if changed is None:
                continue
            difference = self.difference(stage, changed)
            if difference.is_evidence:
                yield _Trial((*start.causes, cause), changed, (*start.differences, difference))


def diagnose(
    runner: Runner, reference: Reference, p: Pipeline, stages: Sequence[Stage], tolerance: float
) -> Diagnosis:
    """Explain stages that differ, in the order in which they are computed."""
    bench, left = _Bench(runner, reference, tolerance), list(stages)
    explanations: list[Explanation] = []
    unexplained: list[Stage] = []
    while left:
        log.info("looking for what makes %s differ", left[0].name)
        made, p = _explain(bench, left, p)
        explanations += made
        gone = {stage.name for e in made if e.complete for stage in e.stages}
        unexplained += [] if left[0].name in gone else left[:1]
        left = [stage for stage in left[1:] if stage.name not in gone]
    return Diagnosis(tuple(explanations), tuple(unexplained))


def _explain(bench: _Bench, left: Sequence[Stage], p: Pipeline) -> tuple[list[Explanation], Pipeline]:
    """What explains the first stage, and the pipeline that has those causes."""
    start = _Trial((), p, (bench.difference(left[0], p),))
    exact, nearest = bench.search(left[0], start)
    if exact:
        best, stages, others = _best(bench, left, p, exact)
        return _explanations(best, stages, True, others), best.pipeline
    if nearest is None:
        return _spreads(bench, left, start), p
    return _explanations(nearest, left[:1], False) + _spreads(bench, left, nearest), nearest.pipeline


def _best(
    bench: _Bench, left: Sequence[Stage], p: Pipeline, exact: Sequence[_Trial]
) -> tuple[_Trial, Sequence[Stage], tuple[str, ...]]:
    """Of some trials that explain the first stage the one that explains the most others, and the names of its equals."""
    counted = [(t, (left[0], *bench.explained(left[1:], p, t.pipeline))) for t in exact[:COMPARED]]
    most = max(len(stages) for _, stages in counted)
    rest = min(t.distance for t, stages in counted if len(stages) == most)
    equals = [(t, s) for t, s in counted if len(s) == most and t.distance <= max(GONE * rest, REST)]
    best, stages = equals[0]
    return best, stages, tuple(" and ".join(c.name for c in t.causes) for t, _ in equals[1:])


def _explanations(trial: _Trial, stages: Sequence[Stage], complete: bool, others: tuple[str, ...] = ()) -> list[Explanation]:
    """An explanation for each cause of a trial; the last one makes it complete."""
    last = len(trial.causes) - 1
    return [
        Explanation(cause, tuple(stages), trial.differences[i], trial.differences[i + 1], complete and i == last,
                    others if i == last else ())
        for i, cause in enumerate(trial.causes)
    ]  # fmt: skip


def _spreads(bench: _Bench, left: Sequence[Stage], trial: _Trial) -> list[Explanation]:
    """The first cause that may move our own values as far as the reference is away."""
    for spread in SPREADS:
        changed = spread.change(trial.pipeline, bench.scope(left[0]))
        if changed is None:
            continue
        moved = [(stage, *_moved(bench, stage, trial.pipeline, changed)) for stage in left]
        explained = tuple(
            stage for stage, own, apart in moved
            if apart.is_evidence and apart.distance <= max(spread.factor * own.distance, spread.least)
        )  # fmt: skip
        if left[0] in explained:
            _, own, apart = moved[0]
            return [Explanation(spread, explained, apart, own)]
    return []


def _moved(bench: _Bench, stage: Stage, p: Pipeline, changed: Pipeline) -> tuple[Difference, Difference]:
    """How far a change moves a stage, and how far that is from the reference."""
    ours = stage.value(bench.runner, p, stage.given)
    return stage.difference(stage.value(bench.runner, changed, stage.given), ours), stage.difference(ours, stage.reference())

