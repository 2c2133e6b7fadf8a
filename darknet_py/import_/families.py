"""From a file to a network: which family takes the model in it, and what is said of one that none takes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..errors import CheckpointError
from . import foreign, likely
from .cfg_based import cfg_based
from .checkpoint import OnnxGraph, Record, read_checkpoint
from .converting import Converted, Family, Model, Wish
from .modules import yaml_based
from .ours import onnx_of_ours
from .picking import model_of

__all__ = ["FAMILIES", "convert"]

FAMILIES: tuple[Family, ...] = (onnx_of_ours, cfg_based, yaml_based)

# What code meets that takes a model for what its classes are named after: any attribute may be anything
ODD = ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError
NOT_AS_NAMED = ("holds a model whose parts are not what their names say ({}); it is damaged, or of an unknown version: save "
                "it anew with the code that it was trained with")  # fmt: skip


def convert(
    path: str | Path, cfg: str | Path | None = None, size: tuple[int, int] | None = None, eps: float | None = None,
    new_coords: bool | None = None,
) -> Converted:  # fmt: skip
    """A model in a file of PyTorch, safetensors or ONNX as a Darknet network.

    ``cfg``: the network's own cfg, which a state dict needs; PyTorch's dialects are understood.  ``size``: width and height
    of the input, those of the model or its training if not given.  ``eps`` of batch norm and ``new_coords`` of heads: in
    place of what state dicts of their kind have.  Raises CheckpointError, CfgError, ShapeError.
    """
    checkpoint = read_checkpoint(path)
    keys = frozenset(key for key in checkpoint if isinstance(key, str)) if isinstance(checkpoint, Mapping) else frozenset()
    try:
        with np.errstate(all="ignore"):  # weights.load warns of what is no number
            return _converted(checkpoint, Wish(None if cfg is None else str(cfg), size, eps, new_coords, keys))
    except CheckpointError as e:
        raise e if e.where else CheckpointError(e.message, f"{path}:") from e
    except ODD as e:
        raise CheckpointError(f"{path}: {NOT_AS_NAMED.format(e)}") from e


def _converted(checkpoint: object, wish: Wish) -> Converted:
    """Raises CheckpointError without the file's name."""
    model: Model = checkpoint if isinstance(checkpoint, OnnxGraph) else model_of(checkpoint)
    for family in FAMILIES:
        if (found := family(model, wish)) is not None:
            return found
    raise CheckpointError(foreign.seems(model) or _needs_cfg(model, wish) or foreign.unknown(model))


def _needs_cfg(model: Model, wish: Wish) -> str:
    return "" if wish.cfg or isinstance(model, (Record, OnnxGraph)) else likely.advice(model)
