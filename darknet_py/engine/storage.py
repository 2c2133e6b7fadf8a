"""Which tensors are kept as float32, which as pairs of bfloat16, which as both: by who reads and who writes them.

What is rounded is always a float32, and only for what multiplies it; so that none of this changes a bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from ..layers.base import Node
from .fuse import ConvolutionWithSum
from .layout import Home, lies_in_place

__all__ = ["FLOATS", "Storage", "decide"]


@dataclass(frozen=True)
class Storage:
    """``readers``: layers that read their first source as pairs.  ``pairs``: owners of tensors that are kept as pairs too,
    ``floatless``: as pairs alone.
    """

    readers: frozenset[int] = frozenset()
    pairs: frozenset[int] = frozenset()
    floatless: frozenset[int] = frozenset()


FLOATS = Storage()


def decide(nodes: Sequence[Node], homes: Mapping[int, Home], outputs: Iterable[int], readers: Set[int],
           direct: Set[int]) -> Storage:  # fmt: skip
    """``outputs``: the layers to be read after a run; ``direct``: those whose rows can be rounded once they are there."""
    pairs = frozenset(homes[node.sources[0]].owner for node in nodes if node.index in readers)
    needed = {homes[i].owner for i in outputs}
    for node in nodes:
        if lies_in_place(node, homes):
            continue
        needed |= {homes[i].owner for i in _read_as_floats(node, node.index in readers)}
        if node.index not in direct:
            needed.add(homes[node.index].owner)
    return Storage(frozenset(readers), pairs, pairs - needed)


def _read_as_floats(node: Node, reads_pairs: bool) -> Sequence[int]:
    added = (node.layer.addend,) if isinstance(node.layer, ConvolutionWithSum) else ()
    return (*node.sources[int(reads_pairs) :], *added)
