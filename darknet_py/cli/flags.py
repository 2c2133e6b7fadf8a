"""Darknet's kind of command line: flags with one or two dashes, anywhere between the arguments.

A command declares its flags in a table; the table parses, explains itself and suggests what a misspelt flag meant.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from ..boxes.thresholds import check_thresholds
from ..files.names import check_encoding
from . import others
from .nearness import nearest

__all__ = [
    "NAMES_ENCODING", "SIZE", "Command", "Flag", "UsageError", "choice", "count", "ignored", "nearest", "number", "share",
    "size", "threshold", "whole",
]  # fmt: skip


DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"  # what text programs and web pages make of - and --


class UsageError(Exception):
    """A command line that cannot be understood; its text says how to get help."""

    def __init__(self, problem: str, command: str) -> None:
        super().__init__(f"{problem} (help: {' '.join(f'darknet_py {command}'.split())} -h)")


@dataclass(frozen=True)
class Flag:
    """``-name`` alone, or ``-name VALUE`` when there is a ``value`` (the word for it in the help text).

    ``read`` turns the value's text into what the command gets; its ValueError is the user's error message.
    """

    name: str
    help: str
    value: str = ""
    read: Callable[[str], Any] = str
    default: Any = None


HELP = Flag("help", "this text")


def ignored(*spellings: str) -> tuple[Flag, ...]:
    """Flags, as ``"show"`` or ``"thresh P"``, that mean nothing here but that Darknet takes."""
    names = (spelling.partition(" ") for spelling in spellings)
    return tuple(Flag(name, "accepted for Darknet's sake, without effect", value) for name, _, value in names)


@dataclass(frozen=True)
class Command:
    """What a command takes.  ``arguments`` as usage shows them, ``least`` the number that must be there.

    ``passes_on``: all words after the first argument are arguments too.
    """

    name: str
    arguments: str
    about: str
    example: str
    flags: tuple[Flag, ...]
    least: int = 0
    passes_on: bool = False

    def parse(self, argv: Sequence[str]) -> tuple[list[str], SimpleNamespace] | None:
        """(arguments, flag values by name), or None after printing help.  Raises UsageError."""
        given, values = list(argv), SimpleNamespace(**{f.name: f.default if f.value else False for f in self.flags})
        arguments: list[str] = []
        while given:
            word = given.pop(0)
            self._check(word)
            if word == "--":
                arguments, given = arguments + given, []
            elif not word.startswith("-") or word == "-":
                arguments.append(word)
                if self.passes_on:
                    arguments, given = arguments + given, []
            elif (flag := self._flag(word)) is HELP:
                print(self.help())
                return None
            else:
                setattr(values, flag.name, self._value(flag, word, given))
        if len(arguments) < self.least:
            raise self.wrong_usage()
        return arguments, values

    def no_more(self, rest: Sequence[str]) -> None:
        """Raises UsageError when there are arguments left."""
        if rest:
            raise UsageError(f"{rest[0]}: {self.name} takes {self.arguments} and no more", self.name)

    def wrong_usage(self) -> UsageError:
        """The error for arguments that are missing."""
        return UsageError(self.usage, self.name)

    @property
    def usage(self) -> str:
        """The line that shows what stands where."""
        words = f"[flags] {self.arguments}" if self.passes_on else f"{self.arguments} [flags]"
        return f"usage: darknet_py {self.name} {words}"

    def help(self) -> str:
        """Usage, flags and an example."""
        shown = [(f"-{f.name} {f.value}".rstrip(), f.help) for f in (*self.flags, HELP)]
        wide = max(len(spelling) for spelling, _ in shown)
        rows = "\n".join(f"  {spelling:{wide}s}  {text}" for spelling, text in shown)
        place = f"stand before {self.arguments.split()[0]}" if self.passes_on else "may stand anywhere"
        return (
            f"{self.usage}\n\n{self.about}\n\n{rows}\n\n"
            f"Flags {place}, with one dash or two.\n\nexample: {self.example}"
        )

    def _check(self, word: str) -> None:
        """Raises UsageError for a word that nobody means."""
        if not word:
            raise UsageError(f"an argument is empty; is a variable of the shell not set? {self.usage}", self.name)
        if word[0] in DASHES and not os.path.lexists(word):
            plain = f"-{word.lstrip(f'-{DASHES}')}"
            raise UsageError(f"{word} begins with another dash than a flag does; write {plain}", self.name)

    def _flag(self, word: str) -> Flag:
        name = word.lstrip("-").split("=", 1)[0].replace("-", "_")
        if name in ("h", "help"):
            return HELP
        known = {f.name: f for f in self.flags}
        if name not in known:
            answer = others.about_flag(name, known, self.usage)
            raise UsageError(f"unknown flag {word}{f': {answer}' if answer else nearest(name, known, '-')}", self.name)
        return known[name]

    def _value(self, flag: Flag, word: str, given: list[str]) -> Any:
        """The flag's value, from ``word`` itself (-name=value) or taken from the front of ``given``."""
        attached = word.split("=", 1)[1:]
        if not flag.value:
            if attached:
                raise UsageError(f"-{flag.name} takes no value", self.name)
            return True
        if not (text := (attached or given or [""])[0]):
            raise UsageError(f"-{flag.name} needs a value: -{flag.name} {flag.value}", self.name)
        if not attached:
            given.pop(0)
        try:
            return flag.read(text)
        except ValueError as e:
            raise UsageError(f"-{flag.name} {text}: {e}", self.name) from e


def number(text: str) -> float:
    """A finite number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError("not a number")
    return value


def threshold(name: str) -> Callable[[str], float]:
    """A number for a threshold; warns (DarknetWarning) when it is not from 0 to 1."""

    def read(text: str) -> float:
        value = number(text)
        check_thresholds(**{f"-{name}": value})
        return value

    return read


def share(text: str) -> float:
    """A number from 0 to 1."""
    value = number(text)
    if not 0 <= value <= 1:
        raise ValueError("not from 0 to 1")
    return value


def count(text: str) -> int:
    """A whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise ValueError("not a whole number from 1")
    return int(text)


def whole(text: str) -> int:
    """A whole number from 0."""
    if not text.isdecimal():
        raise ValueError("not a whole number from 0")
    return int(text)


def choice(*words: str) -> Callable[[str], str]:
    """One of ``words``."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"not one of {', '.join(words)}")
        return text

    return read


def size(text: str) -> tuple[int, int]:
    """(width, height) of ``640x384``, or of ``640`` for a square."""
    sides = text.lower().split("x")
    try:
        width, height = map(count, sides if len(sides) > 1 else sides * 2)
    except ValueError:
        raise ValueError("not a width and a height, as in 640x384") from None
    return width, height


SIZE = Flag("size", "width and height of the network's input in place of those of the cfg", "WxH", size)
NAMES_ENCODING = Flag(
    "names_encoding", "of the class names, where it is not UTF-8: gbk, big5, shift_jis, euc_kr, cp1251, latin-1 ...", "NAME",
    check_encoding,
)  # fmt: skip
