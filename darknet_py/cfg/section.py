"""One ``[name]`` block of a cfg and its options.   C: option_list.c"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import copysign, inf

from ..errors import CfgError, DarknetWarning
from ..files import characters

__all__ = ["MAX_ITEMS", "Option", "Section", "atof", "atoi"]

MAX_ITEMS = 10_000  # of a list

_INT = re.compile(r"[ \t]*[+-]?[0-9]+")
_FLOAT = re.compile(r"[ \t]*[+-]?([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1
_FLOAT_END = (2 - 2**-24) * 2.0**127  # rounded to infinity


def atoi(text: str) -> int:
    """The leading integer of ``text``, 0 if there is none; clamped to 32 bits.   C: atoi"""
    m = _INT.match(text)
    return int(min(max(float(m[0]), _INT_MIN), _INT_MAX)) if m else 0


def atof(text: str) -> float:
    """The leading decimal number of ``text``, 0.0 if there is none.   C: atof"""
    m = _FLOAT.match(text)
    return float(m[0]) if m else 0.0


def _float(text: str) -> float:
    """``atof``, infinite where float32 ends.   C: option_list.c option_find_float"""
    value = atof(text)
    return value if abs(value) < _FLOAT_END else copysign(inf, value)


@dataclass(frozen=True)
class Option:
    """One ``key=value`` line."""

    value: str
    line: int


@dataclass
class Section:
    """One ``[name]`` block of a cfg, which remembers how it was read.

    ``repeated``: (key, option) of the lines whose key was there before.  ``used``: the keys that were asked for, whether
    there or not; ``ignored``: those that are known and mean nothing at inference.  ``read_as``: the numbers, as text, that
    were found in values which have something else in them.  ``doubts``: what its reader warned of.  ``meant``: what options
    should say, and under the key "" the section's name, where that is beyond doubt.
    """

    name: str
    path: str
    line: int
    options: dict[str, Option] = field(default_factory=dict)
    repeated: list[tuple[str, Option]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    ignored: set[str] = field(default_factory=set)
    read_as: dict[str, str] = field(default_factory=dict)
    doubts: list[DarknetWarning] = field(default_factory=list)
    meant: dict[str, str] = field(default_factory=dict)

    def __contains__(self, key: str) -> bool:
        self.used.add(key)
        return key in self.options

    def line_of(self, key: str | None = None) -> int:
        """The line of an option, or of the section's name without one."""
        return self.options[key].line if key in self.options else self.line

    def where(self, key: str | None = None) -> str:
        """``file:line: [section]`` of the section, or of one of its options."""
        return f"{self.path}:{self.line_of(key)}: [{self.name}]"

    def error(self, message: str, key: str | None = None) -> CfgError:
        """A CfgError that points at this section, or at the line of ``key``."""
        return CfgError(message, self.where(key), self.line_of(key))

    def warn(self, message: str, key: str | None = None) -> None:
        """Note something suspicious about this section, or the line of ``key``: ``graph.build`` warns of it."""
        self.doubts.append(DarknetWarning(message, self.where(key), self.line_of(key)))

    def text(self, key: str, default: str = "") -> str:
        return self.options[key].value if key in self else default

    def integer(self, key: str, default: int = 0, least: int | None = None, most: int | None = None) -> int:
        """The option as atoi reads it; CfgError outside ``least`` … ``most``.   C: option_find_int"""
        value = atoi(self._numbers(key, _INT, self.text(key))[0]) if key in self else default
        self._bound(key, value, least, most)
        return value

    def number(self, key: str, default: float = 0.0, least: float | None = None) -> float:
        """The option as atof reads it; CfgError below ``least``.   C: option_find_float"""
        value = _float(self._numbers(key, _FLOAT, self.text(key))[0]) if key in self else default
        self._bound(key, value, least, None)
        return value

    def choice(self, key: str, default: str, choices: Iterable[str]) -> str:
        """The option's text, which must be one of ``choices``."""
        value, known = self.text(key, default), sorted(choices)
        if value not in known:
            odd = f" has {strange} in it and" if (strange := characters.named(value)) else ""
            raise self.error(f"{key}={value}{odd} is not known; use one of: {', '.join(known)}", key)
        return value

    def integers(self, key: str) -> list[int] | None:
        """A comma-separated list of integers, None if absent.   C: parser.c parse_yolo_mask"""
        return [atoi(v) for v in self._numbers(key, _INT, *self._items(key))] if key in self else None

    def numbers(self, key: str) -> list[float] | None:
        """A comma-separated list of numbers, None if absent."""
        return [_float(v) for v in self._numbers(key, _FLOAT, *self._items(key))] if key in self else None

    def ignore(self, *keys: str) -> None:
        """Mark options that are known but mean nothing at inference."""
        self.ignored.update(keys)

    def unread(self) -> list[tuple[int, str]]:
        """(line, key) of the options that nothing has read.   C: option_list.c option_unused"""
        read = self.used | self.ignored
        return [(o.line, key) for key, o in self.options.items() if key not in read]

    def _items(self, key: str) -> list[str]:
        items = self.text(key).split("#")[0].split(",")
        if len(items) > MAX_ITEMS:
            raise self.error(f"{key}= has {len(items)} items; at most {MAX_ITEMS} are possible", key)
        return items[:-1] if len(items) > 1 and items[-1] == "" else items

    def _numbers(self, key: str, pattern: re.Pattern[str], *items: str) -> list[str]:
        """The number that each item begins with, 0 if there is none; ``read_as`` when that is not the whole value."""
        numbers = [m[0] if (m := pattern.match(item)) else "0" for item in items]
        if self.text(key).rstrip(",") != ",".join(numbers):
            self.read_as[key] = ",".join(numbers)
        if strange := next((named for item in items if (named := characters.named(item[:1]))), ""):
            self.warn(f"{key}={self.text(key)}: {strange} begins no number; read as 0", key)
        return numbers

    def _bound(self, key: str, value: float, least: float | None, most: float | None) -> None:
        if (least is not None and value < least) or (most is not None and value > most):
            allowed = f"at least {least}" if most is None else f"from {least} to {most}"
            odd = f", read of a text with {strange}," if (strange := characters.named(self.text(key))) else ""
            raise self.error(f"{key}={value}{odd} is not possible; it must be {allowed}", key)
