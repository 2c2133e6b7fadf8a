"""Activation functions in ordinary ONNX operators, those that optimisers look for.   C: activations.c

Mish is written as the Softplus, Tanh and Mul of which ONNX defines it: runtimes without that operator have these, and
those with a fast Mish recognise them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from .onnx_writer import Writer

__all__ = ["ACTIVATIONS", "activate"]

CHANNELS = 1
EPSILON = 0.0001


def activate(w: Writer, x: str, name: str) -> str:
    """An activation function of every value of ``x``."""
    return ACTIVATIONS[name](w, x)


def _linear(w: Writer, x: str) -> str:
    return x


def _leaky(w: Writer, x: str, alpha: float = 0.1) -> str:
    return w.op("LeakyRelu", x, alpha=alpha)


def _unary(w: Writer, x: str, operator: str) -> str:
    return w.op(operator, x)


def _mish(w: Writer, x: str) -> str:
    return w.op("Mul", x, w.op("Tanh", w.op("Softplus", x)))


def _swish(w: Writer, x: str) -> str:
    return w.op("Mul", x, w.op("Sigmoid", x))


def _loggy(w: Writer, x: str) -> str:
    """2 / (1 + e^-x) - 1 is tanh(x / 2)."""
    return w.op("Tanh", _times(w, x, 0.5))


def _elu(w: Writer, x: str) -> str:
    return w.op("Elu", x, alpha=1.0)


def _selu(w: Writer, x: str) -> str:
    return w.op("Selu", x, alpha=1.6732, gamma=1.0507)


def _gelu(w: Writer, x: str) -> str:
    """0.5 x (1 + tanh u) with u = 0.797885 x + 0.035677 x³; ONNX's own Gelu has other digits."""
    cube = w.op("Mul", w.op("Mul", x, x), x)
    u = w.op("Add", _times(w, x, 0.797885), _times(w, cube, 0.035677))
    return w.op("Mul", _times(w, x, 0.5), _plus(w, w.op("Tanh", u), 1.0))


def _clipped(w: Writer, x: str, low: float, high: float) -> str:
    return w.op("Clip", x, w.floats(low), w.floats(high))


def _lines(w: Writer, x: str, low: float, high: float, inside: float, outside: float, shift: float) -> str:
    """``inside``·x + ``shift`` between ``low`` and ``high``, going on with the slope ``outside``."""
    middle = _clipped(w, x, low, high)
    line = _plus(w, _times(w, middle, inside), shift) if shift else middle
    return w.op("Add", line, _times(w, w.op("Sub", x, middle), outside))


def _ramp(w: Writer, x: str) -> str:
    return w.op("Add", w.op("Relu", x), _times(w, x, 0.1))


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


def _normalize_channels(w: Writer, x: str) -> str:
    return _over_sum(w, w.op("Relu", x))


def _normalize_channels_softmax(w: Writer, x: str, shift: bool = False) -> str:
    if shift:
        x = w.op("Sub", x, w.op("ReduceMax", x, w.ints(CHANNELS), keepdims=1))
    return _over_sum(w, w.op("Exp", x))


def _times(w: Writer, x: str, factor: float) -> str:
    return w.op("Mul", x, w.floats(factor))


def _plus(w: Writer, x: str, shift: float) -> str:
    return w.op("Add", x, w.floats(shift))


ACTIVATIONS: dict[str, Callable[[Writer, str], str]] = {
    "elu": _elu,
    "gelu": _gelu,
    "hard_mish": _hard_mish,
    "hardtan": partial(_clipped, low=-1.0, high=1.0),
    "leaky": _leaky,
    "lhtan": partial(_lines, low=0.0, high=1.0, inside=1.0, outside=0.001, shift=0.0),
    "linear": _linear,
    "loggy": _loggy,
    "logistic": partial(_unary, operator="Sigmoid"),
    "mish": _mish,
    "normalize_channels": _normalize_channels,
    "normalize_channels_softmax": _normalize_channels_softmax,
    "normalize_channels_softmax_maxval": partial(_normalize_channels_softmax, shift=True),
    "plse": partial(_lines, low=-4.0, high=4.0, inside=0.125, outside=0.01, shift=0.5),
    "ramp": _ramp,
    "relie": partial(_leaky, alpha=0.01),
    "relu": partial(_unary, operator="Relu"),
    "relu6": partial(_clipped, low=0.0, high=6.0),
    "revleaky": _leaky,
    "selu": _selu,
    "stair": _stair,
    "swish": _swish,
    "tanh": partial(_unary, operator="Tanh"),
}
