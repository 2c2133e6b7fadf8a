"""The error bound that the module exponential derives for e^v, step by step, in exact rational arithmetic."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from darknet_py.engine.kernels import exponential

U = 2.0**-24
LN2 = Fraction("0.69314718055994530941723212145817656807550013436025525")
HIGH, LOW = (Fraction(v) for v in (exponential.LN2_HIGH, exponential.LN2_LOW))
HALF = Fraction(3466, 10000)  # of ln 2, and what k leaves where v / ln 2 lies between two integers


def nearest(q: Fraction) -> Fraction:
    """The float32 that a normal number is rounded to."""
    exponent = math.floor(math.log2(abs(float(q)))) if q else 0
    scale = Fraction(2) ** (23 - exponent)
    return Fraction(round(q * scale)) / scale


class Single:
    """``Values`` of one float32, every operation rounded once."""

    round = 1.5 * 2.0**23
    single = True

    def __init__(self, value: Fraction | float) -> None:
        self.value = nearest(Fraction(value))

    def times_plus(self, factor: Any, term: Any) -> Single:
        return Single(self.value * exact(factor) + exact(term))

    def __sub__(self, other: Any) -> Single:
        return Single(self.value - exact(other))

    def __mul__(self, other: Any) -> Single:
        return Single(self.value * exact(other))


def exact(value: Any) -> Fraction:
    return value.value if isinstance(value, Single) else nearest(Fraction(value))


def exp(r: Fraction) -> Fraction:
    """e^r for |r| <= 0.35, to 1e-30."""
    term = total = Fraction(1)
    for i in range(1, 18):
        term = term * r / i
        total += term
    return total


def samples() -> list[Fraction]:
    """float32 in [-112, 112], where k changes as well, and small ones."""
    random = np.random.RandomState(0).uniform(-112, 112, 200)
    turns = (np.arange(-161, 161, 3)[:, None] + [0.4999, 0.5001]).ravel() * math.log(2)
    return [Fraction(float(v)) for v in np.concatenate([random, turns, random / 300]).astype(np.float32)]


def test_ln_2_in_two_parts() -> None:
    assert abs(HIGH + LOW - LN2) < 9e-17
    assert (HIGH * 2**21).denominator == 1


def test_the_first_reduction_is_exact() -> None:
    for v in samples():
        k = round(v / LN2)
        rest = v - k * HIGH
        assert nearest(rest) == rest
        assert abs(v - k * LN2) <= HALF


def test_the_polynomial() -> None:
    q = [Fraction(c) for c in exponential.Q]
    for i in range(-200, 201):
        r = HALF * i / 200
        assert abs(1 + r + r * r * sum(c * r**n for n, c in enumerate(q)) - exp(r)) <= 4.42e-9 * exp(r)


def test_all_together() -> None:
    worst = 0.0
    for v in samples():
        whole, p = exponential.powers(Single(v))  # type: ignore[arg-type]
        k = int(whole.value - Fraction(Single.round))  # type: ignore[attr-defined]
        r = v - k * LN2
        assert abs(r) <= HALF
        worst = max(worst, abs(float((1 + p.value) / exp(r) - 1)))  # type: ignore[attr-defined]
    assert 0.5 * U < worst <= 0.81 * U
