"""Activation kernels over all signs and exponents of float32: bits for the arithmetic ones, ulps for those with exp, and
what fast numerics let go."""

from __future__ import annotations

import ctypes
import functools
from dataclasses import dataclass

import engine
import naive
import numpy as np
import pytest

from darknet_py.engine.codegen.jit import Function
from darknet_py.engine.codegen.row_function import RowFunction
from darknet_py.engine.kernels.activations import FUNCTIONS
from darknet_py.engine.kernels.exponential import EXPONENTIAL
from darknet_py.engine.kernels.fast_exponential import FAST_EXPONENTIAL
from darknet_py.engine.lower.activation import address
from darknet_py.engine.native.host import host
from darknet_py.engine.options import PlanOptions
from darknet_py.engine_api.options import Numerics
from darknet_py.layers.activations import ACTIVATIONS

F = np.float32
INEXACT = [name for name, a in ACTIVATIONS.items() if not a.bit_exact and not a.across_channels]
EXACT = sorted(set(FUNCTIONS) - set(INEXACT))
PRECISIONS = {**{name: FUNCTIONS[name] for name in INEXACT}, **{
    f"{name} in double precision": RowFunction(f.formula, single=False) for name, f in EXPONENTIAL.items()
}}  # fmt: skip
FAST = {f"{name} of fast numerics": f for name, f in FAST_EXPONENTIAL.items() if host().fma}
KERNELS = {**FUNCTIONS, **PRECISIONS, **FAST}
NAN_TO_ZERO = {"hard_mish"}  # the reference's comparisons with NaN fail and end at 0


def apply(name: str, x: np.ndarray, n: int | None = None) -> np.ndarray:
    """The kernel over the first ``n`` values."""
    return called(KERNELS[name], x, n)


def called(function: Function | RowFunction, x: np.ndarray, n: int | None = None) -> np.ndarray:
    y = np.array(x, F)
    call = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)(function.address())
    call(y.ctypes.data, y.size if n is None else n)
    return y


def every_exponent() -> np.ndarray:
    """All finite signs and exponents with some mantissas, subnormal ones too, and what activations see most."""
    mantissas = np.array([0, 1, 0x200001, 0x400000, 0x555555, 0x7FFFFE, 0x7FFFFF], np.uint32)
    exponents = np.arange(255, dtype=np.uint32) << np.uint32(23)
    bits = (mantissas[:, None] | exponents).ravel()
    near = np.concatenate([np.linspace(-130, 130, 40001), np.linspace(-8, 8, 40001), np.arange(-120, 121)]).astype(F)
    positive = bits.view(F)
    return np.concatenate([positive, -positive, near, np.nextafter(near, F(0)), np.nextafter(near, F(np.inf))])


def logistic(x: np.ndarray) -> np.ndarray:
    power = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, power) / (1 + power)


