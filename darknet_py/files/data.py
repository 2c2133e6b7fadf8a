"""The .data file, which says where the other files of a network and its training are.   C: option_list.c read_data_cfg"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import CfgError, DarknetWarning
from .characters import COMMENT, bare, plain, report, trimmed, unquoted
from .nearby import nearby, sought
from .paths import expanded, find, meant, respelt
from .text import lines, read_text

__all__ = ["NAMES_REMEDY", "Data", "Entry", "data_file", "names_file", "read_data", "scan_data"]

NAMES_REMEDY = "fix the path or give the names yourself"
_EQUALS = re.compile("[=\ufe66\uff1d]")


@dataclass(frozen=True)
class Entry:
    """The value of an option as it is written, without the blanks around it, and its line."""

    written: str
    line: int

    @property
    def value(self) -> str:
        """As the reference reads it, without any blanks; quotes around it and fullwidth signs are read as meant."""
        return plain(bare(unquoted(self.written)))


@dataclass(frozen=True)
class Data:
    """A .data file's options.  The first of two equal keys wins; keys without a value are left out.

    ``beside``: other files of the network, by which those that are named here may lie.
    """

    path: str
    entries: dict[str, Entry]
    beside: Sequence[str | Path] = ()
    told: set[str] = field(default_factory=set, compare=False)  # options that were warned of

    @classmethod
    def read(cls, path: str | Path, beside: Sequence[str | Path] = ()) -> Data:
        """Warns (DarknetWarning) of lines that are left out.  Raises CfgError for a file that cannot be read."""
        entries, problems = scan_data(path)
        for problem in problems:
            warnings.warn(problem, stacklevel=2)
        return cls(str(path), entries, beside)

    def __contains__(self, key: str) -> bool:
        return key in self.entries

    def get(self, key: str, default: str = "") -> str:
        """The value of an option without blanks."""
        return self.entries[key].value if key in self.entries else default

    def where(self, key: str) -> str:
        """``file:line:`` of an option that is there."""
        return f"{self.path}:{self.entries[key].line}:"

    def file(self, key: str, remedy: str = "fix the path") -> Path:
        """``locate``, with its warning shown once."""
        path, problem = self.locate(key, remedy)
        if problem and key not in self.told:
            self.told.add(key)
            warnings.warn(problem, stacklevel=2)
        return path

    def locate(self, key: str, remedy: str = "fix the path") -> tuple[Path, DarknetWarning | None]:
        """The file that an option points to, and a warning where that is not what Darknet finds.

        A relative path is tried from the working directory, as the reference does, then from the .data file's folder, the
        one above, and others of ``nearby``.  Raises CfgError when there is no such option, or no such file.
        """
        if key not in self.entries:
            raise CfgError(f"{self.path}: no {key}= in it; add the path of that file")
        entry, files = self.entries[key], (self.path, *self.beside)
        path = nearby(entry.written, *files, is_there=_is_readable, option=True)
        if path is None:
            is_folder = find(entry.written, is_there=os.path.isdir)
            what = "is a folder, not a file" if is_folder else "is not there"
            looked = "" if is_folder else f"; looked in {sought(*files)}"
            raise CfgError(f"{key}={meant(entry.written)} {what}; {remedy}{looked}", self.where(key), entry.line)
        if not respelt(entry.written, path):
            return Path(path), None
        message = f"{key}={entry.written} is read with / in place of \\; Darknet does not read it so"
        return Path(path), DarknetWarning(message, self.where(key), entry.line)

    def folder(self, key: str, default: str) -> str:
        """The folder that an option names, whether it is there or not."""
        if key not in self.entries:
            return default
        written = self.entries[key].written
        return find(written, is_there=os.path.isdir, option=True) or expanded(written)

    def names(self, *keys: str) -> Path:
        """The file of class names that names= points to, or the first of ``keys`` that is there.

        Raises CfgError when there is none of them, or its file is nowhere.
        """
        return self.file(self.names_key(*keys), NAMES_REMEDY)

    def names_key(self, *keys: str) -> str:
        """names, or the first of ``keys``, if it is there; CfgError if none is."""
        keys = keys or ("names",)
        key = next((k for k in keys if k in self), None)
        if key is None:
            raise CfgError(f"{self.path}: no {keys[0]}= in it, the file of class names; add it or give the names yourself")
        return key


def read_data(path: str | Path) -> dict[str, str]:
    """A .data file's options, blanks deleted as in a cfg; warnings and errors of ``Data.read``."""
    return {key: entry.value for key, entry in Data.read(path).entries.items()}


def names_file(data: str | Path, *keys: str, beside: Sequence[str | Path] = ()) -> Path:
    """``Data.names`` of a .data file."""
    return Data.read(data, beside).names(*keys)


def data_file(data: str | Path, key: str) -> Path:
    """``Data.file`` of a .data file."""
    return Data.read(data).file(key)


def _is_readable(path: str) -> bool:
    """Whether a path is a file's, or a pipe's as ``/dev/stdin``."""
    return os.path.exists(path) and not os.path.isdir(path)


def scan_data(path: str | Path) -> tuple[dict[str, Entry], list[DarknetWarning]]:
    """The options of a .data file, and what is to be said about its lines.  Raises CfgError as ``read_text`` does."""
    entries: dict[str, Entry] = {}
    problems: list[DarknetWarning] = []
    odd: list[tuple[int, str]] = []
    for number, raw in enumerate(lines(read_text(path, paths=True)), 1):
        line = trimmed(raw)
        if not line or line[0] in COMMENT:
            continue
        key, *values = _EQUALS.split(line, maxsplit=1)
        value = trimmed("".join(values))
        if value:
            entries.setdefault(plain(bare(key)), Entry(value, number))
            before, _, after = raw.rpartition(value)
            odd += [(number, c) for c in before + after if not c.isascii()]
        else:
            what = "has no value" if values else "neither key = value nor a remark"
            problems.append(DarknetWarning(f"ignored, {what}: {line[:60]!r}", f"{path}:{number}:", number))
    if message := report(odd):
        problems.append(DarknetWarning(message, f"{path}:{odd[0][0]}:", odd[0][0]))
    return entries, problems
