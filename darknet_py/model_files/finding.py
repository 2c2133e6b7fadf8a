"""All of a network's files, from what is given of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from .. import zoo
from .._support import spelling
from ..errors import CfgError
from ..files.roles import ROLES, SUFFIXES, role_of
from .cfgs import SIBLINGS, cfg_of, without_cfg
from .folder import folded, inside, names, stem_of
from .trained import weights_of

__all__ = ["Files", "find", "missing"]


class Files(NamedTuple):
    """Paths of a network's files."""

    cfg: str
    weights: str


def find(network: str | Path, weights: str | Path | None = None, folders: Sequence[str] = ()) -> Files:
    """The files of a network, by its cfg's path, its name, its folder, or another of its files; see ``weights_of``.

    ``weights``: other ones; a cfg that is nowhere is then taken as it is.  Raises CfgError, WeightsError for files that
    are nowhere, and where two may be meant.
    """
    word = str(network)
    path = cfg_of(word)
    if path is None and (weights is None or os.path.isdir(word)):
        raise missing(word)
    if path is None:
        return Files(word, str(weights))
    given = weights or (word if os.path.isfile(word) and role_of(word) == "weights" else None)
    return Files(path, str(given or weights_of(path, folders, alone=os.path.isdir(word))))


def missing(word: str) -> CfgError:
    """The error for a word that says no cfg, and no network by name."""
    if os.path.isdir(word):
        return CfgError(f"{word}: no .cfg file in this folder")
    if os.path.isfile(word):
        role = role_of(word)
        return CfgError(without_cfg(word) if role in SIBLINGS else f"{word}: {ROLES.get(role, 'no .cfg file')}, no network")
    folder, stem = os.path.split(word)
    if Path(word).suffix.lower() in SUFFIXES:
        return CfgError(f"{word}: cannot be read (No such file or directory)")
    lies = [path for path in inside(folder, ".weights") if folded(Path(path).name).startswith(folded(stem))]
    though = f" (though {names(lies)} {'lies' if len(lies) == 1 else 'lie'} there)" if lies else ""
    return CfgError(f"{word}: no such file, no {stem}.cfg{though}{_meant(word)}")


def _meant(word: str) -> str:
    """The cfg, or the built-in network, whose name is like it."""
    folder, stem = os.path.split(word)
    stems = {stem_of(path, ".cfg"): path for path in inside(folder, ".cfg")}
    if word in zoo.NETWORKS:
        return f'; darknet_py.load("{word}") loads the built-in network of this name'
    if near := spelling.close(stem, stems):
        return f"; {spelling.suggestion(stems[near[0]])}"
    return "" if folder else f", and no network of that name; there are {', '.join(zoo.nearest(word))}"
