"""Checks of the files as such: are they there, and is each what it was given as?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .. import zoo
from .._support.words import reason
from ..cfg import read_text, text_of
from ..errors import CfgError
from ..files.contents import BINARY, Kind
from .case import Case
from .finding import Finding, Place, error

__all__ = ["CHECKS"]

WANTED = {
    "cfg": "a Darknet .cfg file", "weights": "a .weights file", "names": "a list of class names", "data": "a .data file",
}  # fmt: skip


def arguments(case: Case) -> Iterator[Finding]:
    """Files in each other's place; they are examined as what they are."""
    if case.given:
        (first, role), *others = case.given
        said = "".join(f", {path} as {WANTED[other]}" for path, other in others)
        flags = "".join(f" -{role} {path}" for role in ("names", "data") if (path := getattr(case, role)))
        remedy = f"darknet_py check {case.cfg} {case.weights or ''}".rstrip() + flags
        message = f"was given as {WANTED[role]}{said}; they are examined as what they are"
        yield error("wrong-order", Place(first), message, remedy)


def kinds(case: Case) -> Iterator[Finding]:
    """Files that are missing, or of a kind that cannot be used in their place."""
    for role, kind in case.kinds.items():
        place = Place(getattr(case, role))
        if not isinstance(kind, Kind):
            yield error("unreadable", place, f"cannot be read ({reason(kind)})", _remedy(role, place.file))
        elif kind.role != role and not (role == "weights" and kind is BINARY):
            yield error(f"not-{role}", place, f"is {kind.name}, not {WANTED[role]}", kind.advice or f"give {WANTED[role]}")


def contents(case: Case) -> Iterator[Finding]:
    """Texts that begin well and are not texts to their end."""
    for role, path in (("cfg", case.cfg), ("names", case.names)):
        kind = case.kinds.get(role)
        if path and isinstance(kind, Kind) and kind.role == role and not (role == "cfg" and case.is_built_in):
            try:
                (text_of if role == "cfg" else read_text)(path)
            except CfgError as e:
                yield error("unreadable", Place(path), e.message.removeprefix(f"{path}: "), "get the file again")


def _remedy(role: str, path: str) -> str:
    if role != "cfg" or Path(path).suffix or len(Path(path).parts) > 1:
        return "check the path"
    return f"check the path; networks by name are {', '.join(zoo.nearest(path))}"


CHECKS = (arguments, kinds, contents)
