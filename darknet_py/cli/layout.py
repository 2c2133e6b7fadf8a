"""Help as it fits the terminal."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from textwrap import wrap

__all__ = ["command_line", "prose", "rows", "width"]

LEAST, USUAL, MOST = 40, 80, 200  # columns
ITEM = re.compile(r" +\S+ {2,}")  # of a list: what it is about, and before its text
MARGIN = "  "


def width() -> int:
    """The terminal's columns, or COLUMNS, within reason; 80 where there is none."""
    return max(LEAST, min(MOST, shutil.get_terminal_size((USUAL, 24)).columns))


def prose(text: str, wide: int) -> str:
    """Sentences, filled; an indented line begins an item, which lines that are indented further go on with."""
    items: list[str] = []
    for line in text.splitlines():
        if items and _goes_on(items[-1], line):
            items[-1] += f" {line.strip()}"
        else:
            items.append(line)
    return "\n".join(_filled(item, wide) for item in items)


def rows(pairs: Iterable[tuple[str, str]], wide: int) -> str:
    """Words and what they are, in two columns; a word that is too long for its column stands above its text."""
    shown = list(pairs)
    column = min(max(len(word) for word, _ in shown), wide * 2 // 5 - 4)
    return "\n".join(_row(word, text, column, wide) for word, text in shown)


def command_line(text: str, wide: int, title: str = "") -> str:
    """A command that can be copied: a shell takes the line up again after its ``\\``."""
    lines = wrap(text, wide - 2, initial_indent=title, subsequent_indent=MARGIN * 2, break_on_hyphens=False,
                 break_long_words=False)  # fmt: skip
    return " \\\n".join(lines)


def _goes_on(item: str, line: str) -> bool:
    own, its = _indent(line), _indent(item)
    return bool(item and line) and (own > its > 0 or own == its == 0)


def _row(word: str, text: str, column: int, wide: int) -> str:
    hanging = " " * (column + 4)
    if len(word) <= column:
        first = f"{MARGIN}{word:{column}s}{MARGIN}"
        return "\n".join(wrap(text, wide, initial_indent=first, subsequent_indent=hanging, break_on_hyphens=False))
    head = wrap(word, wide, initial_indent=MARGIN, subsequent_indent=MARGIN * 3)
    rest = wrap(text, wide, initial_indent=hanging, subsequent_indent=hanging, break_on_hyphens=False)
    return "\n".join(head + rest)


def _filled(line: str, wide: int) -> str:
    head = ITEM.match(line)
    hanging = " " * (len(head[0]) if head else _indent(line))
    first = head[0] if head else hanging
    return "\n".join(
        wrap(line[len(first) :], wide, initial_indent=first, subsequent_indent=hanging, break_on_hyphens=False)
    )


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
