"""The cfg that a word says: its path, its name without .cfg, the folder that holds it, or another of the network's files."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ..errors import CfgError
from ..files.roles import role_of
from .folder import folded, inside, named, names, shown, stem_of

__all__ = ["SIBLINGS", "TRAINED", "cfg_of", "cfgs_in", "without_cfg"]

TRAINED = re.compile(r"(.*)_(best|final|last|\d+)", re.DOTALL | re.IGNORECASE)
"""What Darknet's training adds to a cfg's name.   C: detector.c train_detector"""
SIBLINGS = "weights", "names", "data"


def cfg_of(word: str) -> str | None:
    """The cfg of ``x.cfg``, ``x``, a folder that holds one cfg, or ``x_best.weights``, ``x.names``, ``x.data``.

    None where there is none.  Raises CfgError where a word means several.
    """
    if os.path.isfile(word):
        role = role_of(word)
        return _sibling(word, role) if role in SIBLINGS else word if role == "cfg" else None
    found = [*_named(word), *_in_folder(word)]
    return _only(word, found)


def cfgs_in(folder: str) -> list[str]:
    """The cfgs that a folder holds; of several the one that is named as the folder, if there is one."""
    found = inside(folder, ".cfg")
    own = named(folder, Path(os.path.abspath(folder)).name, ".cfg") if found[1:] else []
    return own or found


def _named(word: str) -> list[str]:
    folder, stem = os.path.split(word)
    return named(folder, stem, ".cfg") if stem else []


def _in_folder(word: str) -> list[str]:
    return cfgs_in(word) if os.path.isdir(word) else []


def _only(word: str, found: list[str]) -> str | None:
    if found[1:]:
        raise CfgError(f"{word} may be {' or '.join(found[:6])}: write which of them is meant")
    return found[0] if found else None


def _sibling(path: str, role: str) -> str | None:
    """The cfg of another of the network's files, beside it; of weights in this folder or its cfg/ too.

    Training names weights by what the cfg's name has before its first dot.   C: utils.c basecfg
    """
    folder, stem = os.path.dirname(path), stem_of(path, f".{role}")
    trained = TRAINED.fullmatch(stem) if role == "weights" else None
    for place in [folder, "", "cfg"] if role == "weights" else [folder]:
        found = named(place, stem, ".cfg") or (named(place, trained[1], ".cfg") if trained else [])
        if trained and not found:
            begins = f"{folded(trained[1])}."
            found = [cfg for cfg in inside(place, ".cfg") if folded(Path(cfg).name).startswith(begins)]
        if found:
            return _only(path, found)
    return None


def without_cfg(path: str) -> str:
    """What to say of one of a network's files that there is no cfg for."""
    others = inside(os.path.dirname(path), ".cfg")
    there = f"; {names(others)} {'lies' if len(others) == 1 else 'lie'} there" if others else ""
    return f"there is no cfg for {path} in {shown(os.path.dirname(path))}{there}: name the cfg too"
