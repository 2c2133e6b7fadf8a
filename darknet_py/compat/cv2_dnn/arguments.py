"""What OpenCV's functions take, by kind of parameter: anything else is a cv2.error that names the parameter.

None stands for an argument that was not given, as in OpenCV.
"""

from __future__ import annotations

import functools
import inspect
import operator
import os
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any, TypeVar, cast

import numpy as np

from ...errors import DarknetError
from .errors import opencv_errors

__all__ = [
    "Dims", "Key", "Names", "Numbers", "OutputPath", "as_opencv", "dims_of", "is_list", "key_of", "opencv_call",
    "size_of",
]  # fmt: skip

Function = TypeVar("Function", bound=Callable[..., Any])
Class = TypeVar("Class", bound=type)

Names = Sequence[str]
Numbers = float | Sequence[float]           # a number, or up to four
Dims = Sequence[int] | Sequence[Sequence[int]]
Key = int | str                             # of a layer: its number or its name
OutputPath = str | bytes | os.PathLike[str]


def as_opencv(kind: Class) -> Class:
    """A class all of whose public methods are ``opencv_call``s."""
    for name, member in vars(kind).items():
        if inspect.isfunction(member) and not name.startswith("_"):
            setattr(kind, name, opencv_call(member))
    return kind


def opencv_call(function: Function) -> Function:
    """A function that converts its arguments by their annotations; its DarknetErrors, and those of wrong arguments, are
    cv2.errors too."""
    signature = inspect.signature(function)
    kinds = {name: KINDS[p.annotation] for name, p in signature.parameters.items() if p.annotation in KINDS}

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with opencv_errors():
            bound = _bound(signature, function.__name__, args, kwargs)
            for name in kinds.keys() & bound.arguments:
                value, default = bound.arguments[name], signature.parameters[name].default
                if value is None and default is not inspect.Parameter.empty:
                    bound.arguments[name] = default
                else:
                    bound.arguments[name] = kinds[name](f"{function.__name__}: {name}", value)
            return function(*bound.args, **bound.kwargs)

    return cast(Function, call)


def _bound(signature: inspect.Signature, name: str, args: Any, kwargs: Any) -> inspect.BoundArguments:
    try:
        return signature.bind(*args, **kwargs)
    except TypeError as e:
        raise DarknetError(f"{name}: {e}") from None


def is_list(value: Any) -> bool:
    """Whether it is a list, a tuple or an array, and no text."""
    if isinstance(value, np.ndarray):
        return value.ndim > 0
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def size_of(size: Any, height: Any = None) -> tuple[int, int]:
    """(width, height) of a pair, or of two numbers."""
    pair = size if height is None else (size, height)
    if not is_list(pair) or len(pair) != 2:
        raise DarknetError(f"setInputSize: size must be (width, height), or two numbers, not {_shown(size)}")
    width, high = (_integer("setInputSize: size", side) for side in pair)
    return width, high


def _integer(what: str, value: Any) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise DarknetError(f"{what} must be a whole number, not {_shown(value)}") from None


def _kind(types: tuple[type, ...], words: str, made: Callable[[Any], Any]) -> Callable[[str, Any], Any]:
    """What converts values of some ``types`` by ``made``, and refuses others."""

    def converted(what: str, value: Any) -> Any:
        if not isinstance(value, types):
            raise DarknetError(f"{what} must be {words}, not {_shown(value)}")
        return made(value)

    return converted


_number = _kind((Real, np.number), "a number", float)
_flag = _kind((bool, int, np.bool_, np.integer), "True or False", bool)
_text = _kind((str, bytes), "a text", os.fsdecode)
_path = _kind((str, bytes, os.PathLike), "a file's path", os.fsdecode)


def _texts(what: str, value: Any) -> tuple[str, ...]:
    if not is_list(value):
        raise DarknetError(f"{what} must be a list of names, not {_shown(value)}")
    return tuple(_text(what, name) for name in value)


def key_of(what: str, value: Any) -> int | str:
    return _text(what, value) if isinstance(value, str | bytes) else _integer(f"{what}, if not a name,", value)


def dims_of(what: str, value: Any) -> list[int]:
    """A shape, or a list with one."""
    if not is_list(value):
        raise DarknetError(f"{what} must be (n, channels, height, width), not {_shown(value)}")
    only = value[0] if len(value) == 1 and is_list(value[0]) else value
    return [_integer(f"{what}: a side", side) for side in only]


def _numbers(what: str, value: Any) -> Any:
    values = value.ravel() if isinstance(value, np.ndarray) else value if is_list(value) else [value]
    return [_number(what, one) for one in values]


def _shown(value: Any) -> str:
    return f"{value.dtype} of shape {value.shape}" if isinstance(value, np.ndarray) else repr(value)


KINDS: dict[str, Callable[[str, Any], Any]] = {
    "Dims": dims_of, "Key": key_of, "Names": _texts, "Numbers": _numbers, "OutputPath": _path, "bool": _flag,
    "float": _number, "int": _integer, "str": _text,
}  # fmt: skip
