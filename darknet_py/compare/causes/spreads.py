"""Causes that cannot be repeated, but whose size can be measured: by how much something like them moves our own values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ...engine_api.options import Numerics
from ..pipeline import Pipeline
from ..runner import INPUT
from .base import Scope

__all__ = ["ADDED_UP", "SPREADS", "Spread"]

LEVELS = 2


@dataclass(frozen=True)
class Spread:
    """``change`` gives a pipeline that is as far from ours as the cause may put the reference, or None.

    It is the cause where the reference is at most ``factor`` times further from us than that pipeline, or ``least``.
    """

    name: str
    what: str
    remedy: str
    factor: float
    least: float
    change: Callable[[Pipeline, Scope], Pipeline | None]


def _rounded(p: Pipeline, scope: Scope) -> Pipeline | None:
    layers = any(i != INPUT for i in scope.computed)
    other = Numerics.FAST if p.options.numerics is Numerics.EXACT else Numerics.EXACT
    return replace(p, options=replace(p.options, numerics=other)) if layers else None


def _decoded(p: Pipeline, scope: Scope) -> Pipeline | None:
    jpeg = INPUT in scope.computed and scope.runner.photo.is_jpeg
    return replace(p, noise=LEVELS) if jpeg else None


ADDED_UP = Spread(
    "rounding adds up", "rounds a little otherwise in each layer; computed from its own values, every layer agrees",
    "nothing is wrong; allow for it with -tolerance", 0, 0, _rounded,
)  # fmt: skip

SPREADS = (
    Spread("rounding", "rounds otherwise: another build, machine or library; exact and fast numerics differ here by as much",
           "nothing is wrong; allow for it with -tolerance", 10, 1e-6, _rounded),
    Spread("JPEG decoder", "decoded the JPEG with another library: one or two levels in some pixels have as large an effect",
           "nothing is wrong; convert the picture to PNG once and give that to both sides", 3, 0, _decoded),
)  # fmt: skip
