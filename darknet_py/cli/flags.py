"""Flags, as the fields of frozen dataclasses: a field's name is the flag's, its type what the command gets.

A command's options may hold groups of flags, which are such dataclasses too.  Without any flag all have their defaults.
Below: what the value of a flag may be, as readers from text, whose ValueError is the user's error message.
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar, overload

from ..boxes.thresholds import Kind, check_threshold

__all__ = [
    "IDLE", "Flag", "Size", "choice", "count", "flags_of", "group", "hosts", "idle", "integer", "natural", "number",
    "options_from", "repeated", "share", "size", "switch", "threshold", "valued", "within",
]  # fmt: skip

IDLE = "accepted for Darknet's sake"
Size = tuple[int, int]  # width, height in pixels
HOST = re.compile(r"[\w-]+(\.[\w-]+)*\.?", re.ASCII)
T = TypeVar("T")
W = TypeVar("W", bound=str)


@dataclass(frozen=True)
class Flag:
    """``-name`` alone, or ``-name VALUE`` when there is a ``value`` (the word for it in the help text).

    ``read`` turns the value's text into what the command gets; its ValueError is the user's error message.  ``several``:
    whole numbers that follow the value belong to it, as behind a comma.  ``first``: the value is the command's first
    argument too.  ``repeated``: it may be given more than once, and gives a list.  ``alone``: what it gives without a
    value, of what was given before.
    """

    name: str
    help: str
    value: str = ""
    read: Callable[[str], object] = str
    several: bool = False
    first: bool = False
    repeated: bool = False
    alone: Callable[[object], object] = lambda before: True

    @property
    def spelling(self) -> str:
        return f"-{self.name} {self.value}".rstrip()


def switch(help: str) -> bool:
    """A flag without a value: whether it is given."""
    return field(default=False, metadata={"flag": Flag("", help)})


@overload
def valued(help: str, value: str, read: Callable[[str], T], default: T) -> T: ...


@overload
def valued(help: str, value: str, read: Callable[[str], T], *, several: bool = ..., first: bool = ...) -> T | None: ...


def valued(
    help: str, value: str, read: Callable[[str], T], default: T | None = None, several: bool = False, first: bool = False
) -> T | None:
    """A flag with a value, which ``read`` makes of its text."""
    return field(default=default, metadata={"flag": Flag("", help, value, read, several, first)})


def repeated(help: str, value: str, read: Callable[[str], T]) -> Sequence[T]:
    """A flag with a value that may be given several times."""
    return field(default=(), metadata={"flag": Flag("", help, value, read, repeated=True)})


def idle(value: str = "", help: str = f"{IDLE}, without effect") -> object:
    """A flag that means nothing here but that Darknet takes."""
    return field(default=None, metadata={"flag": Flag("", help, value)})


def group(options: type[T]) -> T:
    """All flags of other options."""
    return field(default_factory=options, metadata={"group": options})


def flags_of(options: type[Any]) -> Iterator[Flag]:
    """All flags, in the order in which they are declared."""
    for entry in fields(options):
        if inner := entry.metadata.get("group"):
            yield from flags_of(inner)
        else:
            yield replace(entry.metadata["flag"], name=entry.name)


def options_from(options: type[T], given: Mapping[str, object]) -> T:
    """The options with the values that are ``given`` by the flags' names.  Raises ValueError as they do."""
    values = {}
    for entry in fields(options):  # type: ignore[arg-type]
        if inner := entry.metadata.get("group"):
            values[entry.name] = options_from(inner, given)
        elif entry.name in given:
            values[entry.name] = given[entry.name]
    return options(**values)


def number(text: str) -> float:
    """A finite number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError("not a number")
    return value


def within(wanted: str, least: float, most: float = math.inf) -> Callable[[str], float]:
    """A number from ``least`` to ``most``, both included; ``wanted`` says it in words."""

    def read(text: str) -> float:
        value = number(text)
        if not least <= value <= most:
            raise ValueError(f"not {wanted}")
        return value

    return read


def integer(wanted: str, least: int, most: float = math.inf) -> Callable[[str], int]:
    """A whole number from ``least`` to ``most``, both included; ``wanted`` says it in words."""

    def read(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise ValueError(f"not {wanted}")
        return int(text)

    return read


share = within("from 0 to 1", 0, 1)
count = integer("a whole number from 1", 1)
natural = integer("a whole number from 0", 0)


def threshold(kind: Kind) -> Callable[[str], float]:
    """A number for a threshold; warns (DarknetWarning) when it is not from 0 to 1."""

    def read(text: str) -> float:
        value = number(text)
        check_threshold(kind, f"-{kind}", value)
        return value

    return read


def choice(*words: W) -> Callable[[str], W]:
    """One of ``words``."""

    def read(text: str) -> W:
        if text not in words:
            raise ValueError(f"not one of {', '.join(words)}")
        return words[words.index(text)]

    return read


def hosts(text: str) -> list[str]:
    """Names or addresses of machines, with commas between; without ports."""
    names = [name for name in text.split(",") if name]
    for name in names:
        if not HOST.fullmatch(name) and not _is_address(name):
            raise ValueError(f"{name!r} is no machine's name, as in cam.example.org or 192.168.1.7, without port and path")
    return [name.removesuffix(".") for name in names]


def _is_address(text: str) -> bool:
    with suppress(ValueError):
        return bool(ipaddress.ip_address(text))
    return False


def size(text: str) -> Size:
    """(width, height) of ``640x384``, or of ``640`` for a square."""
    sides = text.lower().split("x")
    try:
        width, height = map(count, sides if len(sides) > 1 else sides * 2)
    except ValueError:
        raise ValueError("not a width and a height, as in 640x384") from None
    return width, height
