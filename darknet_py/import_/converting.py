"""What each family of models is given, and what it gives back: a network in Darknet's terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .checkpoint import OnnxGraph, Record
from .picking import State

__all__ = ["Converted", "Family", "Model", "Wish"]

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
    """What is known beside the model.

    ``cfg``: the path of one.  ``size``: width and height of the input.  ``eps``: batch norm's, and ``new_coords``, where the
    user says them.  ``keys``: what the checkpoint holds beside the model, by name.
    """

    cfg: str | None = None
    size: tuple[int, int] | None = None
    eps: float | None = None
    new_coords: bool | None = None
    keys: frozenset[str] = frozenset()


Model = Record | State | OnnxGraph
Family = Callable[[Model, Wish], Converted | None]  # None: the model is another family's