def softplus(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


# Darknet's formulas, written so that nothing cancels: true to some 1e-16 in double precision, 1e-19 in extended.
TRUE = {
    "elu": lambda x: np.where(x >= 0, x, np.expm1(x)),
    "gelu": lambda x: x * logistic(2 * (0.797885 * x + 0.035677 * x**3)),
    "loggy": lambda x: np.tanh(x / 2),
    "logistic": logistic,
    "mish": lambda x: x * np.tanh(softplus(x)),
    "selu": lambda x: np.where(x >= 0, F(1.0507) * x, F(1.0507) * F(1.6732) * np.expm1(x)),
    "swish": lambda x: x * logistic(x),
    "tanh": np.tanh,
}


def dense() -> np.ndarray:
    """A million patterns of all kinds but NaN, and the neighbours of all places where a formula changes."""
    bits = np.arange(0, 1 << 32, 4093, dtype=np.uint64).astype(np.uint32)
    patterns = bits.view(F)
    turns = np.array([0, -0.32, -0.467, 20, -20, 30, 50, -50, -112, *(np.arange(-161.5, 162) * np.log(2))], F)
    near = (turns.view(np.int32)[:, None] + np.arange(-200, 200, dtype=np.int32)).ravel().view(F)
    x = np.concatenate([patterns, near, -near, every_exponent(), np.array([-0.0], F)])
    return x[np.isfinite(x)]


@functools.lru_cache(maxsize=1)
def true_values(formula: str) -> tuple[np.ndarray, np.ndarray]:
    """``dense()`` and the formula's values there, in extended precision."""
    x = dense()
    with np.errstate(all="ignore"):
        return x, TRUE[formula](x.astype(np.longdouble))


@pytest.mark.parametrize("name", sorted(PRECISIONS))  # both precisions of a formula beside each other
def test_within_two_ulp_of_the_true_value(name: str) -> None:
    """Also where the results are subnormal; a zero has the sign of the true value."""
    x, true = true_values(name.partition(" ")[0])
    with np.errstate(all="ignore"):
        nearest = true.astype(F)
    got = apply(name, x)
    finite = np.isfinite(nearest)
    assert np.array_equal(got[~finite], nearest[~finite])
    ulp = np.spacing(np.minimum(np.abs(nearest[finite]), F(1e38)))  # beyond, the spacing of the largest overflows
    error = np.abs(got[finite].astype(np.longdouble) - true[finite]) / ulp
    worst = error.argmax()
    assert error[worst] <= (2 if name in EXPONENTIAL else 1.2), (x[finite][worst], got[finite][worst], error[worst])
    zero = got == 0
    assert np.array_equal(np.signbit(got[zero]), np.signbit(true[zero]))


@pytest.mark.parametrize("name", FAST)
def test_what_fast_numerics_let_go(name: str) -> None:
    """3.8e-7 of the true value; below 1e-36 all of it.  Far from 0 nothing is missing, and no logistic is above 1."""
    x, true = true_values(name.partition(" ")[0])
    got = apply(name, x)
    error, far = np.abs(got - true), (x > 20) | (x < -112)
    worst = (error - 3.8e-7 * np.abs(true)).argmax()
    assert error[worst] <= 3.8e-7 * np.abs(true[worst]) + 1e-36, (x[worst], got[worst], true[worst])
    assert np.array_equal(got[far], true[far].astype(F))
    assert np.array_equal(np.signbit(got), np.signbit(true))
    if name.startswith("logistic"):
        assert got.max() == 1
        assert (apply(name, [0, -0.0]) == 0.5).all()


def test_fast_ones_are_for_fused_arithmetic_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exact never takes them, nor does a processor without fused multiply-add."""
    exact, fast = (PlanOptions(numerics) for numerics in (Numerics.EXACT, Numerics.FAST))
    assert address("mish", exact) == FUNCTIONS["mish"].address()
    assert not host().fma or address("mish", fast) == FAST_EXPONENTIAL["mish"].address()
    monkeypatch.setattr(host(), "fma", False)
    assert address("mish", fast) == FUNCTIONS["mish"].address()


def test_heads_have_the_same_bits_in_fast_numerics() -> None:
    n = engine.net("[maxpool]\nsize=1\n[yolo]\nmask=0\nanchors=1,2\nnum=1\nclasses=11\nscale_x_y=1.05\n", (16, 9, 7))
    exact, fast = engine.forward(n, 8), engine.forward(n, 8, fast=True)
    assert np.array_equal(exact[1], fast[1])


@dataclass(frozen=True)
class OfWidth(RowFunction):
    """A row function under another name for vectors of another width, as other processors have them."""

    width: int = 0

    @property
    def name(self) -> str:
        return f"{super().name}_v{self.width}"


@pytest.mark.parametrize("width", [4, 8, 16])
@pytest.mark.parametrize("name", sorted({*PRECISIONS, *FAST} - {"gelu"}))
def test_every_width_has_the_same_bits(name: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """More vectors than are taken together, fewer than those, fewer floats than a vector."""
    function, x = KERNELS[name], np.random.RandomState(0).permutation(every_exponent())[: 18 * 16 + 3]
    assert isinstance(function, RowFunction)
    with monkeypatch.context() as forced:
        forced.setattr(host(), "lanes", width)
        got = called(OfWidth(function.formula, function.single, width), x)
    assert np.array_equal(got, apply(name, x), equal_nan=True)


@pytest.mark.parametrize("name", EXACT)
def test_arithmetic_functions_bit_for_bit(name: str) -> None:
    x = every_exponent()
    with np.errstate(all="ignore"):
        want = naive.ARITHMETIC[name](x)
    got = apply(name, x)
    assert want.dtype == F
    different = np.flatnonzero(got != want)
    assert not len(different), (x[different[0]], got[different[0]], want[different[0]])


def test_both_kinds_are_all_there_is() -> None:
    assert set(TRUE) == set(INEXACT)
    across = {name for name, a in ACTIVATIONS.items() if a.across_channels}
    assert {*EXACT, *INEXACT, "linear", *across} == set(ACTIVATIONS)


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_nan_comes_out_as_nan_where_the_reference_lets_it(name: str) -> None:
    got = apply(name, [np.nan, 1.0, -np.nan])
    assert np.isfinite(got[1])
    assert np.array_equal(got[[0, 2]], [0, 0]) if name in NAN_TO_ZERO else np.isnan(got[[0, 2]]).all()


LIMITS = {  # at -infinity and at infinity; NaN: not a finite number, because the reference's formula is 0 · infinity
    "elu": (-1, np.inf), "gelu": (np.nan, np.inf), "hard_mish": (0, np.inf), "hardtan": (-1, 1),
    "leaky": (-np.inf, np.inf), "lhtan": (-np.inf, np.inf), "loggy": (-1, 1), "logistic": (0, 1),
    "mish": (np.nan, np.inf), "plse": (-np.inf, np.inf), "ramp": (-np.inf, np.inf), "relie": (-np.inf, np.inf),
    "relu": (np.nan, np.inf), "relu6": (0, 6), "revleaky": (-np.inf, np.inf),
    "selu": (-F(1.0507) * F(1.6732), np.inf), "stair": (-np.inf, np.inf), "swish": (np.nan, np.inf), "tanh": (-1, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_infinities(name: str) -> None:
    for got, limit in zip(apply(name, [-np.inf, np.inf]), LIMITS[name.partition(" ")[0]], strict=True):
        assert got == F(limit) or (np.isnan(limit) and not np.isfinite(got))


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_every_length_and_nothing_beyond(name: str) -> None:
    """Vector loops and their remainders agree, and stop at n."""
    x = np.random.RandomState(0).randn(70).astype(F) * 3
    whole = apply(name, x)
    assert (whole != x).any()
    for n in range(len(x)):
        got = apply(name, x, n)
        assert np.array_equal(got[:n], whole[:n])
        assert np.array_equal(got[n:], x[n:])
