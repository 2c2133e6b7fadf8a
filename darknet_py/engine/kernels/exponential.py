"""Activation functions that need exp: within 2 ulp of the true value of Darknet's formula.   C: activations.h

Let u = 2^-24, so that a rounding to float32 changes a number by a factor of 1 + u at most, and a factor of 1 + c u is at
most c ulp.  ``powers`` gives an integer k and p with e^v = 2^k (1 + p) (1 + h), and |h| <= 0.81 u, which is the sum of

  0.25 u   k is v / ln 2, rounded, so that r = v - k ln 2 has |r| <= 0.3466, and |k| <= 162.  LN2_HIGH is a multiple of
           2^-21, v one of 2^-25 (or k = 0), and v - k LN2_HIGH is below 1/2: exact in 24 bits.  LN2_HIGH + LN2_LOW is ln 2
           to 9e-17.  Adding k LN2_LOW rounds r by up to 2^-26, which is u / 4, and e^r by as large a factor.
  0.074 u  the polynomial: |1 + r + r² q(r) - e^r| <= 4.42e-9 e^r in exact arithmetic.
  0.13 u   r², the lower half of q and q are rounded by up to u / 16, u / 4 and u / 4 where r is negative: r² q, with
           r² <= 0.1202 and q <= 0.45, by up to 0.028 u + 0.03 u + 0.03 u, which 1 / e^r <= 1.415 makes 0.125 u of e^r.
           (The other half of q is multiplied by r⁴.  Where r is positive, q < 0.57 and e^r > 1: no more.)
  0.354 u  p is rounded by up to u / 4 where |p| >= 1/4; that is most of e^r where r is least.

What follows keeps 2^k and p apart as long as possible: 1 + e^v is (1 + 2^k) + 2^k p, rounded once.  The roundings after it:

  logistic     1 / (1 + e^-x): the sum's, its e^-x having the share e^-x / (1 + e^-x) < 1 of h, and half an ulp of the
               quotient: 0.81 + 1 + 0.5 = 2.3 ulp at most.  Seen: 1.5.
  swish        one sum, one quotient: as logistic.  Seen: 1.6.
  elu          where k < 0, h is multiplied by e^x / (1 - e^x) <= 2.42, is no more than 0.63 u as r >= 0 there, and the
               result is below 0.6 of a power of two: 0.9 + 0.5 = 1.4 ulp.  Where k = 0 it is p itself.  Seen: 0.9.
  tanh, loggy  numerator, denominator and quotient are rounded: 1 + 1 + 0.5 ulp and their shares of h.  Seen: 1.9.
  mish         b is true but for h; what is subtracted from it is the smaller part, and so is its error.  Seen: 1.8.

Bounds add what is never at its worst together; that 2 ulp are kept is what the tests see in a million numbers.  In double
precision, where there is no fused multiply-add, only the polynomial's error is left of h.

What may be subnormal is kept at another scale until the end: 2^34 times smaller where 2^162 shall be infinite in float32,
2^35 times larger where 2^-162 shall be 0.
"""

from __future__ import annotations

import numpy as np

from ..codegen.jit import inline
from ..codegen.row_function import RowFunction, Values
from ..native.host import host

__all__ = ["EXPONENTIAL", "exp"]

LOG2E = 1.4426950408889634
LN2 = 0.6931471805599453
ROUND = 6755399441055744.0  # 1.5 · 2^52: adding it leaves the nearest integer in the low bits
ONE = 0x3FF0000000000000  # the bits of 1.0
LN2_HIGH, LN2_LOW = float.fromhex("0x1.62e430p-1"), float.fromhex("-0x1.05c610p-29")
Q = [float.fromhex(c) for c in ("0x1p-1", "0x1.55549p-3", "0x1.5554bep-5", "0x1.123afep-7", "0x1.6d7c9ep-10")]
LOWEST = -112.0  # here k is -162; below, results of 1 / (1 + e^-x) and x e^x are 0
LARGEST = 2.0**127
SELU, SELU_BELOW = float.fromhex("0x1.0cfaacp+0"), float.fromhex("0x1.c20e54p+0")  # 1.0507, 1.0507 · 1.6732


