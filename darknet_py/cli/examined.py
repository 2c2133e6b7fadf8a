"""The files that ``check`` examines: those that are given, and those that lie beside the cfg."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .. import zoo
from ..errors import WeightsError
from ..model_files import cfg_of, data_of, names_of, weights_of
from ..store import is_name
from ..store.places import built_in, find, places
from .command import Command
from .words import Words

__all__ = ["Examined", "examined"]


class Examined(NamedTuple):
    """Paths; ``cfg`` may be a built-in network's name."""

    cfg: str
    weights: str | None
    names: str | None
    data: str | None


def examined(
    arguments: Sequence[str], command: Command, names: str | None, data: str | None, encoding: str | None
) -> Examined:
    """What the arguments say, ``names`` and ``data`` being the flags', and what is found.  Raises UsageError, CfgError."""
    words = Words.of(arguments, command)
    rest = list(words.rest)
    network = words.network or rest.pop(0)
    weights = words.weights or (rest.pop(0) if rest else None)
    command.no_more(rest)
    names, data = words.names or names, words.data or data
    if network in zoo.NETWORKS and is_name(network):
        return Examined(network, weights or _fetched(network), names, data)
    path = cfg_of(network)
    if path is None:  # it is told what the file is instead
        return Examined(network, *(None if file == network else file for file in (weights, names, data)))
    data = data or data_of(path)
    names = names or (None if data else names_of(path, encoding))
    return Examined(path, weights or _beside(path), names, data)


def _beside(cfg: str) -> str | None:
    """The weights for a cfg, if there are any."""
    try:
        return weights_of(cfg, list(map(str, places())))
    except WeightsError:
        return None


def _fetched(name: str) -> str | None:
    """The weights that were fetched for a network's name, or come with the package."""
    path = find(f"{name}.weights") or built_in(f"{name}.weights")
    return str(path) if path else None
