"""What a reference is, whatever file it comes from, and how its arrays are named and shaped."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from ..boxes.table import Boxes
from ..errors import CompareError
from ..graph import Graph
from ..shapes import Shape
from .box_difference import BoxRows
from .pipeline import Arrays
from .runner import INPUT, Loader

__all__ = ["ReferenceBoxes", "Reference", "check_shape", "layer_number", "shaped"]


@dataclass(frozen=True)
class ReferenceBoxes:
    """A list of boxes (n, 6): class, probability, centre x, centre y, width, height relative to the picture.

    ``precision``: how far printed digits are from the value.  ``floor``: less probable boxes are left out, and so are
    classes whose name begins with ``hidden``.
    """

    rows: BoxRows
    precision: float = 0.0
    floor: float = -np.inf
    hidden: str = ""


@dataclass(frozen=True)
class Reference:
    """``about`` says what it is.  ``layers``: {layer number, or INPUT: what loads its output (c, h, w)}.

    ``decoded``: all rows of all heads, relative to the network's input.  ``params``: {layer: what loads its
    folded arrays}.  ``half``: whether it is known to compute in half precision.
    ``reduced``: with which fewer digits it is known to compute, by a name of ``reduced.LIMITS``.
    """

    about: str
    layers: Mapping[int, Loader] = field(default_factory=dict)
    boxes: ReferenceBoxes | None = None
    decoded: Boxes | None = None
    params: Mapping[int, Callable[[], Arrays]] = field(default_factory=dict)
    half: bool = False
    reduced: str = ""


_NAME = re.compile(r"(?:(?P<word>[A-Za-z][A-Za-z0-9_]*?)_?)?(?P<number>\d+)")


def layer_number(name: str, graph: Graph) -> int | None:
    """The layer whose output an array of this name is, or None.

    ``input``; ``12``, ``layer_12``, ``out12`` or the layer's kind, ``maxpool_12``; ``in12`` for what layer 12 reads first.
    """
    if name == "input":
        return INPUT
    match = _NAME.fullmatch(name)
    if not match or int(match["number"]) >= len(graph.nodes):
        return None
    node = graph.nodes[int(match["number"])]
    if match["word"] == "in":
        return node.sources[0] if node.sources else None
    return node.index if match["word"] in (None, "layer", "out", node.layer.kind) else None


def _shape(number: int, graph: Graph) -> Shape:
    return graph.net.shape if number == INPUT else graph.nodes[number].shape


def shaped(values: npt.NDArray[Any], number: int, graph: Graph, where: str) -> npt.NDArray[np.float32]:
    """An array (c, h, w), flat, or either in a batch of one, as float32 (c, h, w).

    Raises CompareError for another shape, which is another network's, or another size's.
    """
    shape = _shape(number, graph)
    check_shape(values.shape, number, graph, where)
    return np.ascontiguousarray(values, np.float32).reshape(shape)


def check_shape(given: tuple[int, ...], number: int, graph: Graph, where: str) -> None:
    """Raises CompareError for what ``shaped`` cannot use."""
    shape = tuple(_shape(number, graph))
    plain = given[1:] if len(given) in (2, 4) and given[0] == 1 else given
    if plain in (shape, (prod(shape),)):
        return
    what = "the network's input" if number == INPUT else graph.nodes[number].label
    turned = sorted(plain) == sorted(shape)
    hint = "transpose it to channels, height, width" if turned else "is it of another network or -size?"
    raise CompareError(f"{where} has the shape {given}, but {what} is {shape} here; {hint}")
