"""Networks by name: a cfg that is built in, and weights that were fetched."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import cfg, zoo
from ..cfg import Section
from ..errors import CfgError, WeightsError
from .manifest import PUBLISHED
from .places import built_in, find, places

__all__ = ["Model", "cfg_of", "is_name", "model"]


@dataclass(frozen=True)
class Model:
    """What ``Network.load`` takes: a cfg (a path, or the sections of a built-in one) and the path of its weights.

    ``label``: what the user calls it, a path or a name.  ``names`` of its classes, if they are known and not COCO's.
    """

    label: str
    cfg: str | Sequence[Section]
    weights: str
    names: Sequence[str] | None = None

    @property
    def stem(self) -> str:
        """Its name, for the names of files made from it."""
        return Path(self.label).name.removesuffix(".cfg")

    @property
    def files(self) -> tuple[str, ...]:
        """The files that it is read from."""
        return (self.cfg, self.weights) if isinstance(self.cfg, str) else (self.weights,)


def is_name(word: str) -> bool:
    """Whether a word is the name of a network, not a cfg file's.  Raises CfgError when it cannot be either."""
    path = Path(word)
    if os.path.isfile(word):  # Path raises errors of names that are too long
        return False
    if word in zoo.NETWORKS:
        return True
    if path.suffix == ".cfg" or len(path.parts) > 1 or os.path.exists(word):
        return False
    raise CfgError(f"{word}: no such file, and no network of that name; there are {', '.join(zoo.nearest(word))}")


def cfg_of(word: str) -> str | Sequence[Section]:
    """The cfg that a word says, as ``cfg.read`` takes it: a path, or the sections of the network of that name."""
    return cfg.parse(zoo.write(word), f"built-in {word}.cfg") if is_name(word) else word


def model(network: str | Path, weights: str | Path | None = None) -> Model:
    """A cfg file and its weights; or a network by name, with its own weights if none are given.

    Raises CfgError for a name that is not known, WeightsError when the weights have not been fetched, or a cfg file has
    none given.
    """
    label = str(network)
    if weights is None and not is_name(label):
        raise WeightsError(f"{label}: a cfg file needs its weights file named too")
    names = zoo.NAMES.get(label) if is_name(label) else None
    return Model(label, cfg_of(label), str(_weights(label) if weights is None else weights), names)


def _weights(name: str) -> Path:
    file = f"{name}.weights"
    if path := find(file) or built_in(file):
        return path
    remedy = f"get it: darknet_py fetch {name}" if name in PUBLISHED else "none is published, so name yours"
    raise WeightsError(f"{file} is not in {', '.join(f'{place}{os.sep}' for place in places())}; {remedy}")
