"""What a file of boxes holds that is to go on: its pictures, and where the last whole one ends.

A process that was killed, or a full disk, may leave the last picture cut off: it is left out, to be written again.
"""

from __future__ import annotations

import csv
import json
import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ..errors import DarknetWarning, OutputError
from .files import naming
from .formats import COLUMNS

__all__ = ["NOTHING", "Held", "held"]


@dataclass(frozen=True)
class Held:
    """``pictures``: how often each is there, by its absolute path; ``last``: the number of the last one, 0 for none.

    ``size``: bytes up to its end, 0 where the file begins anew; ``glue``: what is lacking there.
    """

    pictures: Counter[str]
    last: int = 0
    size: int = 0
    glue: str = ""

    def knows(self, picture: str) -> bool:
        """Whether a picture is there, or was before it was taken."""
        return os.path.abspath(picture) in self.pictures

    def take(self, picture: str) -> bool:
        """Whether a picture is there; once less from now on."""
        path = os.path.abspath(picture)
        there = self.pictures[path] > 0
        if there:
            self.pictures[path] -= 1
        return there


NOTHING = Held(Counter())


class _Record(NamedTuple):
    """A picture, and the byte after it; not ``whole``: it is cut off; not ``ended``: its last line lacks its end."""

    number: int
    picture: str
    end: int
    ended: bool = True
    whole: bool = True


def held(path: str | Path, form: str) -> Held:
    """What a file in a format holds.

    Warns (DarknetWarning) of a picture that is cut off.  Raises OutputError for a file of another kind.
    """
    pictures, most, last = Counter[str](), 0, None
    try:
        with naming(path), Path(path).open("rb") as file:
            for record in READERS[form](file):
                if record.whole:
                    pictures[os.path.abspath(record.picture)] += 1
                    most, last = max(most, record.number), record
                else:
                    warnings.warn(f"{path}: its last picture is cut off, and left out", DarknetWarning, stacklevel=2)
    except (ValueError, KeyError, TypeError, RecursionError, csv.Error) as e:
        raise OutputError(f"{path}: is no {form} of this command, which could go on with it; choose another file") from e
    return Held(pictures, most, last.end, "" if last.ended else "\n") if last else NOTHING


def _lines(file: BinaryIO) -> Iterator[tuple[str, int, bool]]:
    """Each line, the byte after it, and whether it is ended."""
    end = 0
    for line in file:
        end += len(line)
        yield line.decode("utf-8", "surrogateescape"), end, line.endswith(b"\n")


def _json_lines(file: BinaryIO) -> Iterator[_Record]:
    for line, end, ended in _lines(file):
        if line.isspace():
            continue
        try:
            entry = json.loads(line)
        except ValueError:
            if ended:
                raise
            yield _Record(0, "", end, whole=False)
        else:
            yield _Record(int(entry["frame_id"]), str(entry["filename"]), end, ended)


def _tables(file: BinaryIO) -> Iterator[_Record]:
    """Of rows of a picture that follow each other one record."""
    at = "", 0, True  # the last line that was read

    def texts() -> Iterator[str]:
        nonlocal at
        for at in _lines(file):
            yield at[0]

    rows = (row for row in csv.reader(texts()) if any(map(str.strip, row)))
    if next(rows, COLUMNS) != COLUMNS and at[2]:
        raise ValueError("another table")
    last: _Record | None = None
    for row in rows:
        _, end, ended = at
        if len(row) != len(COLUMNS):
            if ended:
                raise ValueError("another table")
            yield _Record(0, "", end, whole=False)  # as are the rows before, of the same picture
            return
        number, picture = int(row[0]), row[1]
        if last and last[:2] != (number, picture):
            yield last
        last = _Record(number, picture, end, ended)
    if last:
        yield last


def _blocks(file: BinaryIO) -> Iterator[_Record]:
    last: _Record | None = None
    for line, end, ended in _lines(file):
        if line.startswith("# ") and not line.startswith("# error: "):
            if last:
                yield last
            last = _Record(last.number + 1 if last else 1, line[2:].rstrip("\n"), end, whole=ended)
        elif last:
            last = last._replace(end=end, whole=ended)
        elif not line.isspace():
            raise ValueError("no picture")
    if last:
        yield last


def _list(file: BinaryIO) -> Iterator[_Record]:
    """Of a list that a command has ended; without its end there is none."""
    data = file.read().rstrip()
    entries = json.loads(data) if data else []
    if not isinstance(entries, list):
        raise ValueError("no list")
    for entry in entries:
        yield _Record(int(entry["frame_id"]), str(entry["filename"]), len(data[:-1].rstrip()))


READERS: dict[str, Callable[[BinaryIO], Iterator[_Record]]] = {
    "json": _list, "jsonl": _json_lines, "csv": _tables, "yolo": _blocks,
}  # fmt: skip
