"""What has been converted → NAME.cfg, NAME.weights and NAME.names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import cfg, weights
from .._support import whole_files, write_whole
from ..graph import Graph, build
from ..output.files import naming
from ..weights import Weights
from .converting import Converted

__all__ = ["SUFFIXES", "Saved", "files_of", "save"]

SUFFIXES = ".cfg", ".weights", ".names"
_NO_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


@dataclass(frozen=True)
class Saved:
    """The files that were written, in the order of SUFFIXES, and the network in them."""

    files: tuple[Path, ...]
    graph: Graph


def files_of(name: str | Path, names: Sequence[str]) -> list[Path]:
    """NAME.cfg, NAME.weights and, where there are names of classes, NAME.names.  NAME may have one of these suffixes."""
    text = str(name)
    stem = next((text.removesuffix(suffix) for suffix in SUFFIXES if text.endswith(suffix)), text)
    return [Path(stem + suffix) for suffix in SUFFIXES if names or suffix != ".names"]


def save(converted: Converted, name: str | Path) -> Saved:
    """Write the files of a model, over those that are there, all or none of them.

    Raises OutputError when they cannot be written, and CfgError, ShapeError, WeightsError for a model that is no network.
    """
    files = files_of(name, converted.names)
    graph = build(cfg.parse(converted.cfg, str(files[0])))
    with naming(files[0]), whole_files(*files) as (cfg_file, weights_file, *names_files):
        write_whole(cfg_file, converted.cfg.encode())
        weights.save(graph, Weights(converted.params), weights_file)
        for file in names_files:
            write_whole(file, _lines(converted.names).encode())
    weights.load(graph, files[1])  # warns of NaN
    return Saved(tuple(files), graph)


def _lines(names: Sequence[str]) -> str:
    """One a line, whatever is in them; a class without a name has its number."""
    texts = (_NO_LINE.sub(" ", name).strip() for name in names)
    return "".join(f"{text or f'class {i}'}\n" for i, text in enumerate(texts))
