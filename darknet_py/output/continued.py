"""What a file of boxes holds that is to go on: its pictures, and where the last whole one ends.

A process that was killed, or a full disk, may leave the last picture cut off: it is left out, to be written again.
Where a picture has several lines, csv and yolo, nothing says that the last one is there.
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

SEVERAL_LINES = "csv", "yolo"  # formats in which a picture has them
OBJECT, ERROR = '{"frame_id": ', "# error: "  # how lines of jsonl, and of yolo, begin


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


def held(path: str | Path, form: str, more_often: Callable[[str, int], bool] | None = None) -> Held:
    """What a file in a format holds.

    ``more_often``: whether a picture, by its absolute path, is asked for more often than so; then the last one of a csv or
    yolo file is left out as well, to be written again.
    Warns (DarknetWarning) of a picture that is cut off.  Raises OutputError for a file of another kind.
    """
    pictures, most, kept, last = Counter[str](), 0, None, None
    try:
        with naming(path), Path(path).open("rb") as file:
            for record in READERS[form](file):
                if last:
                    pictures[os.path.abspath(last.picture)] += 1
                    most = max(most, last.number)
                kept, last = last, record
    except (ValueError, KeyError, TypeError, RecursionError, csv.Error) as e:
        raise OutputError(f"{path}: is no {form} of this command, which could go on with it; choose another file") from e
    if last and not last.whole:
        warnings.warn(f"{path}: its last picture is cut off, and left out", DarknetWarning, stacklevel=2)
    elif last and not _is_again(os.path.abspath(last.picture), form, pictures, more_often):
        pictures[os.path.abspath(last.picture)] += 1
        most, kept = max(most, last.number), last
    return Held(pictures, most, kept.end, "" if kept.ended else "\n") if kept else NOTHING


def _is_again(picture: str, form: str, before: Counter[str], more_often: Callable[[str, int], bool] | None) -> bool:
    return form in SEVERAL_LINES and more_often is not None and more_often(picture, before[picture])


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
            if ended or not _begin_alike(line, OBJECT):
                raise
            yield _Record(0, "", end, whole=False)
        else:
            yield _Record(int(entry["frame_id"]), str(entry["filename"]), end, ended)


def _begin_alike(one: str, other: str) -> bool:
    """Whether one is how the other begins."""
    return one.startswith(other) or other.startswith(one)


def _tables(file: BinaryIO) -> Iterator[_Record]:
    """Of rows of a picture that follow each other one record."""
    rows = _rows(file)
    header, _, ended, _ = next(rows, (COLUMNS, 0, True, True))
    if header != COLUMNS and (ended or not ",".join(COLUMNS).startswith(",".join(header))):
        raise ValueError("another table")
    last: _Record | None = None
    for row, end, ended, whole in rows:
        if last and len(row) > 2 and row[:2] != [str(last.number), last.picture]:
            yield last
        if (len(row) != len(COLUMNS) and ended and whole) or (last and not last.whole):
            raise ValueError("another table")
        whole = whole and len(row) == len(COLUMNS)  # else those before, which may be of the same picture, are left out too
        last = _Record(int(row[0]), row[1], end, ended) if whole else _Record(0, "", end, whole=False)
    if last:
        yield last


def _rows(file: BinaryIO) -> Iterator[tuple[list[str], int, bool, bool]]:
    """Each row that is not empty, the byte after it, whether it is ended, and whether its quotes are."""
    at, quotes = ("", 0, True), 0

    def texts() -> Iterator[str]:
        nonlocal at, quotes
        for at in _lines(file):
            quotes += at[0].count('"')
            yield at[0]

    for row in csv.reader(texts()):
        if any(map(str.strip, row)):
            yield row, at[1], at[2], quotes % 2 == 0


def _blocks(file: BinaryIO) -> Iterator[_Record]:
    last: _Record | None = None
    for line, end, ended in _lines(file):
        if not ended and ERROR.startswith(line):  # which may be a picture's error, or the next picture
            last = (last or _Record(0, "", end))._replace(end=end, whole=False)
        elif line.startswith("# ") and not line.startswith(ERROR):
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
