"""What a network is asked for when it is loaded: numerics, threads, size, class names.  What cannot be is told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from . import cfg, graph
from .engine import plan
from .engine.native import executor
from .engine.native.host import host
from .errors import DarknetError
from .layers.head import DetectionHead

__all__ = ["NUMERICS", "Numerics", "names", "options", "size", "whole"]

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


def names(
    given: str | Path | Sequence[str] | None, network: graph.Graph, names_encoding: str | None = None
) -> list[str]:
    """Class names from a list, a .names file, a .data file, or the built-in list.  Raises CfgError, DarknetError."""
    if given is None:
        head = network.nodes[network.heads[-1]].layer
        known = isinstance(head, DetectionHead) and head.classes == COCO_CLASSES
        return cfg.read_names(Path(__file__).parent / "data" / "coco.names") if known else []
    if isinstance(given, (str, Path)):
        return cfg.read_names(cfg.names_file(given) if Path(given).suffix == ".data" else given, names_encoding)
    try:
        return [str(name) for name in given]
    except TypeError as e:
        raise DarknetError(f"names={given!r} is not possible; it must be a file or a list of names") from e
