"""The hierarchy of classes that tree= names, of [region] and [softmax].   C: tree.c"""

from __future__ import annotations

import itertools
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..cfg import Section, atoi
from ..files.nearby import nearby, sought
from ..files.text import lines, read_text

__all__ = ["ClassTree", "hierarchy_predictions", "tree_of"]


@dataclass(frozen=True)
class ClassTree:
    """A hierarchy of classes.  ``parents``: the parent of each class, -1 at the root.

    ``groups`` are ranges [start, stop) of neighbouring classes with one parent; forward applies softmax to each.
    ``leaves``: the classes that count where only leaves do; None: those that are nobody's parents.
    """

    parents: tuple[int, ...]
    groups: tuple[tuple[int, int], ...]
    names: tuple[str, ...] = ()
    leaves: tuple[int, ...] | None = None

    @classmethod
    def parse(cls, text: str) -> ClassTree:
        """The lines of a .tree file, each a name and the number of its parent.   C: tree.c read_tree"""
        fields = [line.split() for line in lines(text) if line.strip()]
        parents = tuple(atoi(f[1]) if len(f) > 1 else -1 for f in fields)
        runs = [len(list(run)) for _, run in itertools.groupby(parents)]
        ends = list(itertools.accumulate(runs))
        return cls(parents, tuple(zip([0, *ends[:-1]], ends, strict=True)), tuple(f[0] for f in fields))

    def with_leaves(self, names: Collection[str]) -> ClassTree:
        """The same with the classes of these names as leaves.   C: tree.c change_leaves"""
        return replace(self, leaves=tuple(number for number, name in enumerate(self.names) if name in names))

    @cached_property
    def inner(self) -> npt.NDArray[np.intp]:
        """The classes that are no leaves: if nothing else is said, those that are others' parents."""
        if self.leaves is not None:
            return np.setdiff1d(np.arange(len(self.parents)), self.leaves).astype(np.intp)
        return np.unique([parent for parent in self.parents if parent >= 0]).astype(np.intp)


def tree_of(section: Section) -> ClassTree | None:
    """The file of tree=, if there is that option; for where it is looked for see ``files.nearby``.

    Raises CfgError when it is nowhere, and for classes that stand before their parents.
    """
    if "tree" not in section:
        return None
    name = section.text("tree")
    path = nearby(name, section.path)
    if path is None:
        raise section.error(f"tree={name} is not there; looked in {sought(section.path)}: put the file of classes into one "
                            "of them, or write its whole path", "tree")  # fmt: skip
    tree = ClassTree.parse(read_text(path))
    for start, stop in tree.groups:
        if not -1 <= tree.parents[start] < start:
            raise section.error(f"tree= lists classes {start} to {stop - 1} before or as their own parent "
                                f"{tree.parents[start]}; a parent comes first", "tree")  # fmt: skip
    return tree


def hierarchy_predictions(
    tree: ClassTree, scores: npt.NDArray[np.float32], only_leaves: bool = False
) -> npt.NDArray[np.float32]:
    """Scores (n, classes) given the parent → given nothing; ``only_leaves``: 0 for classes that are none.

    C: tree.c hierarchy_predictions
    """
    out = scores.copy()
    for start, stop in tree.groups:
        parent = tree.parents[start]
        if parent >= 0:
            out[:, start:stop] *= out[:, parent, None]
    if only_leaves:
        out[:, tree.inner] = 0
    return out
