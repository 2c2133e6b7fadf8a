"""Darknet's .cfg text → sections with numbered options.   C: parser.c read_cfg, option_list.c

The rules are the reference's: blanks inside a line are deleted, a line whose first character is ``#`` or ``;`` is
a comment, text after a value belongs to it, the first of two equal keys wins, numbers are read as atoi and atof read
them.  Other than there, blanks that cannot be seen, fullwidth forms and quotes around a value are read as they are
meant, and told; see ``files.characters``.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .errors import CfgError, DarknetWarning
from .files import characters
from .files.data import data_file, names_file, read_data
from .files.names import read_names
from .files.text import decoded, lines, read_text

__all__ = [
    "ALIASES", "Option", "Problem", "Section", "atof", "atoi", "data_file", "names_file", "parse", "read", "read_data",
    "read_names", "read_text", "scan",
]  # fmt: skip

ALIASES = {
    "avg": "avgpool",
    "conn": "connected",
    "conv": "convolutional",
    "local_avg": "local_avgpool",
    "max": "maxpool",
    "network": "net",
    "silence": "empty",
    "soft": "softmax",
}

_INT = re.compile(r"[ \t]*[+-]?[0-9]+")
_FLOAT = re.compile(r"[ \t]*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1


def atoi(text: str) -> int:
    """The leading integer of ``text``, 0 if there is none; clamped to 32 bits.   C: atoi"""
    m = _INT.match(text)
    return int(min(max(float(m[0]), _INT_MIN), _INT_MAX)) if m else 0


def atof(text: str) -> float:
    """The leading decimal number of ``text``, 0.0 if there is none.   C: atof"""
    m = _FLOAT.match(text)
    return float(m[0]) if m else 0.0


@dataclass(frozen=True)
class Option:
    """One ``key=value`` line."""

    value: str
    line: int


@dataclass(frozen=True)
class Problem:
    """A line of a cfg that cannot be used; ``fatal`` when the reference would stop or fail there.

    ``read``: it was used, but the reference would have read it in another way.
    """

    line: int
    message: str
    fatal: bool
    read: bool = False


@dataclass
class Section:
    """One ``[name]`` block of a cfg, which remembers how it was read.

    ``repeated``: (key, option) of the lines whose key was there before.  ``used``: the keys that were asked for, whether
    there or not; ``ignored``: those that are known and mean nothing at inference.  ``read_as``: the numbers, as text, that
    were found in values which have something else in them.
    """

    name: str
    path: str
    line: int
    options: dict[str, Option] = field(default_factory=dict)
    repeated: list[tuple[str, Option]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    ignored: set[str] = field(default_factory=set)
    read_as: dict[str, str] = field(default_factory=dict)

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
        """Warn (DarknetWarning) of this section, or of the line of ``key``."""
        warnings.warn(DarknetWarning(message, self.where(key), self.line_of(key)), stacklevel=3)

    def text(self, key: str, default: str = "") -> str:
        """The option's text."""
        return self.options[key].value if key in self else default

    def integer(self, key: str, default: int = 0, least: int | None = None, most: int | None = None) -> int:
        """The option as atoi reads it; CfgError outside ``least`` … ``most``.   C: option_find_int"""
        value = atoi(self._numbers(key, _INT, self.text(key))[0]) if key in self else default
        self._bound(key, value, least, most)
        return value

    def number(self, key: str, default: float = 0.0, least: float | None = None) -> float:
        """The option as atof reads it; CfgError below ``least``.   C: option_find_float"""
        value = atof(self._numbers(key, _FLOAT, self.text(key))[0]) if key in self else default
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
        return [atof(v) for v in self._numbers(key, _FLOAT, *self._items(key))] if key in self else None

    def ignore(self, *keys: str) -> None:
        """Mark options that are known but mean nothing at inference."""
        self.ignored.update(keys)

    def unread(self) -> list[tuple[int, str]]:
        """(line, key) of the options that nothing has read.   C: option_list.c option_unused"""
        return [(o.line, key) for key, o in self.options.items() if key not in self.used | self.ignored]

    def _items(self, key: str) -> list[str]:
        items = self.text(key).split("#")[0].split(",")
        return items[:-1] if len(items) > 1 and items[-1] == "" else items

    def _numbers(self, key: str, pattern: re.Pattern[str], *items: str) -> list[str]:
        """The number that each item begins with, 0 if there is none; ``read_as`` when that is not the whole value."""
        found = [m[0] if (m := pattern.match(item)) else "0" for item in items]
        if self.text(key).rstrip(",") != ",".join(found):
            self.read_as[key] = ",".join(found)
        return found

    def _bound(self, key: str, value: float, least: float | None, most: float | None) -> None:
        if (least is not None and value < least) or (most is not None and value > most):
            allowed = f"at least {least}" if most is None else f"from {least} to {most}"
            odd = f", read of a text with {strange}," if (strange := characters.named(self.text(key))) else ""
            raise self.error(f"{key}={value}{odd} is not possible; it must be {allowed}", key)


