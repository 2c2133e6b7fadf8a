"""ONNX operators on vectors whose length shows only when the model runs."""

from __future__ import annotations

from onnx import TensorProto

from ..onnx_writer import Writer

__all__ = ["column", "few", "flat", "head", "is_any", "length", "none", "nonzero", "tail", "total", "zero"]

END = 2**31 - 1  # beyond any vector


def flat(w: Writer, x: str) -> str:
    """All of a tensor as a vector."""
    return w.op("Reshape", x, w.ints(-1))


def column(w: Writer, x: str) -> str:
    """(n) → (n, 1)"""
    return w.op("Reshape", x, w.ints(-1, 1))


def length(w: Writer, x: str) -> str:
    """(n) → [n]"""
    return w.op("Shape", x)


def head(w: Writer, x: str, count: str, axis: int = 0) -> str:
    """The first ``count`` (1) along an axis."""
    return w.op("Slice", x, w.ints(0), count, w.ints(axis))


def tail(w: Writer, x: str, count: str, axis: int = 0) -> str:
    """All after the first ``count`` (1) along an axis."""
    return w.op("Slice", x, count, w.ints(END), w.ints(axis))


def none(w: Writer, x: str) -> str:
    """A vector of x's type without values.  (OpenVINO takes a constant of that shape for a number.)"""
    return head(w, x, w.ints(0))


def nonzero(w: Writer, x: str) -> str:
    """The places (k) of what is not 0 in a vector."""
    return flat(w, w.op("NonZero", x))


def zero(w: Writer, x: str) -> str:
    """The places (k) of what is 0 in a vector of floats."""
    return nonzero(w, w.op("Equal", x, w.floats(0)))


def total(w: Writer, holds: str, axis: int) -> str:
    """How often it holds along an axis, which is left out: int64."""
    return w.op("ReduceSum", w.op("Cast", holds, to=TensorProto.INT64), w.ints(axis), keepdims=0)


def is_any(w: Writer, x: str) -> str:
    """Whether a tensor has any value: a scalar."""
    return w.op("Greater", w.op("Size", x), w.number(0))


def few(w: Writer, x: str, most: int) -> str:
    """[n] or, if that is less, [most]"""
    return w.op("Min", length(w, x), w.ints(most))
