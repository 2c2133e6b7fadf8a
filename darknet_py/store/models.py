"""Networks by name: a cfg that is built in, and weights that were fetched."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import cfg, zoo
from .._support.installation import program
from ..cfg import Section
from ..errors import WeightsError
from ..files.roles import role_of
from ..model_files import cfg_of as cfg_of_files
from ..model_files import find as find_files
from ..model_files import missing, names_of
from .manifest import PUBLISHED
from .places import built_in, find, places, told

__all__ = ["Model", "cfg_of", "is_name", "model"]

log = logging.getLogger("darknet_py")


@dataclass(frozen=True)
class Model:
    """What ``Network.load`` takes: a cfg (a path, or the sections of a built-in one) and the path of its weights.

    ``label``: what it is called, a path or a name.  ``names`` of its classes, a file or a list, if any are known that are
    not COCO's.  ``model``: the file of an ONNX model that an engine runs in place of one made from the weights, or empty.
    """

    label: str
    cfg: str | Sequence[Section]
    weights: str
    names: str | Path | Sequence[str] | None = None
    model: str = ""

    @property
    def stem(self) -> str:
        """Its name, for the names of files made from it."""
        return Path(self.label).name.removesuffix(".cfg")

    @property
    def names_file(self) -> str | None:
        """The file of class names, if it is one."""
        return str(self.names) if isinstance(self.names, (str, Path)) else None

    @property
    def files(self) -> tuple[str, ...]:
        """The files that it is read from."""
        others = filter(None, (self.names_file, self.model))
        return (*((self.cfg,) if isinstance(self.cfg, str) else ()), self.weights, *others)


def is_name(word: str) -> bool:
    """Whether a word is the name of a built-in network, not a cfg's.  Raises CfgError when it cannot be either."""
    if os.path.isfile(word):  # Path raises errors of names that are too long
        return False
    found = cfg_of_files(word)
    if word in zoo.NETWORKS:
        return not found
    path = Path(word)
    if found or path.suffix.lower() == ".cfg" or len(path.parts) > 1 or os.path.exists(word):
        return False
    raise missing(word)


def cfg_of(word: str) -> str | Sequence[Section]:
    """The cfg that a word says, as ``cfg.read`` takes it: a path, or the sections of the network of that name.

    Raises CfgError where there is none.
    """
    if is_name(word):
        return cfg.parse(zoo.write(word), f"built-in {word}.cfg")
    path = cfg_of_files(word)
    if path is None and role_of(word):
        raise missing(word)
    return path or word


def model(
    network: str | Path, weights: str | Path | None = None, names: str | Path | Sequence[str] | None = None,
    folders: Sequence[str] = (), encoding: str | None = None,
) -> Model:  # fmt: skip
    """A network by its files, as ``model_files.find`` has them; or by a built-in network's name, with its own weights.

    ``weights``, ``names``: others than those.  ``folders``: where weights may lie too, before the places of fetched ones.
    ``encoding``: of the names, where it is not UTF-8.
    Raises CfgError for a name that is not known, WeightsError when there are no weights, or those of a name have not been
    fetched.
    """
    word = str(network)
    if is_name(word):
        chosen = _weights(word) if weights is None else weights
        return Model(word, cfg_of(word), str(chosen), zoo.NAMES.get(word) if names is None else names)
    files = find_files(word, weights, [*folders, *map(str, places())])
    if word in zoo.NETWORKS and files.cfg != word:
        log.info("%s: the network is %s, not the built-in one", word, files.cfg)
    return Model(files.cfg, files.cfg, files.weights, names_of(files.cfg, encoding) if names is None else names)


def _weights(name: str) -> Path:
    file = f"{name}.weights"
    if path := find(file) or built_in(file):
        return path
    remedy = f"get it: {program()} fetch {name}" if name in PUBLISHED else "none is published, so name yours"
    raise WeightsError(f"{file} is not in {told()}; {remedy}")
