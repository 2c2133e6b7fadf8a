"""Darknet's kind of command line: flags with one or two dashes, anywhere between the arguments."""

from __future__ import annotations

import os
from collections.abc import Sequence
from inspect import cleandoc
from typing import Any, ClassVar, TypeVar

from . import layout
from .aliases import alias, aliases
from .flags import Flag, flags_of, options_from
from .hints import here
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

    @classmethod
    def flags(cls) -> dict[str, Flag]:
        return {flag.name: flag for flag in flags_of(cls)}

    @classmethod
    def parse(cls: type[T], argv: Sequence[str]) -> tuple[list[str], T] | None:
        """(arguments, options), or None after printing help.  Raises UsageError."""
        words, arguments, given = list(argv), list[str](), dict[str, object]()
        while words:
            word = words.pop(0)
            cls._check(word)
            if word == "--":
                arguments, words = arguments + words, []
            elif not word.startswith("-") or word == "-":
                arguments.append(word)
                if cls.passes_on:
                    arguments, words = arguments + words, []
            elif (flag := cls._flag(word)) is HELP:
                print(cls.help())
                return None
            elif flag.value:
                cls._take(flag, cls._value(flag, word, words), arguments, given)
            else:
                given[flag.name] = cls._alone(flag, word, given.get(flag.name))
        arguments = [str(given[flag.name]) for flag in cls.flags().values() if flag.first and flag.name in given] + arguments
        if len(arguments) < cls.least:
            raise cls.wrong_usage()
        try:
            return arguments, options_from(cls, given)
        except ValueError as e:
            raise UsageError(str(e), cls.name) from e

    @classmethod
    def no_more(cls, rest: Sequence[str]) -> None:
        """Raises UsageError when there are arguments left."""
        if rest:
            raise UsageError(f"{rest[0]}: {cls.name} takes {cls.arguments} and no more", cls.name)

    @classmethod
    def wrong_usage(cls) -> UsageError:
        """The error for arguments that are missing."""
        return UsageError(cls.usage(), cls.name)

    @classmethod
    def usage(cls) -> str:
        """The line that shows what stands where."""
        words = f"[flags] {cls.arguments}" if cls.passes_on else f"{cls.arguments} [flags]"
        return f"usage: darknet_py {cls.name} {words}"

    @classmethod
    def help(cls) -> str:
        """All about the command, as wide as the terminal."""
        wide = layout.width()
        flags = layout.rows(((flag.spelling, here(flag.help)) for flag in [*cls.flags().values(), HELP]), wide)
        place = f"stand before {cls.arguments.split()[0]}" if cls.passes_on else "may stand anywhere"
        parts = (
            layout.command_line(cls.usage(), wide), layout.prose(here(cleandoc(cls.about)), wide), flags,
            layout.prose(f"Flags {place}, with one dash or two.", wide),
            layout.command_line(cls.example, wide, "example: "),
        )  # fmt: skip
        return "\n\n".join(parts)

    @classmethod
    def _check(cls, word: str) -> None:
        """Raises UsageError for a word that nobody means."""
        if not word:
            raise UsageError(f"an argument is empty; is a variable of the shell not set? {cls.usage()}", cls.name)
        if word[0] in DASHES and not os.path.lexists(word):
            plain = f"-{word.lstrip(f'-{DASHES}')}"
            raise UsageError(f"{word} begins with another dash than a flag does; write {plain}", cls.name)
        name, equals, _ = word.partition("=")
        if equals and name.isidentifier() and not os.path.lexists(word) and cls._known(name):
            raise UsageError(f"{word} is no file; a flag begins with a dash: -{word}", cls.name)

    @classmethod
    def _known(cls, name: str) -> Flag | None:
        """The flag of this name, by which it may be known elsewhere."""
        known = cls.flags()
        return known.get(name) or (None if cls.passes_on else alias(name, known))

    @classmethod
    def _flag(cls, word: str) -> Flag:
        name = word.lstrip("-").split("=", 1)[0].replace("-", "_")
        if name in ("h", "help"):
            return HELP
        if flag := cls._known(name):
            return flag
        known = cls.flags()
        answer = about_flag(name, known, cls.usage())
        like = (answer and f": {answer}") or nearest(name, [*known, *(() if cls.passes_on else aliases(known))], "-")
        raise UsageError(f"unknown flag {word}{like}", cls.name)

    @classmethod
    def _alone(cls, flag: Flag, word: str, before: object) -> object:
        """What a flag without a value says."""
        if "=" in word:
            raise UsageError(f"{word.split('=', 1)[0]} takes no value", cls.name)
        return flag.alone(before)

    @classmethod
    def _value(cls, flag: Flag, word: str, words: list[str]) -> str:
        """The text of a flag's value, from ``word`` itself (-name=value) or taken from the front of ``words``."""
        name, *attached = word.split("=", 1)
        name = f"-{flag.name}" if flag.name else name
        if not (text := (attached or words or [""])[0]):
            raise UsageError(f"{name} needs a value: {name} {flag.value}", cls.name)
        if not attached:
            words.pop(0)
        while flag.several and words and words[0].isdecimal() and not os.path.lexists(words[0]):
            text = f"{text},{words.pop(0)}"
        return text

    @classmethod
    def _take(cls, flag: Flag, text: str, arguments: list[str], given: dict[str, object]) -> None:
        if not flag.name:
            arguments.append(text)
            return
        try:
            value = flag.read(text)
        except ValueError as e:
            raise UsageError(f"-{flag.name} {text}: {e}", cls.name) from e
        before: Any = given.get(flag.name, ())
        given[flag.name] = (*before, value) if flag.repeated else value
