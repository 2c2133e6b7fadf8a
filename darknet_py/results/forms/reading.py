"""What all forms are read with: texts and files, values that must be numbers, names that must be classes."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ...boxes.detection import Box, Detection
from ...boxes.geometry import centred, relative
from ...errors import DatasetError
from ...files.text import read_text
from ...image import Size

__all__ = ["Parts", "Text", "box_of", "class_of", "detection", "items", "loads", "names_of", "number", "size_of", "text_of",
           "value_of"]  # fmt: skip

MOST_CLASSES = 10**6
Text: TypeAlias = str | bytes | os.PathLike[str]


class Parts(NamedTuple):
    """What Detections are made of."""

    found: list[Detection]
    width: int
    height: int
    source: str | int = 0


def text_of(given: Text, suffixes: Sequence[str], form: str) -> tuple[str, str]:
    """(where, text): of a path, which is a str too that ends in one of ``suffixes``, or the text itself.

    Raises DatasetError for a file that cannot be read.
    """
    if isinstance(given, os.PathLike) or (isinstance(given, str) and given.lower().endswith(tuple(suffixes))):
        return os.fspath(given), read_text(Path(given), DatasetError)
    if not isinstance(given, (str, bytes)):
        raise DatasetError(f"{form} is read from a path or a text, not from {type(given).__name__}")
    return form, given.decode("utf-8", "replace") if isinstance(given, bytes) else given


def loads(given: Any, form: str) -> tuple[str, Any]:
    """(where, value): of a JSON file or text; anything else is the value already.  Raises DatasetError."""
    if not isinstance(given, (str, bytes, os.PathLike)):
        return form, given
    where, text = text_of(given, (".json", ".jsonl"), form)
    try:
        return where, json.loads(text)
    except (ValueError, RecursionError) as e:
        raise DatasetError(f"{where}: no JSON ({e})") from e


def value_of(record: Any, key: str, where: str) -> Any:
    """A value of a record.  Raises DatasetError."""
    if not isinstance(record, Mapping):
        raise DatasetError(f"{where}: has {_shown(record)} in place of a record with {key!r}")
    if key not in record:
        raise DatasetError(f"{where}: has no {key!r}")
    return record[key]


def items(value: Any, what: str, where: str) -> Sequence[Any]:
    """A list.  Raises DatasetError."""
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Sequence):
        raise DatasetError(f"{where}: {what} is {_shown(value)}, no list")
    return value


def number(value: Any, what: str, where: str, unknown: float | None = None) -> float:
    """A number; null, where that is allowed, is ``unknown``.  Raises DatasetError."""
    if value is None and unknown is not None:
        return unknown
    try:
        found = float("" if isinstance(value, str) and "_" in value else value)
    except (TypeError, ValueError, OverflowError) as e:
        raise DatasetError(f"{where}: {what} is {_shown(value)}, no number") from e
    if isinstance(value, bool) or not (math.isfinite(found) or unknown is not None):
        raise DatasetError(f"{where}: {what} is {_shown(value)}, no number")
    return found


def class_number(value: Any, where: str) -> int:
    """A class's number.  Raises DatasetError."""
    found = number(value, "a class", where)
    if found != int(found) or not 0 <= found <= MOST_CLASSES:
        raise DatasetError(f"{where}: class {_shown(value)} is no whole number from 0 to {MOST_CLASSES}")
    return int(found)


def class_of(name: Any, names: Sequence[str], where: str) -> int:
    """The number of a class by its name.  Raises DatasetError."""
    if name not in names:
        more = "it is none of names=" if names else "names=, the classes in their order, gives their numbers"
        raise DatasetError(f"{where}: class {_shown(name)} has no number; {more}")
    return list(names).index(name)


def names_of(names: Iterable[str] | None) -> list[str]:
    """Class names as a list.  Raises DatasetError for anything else."""
    known = list(() if names is None else names)
    if isinstance(names, (str, Mapping)) or not all(isinstance(name, str) for name in known):
        raise DatasetError(f"names={_shown(names)}: names are a list of texts, as net.names")
    return known


def detection(class_id: int, name: Any, prob: float, box: Box, names: Sequence[str] = ()) -> Detection:
    """Of a form that does not tell how sure it is that there is something: as sure as of the class."""
    own = name if isinstance(name, str) else names[class_id] if class_id < len(names) else str(class_id)
    return Detection(class_id, own, prob, prob, box)


def box_of(xyxy: Sequence[float], size: Size) -> Box:
    """Left, top, right, bottom in pixels → centre and size, relative to the picture."""
    x, y, w, h = relative(centred(np.array(xyxy, np.float64)), size).tolist()
    return x, y, w, h


def size_of(width: Any, height: Any, where: str, remedy: str = "give width= and height=") -> Size:
    """(width, height) of a picture.  Raises DatasetError where a form has none and nobody said it."""
    if width is None or height is None:
        raise DatasetError(f"{where}: does not tell the picture's size; {remedy}")
    sides = number(width, "width", where), number(height, "height", where)
    if any(side < 1 or side != int(side) for side in sides):
        raise DatasetError(f"{where}: a picture of {width} x {height} pixels is none")
    return int(sides[0]), int(sides[1])


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) < 60 else f"{text[:60]}…"
