"""Activation functions in ordinary ONNX operators, those that optimisers look for.   C: activations.c

Mish is written as the Softplus, Tanh and Mul of which ONNX defines it: runtimes without that operator have these, and
those with a fast Mish recognise them.  For those without Softplus it is made of an exponential.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from .onnx_writer import Writer

__all__ = ["ACTIVATIONS", "activate"]

CHANNELS = 1
EPSILON = 0.0001
SATURATED = 20.0  # from here on Mish of x is x
LOWEST = float(np.finfo(np.float32).min)


def activate(w: Writer, x: str, name: str) -> str:
    """An activation function of every value of ``x``."""
    return ACTIVATIONS[name](w, x)


def _gelu(w: Writer, x: str) -> str:
    """0.5 x (1 + tanh u) with u = 0.797885 x + 0.035677 x³; ONNX's own Gelu has other digits."""
    cube = w.op("Mul", w.op("Mul", x, x), x)
    u = w.op("Add", _times(w, x, 0.797885), _times(w, cube, 0.035677))
    return w.op("Mul", _times(w, x, 0.5), _plus(w, w.op("Tanh", u), 1.0))


def _mish(w: Writer, x: str) -> str:
    """x tanh(ln(1 + e^x)), which is x n / (n + 2) with n = e^x (e^x + 2)."""
    if w.form.softplus:
        return w.op("Mul", x, w.op("Tanh", w.op("Softplus", x)))
    power = w.op("Exp", _clipped(w, x, LOWEST, SATURATED))
    n = w.op("Mul", power, _plus(w, power, 2.0))
    return w.op("Mul", x, w.op("Div", n, _plus(w, n, 2.0)))


def _clipped(w: Writer, x: str, low: float, high: float) -> str:
    return w.op("Clip", x, w.floats(low), w.floats(high))


def _lines(w: Writer, x: str, low: float, high: float, inside: float, outside: float, shift: float) -> str:
    """``inside``·x + ``shift`` between ``low`` and ``high``, going on with the slope ``outside``."""
    middle = _clipped(w, x, low, high)
    line = _plus(w, _times(w, middle, inside), shift) if shift else middle
    return w.op("Add", line, _times(w, w.op("Sub", x, middle), outside))


def _stair(w: Writer, x: str) -> str:
    """Half of the whole part; between an odd number and the next the slope is 1."""
    whole = w.op("Floor", x)
    half = w.op("Floor", w.op("Div", x, w.floats(2)))
    odd = w.op("Sub", whole, _times(w, half, 2))
    return w.op("Add", half, w.op("Mul", odd, w.op("Sub", x, whole)))


def _hard_mish(w: Writer, x: str) -> str:
    """x, or x²/2 + x in [-2, 0], or 0 below."""
    below = _clipped(w, x, -2.0, 0.0)
    curve = w.op("Add", _times(w, w.op("Mul", below, below), 0.5), below)
    return w.op("Add", curve, w.op("Relu", x))


def _over_sum(w: Writer, x: str) -> str:
    total = w.op("ReduceSum", x, w.ints(CHANNELS), keepdims=1)
    return w.op("Div", x, _plus(w, total, EPSILON))


def _normalize_channels_softmax(w: Writer, x: str, shift: bool = False) -> str:
    if shift:
        x = w.op("Sub", x, w.op("ReduceMax", x, w.ints(CHANNELS), keepdims=1))
    return _over_sum(w, w.op("Exp", x))


def _times(w: Writer, x: str, factor: float) -> str:
    return w.op("Mul", x, w.floats(factor))


def _plus(w: Writer, x: str, shift: float) -> str:
    return w.op("Add", x, w.floats(shift))


def _node(operator: str, **attributes: float) -> Callable[[Writer, str], str]:
    """A function that is one operator of ONNX."""
    return lambda w, x: w.op(operator, x, **attributes)


ACTIVATIONS: dict[str, Callable[[Writer, str], str]] = {
    "elu": _node("Elu", alpha=1.0),
    "gelu": _gelu,
    "hard_mish": _hard_mish,
    "hardtan": partial(_clipped, low=-1.0, high=1.0),
    "leaky": _node("LeakyRelu", alpha=0.1),
    "lhtan": partial(_lines, low=0.0, high=1.0, inside=1.0, outside=0.001, shift=0.0),
    "linear": lambda w, x: x,
    "loggy": lambda w, x: w.op("Tanh", _times(w, x, 0.5)),  # 2 / (1 + e^-x) - 1 is tanh(x / 2)
    "logistic": _node("Sigmoid"),
    "mish": _mish,
    "normalize_channels": lambda w, x: _over_sum(w, w.op("Relu", x)),
    "normalize_channels_softmax": _normalize_channels_softmax,
    "normalize_channels_softmax_maxval": partial(_normalize_channels_softmax, shift=True),
    "plse": partial(_lines, low=-4.0, high=4.0, inside=0.125, outside=0.01, shift=0.5),
    "ramp": lambda w, x: w.op("Add", w.op("Relu", x), _times(w, x, 0.1)),
    "relie": _node("LeakyRelu", alpha=0.01),
    "relu": _node("Relu"),
    "relu6": partial(_clipped, low=0.0, high=6.0),
    "revleaky": _node("LeakyRelu", alpha=0.1),
    "selu": _node("Selu", alpha=1.6732, gamma=1.0507),
    "stair": _stair,
    "swish": lambda w, x: w.op("Mul", x, w.op("Sigmoid", x)),
    "tanh": _node("Tanh"),
}
