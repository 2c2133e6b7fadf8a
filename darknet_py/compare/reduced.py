"""References that are known to compute with fewer digits: layers that are about as far away as that need no other cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf

from .causes import Spread
from .comparison import Result
from .diagnosis import Diagnosis, Explanation
from .difference import ArrayDifference

__all__ = ["explain"]

LIMITS: Mapping[str, float] = {"half precision": 0.01, "int8": 0.3}  # of a layer by itself: its inputs and weights rounded
WHAT = "computes with fewer digits; the layers that lose most by themselves come first"
REMEDY = "nothing is wrong; judge it by detector map with -engine onnxruntime,FILE.onnx"


def explain(reduced: str, failing: Sequence[Result]) -> tuple[Diagnosis, list[Result]]:
    """What fewer digits account for, the largest first, and what they do not; ``reduced``: a name of LIMITS, or none."""
    limit = LIMITS.get(reduced, 0.0)
    small = sorted((r for r in failing if _loss(r) <= limit), key=_loss, reverse=True)
    if not small:
        return Diagnosis(), list(failing)
    cause = Spread(reduced, WHAT, REMEDY, 0, 0, lambda p, scope: None)
    stages = tuple(result.stage for result in small)
    explanation = Explanation(cause, stages, small[0].total, small[0].own or small[0].total)
    return Diagnosis((explanation,)), [r for r in failing if r not in small]


def _loss(result: Result) -> float:
    """What a layer loses by itself, as relative L2: a few large values are cut, however far."""
    return result.own.relative_l2 if isinstance(result.own, ArrayDifference) else inf
