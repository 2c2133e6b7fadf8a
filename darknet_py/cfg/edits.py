"""Changes of single lines of a cfg, which leave all its other bytes as they are: remarks, order, blanks, ends of lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..files import characters
from ..files.text import decoded

__all__ = ["Change", "Edit", "Insertion", "Text"]

REMARK = re.compile(b"[#;]")
SECTION = re.compile(rb"(\s*\[)[^\]]*(\]\s*)")


@dataclass(frozen=True)
class Edit:
    """What a line is to say: of an option ``key=value`` in its place, of a section this option below it, or with an empty
    key its name.  ``value`` None: the line goes.  Line 0 is the whole text: ``encoding=utf-8``, which has no mark, and
    ``line-ends=lf`` for those in CR alone."""

    line: int
    key: str
    value: str | None

    def as_data(self) -> dict[str, object]:
        """For JSON."""
        return {"line": self.line, "key": self.key, "value": self.value}


@dataclass(frozen=True)
class Insertion:
    """Lines that are to stand above a line."""

    line: int
    lines: tuple[str, ...]


class Change(NamedTuple):
    """A line of the text as it was read: what it said, and says; nothing for one that is new, or gone."""

    line: int
    old: str
    new: str

    def __str__(self) -> str:
        if self.old and self.new:
            return f"{self.old} -> {self.new}"
        return f"{self.new} added" if self.new else f"{self.old} deleted"


class _Line(NamedTuple):
    """``number``: in the text as it was read; of a line that is new, that of the one before it."""

    number: int
    body: bytes
    end: bytes

    @property
    def said(self) -> str:
        """As a reader of cfgs takes it."""
        return characters.option_line(self.body.decode("utf-8", "surrogateescape"))[0]


@dataclass(frozen=True)
class Text:
    """A cfg's bytes, line by line."""

    lines: tuple[_Line, ...]

    @classmethod
    def of(cls, data: bytes) -> Text:
        """Lines end as in ``files.text.lines``."""
        found: list[tuple[bytes, bytes]] = []
        *whole, last = data.split(b"\n")
        for part in whole:
            body = part.rstrip(b"\r")
            *inner, rest = body.split(b"\r")
            found += [(line, b"\r") for line in inner] + [(rest, part[len(body) :] + b"\n")]
        *inner, rest = last.split(b"\r")
        found += [(line, b"\r") for line in inner] + [(rest, b"")]
        return cls(tuple(_Line(number, *line) for number, line in enumerate(found, 1)))

    @property
    def data(self) -> bytes:
        return b"".join(line.body + line.end for line in self.lines)

    def with_lines(self, insertions: Iterable[Insertion]) -> Text:
        """The text with lines above those of this text."""
        above = {insertion.line: insertion.lines for insertion in insertions}
        lines: list[_Line] = []
        for position, line in enumerate(self.lines, 1):
            end = line.end or b"\n"
            lines += [_Line(line.number, text.encode(), end) for text in above.get(position, ())]
            lines.append(line)
        return Text(tuple(lines))

    def edited(self, edits: Iterable[Edit]) -> tuple[Text, list[Change]]:
        """The text after edits whose lines are those of this text, of an option the first one.  Those of the whole text
        come alone, as they make other bytes of it."""
        by_line: dict[int, list[Edit]] = {}
        for edit in edits:
            by_line.setdefault(edit.line, []).append(edit)
        if 0 in by_line:
            return self._as_a_whole(by_line[0][0])
        lines, changes = list[_Line](), list[Change]()
        for position, line in enumerate(self.lines, 1):
            made, told = _edited(line, by_line.get(position, ()))
            lines += made
            changes += told
        return Text(tuple(lines)), changes

    def _as_a_whole(self, edit: Edit) -> tuple[Text, list[Change]]:
        lines = Text.of(decoded(self.data, "").encode()).lines if edit.key == "encoding" else self.lines
        if edit.key == "line-ends":
            lines = tuple(line._replace(end=b"\n") if line.end == b"\r" else line for line in lines)
        return Text(lines), [Change(0, "the text", f"{edit.key}={edit.value}")]


def _edited(line: _Line, edits: Sequence[Edit]) -> tuple[list[_Line], list[Change]]:
    """The lines in a line's place."""
    if not edits:
        return [line], []
    if not line.said.startswith("["):
        return _option(line, edits[0])
    name = next((edit.value for edit in edits if not edit.key), None)
    lines, changes = _named(line, name) if name else ([line], [])
    added = {edit.key: edit.value for edit in reversed(edits) if edit.key}
    lines[-1] = lines[-1]._replace(end=line.end or b"\n") if added else lines[-1]
    for key, value in reversed(added.items()):
        lines.append(_Line(line.number, f"{key}={value}".encode(), lines[-1].end))
        changes.append(Change(line.number, "", f"{key}={value}"))
    return lines, changes


def _named(line: _Line, name: str) -> tuple[list[_Line], list[Change]]:
    match = SECTION.fullmatch(line.body)
    body = match[1] + name.encode() + match[2] if match else f"[{name}]".encode()
    above = _remark(line, line.body)[1]
    return [*above, line._replace(body=body)], [Change(line.number, line.said, f"[{name}]")]


def _option(line: _Line, edit: Edit) -> tuple[list[_Line], list[Change]]:
    """A remark behind the value, which Darknet takes for a part of it, gets a line of its own above."""
    if edit.value is None:
        return [], [Change(line.number, line.said, "")]
    head, equals, tail = line.body.partition(b"=")
    old, above = _remark(line, tail)
    if not equals or head.strip() != edit.key.encode():
        head, old = edit.key.encode(), b""
    before = old[: len(old) - len(old.lstrip())]
    after = old[len(old.rstrip()) :] if old.strip() and not above else b""
    body = b"".join([head, b"=", before, edit.value.encode(), after])
    return [*above, line._replace(body=body)], [Change(line.number, line.said, f"{edit.key}={edit.value}")]


def _remark(line: _Line, text: bytes) -> tuple[bytes, list[_Line]]:
    """What stands before a remark, and that as a line of its own."""
    found = REMARK.search(text)
    if not found:
        return text, []
    return text[: found.start()], [line._replace(body=text[found.start() :], end=line.end or b"\n")]
