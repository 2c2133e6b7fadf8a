"""How large a network may be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from ..errors import ShapeError
from ..layers import is_head
from ..layers.base import Layer
from ..layers.convolutional import MAX_GROUPS

__all__ = ["MAX_ELEMENTS", "check_elements", "surplus_layer"]

MAX_ELEMENTS = 2**31 - 1  # of an array
MAX_SOURCES = 10_000
MAX_HEADS = 250


def check_elements(name: str, what: str, shape: Iterable[int]) -> None:
    """Raises ShapeError for arrays that the reference's 32-bit sizes cannot count either."""
    sides = tuple(shape)
    count = prod(sides)
    if min(sides) < 1:
        raise ShapeError(f"{what} would be empty: {' x '.join(map(str, sides))}", name)
    if count > MAX_ELEMENTS:
        raise ShapeError(f"{what} would have {count} numbers ({' x '.join(map(str, sides))}); "
                         f"at most {MAX_ELEMENTS} are possible", name)  # fmt: skip


def surplus_layer(layers: Sequence[Layer | None]) -> tuple[int, str] | None:
    """The first layer that makes heads, groups or sources too many, and what to say."""
    sources = heads = groups = 0
    for index, layer in enumerate(layers):
        if layer:
            sources, heads, groups = sources + len(layer.sources), heads + is_head(layer), groups + layer.pieces
        if groups > MAX_GROUPS:
            return index, f"makes {groups} groups of convolutions in all; at most {MAX_GROUPS} are possible"
        if heads > MAX_HEADS:
            return index, f"is one detection layer too many; at most {MAX_HEADS} are possible"
        if sources > MAX_SOURCES:
            return index, f"reads one layer too many; at most {MAX_SOURCES} times a layer can be read in all"
    return None
