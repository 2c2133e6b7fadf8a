"""References as Darknet's JSON: what ``detector test -out FILE`` writes."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from ..boxes.detection import HIDDEN
from ..errors import CompareError
from ..files.text import read_text
from ..output import JSON_THRESH
from .box_difference import BoxRows
from .reference import Reference, ReferenceBoxes

__all__ = ["read"]

PRECISION = 0.5e-6  # of six digits
SIDES = ("center_x", "center_y", "width", "height")

# What the C program writes that is not JSON: backslashes in paths, -nan
_FILENAME = re.compile(r'("filename":")(.*)("\s*,\s*$)', re.MULTILINE)
_NAN = re.compile(r"(?<=:)-?nan(?:\(ind\))?(?=[,}\s])", re.IGNORECASE)


def read(path: str | Path, picture: str, names: Sequence[str] = ()) -> Reference:
    """The entry of a picture, found by its path or, if that is in no entry, by as much of its end as is.

    Raises CompareError when the file is no such JSON, or has no entry of the picture, or several.
    """
    frames = _frames(path)
    frame = _entry(path, frames, picture)
    if frame.get("error"):
        raise CompareError(f"{path}: {frame['filename']} could not be read in that run ({frame['error']}); run it again")
    try:
        rows = _rows(frame["objects"])
    except (KeyError, TypeError, ValueError) as e:
        raise CompareError(f"{path}: {frame['filename']}: objects are not as detector test -out writes them ({e!r})") from e
    about = f"Darknet's JSON, {frame['filename']}, one of {len(frames)} pictures"
    return Reference(about, boxes=ReferenceBoxes(rows, PRECISION, float(JSON_THRESH), HIDDEN))


def _frames(path: str | Path) -> list[Mapping[str, Any]]:
    text = read_text(path, CompareError)
    text = _NAN.sub("NaN", _FILENAME.sub(_escaped, text))
    try:
        data = json.loads(text)
    except ValueError as e:
        raise CompareError(f"{path}: not JSON ({e}); a run that was broken off leaves half a file: run it again") from e
    frames = data if isinstance(data, list) else [data]
    if not frames or not all(isinstance(f, dict) and isinstance(f.get("filename"), str) for f in frames):
        raise CompareError(f"{path}: no pictures with filename and objects in it, as detector test -out writes them")
    return frames


def _escaped(match: re.Match[str]) -> str:
    """A filename as JSON has it, or as C prints it: what is no JSON, or JSON of a tab for a folder that begins with t."""
    try:
        name = json.loads(f'"{match[2]}"')
    except ValueError:
        name = "\t"
    return match[0] if name.isprintable() else match[1] + json.dumps(match[2])[1:-1] + match[3]


def _entry(path: str | Path, frames: Sequence[Mapping[str, Any]], picture: str) -> Mapping[str, Any]:
    best = max(_common(f["filename"], picture) for f in frames)
    same = [f for f in frames if _common(f["filename"], picture) == best]
    if not best:
        names = ", ".join(f["filename"] for f in frames[:5]) + (", ..." if len(frames) > 5 else "")
        raise CompareError(f"{path}: no entry of {picture}; it has {names}; -entry NAME chooses one")
    if any(f.get("objects") != same[0].get("objects") for f in same):
        raise CompareError(f"{path}: {len(same)} entries end in {Path(picture).name}; -entry NAME chooses one by its path")
    return same[0]


def _common(name: str, picture: str) -> float:
    """How many parts at the end of two paths are the same; infinite for equal paths."""
    if name == picture:
        return math.inf
    one, other = (PurePosixPath(p.replace("\\", "/")).parts[::-1] for p in (name, picture))
    return next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))


def _rows(objects: Sequence[Mapping[str, Any]]) -> BoxRows:
    rows = [(o["class_id"], o["confidence"], *(o["relative_coordinates"][side] for side in SIDES)) for o in objects]
    return np.array(rows, np.float64).reshape(-1, 6)
