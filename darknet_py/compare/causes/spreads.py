"""Causes that cannot be repeated, but whose size can be measured: by how much something like them moves our own values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ...engine_api.options import Numerics
from ...layers.base import Layer, Node
from ..pipeline import Arrays, LayerChange, Pipeline
from ..runner import INPUT
from .base import Scope, with_layers

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


def _halved(node: Node, arrays: Arrays) -> tuple[Layer, Arrays]:
    with np.errstate(over="ignore"):
        return node.layer, {name: values.astype(np.float16).astype(np.float32) for name, values in arrays.items()}


def _in_half(p: Pipeline, scope: Scope) -> Pipeline | None:
    """With the weights of half precision, which moves values about as far as half arithmetic does."""
    return with_layers(p, scope, LayerChange(lambda node: True, _halved)) if scope.half else None


ADDED_UP = Spread(
    "rounding adds up", "rounds a little otherwise in each layer; computed from its own values, every layer agrees",
    "nothing is wrong; allow for it with -tolerance", 0, 0, _rounded,
)  # fmt: skip

SPREADS = (
    Spread("half precision", "computes in half precision; weights of its 11 bits move our values about as far",
           "nothing is wrong; allow for it with -tolerance, and judge it by detector map", 30, 0, _in_half),
    Spread("rounding", "rounds otherwise: another build, machine or library; exact and fast numerics differ here by as much",
           "nothing is wrong; allow for it with -tolerance", 10, 1e-6, _rounded),
    Spread("JPEG decoder", "decoded the JPEG with another library: one or two levels in some pixels have as large an effect",
           "nothing is wrong; convert the picture to PNG once and give that to both sides", 3, 0, _decoded),
)  # fmt: skip
