"""A checkpoint → what Darknet needs: the one function of ``darknet_py import``, and what each family of models gives it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import CheckpointError
from .checkpoint import Record, read_checkpoint
from .picking import State, model_of

__all__ = ["Converted", "Family", "Wish", "convert"]

Arrays = dict[str, npt.NDArray[np.float32]]


@dataclass(frozen=True)
class Converted:
    """A model in Darknet's terms.

    ``family``: what the model was, "yolov7-tiny of WongKinYiu/yolov7".  ``cfg``: the text of a cfg.  ``params``: of each
    of its layers {name: array}, as ``weights.save`` takes them, before batch norm is folded.  ``names``: of the classes,
    () where the file has none.  ``notes``: what else the user must know, a sentence each.
    """

    family: str
    cfg: str
    params: Sequence[Arrays]
    names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wish:
    """What the user said beside the model: the path of a cfg, and width and height of the input."""

    cfg: str | None = None
    size: tuple[int, int] | None = None


Family = Callable[[Record | State, Wish], Converted | None]  # None: the model is another family's

FAMILIES: tuple[Family, ...] = ()


def convert(path: str | Path, cfg: str | Path | None = None, size: tuple[int, int] | None = None) -> Converted:
    """A model in a file of PyTorch, safetensors or ONNX as a Darknet network.

    ``cfg``: the network's own cfg, which a state dict needs; PyTorch's dialects are understood.  ``size``: width and height
    of the input, those of the model or its training if not given.  Raises CheckpointError, CfgError, ShapeError.
    """
    wish = Wish(None if cfg is None else str(cfg), size)
    checkpoint = read_checkpoint(path)
    try:
        model = model_of(checkpoint)
        for family in FAMILIES:
            if (found := family(model, wish)) is not None:
                return found
    except CheckpointError as e:
        raise e if e.where else CheckpointError(e.message, f"{path}:") from e
    raise CheckpointError(f"{path}: a model of another kind, which does not become a Darknet network")
