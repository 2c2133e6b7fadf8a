"""Darknet's kind of command line: flags with one or two dashes, anywhere between the arguments."""

from __future__ import annotations

import os
from collections.abc import Sequence
from inspect import cleandoc
from typing import ClassVar, TypeVar

from .flags import Flag, flags_of, options_from
from .others import about_flag, nearest

__all__ = ["Command", "UsageError"]

DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"  # what text programs and web pages make of - and --
HELP = Flag("help", "this text")
T = TypeVar("T", bound="Command")


class UsageError(Exception):
    """A command line that cannot be understood; its text says how to get help."""

    def __init__(self, problem: str, command: str) -> None:
        super().__init__(f"{problem} (help: {' '.join(f'darknet_py {command}'.split())} -h)")


class Command:
    """What a command takes: it derives from this as a frozen dataclass, whose fields are its flags.

    ``arguments`` as usage shows them, ``least`` the number that must be there; ``about`` and ``example`` are for the help.
    ``passes_on``: all words after the first argument are arguments too.
    """

    name: ClassVar[str]
    arguments: ClassVar[str]
    about: ClassVar[str]
    example: ClassVar[str]
    least: ClassVar[int] = 1
    passes_on: ClassVar[bool] = False

    def flags(self) -> dict[str, Flag]:
        return {flag.name: flag for flag in flags_of(type(self))}

    def parse(self: T, argv: Sequence[str]) -> tuple[list[str], T] | None:
        """(arguments, options), or None after printing help.  Raises UsageError."""
        words, arguments, given = list(argv), list[str](), dict[str, object]()
        while words:
            word = words.pop(0)
            self._check(word)
            if word == "--":
                arguments, words = arguments + words, []
            elif not word.startswith("-") or word == "-":
                arguments.append(word)
                if self.passes_on:
                    arguments, words = arguments + words, []
            elif (flag := self._flag(word)) is HELP:
                print(self.help())
                return None
            else:
                given[flag.name] = self._value(flag, word, words)
        if len(arguments) < self.least:
            raise self.wrong_usage()
        return arguments, options_from(type(self), given)

    def no_more(self, rest: Sequence[str]) -> None:
        """Raises UsageError when there are arguments left."""
        if rest:
            raise UsageError(f"{rest[0]}: {self.name} takes {self.arguments} and no more", self.name)

    def wrong_usage(self) -> UsageError:
        """The error for arguments that are missing."""
        return UsageError(self.usage(), self.name)

    def usage(self) -> str:
        """The line that shows what stands where."""
        words = f"[flags] {self.arguments}" if self.passes_on else f"{self.arguments} [flags]"
        return f"usage: darknet_py {self.name} {words}"

    def help(self) -> str:
        shown = [*self.flags().values(), HELP]
        wide = max(len(flag.spelling) for flag in shown)
        flags = "\n".join(f"  {flag.spelling:{wide}s}  {flag.help}" for flag in shown)
        place = f"stand before {self.arguments.split()[0]}" if self.passes_on else "may stand anywhere"
        about = f"{cleandoc(self.about)}\n\n{flags}\n\nFlags {place}, with one dash or two."
        return f"{self.usage()}\n\n{about}\n\nexample: {self.example}"

    def _check(self, word: str) -> None:
        """Raises UsageError for a word that nobody means."""
        if not word:
            raise UsageError(f"an argument is empty; is a variable of the shell not set? {self.usage()}", self.name)
        if word[0] in DASHES and not os.path.lexists(word):
            plain = f"-{word.lstrip(f'-{DASHES}')}"
            raise UsageError(f"{word} begins with another dash than a flag does; write {plain}", self.name)

    def _flag(self, word: str) -> Flag:
        name = word.lstrip("-").split("=", 1)[0].replace("-", "_")
        if name in ("h", "help"):
            return HELP
        known = self.flags()
        if name not in known:
            answer = about_flag(name, known, self.usage())
            raise UsageError(f"unknown flag {word}{f': {answer}' if answer else nearest(name, known, '-')}", self.name)
        return known[name]

    def _value(self, flag: Flag, word: str, words: list[str]) -> object:
        """The flag's value, from ``word`` itself (-name=value) or taken from the front of ``words``."""
        attached = word.split("=", 1)[1:]
        if not flag.value:
            if attached:
                raise UsageError(f"-{flag.name} takes no value", self.name)
            return True
        if not (text := (attached or words or [""])[0]):
            raise UsageError(f"-{flag.name} needs a value: -{flag.name} {flag.value}", self.name)
        if not attached:
            words.pop(0)
        try:
            return flag.read(text)
        except ValueError as e:
            raise UsageError(f"-{flag.name} {text}: {e}", self.name) from e
