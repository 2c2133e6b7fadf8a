"""How values go through an activation function."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...layers.activation import ActivationLayer
from ...shapes import Shape
from ..kernels import activations, elementwise, leaky_tail
from ..memory import Tensor
from ..options import Numerics, PlanOptions
from ..steps import Argument, Builder
from .base import lower

__all__ = ["activate", "address", "exact_leaky_tail", "tail_length"]


@lower.register(ActivationLayer)
def _activation(layer: ActivationLayer, b: Builder) -> None:
    """C: activation_layer.c forward_activation_layer"""
    y = b.output()
    b.copy(b.source(0), 0, y, 0, y.shape.c)
    activate(b, y, layer.activation)


def activate(b: Builder, y: Tensor, activation: str) -> None:
    """The named activation, in place.   C: activations.c activate_array"""
    if activation != "linear":
        b.rows(elementwise.activate, y, activation=address(activation, b.options))


def address(activation: str, options: PlanOptions) -> int:
    """Of the function over a row, as these numerics have it."""
    functions = activations.FAST if options.fma else activations.FUNCTIONS
    return functions[activation].address()


def tail_length(b: Builder, activation: str, size: int) -> int:
    """How many of the last of ``size`` elements the reference activates in another way than the others."""
    return leaky_tail.length(size) if activation == "leaky" and b.options.numerics is Numerics.EXACT else 0


@contextmanager
def exact_leaky_tail(b: Builder, y: Tensor, activation: str) -> Iterator[None]:
    """Around the activation of y: the last elements of a leaky layer as the reference computes them."""
    if not (count := tail_length(b, activation, y.shape.size)):
        yield
        return
    where: dict[str, Argument] = {"y": y, "first": y.shape.size - count, "tail": b.scratch(Shape(1, 1, count))}
    b.step(leaky_tail.save, 1, **where)
    yield
    b.step(leaky_tail.restore, 1, **where)
