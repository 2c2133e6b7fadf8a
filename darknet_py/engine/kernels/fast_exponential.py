"""Activation functions of fast numerics: Darknet's formulas with one e^x and one division, in float32.   C: activations.h

Where the module exponential keeps every digit, these let go of the last: 3.8e-7 of the true value at most, and all of it
below 1e-36.  They use no approximate instruction: every processor with fused multiply-add has the same bits.  e^x is held
below e^20, beyond which 1 + e^x is e^x: the quotients there are 1, and nowhere above it.
"""

from __future__ import annotations

from ..codegen.row_function import RowFunction, Values
from .exponential import LN2, LOG2E

__all__ = ["FAST_EXPONENTIAL"]

# e^r = 1 + r + r² q(r) to 1.05e-7 where |r| <= ln 2 / 2
Q = [float.fromhex(c) for c in ("0x1.fffdfcp-2", "0x1.5557aep-3", "0x1.5729eap-5", "0x1.106264p-7")]
LOWEST = -88.03  # here 2^k is 2^-127, whose bits are those of 0


def exp(x: Values) -> Values:
    """e^x for x below 20; 0 where it would be subnormal."""
    x = x.at_most(20.0).at_least(LOWEST)
    k = x.times_plus(LOG2E, x.round)
    r = (k - x.round).times_plus(-LN2, x)
    square, s = r * r, k.power()
    q = square.times_plus(r.times_plus(Q[3], Q[2]), r.times_plus(Q[1], Q[0]))
    return s.times_plus(square.times_plus(q, r), s)


def fast_logistic(x: Values) -> Values:
    """e^x / (1 + e^x)"""
    e = exp(x)
    return e / (e + 1.0)


def fast_swish(x: Values) -> Values:
    """x · e^x / (1 + e^x)"""
    return x * fast_logistic(x)


def fast_mish(x: Values) -> Values:
    """x · tanh(log(1 + e^x)), which is x · n / (n + 2) with n = (e^x)² + 2 e^x"""
    e = exp(x)
    n = e * (e + 2.0)
    return x * (n / (n + 2.0))


FORMULAS = {"logistic": fast_logistic, "mish": fast_mish, "swish": fast_swish}
FAST_EXPONENTIAL = {name: RowFunction(formula, single=True) for name, formula in FORMULAS.items()}
