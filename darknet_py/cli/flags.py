"""Flags, as the fields of frozen dataclasses: a field's name is the flag's, its type what the command gets.

A command's options may hold groups of flags, which are such dataclasses too.  Without any flag all have their defaults.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar, overload

__all__ = ["IDLE", "Flag", "flags_of", "group", "idle", "options_from", "switch", "valued"]

IDLE = "accepted for Darknet's sake"
T = TypeVar("T")


@dataclass(frozen=True)
class Flag:
    """``-name`` alone, or ``-name VALUE`` when there is a ``value`` (the word for it in the help text).

    ``read`` turns the value's text into what the command gets; its ValueError is the user's error message.
    """

    name: str
    help: str
    value: str = ""
    read: Callable[[str], object] = str

    @property
    def spelling(self) -> str:
        return f"-{self.name} {self.value}".rstrip()


def switch(help: str) -> bool:
    """A flag without a value: whether it is given."""
    return field(default=False, metadata={"flag": Flag("", help)})


@overload
def valued(help: str, value: str, read: Callable[[str], T], default: T) -> T: ...


@overload
def valued(help: str, value: str, read: Callable[[str], T]) -> T | None: ...


def valued(help: str, value: str, read: Callable[[str], T], default: T | None = None) -> T | None:
    """A flag with a value, which ``read`` makes of its text."""
    return field(default=default, metadata={"flag": Flag("", help, value, read)})


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
    """The options with the values that are ``given`` by the flags' names."""
    values = {}
    for entry in fields(options):  # type: ignore[arg-type]
        if inner := entry.metadata.get("group"):
            values[entry.name] = options_from(inner, given)
        elif entry.name in given:
            values[entry.name] = given[entry.name]
    return options(**values)
