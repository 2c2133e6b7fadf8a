"""The hierarchy of classes that tree= names, of [region] and [softmax].   C: tree.c"""

from __future__ import annotations

import itertools
import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..cfg import Section, atoi
from ..errors import CfgError
from ..files.nearby import nearby, sought
from ..files.text import lines, read_text

__all__ = ["MOST_MAPPED", "ClassTree", "hierarchy_predictions", "read_map", "tree_of"]

MOST_MAPPED = 200  # classes of a map that C reads


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
        return cls(parents, tuple(itertools.pairwise([0, *ends])), tuple(f[0] for f in fields))

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

    Raises CfgError when it is nowhere, empty or a folder, and for classes that stand before their parents.
    """
    if "tree" not in section:
        return None
    name = section.text("tree")
    path = nearby(name, section.path)
    if path is None and os.path.isdir(name):
        raise section.error(f"tree={name} is a folder, not a file", "tree")
    if path is None:
        raise section.error(f"tree={name} is not there; looked in {sought(section.path)}: put the file of classes into one "
                            "of them, or write its whole path", "tree")  # fmt: skip
    tree = ClassTree.parse(read_text(path))
    if not tree.parents:
        raise section.error(f"tree={name} is empty; it needs a line for each class: its name and its parent's number",
                            "tree")  # fmt: skip
    for start, stop in tree.groups:
        if not -1 <= tree.parents[start] < start:
            raise section.error(f"tree= lists classes {start} to {stop - 1} before or as their own parent "
                                f"{tree.parents[start]}; a parent comes first", "tree")  # fmt: skip
    return tree


def read_map(path: str | Path, classes: int) -> tuple[int, ...]:
    """The numbers of classes in a .map file, one a line, which make other classes of them: as many as C reads.

    Raises CfgError for what is no class.   C: utils.c read_map, region_layer.c get_region_boxes
    """
    numbers = [atoi(line) for line in read_text(path).splitlines()][:MOST_MAPPED]
    for line, number in enumerate(numbers, 1):
        if not 0 <= number < classes:
            raise CfgError(f"{number} is no class; there are {classes}, numbered from 0", f"{path}:{line}:", line)
    return tuple(numbers[:classes])


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
