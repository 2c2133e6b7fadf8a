"""What can stand where on a command line, from the tables of commands and flags: what a shell offers after TAB."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .. import engines, store, zoo
from .commands import COMMANDS, FAMILIES, WORDS, about, flags, module
from .flags import IDLE, Flag

__all__ = ["Command", "Offer", "Option", "commands", "first_words"]

Paths = Literal["", "files", "folders"]
PLACES = (
    "FILE", "PATH", "PREFIX", "DATA", "LIST", "NEW.cfg", "CFG", "WEIGHTS", "PICTURE", "VIDEO", "MODEL", "SCRIPT", "OUT",
)  # fmt: skip
SHELLS = "bash", "zsh", "fish"
HELP = Flag("help", "all about the command")


@dataclass(frozen=True)
class Offer:
    """Words that are offered, and whether paths are."""

    words: tuple[str, ...] = ()
    paths: Paths = ""


@dataclass(frozen=True)
class Option:
    """A flag: its name without dashes, the first words of its help, what its value may be (None: it has none)."""

    name: str
    help: str
    value: Offer | None


@dataclass(frozen=True)
class Command:
    """A command: its words, its flags, and what its arguments may be."""

    name: str
    options: tuple[Option, ...]
    arguments: Offer


def first_words() -> dict[str, dict[str, str]]:
    """Words and what they are for, by the words before: none, a family, ``help``."""
    first = {word: about(word) for word in WORDS}
    of_help = {f"help {family}": members for family, members in FAMILIES.items()}
    return {"": {**first, "help": "all about a command"}, "help": first, **FAMILIES, **of_help}


def commands() -> Iterator[Command]:
    """All of them."""
    for name in COMMANDS:
        known = [*(flag for flag in flags(name).values() if not flag.help.startswith(IDLE)), HELP]
        yield Command(name, tuple(map(_option, known)), _arguments(name, module(name).Options.arguments))


def _option(flag: Flag) -> Option:
    help = re.split(r"[:;(]|, ", flag.help)[0].strip()
    return Option(flag.name, help, _value(flag) if flag.value else None)


def _value(flag: Flag) -> Offer:
    if flag.name == "model":
        return Offer(tuple(zoo.NETWORKS), "files")
    if flag.name == "engine":
        return Offer(tuple(engines.ENGINES))
    parts = flag.value.split("|")
    words = tuple(part for part in parts if re.fullmatch(r"[a-z0-9][\w.-]*", part) and part.islower() | part.isdigit())
    return Offer(words, _paths(parts))


def _paths(parts: list[str]) -> Paths:
    if any(part.startswith("FOLDER") for part in parts):
        return "folders"
    return "files" if any(part.startswith(PLACES) for part in parts) else ""


def _arguments(name: str, shown: str) -> Offer:
    parts = re.findall(r"[\w.]+", shown)
    networks = tuple(zoo.NETWORKS) if {"NAME", "NETWORK"} & set(parts) else ()
    own = {"fetch": tuple(store.PUBLISHED), "completion": SHELLS}
    return Offer(own.get(name, networks), _paths(parts))
