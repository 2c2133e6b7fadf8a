"""Activation functions over contiguous floats, in place.   C: activations.h

These do the reference's float32 arithmetic, bit for bit, but for ``gelu``, which is computed in double precision and
rounded once.  ``FUNCTIONS`` names them all, with those of the module exponential; ``FAST`` those of fused arithmetic.
"""

from __future__ import annotations

import numpy as np

from ..codegen.jit import Call, Floats, Function, Int, function, larger
from ..codegen.row_function import RowFunction
from .exponential import EXPONENTIAL, exp
from .fast_exponential import FAST_EXPONENTIAL

__all__ = ["FAST", "FUNCTIONS", "call_activation"]

call_activation = Call("Floats", "Int")


@function
def gelu(x: Floats, n: Int) -> None:
    """0.5 x (1 + tanh u) with u = 0.797885 x + 0.035677 x³, which is x / (1 + e^-2u)"""
    for i in range(n):
        v = np.float64(x[i])
        x[i] = v / (1.0 + exp(-2.0 * (0.797885 * v + 0.035677 * v * v * v)))


@function
def leaky(x: Floats, n: Int) -> None:
    """x, or 0.1 x below 0"""
    for i in range(n):
        v = x[i]
        x[i] = larger(v, np.float32(0.1) * v)


@function
def relu(x: Floats, n: Int) -> None:
    """x · (x > 0), never -0"""
    for i in range(n):
        v = x[i]
        x[i] = v if v > 0 else v * np.float32(0) + np.float32(0)


@function
def relu6(x: Floats, n: Int) -> None:
    """x held in [0, 6]"""
    for i in range(n):
        v = x[i]
        x[i] = min(max(v, np.float32(0)), np.float32(6))


@function
def relie(x: Floats, n: Int) -> None:
    """x, or 0.01 x below 0"""
    for i in range(n):
        v = x[i]
        x[i] = larger(v, np.float32(0.01) * v)


@function
def ramp(x: Floats, n: Int) -> None:
    """x · ((x > 0) + 0.1), as the reference's compiler has it"""
    for i in range(n):
        v = x[i]
        x[i] = v * (np.float32(1.1) if v > 0 else np.float32(0.1))


@function
def hardtan(x: Floats, n: Int) -> None:
    """x held in [-1, 1]"""
    for i in range(n):
        v = x[i]
        x[i] = np.float32(-1) if v < -1 else (np.float32(1) if v > 1 else v)


@function
def lhtan(x: Floats, n: Int) -> None:
    """x in [0, 1], a slope of 0.001 outside"""
    for i in range(n):
        v = x[i]
        low, high = np.float32(0.001) * v, np.float32(0.001) * (v - np.float32(1)) + np.float32(1)
        x[i] = low if v < 0 else (high if v > 1 else v)


@function
def plse(x: Floats, n: Int) -> None:
    """0.125 x + 0.5 in [-4, 4], a slope of 0.01 outside"""
    for i in range(n):
        v = x[i]
        low, high = np.float32(0.01) * (v + np.float32(4)), np.float32(0.01) * (v - np.float32(4)) + np.float32(1)
        x[i] = low if v < -4 else (high if v > 4 else np.float32(0.125) * v + np.float32(0.5))


@function
def stair(x: Floats, n: Int) -> None:
    """stairs of height 1, every second one sloping; summed in the order of the reference's compiler"""
    for i in range(n):
        v = x[i]
        whole, half = np.floor(v), np.floor(v / np.float32(2))
        x[i] = half if whole == half + half else (v + half) - whole


@function
def hard_mish(x: Floats, n: Int) -> None:
    """x, or x²/2 + x in [-2, 0], or 0 below"""
    for i in range(n):
        v = x[i]
        x[i] = v if v > 0 else (v * v / np.float32(2) + v if v > -2 else np.float32(0))


ARITHMETIC: dict[str, Function | RowFunction] = {
    f.python.__name__: f
    for f in (gelu, hard_mish, hardtan, leaky, lhtan, plse, ramp, relie, relu, relu6, stair)
}
FUNCTIONS = ARITHMETIC | EXPONENTIAL | {"revleaky": leaky}
FAST = FUNCTIONS | FAST_EXPONENTIAL