@inline
def exp(v):  # type: ignore[no-untyped-def]
    """e^v in double precision, to 3e-10: for loops over single numbers that numba compiles (softmax, [region], gelu), whose
    results are rounded to float32 once.  ``powers`` is for vectors of float32, which hold twice as many numbers; it keeps
    2^k and p apart, as float32 has no digits to spare.

    v is clamped to [-300, 300], beyond which every float32 result has long been 0, infinite or constant.
    """
    v = -300.0 if v < -300.0 else v
    v = 300.0 if v > 300.0 else v
    shifted = v * LOG2E + ROUND
    r = v - (shifted - ROUND) * LN2
    square = r * r
    low = (1.0 + r * 0.5) + square * (1.0 / 6 + r * (1.0 / 24))
    high = (1.0 / 120 + r * (1.0 / 720)) + square * (1.0 / 5040 + r * (1.0 / 40320))
    p = r * (low + square * square * high)
    bits = np.int64((np.float64(shifted).view(np.int64) << np.int64(52)) + np.int64(ONE))
    s = bits.view(np.float64)
    return p * s + s


def powers(v: Values) -> tuple[Values, Values]:
    """(k, p): e^v = 2^k (1 + p), the integer k in the low bits."""
    k = v.times_plus(LOG2E, v.round)
    whole = k - v.round
    r = whole.times_plus(-LN2_LOW, whole.times_plus(-LN2_HIGH, v))
    square = r * r
    low, high = r.times_plus(Q[1], Q[0]), square.times_plus(Q[4], r.times_plus(Q[3], Q[2]))
    return k, square.times_plus(square.times_plus(high, low), r)


def clamped(x: Values) -> Values:
    """x, not far below LOWEST: there 2^k comes to its limit in float32, and is small enough in double precision."""
    return x.at_least(LOWEST if x.single else -300.0)


def one_plus_exp(x: Values) -> Values:
    """(1 + e^-x) / 2^34"""
    k, p = powers(-clamped(x))
    s, one = k.power(-34), 2.0**-34
    small = (s > 2.0**12 * one).choose(0.0, s)  # beyond 2^24, 1 + 2^k would be rounded
    return s.at_most(LARGEST).times_plus(p, small + one) + (s - small)


def logistic(x: Values) -> Values:
    """1 / (1 + e^-x)"""
    return 1.0 / one_plus_exp(x.at_most(50.0)) * 2.0**-34


def swish(x: Values) -> Values:
    """x / (1 + e^-x)"""
    above = x > 20.0
    return x / above.choose(1.0, one_plus_exp(x)) * above.choose(1.0, 2.0**-34)


def mish(x: Values) -> Values:
    """x · tanh(log(1 + e^x)), which is b - b · n / d with d = (1 + e)² + 1 and e = e^x

    above -0.32: b = x, n = 2; below: b = x e, n = e² + e.  What is subtracted is the smaller part, and so is its error.
    """
    k, p = powers(clamped(x))
    large = k.power(35)
    s, scaled = large * 2.0**-35, x * large
    twice, sp = s + s, s * p
    d = sp.times_plus(twice + 2.0 + sp, s.times_plus(s, twice + 2.0))
    n = sp.times_plus(twice + 1.0 + sp, s.times_plus(s, s))
    above = x > -0.32
    b = above.choose(x, scaled.times_plus(p, scaled))
    rounded_off = above.choose(0.0, scaled.times_plus(p, scaled - b))
    y = b + (-b).times_plus(above.choose(2.0, n) / d, rounded_off)
    return (x > 20.0).choose(x, y * above.choose(1.0, 2.0**-35)).signed(x)


def tanh_of_half(x: Values) -> Values:
    """-tanh(x / 2) for x <= 0."""
    k, p = powers(x.at_least(-50.0))
    s = k.power()
    return (-s).times_plus(p, -s + 1.0) / s.times_plus(p, s + 1.0)


def loggy(x: Values) -> Values:
    """2 / (1 + e^-x) - 1"""
    return tanh_of_half(x.signed(-0.0)).signed(x)


def tanh(x: Values) -> Values:
    """2 / (1 + e^-2x) - 1"""
    return tanh_of_half(x.signed(-0.0) * 2.0).signed(x)


def expm1(x: Values, factor: float) -> Values:
    """factor · (e^x - 1) for x <= 0."""
    k, p = powers(x.at_least(-50.0))
    s = k.power()
    return (s * factor).times_plus(p, (s - 1.0) * factor)


def elu(x: Values) -> Values:
    """x, or e^x - 1 below 0"""
    return (x > 0.0).choose(x, expm1(x, 1.0)).signed(x)


def selu(x: Values) -> Values:
    """1.0507 · (x, or 1.6732 (e^x - 1) below 0)"""
    return (x > 0.0).choose(x * SELU, expm1(x, SELU_BELOW)).signed(x)


EXPONENTIAL = {
    f.__name__: RowFunction(f, host().fma) for f in (elu, loggy, logistic, mish, swish, tanh)
} | {"selu": RowFunction(selu, single=False)}  # in float32 it would be 2.1 ulp
