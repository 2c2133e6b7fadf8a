"""What a kernel takes: types of parameters, and the check of a call against them.

Annotations are the machine types: ``Floats``, ``Ints`` and ``Bytes`` (addresses of float32, of int64, of uint8), ``Int``
(int64), ``Real`` and ``Double`` (float32 and float64), or a record: a NamedTuple of them, each of whose fields is a word of
its own.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from types import FunctionType
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ..._support.spelling import hint
from ..._support.with_llvmlite import ir
from ...errors import KernelError
from ..memory import Tensor
from ..native.ir_types import IR_TYPES

__all__ = [
    "Argument", "Blocks", "Bytes", "Double", "Floats", "Int", "Ints", "Parameters", "Picture", "Planes", "Real",
    "Word", "declared", "fields", "ir_type", "misnamed", "numba_type",
]  # fmt: skip

Floats: TypeAlias = Any
Ints: TypeAlias = Any
Bytes: TypeAlias = Any
Int: TypeAlias = Any
Real: TypeAlias = Any
Double: TypeAlias = Any


class Blocks(NamedTuple):
    """A Tensor as a kernel sees it: [block][row][pixel][lane], with the strides of rows and blocks in floats."""

    base: Floats
    row: Int
    block: Int
    lanes: Int
    channels: Int
    height: Int
    width: Int


Planes: TypeAlias = Blocks  # of one lane: [channel][row][pixel]


class Picture:
    """Where the picture of a run lies: float32, contiguous (c, h, w).  Its address is put in when the run begins."""


Argument = Tensor | np.ndarray | Picture | int | float | tuple[Any, ...]
Word = Tensor | np.ndarray | Picture | int  # what becomes 64 bits: addresses where they are known, and bits


def _floats(value: Any) -> Word | None:
    if isinstance(value, np.ndarray):
        return value if value.dtype == np.float32 and value.flags.c_contiguous else None
    return value if isinstance(value, Picture) or (isinstance(value, Tensor) and value.contiguous) else None


def _ints(value: Any) -> Word | None:
    return value if isinstance(value, np.ndarray) and value.dtype == np.int64 and value.flags.c_contiguous else None


def _bytes(value: Any) -> Word | None:
    return value if isinstance(value, np.ndarray) and value.dtype == np.uint8 else None


def _int(value: Any) -> Word | None:
    return value if type(value) is int and -(2**63) <= value < 2**63 else None


def _real(value: Any) -> Word | None:
    return int(np.float32(value).view(np.uint32)) if isinstance(value, (float, np.floating)) else None


def _double(value: Any) -> Word | None:
    return int(np.float64(value).view(np.int64)) if isinstance(value, (float, np.floating)) else None


# By type: the word that a value becomes (None: it cannot), and what it must be
WORDS: dict[str, tuple[Callable[[Any], Word | None], str]] = {
    "Floats": (_floats, "a contiguous Tensor or array of float32"),
    "Ints": (_ints, "a contiguous array of int64"),
    "Bytes": (_bytes, "an array of uint8"),
    "Int": (_int, "an int of 64 bits"),
    "Real": (_real, "a float"),
    "Double": (_double, "a float"),
}


def fields(record: Any) -> dict[str, str]:
    """The types of a record's fields."""
    return {name: getattr(kind, "__forward_arg__", kind) for name, kind in record.__annotations__.items()}


def ir_type(kind: Any) -> ir.Type:
    """LLVM's type for one of a parameter: a name or a record."""
    return IR_TYPES[kind] if isinstance(kind, str) else ir.LiteralStructType([IR_TYPES[t] for t in fields(kind).values()])


def numba_type(kind: Any) -> Any:
    """Numba's type for one of a parameter."""
    from ..._support.with_numba import numba

    if not isinstance(kind, str):
        return numba.types.NamedTuple(tuple(map(numba_type, fields(kind).values())), kind)
    pointer = numba.types.CPointer
    types = {"Floats": pointer(numba.float32), "Ints": pointer(numba.int64), "Bytes": pointer(numba.uint8),
             "Int": numba.int64, "Real": numba.float32, "Double": numba.float64}  # fmt: skip
    return types[kind]


def declared(python: FunctionType) -> dict[str, Any]:
    """The types of a function's parameters: a type's name, or a record."""
    kinds = {name: str(kind) for name, kind in python.__annotations__.items() if name != "return"}
    return {name: kind if kind in WORDS else python.__globals__[kind] for name, kind in kinds.items()}


class Parameters:
    """What a kernel is given, ``types`` by name: a type's name, or a record; ``planes`` are those of one lane."""

    def __init__(self, kernel: str, types: dict[str, Any], planes: Container[str]) -> None:
        self.kernel, self.types, self.planes = kernel, types, planes
        self.fields = {name: _named(name, kind) for name, kind in types.items()}

    @property
    def words(self) -> dict[str, str]:
        """The types of all words, by the names that ``bind`` gives them."""
        return {name: kind for named in self.fields.values() for name, kind in named}

    def bind(self, arguments: Mapping[str, Argument]) -> tuple[tuple[str, Word], ...]:
        """The words of a step's arguments, named "height" or "x.row"; a Tensor may stand for ``Blocks`` and ``Planes``.

        Raises KernelError, with the argument's name, for one too many, too few, or of another type.
        """
        if arguments.keys() != self.types.keys():
            raise KernelError(f"kernel {self.kernel}: {misnamed('argument', arguments, self.types)}")
        words: list[tuple[str, Word]] = []
        for name, kind in self.types.items():
            if type(kind) is str:
                words.append((name, self._word(name, kind, arguments[name])))
            else:
                words += self._record(name, kind, arguments[name])
        return tuple(words)

    def _record(self, name: str, record: Any, value: Argument) -> list[tuple[str, Word]]:
        named = self.fields[name]
        if name in self.planes and getattr(value, "lanes", 1) != 1:
            raise self._wrong(name, "a Tensor of one lane", value)
        if record is Blocks and isinstance(value, Tensor):
            values: tuple[Word, ...] = (value, value.row, value.block, value.lanes, *value.shape)
            return [(field, word) for (field, _), word in zip(named, values, strict=True)]
        if not isinstance(value, record):
            raise self._wrong(name, "a Tensor" if record is Blocks else f"a {record.__name__}", value)
        return [(field, self._word(field, kind, v)) for (field, kind), v in zip(named, value, strict=True)]

    def _word(self, name: str, kind: str, value: Argument) -> Word:
        convert, wanted = WORDS[kind]
        if (word := convert(value)) is None:
            raise self._wrong(name, wanted, value)
        return word

    def _wrong(self, name: str, wanted: str, value: Argument) -> KernelError:
        what: Any = value if isinstance(value, (int, float)) else ""
        if isinstance(value, np.ndarray):
            what = value.dtype
        elif isinstance(value, Tensor):
            what = f"of {value.lanes} lanes and a border of {value.halo} pixels"
        return KernelError(f"kernel {self.kernel}: {name} must be {wanted}, not {type(value).__name__} {what}".rstrip())


def _named(name: str, kind: Any) -> list[tuple[str, str]]:
    """The words of a parameter: their names and types."""
    return [(name, kind)] if isinstance(kind, str) else [(f"{name}.{field}", t) for field, t in fields(kind).items()]


def misnamed(what: str, given: Iterable[str], wanted: Iterable[str]) -> str:
    """How the names that are given differ from those that are wanted."""
    if unknown := sorted(set(given) - set(wanted)):
        return "; ".join(filter(None, (f"it takes no {what} {unknown[0]}", hint(unknown[0], wanted))))
    return f"{what} {min(set(wanted) - set(given))} is missing"
