"""The class names and the .data file of a cfg."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

from ..cfg import atoi
from ..errors import CfgError
from ..files.data import Data, scan_data
from ..files.names import coco, scan_names
from ..layers.head import DetectionHead
from .folder import inside, named, stem_of
from .trained import drafted

__all__ = ["data_of", "names_of"]

log = logging.getLogger("darknet_py")
USUAL = "obj"  # the name of these files in Darknet's own manual


def names_of(cfg: str, encoding: str | None = None) -> str | None:
    """The class names beside a cfg: ``x.names``, or what ``x.data`` names; else ``obj.names``, or what
    ``obj.data`` names, or the only other .names file, if they have as many names as the network has classes.

    ``encoding``: of the names, where it is not UTF-8.
    """
    if not os.path.isfile(cfg):
        return None
    folder, stem = os.path.dirname(cfg), stem_of(cfg, ".cfg")
    if own := _named(folder, stem):
        return own
    usual = _named(folder, USUAL)
    found = dict.fromkeys([usual, *inside(folder, ".names")] if usual else inside(folder, ".names"))
    fitting = _fitting(cfg, list(found), lambda path: _count(path, encoding))
    if fitting and (len(fitting) == 1 or fitting[0] == usual):
        return _told(cfg, fitting[0])
    if fitting:
        log.info("%s: any of %s may be its class names; -names (names=) says which", cfg, ", ".join(fitting))
    return None


def data_of(cfg: str) -> str | None:
    """The .data file beside a cfg: ``x.data``, or ``obj.data`` if it has as many classes as the network."""
    folder = os.path.dirname(cfg)
    if own := _only(named(folder, stem_of(cfg, ".cfg"), ".data")):
        return own
    usual = _only(named(folder, USUAL, ".data"))
    return usual if usual and _fitting(cfg, [usual], _classes) else None


def _named(folder: str, stem: str) -> str | None:
    """``stem.names``, or what ``stem.data`` names."""
    if names := _only(named(folder, stem, ".names")):
        return names
    data = _only(named(folder, stem, ".data"))
    if data is None:
        return None
    try:
        options = Data(data, scan_data(data)[0])
        return str(options.locate(options.names_key())[0]) if "names" in options else None
    except CfgError as e:
        log.info("%s", e)
        return None


def _only(paths: list[str]) -> str | None:
    """Raises CfgError where there are several, which differ in capitals alone."""
    if paths[1:]:
        raise CfgError(f"{paths[0]} and {paths[1]} may both be meant: delete or rename one of them")
    return paths[0] if paths else None


def _fitting(cfg: str, paths: list[str], count: Callable[[str], int | None]) -> list[str]:
    """Those files that have something for each class of the network."""
    graph = drafted(cfg) if paths else None
    heads = [node.layer for node in graph.nodes if isinstance(node.layer, DetectionHead)] if graph else []
    return [path for path in paths if heads and count(path) == heads[-1].classes]


def _count(path: str, encoding: str | None) -> int | None:
    try:
        return len(scan_names(path, encoding)[0])
    except CfgError:
        return None


def _classes(path: str) -> int | None:
    """classes= of a .data file."""
    try:
        return atoi(Data(path, scan_data(path)[0]).get("classes", "20"))
    except CfgError:
        return None


def _told(cfg: str, path: str) -> str:
    """Say that names of another name than the cfg's are taken, unless they are those that would be taken anyway."""
    try:
        same = tuple(scan_names(path)[0]) == coco()
    except CfgError:
        same = False
    if not same:
        log.info("%s: class names are %s", cfg, Path(path))
    return path
