"""Numbers of a file → arrays: types, byte order, strides, and nothing beyond the numbers that are there."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence

import numpy as np

from .faults import Malformed, Unsupported
from .values import Array

__all__ = ["DTYPES", "QUANTISED", "Part", "Storage", "element", "widened"]

# PyTorch's names; bfloat16 is widened to float32
DTYPES = {
    "float64": "f8", "float32": "f4", "float16": "f2", "bfloat16": "u2", "int64": "i8", "int32": "i4", "int16": "i2",
    "int8": "i1", "uint64": "u8", "uint32": "u4", "uint16": "u2", "uint8": "u1", "bool": "?", "complex64": "c8",
    "complex128": "c16",
}  # fmt: skip
QUANTISED = "holds quantised weights ({}), which Darknet does not have; give the model of floats that they come from"
MOST_DIMENSIONS = 32   # of NumPy's arrays
REPEATED = 1 << 20     # elements of a tensor that stands for more than there are, such as one that is expanded


def element(dtype: str) -> np.dtype[np.generic]:
    """NumPy's type for PyTorch's, in the machine's byte order.  Raises Unsupported."""
    if dtype not in DTYPES:
        raise Unsupported(QUANTISED.format(f"of the type {dtype}"))
    return np.dtype(DTYPES[dtype])


def widened(values: Array, dtype: str) -> Array:
    """bfloat16, which NumPy takes for whole numbers of 16 bits, as float32; all others as they are."""
    return (values.astype(np.uint32) << 16).view(np.float32) if dtype == "bfloat16" else values


class Storage:
    """The numbers that one tensor or several look at; ``dtype`` in PyTorch's words, ``order`` "little" or "big"."""

    def __init__(self, name: str, data: memoryview, dtype: str, order: str = "little") -> None:
        self.name, self.data, self.dtype, self.order = name, data, dtype, order
        self._arrays: dict[str, Array] = {}

    def array(self, dtype: str) -> Array:
        """All numbers (n,), read-only; the same array each time.  Raises Unsupported."""
        if dtype not in self._arrays:
            kind = element(dtype)
            numbers = np.frombuffer(self.data, kind, len(self.data) // kind.itemsize)
            numbers = widened(numbers if self.order == sys.byteorder else numbers.byteswap(), dtype)
            numbers.flags.writeable = False
            self._arrays[dtype] = numbers
        return self._arrays[dtype]

    def tensor(self, offset: int, size: Sequence[int], stride: Sequence[int], dtype: str = "") -> Array:
        """The part that a tensor looks at, read-only.  Raises Malformed, Unsupported."""
        numbers = self.array(dtype or self.dtype)
        if len(size) != len(stride) or len(size) > MOST_DIMENSIONS:
            raise Malformed(f"a tensor of {len(size)} dimensions with {len(stride)} strides")
        shape, steps, (offset,) = _whole(size), _whole(stride), _whole([offset])
        count, last = math.prod(shape), offset + sum((n - 1) * step for n, step in zip(shape, steps))
        if count and last >= len(numbers):
            text = " x ".join(map(str, shape)) or "one number"
            raise Malformed(f"a tensor of {text} reaches beyond its storage {self.name} of {len(numbers)} numbers")
        if count > max(REPEATED, len(numbers)):
            raise Malformed(f"a tensor repeats the {len(numbers)} numbers of its storage {self.name} {count} times")
        if not count:
            return np.empty(tuple(min(n, 1 << 31) for n in shape), numbers.dtype)
        strides = [step * numbers.itemsize for step in steps]
        return np.lib.stride_tricks.as_strided(numbers[offset:], shape, strides, writeable=False)


class Part(Storage):
    """Some of the numbers of another storage, shared with it."""

    def __init__(self, whole: Storage, offset: int, count: int) -> None:
        super().__init__(whole.name, whole.data, whole.dtype, whole.order)
        self.whole, self.place = whole, slice(offset, offset + count)

    def array(self, dtype: str) -> Array:
        return self.whole.array(dtype)[self.place]


def _whole(values: Sequence[int]) -> list[int]:
    if not all(isinstance(v, int) and 0 <= v < 1 << 62 for v in values):
        raise Malformed("a tensor with sizes, strides or a place that are no numbers from 0")
    return [int(v) for v in values]
