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
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

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

    def take(self, picture: str) -> bool:
        """Whether a picture is there; once less from now on."""
        path = os.path.abspath(picture)
        there = self.pictures[path] > 0
        if there:
            self.pictures[path] -= 1
        return there


NOTHING = Held(Counter())


class _Record(NamedTuple):
    """A picture, or a line of one, and the byte after it; not ``whole``: it is cut off."""

    number: int
    picture: str
    end: int
    whole: bool = True


def held(path: str | Path, form: str) -> Held:
    """What a file in a format holds.

    Warns (DarknetWarning) of a picture that is cut off.  Raises OutputError for a file of another kind.
    """
    with naming(path):
        data = Path(path).read_bytes()
    try:
        records = list(READERS[form](data)) if data.strip() else []
    except (ValueError, KeyError, TypeError) as e:
        raise OutputError(f"{path}: is no {form} of this command, which could go on with it; choose another file") from e
    if records and not records[-1].whole:
        cut = records.pop()
        while records and records[-1].number == cut.number:
            records.pop()
        warnings.warn(f"{path}: its last picture is cut off, and left out", DarknetWarning, stacklevel=2)
    if not records:
        return NOTHING
    end, numbers = records[-1].end, [record.number for record in records]
    pictures = [name for (_, name), _ in groupby(records, lambda record: record[:2])]
    glue = "" if form == "json" or data[:end].endswith(b"\n") else "\n"
    return Held(Counter(map(os.path.abspath, pictures)), max(numbers), end, glue)


def _lines(data: bytes) -> Iterator[tuple[str, int, bool]]:
    """Each line with its end, the byte after it, and whether it is ended."""
    end = 0
    for line in data.split(b"\n"):
        end += len(line) + 1
        if ended := end <= len(data):
            yield line.decode("utf-8", "surrogateescape") + "\n", end, ended
        elif line:
            yield line.decode("utf-8", "surrogateescape"), end - 1, ended


def _json_lines(data: bytes) -> Iterator[_Record]:
    for line, end, ended in _lines(data):
        try:
            entry = json.loads(line)
        except ValueError:
            if ended:
                raise
            yield _Record(0, "", end, whole=False)
        else:
            yield _Record(int(entry["frame_id"]), str(entry["filename"]), end)


def _rows(data: bytes) -> Iterator[_Record]:
    ends: list[int] = []

    def texts() -> Iterator[str]:
        for line, end, _ in _lines(data):
            ends.append(end)
            yield line

    last = 0
    for number, row in enumerate(csv.reader(texts())):
        if number == 0:
            if row != COLUMNS and b"\n" in data:
                raise ValueError("another table")
        elif len(row) == len(COLUMNS):
            last = int(row[0])
            yield _Record(last, row[1], ends[-1])
        elif ends[-1] < len(data) or data.endswith(b"\n"):
            raise ValueError("another table")
        else:
            yield _Record(last, "", ends[-1], whole=False)


def _blocks(data: bytes) -> Iterator[_Record]:
    number, picture, last, whole = 0, "", 0, True
    for line, end, ended in _lines(data):
        if line.startswith("# ") and not line.startswith("# error: "):
            if number:
                yield _Record(number, picture, last)
            number, picture = number + 1, line[2:].rstrip("\n")
        elif not number:
            raise ValueError("no picture")
        last, whole = end, ended
    yield _Record(number, picture, last, whole)


def _list(data: bytes) -> Iterator[_Record]:
    """Of a list that a command has ended; without its end there is none."""
    text = data.rstrip()
    entries = json.loads(data)
    if not isinstance(entries, list):
        raise ValueError("no list")
    for entry in entries:
        yield _Record(int(entry["frame_id"]), str(entry["filename"]), len(text[:-1].rstrip()))


READERS: dict[str, Callable[[bytes], Iterator[_Record]]] = {
    "json": _list, "jsonl": _json_lines, "csv": _rows, "yolo": _blocks,
}  # fmt: skip