def read(cfg: str | Path | bytes | Sequence[Section]) -> list[Section]:
    """Read a .cfg file, given its path or its bytes; sections that have been read already are what they are.

    Raises CfgError when the file is missing, a directory, binary, empty or not made of sections.
    """
    if isinstance(cfg, bytes):
        return parse(decoded(cfg, "<cfg>"))
    return parse(read_text(cfg), str(cfg)) if isinstance(cfg, (str, Path)) else list(cfg)


def parse(text: str, path: str = "<cfg>") -> list[Section]:
    """Sections of a cfg text, in order; ``path`` names it in errors.  Warns (DarknetWarning) of lines that are ignored.

    Raises CfgError at the first line that the reference fails at.   C: parser.c read_cfg
    """
    sections, problems = scan(text, path)
    for problem in problems:
        if problem.fatal:
            raise CfgError(problem.message, f"{path}:{problem.line}:", problem.line)
        warnings.warn(DarknetWarning(problem.message, f"{path}:{problem.line}:", problem.line), stacklevel=2)
    if not sections:
        raise CfgError(f"{path}: no sections; a Darknet cfg starts with [net]")
    return sections


def scan(text: str, path: str) -> tuple[list[Section], list[Problem]]:
    """All sections of a cfg text as far as it can be understood, and all lines that cannot be used."""
    sections: list[Section] = []
    problems: list[Problem] = []
    odd: list[tuple[int, str]] = []
    for number, raw in enumerate(lines(text), 1):
        line, replaced = characters.option_line(raw)
        if not line or line[0] in characters.COMMENT:
            continue
        odd += [(number, character) for character in replaced]
        if strange := characters.disguised(line.partition("=")[0]):
            problems.append(Problem(number, f"{strange} in a name of plain letters; write it anew", False))
        if line[0] == "[":
            if not line.endswith("]"):
                problems.append(Problem(number, f"section name without closing bracket: {line[:60]!r}", True))
            name = line[1:].partition("]")[0]
            sections.append(Section(ALIASES.get(name, name), path, number))
        elif "=" not in line[:-1]:
            problems.append(Problem(number, f"ignored, neither [section] nor key=value: {raw.strip()[:60]!r}", False))
        elif not sections:
            problems.append(Problem(number, "option before the first [section]; a cfg starts with [net]", True))
        else:
            key, value = line.split("=", 1)
            _add_option(sections[-1], key, Option(value, number))
    if message := characters.report(odd):
        problems.append(Problem(odd[0][0], message, fatal=False, read=True))
    return sections, problems


def _add_option(section: Section, key: str, option: Option) -> None:
    """The first of two equal keys wins."""
    if section.options.setdefault(key, option) is not option:
        section.repeated.append((key, option))
