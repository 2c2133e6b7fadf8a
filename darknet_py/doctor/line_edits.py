"""What lines of a cfg are to say that can be read in one way only, though they are not written so."""

from __future__ import annotations

from collections.abc import Iterator

from ..cfg import ALIASES, Edit
from ..files import characters
from ..files.text import lines
from ..layers import LAYERS
from .case import Case

__all__ = ["as_plain", "closed", "number"]


def as_plain(case: Case) -> Iterator[Edit]:
    """Lines with characters that are read as what they look like."""
    for position, raw in enumerate(lines(case.text), 1):
        line, replaced = characters.option_line(raw)
        if replaced and line[:1] not in ("", *characters.COMMENT):
            yield _said(position, line)


def closed(case: Case, position: int) -> Iterator[Edit]:
    """A section of a known name whose bracket is left open, or behind which a remark stands."""
    line = characters.option_line(lines(case.text)[position - 1])[0]
    name = characters.COMMENT_BEGINS.split(line[1:].partition("]")[0])[0]
    if line.startswith("[") and name in ("net", *LAYERS, *ALIASES):
        yield Edit(position, "", name)


def number(case: Case, index: int, key: str) -> Iterator[Edit]:
    """A number with something behind it that has nothing of another number."""
    section = case.sections[index + 1]
    value, read = section.options[key].value, section.read_as[key]
    rest = value.removeprefix(read)
    if rest != value and "," not in value and not any(c.isdigit() for c in rest):
        yield case.edit(index, key, read)


def _said(position: int, line: str) -> Edit:
    """What a line says without a remark, which an edit puts above it."""
    key, _, rest = line.partition("=")
    value = characters.COMMENT_BEGINS.split(rest, maxsplit=1)[0]
    return Edit(position, "", line[1:].partition("]")[0]) if line.startswith("[") else Edit(position, key, value)
