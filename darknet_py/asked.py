"""What a network is asked for when it is loaded: numerics, threads, size, class names.  What cannot be is told."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from . import cfg, graph
from ._support import same_file
from .engine import plan
from .engine.native import executor
from .engine.native.host import host
from .errors import DarknetError
from .layers.head import DetectionHead

__all__ = ["NUMERICS", "Inputs", "Numerics", "name_files", "names", "options", "size", "whole"]

Numerics: TypeAlias = Literal["exact", "fast"]
NUMERICS: dict[Numerics, bool] = {"exact": False, "fast": True}
COCO_CLASSES = 80


def options(numerics: Numerics, threads: int | None, avx_maxpool: bool = False) -> plan.Options:
    """Raises DarknetError for unknown numerics and less than one thread."""
    if not isinstance(numerics, str) or numerics not in NUMERICS:
        raise DarknetError(f"numerics={numerics!r} is not known; use one of: {', '.join(NUMERICS)}")
    return plan.Options(
        host().lanes, NUMERICS[numerics], whole("threads", threads) or executor.cpu_count(), avx_maxpool
    )


def whole(name: str, value: Any) -> int | None:
    """A number from 1, or None.  Raises DarknetError."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        kind = "at least 1" if isinstance(value, (int, np.integer)) else "a whole number from 1"
        raise DarknetError(f"{name}={value!r} is not possible; it must be {kind}")
    return int(value)


def size(given: Any) -> tuple[int, int] | None:
    """(width, height), or None.  Raises DarknetError."""
    if given is None:
        return None
    sides = list(given) if isinstance(given, (tuple, list, np.ndarray)) else []
    if [isinstance(side, (int, np.integer)) for side in sides] != [True, True]:
        raise DarknetError(f"size={given!r} is not possible; it must be (width, height) in pixels")
    return int(sides[0]), int(sides[1])


def name_files(given: str | Path | Sequence[str] | None) -> list[str | Path]:
    """The .names file, if it is one; the .data file and the .names file that it leads to.  Raises CfgError."""
    if not isinstance(given, (str, Path)):
        return []
    return [given, cfg.names_file(given)] if Path(given).suffix == ".data" else [given]


def names(
    given: str | Path | Sequence[str] | None, network: graph.Graph, names_encoding: str | None = None
) -> list[str]:
    """Class names from a list, a .names file, or the built-in list.  Raises CfgError, DarknetError."""
    if given is None:
        head = network.nodes[network.heads[-1]].layer
        known = isinstance(head, DetectionHead) and head.classes == COCO_CLASSES
        return cfg.read_names(Path(__file__).parent / "data" / "coco.names") if known else []
    if isinstance(given, (str, Path)):
        return cfg.read_names(given, names_encoding)
    try:
        return [str(name) for name in given]
    except TypeError as e:
        raise DarknetError(f"names={given!r} is not possible; it must be a file or a list of names") from e


@dataclass(frozen=True)
class Inputs:
    """The texts that a network was read from, as absolute paths: nothing that it writes may take their place."""

    cfg_path: str = ""
    name_paths: tuple[str, ...] = ()

    @classmethod
    def of(cls, sections: Sequence[cfg.Section], names: Sequence[str | Path]) -> Inputs:
        """Of a cfg's sections and of ``name_files``."""
        return cls(os.path.abspath(sections[0].path) if sections else "", tuple(map(os.path.abspath, names)))

    def check(self, path: str | Path, error: type[DarknetError]) -> None:
        """Raises ``error`` for a path, by whatever name, of one of them."""
        for what, own in (("the cfg", self.cfg_path), *(("the class names", own) for own in self.name_paths)):
            if same_file(path, own):
                raise error(f"{path}: holds {what} of this network; choose another file")
