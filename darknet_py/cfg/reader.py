"""Darknet's .cfg text → sections with numbered options.   C: parser.c read_cfg, option_list.c

The rules are the reference's: blanks inside a line are deleted, a line whose first character is ``#`` or ``;`` is
a comment, text after a value belongs to it, the first of two equal keys wins, numbers are read as atoi and atof read
them.  Other than there, blanks that cannot be seen, fullwidth forms and quotes around a value are read as they are
meant, and told; see ``files.characters``.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import CfgError, DarknetWarning, printable
from ..files import characters
from ..files.text import decoded, lines, read_text
from .section import Option, Section

__all__ = ["ALIASES", "Problem", "parse", "read", "scan", "text_of"]

ALIASES = {
    "avg": "avgpool",
    "conn": "connected",
    "conv": "convolutional",
    "local_avg": "local_avgpool",
    "lrn": "normalization",
    "max": "maxpool",
    "network": "net",
    "silence": "empty",
    "soft": "softmax",
}

MAX_FILE = 2**22  # bytes, or characters with all remarks
MAX_TEXT = 2**18  # characters without remarks; those published have at most 60,000
MAX_LAYERS = 3_000  # ten times those published
FEW = 5  # problems of a kind that are told one by one


@dataclass(frozen=True)
class Problem:
    """A line of a cfg that cannot be used; ``fatal`` when the reference would stop or fail there.

    ``read``: it was used, but the reference would have read it in another way.
    """

    line: int
    message: str
    fatal: bool
    read: bool = False


class _Problems:
    """The first few problems of each kind, and how many more there are."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.first: list[Problem] = []
        self.more: dict[str, tuple[int, bool]] = {}
        self.counts: Counter[str] = Counter()

    def add(self, line: int, kind: str, message: str = "", fatal: bool = True) -> None:
        """Note a problem of a line, told by its kind if not by a message."""
        self.counts[kind] += 1
        if self.counts[kind] <= FEW:
            self.first.append(Problem(line, message or kind, fatal))
        else:
            self.more.setdefault(kind, (line, fatal))

    def all(self) -> list[Problem]:
        """In the order of lines."""
        more = [
            Problem(line, f"{kind}; {self.counts[kind] - FEW} such lines from here on", fatal)
            for kind, (line, fatal) in self.more.items()
        ]
        return sorted([*self.first, *more], key=lambda problem: problem.line)


def read(cfg: str | Path | bytes | Sequence[Section]) -> list[Section]:
    """Read a .cfg file, given its path or its bytes; sections that have been read already are what they are.

    Raises CfgError when the file is missing, a directory, binary, empty or not made of sections.
    """
    if isinstance(cfg, bytes):
        return parse(decoded(cfg, "<cfg>"))
    return parse(text_of(cfg), str(cfg)) if isinstance(cfg, (str, Path)) else list(cfg)


def text_of(path: str | Path) -> str:
    """The text of a .cfg file.  Raises CfgError as ``read_text`` does, and when it is too large to be one."""
    try:
        size = Path(path).stat().st_size
    except (OSError, ValueError):
        size = 0  # read_text says what is wrong
    if size > MAX_FILE:
        raise CfgError(f"{path}: {size} bytes are too many for a cfg; were the arguments given in the wrong order?")
    return read_text(path)


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
    """All sections of a cfg text as far as it can be understood, and the lines that cannot be used: of many the first few.

    A text of more than MAX_FILE characters, or of MAX_TEXT beside remarks, is not understood at all, nor what comes behind
    MAX_LAYERS.
    """
    if (size := _size(text)) > MAX_TEXT:
        return [], [Problem(1, f"{size} characters are too many for a cfg; at most {MAX_TEXT} are possible", True)]
    sections: list[Section] = []
    problems = _Problems(path)
    odd: list[tuple[int, str]] = []
    for number, raw in enumerate(lines(text), 1):
        if _is_remark(raw):
            continue
        line, replaced = characters.option_line(raw)
        if not line or line[0] in characters.COMMENT:
            continue
        odd += [(number, character) for character in replaced]
        if line[0] == "[" and len(sections) > MAX_LAYERS:
            problems.add(number, f"more than {MAX_LAYERS} layers are not possible")
            break
        _add_line(number, line, raw, sections, problems)
    told = problems.all()
    if message := characters.report(odd):
        told.append(Problem(odd[0][0], message, fatal=False, read=True))
    return sections, told


def _size(text: str) -> int:
    """The characters of a text, without remarks where there are so many that these matter."""
    if len(text) <= MAX_TEXT or len(text) > MAX_FILE:
        return len(text)
    return sum(len(raw) for raw in lines(text) if not _is_remark(raw))


def _is_remark(raw: str) -> bool:
    """Whether nothing is in a line but blanks or a remark."""
    return raw.lstrip(" \t\r")[:1] in ("", "#", ";")


def _add_line(number: int, line: str, raw: str, sections: list[Section], problems: _Problems) -> None:
    """A line, ``raw`` with its blanks, as a new section, as an option of the last one, or as a problem."""
    if strange := characters.disguised(line.partition("=")[0]):
        odd = f"{strange} in a name of plain letters; write it anew"
        problems.add(number, "characters in a name of plain letters", odd, fatal=False)
    if line[0] == "[":
        if not line.endswith("]"):
            kind = "section name without closing bracket"
            within = f", with {odd}" if (odd := characters.named(raw)) else ""
            problems.add(number, kind, f"{kind}{within}: {line[:60]!r}")
        name = line[1:].partition("]")[0]
        sections.append(Section(printable(ALIASES.get(name, name)), problems.path, number))
    elif "=" not in line[:-1]:
        kind = "ignored, neither [section] nor key=value"
        problems.add(number, kind, f"{kind}: {raw.strip()[:60]!r}", fatal=False)
    elif not sections:
        problems.add(number, "option before the first [section]; a cfg starts with [net]")
    else:
        key, value = line.split("=", 1)
        option = Option(value, number)
        if sections[-1].options.setdefault(key, option) is not option:  # the first of two equal keys wins
            sections[-1].repeated.append((key, option))
