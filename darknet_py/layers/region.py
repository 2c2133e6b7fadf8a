"""[region]: boxes of YOLOv2 and YOLO9000.   C: region_layer.c, network.c custom_get_region_detections, tree.c"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from ..cfg import Section, atoi
from ..files.text import lines, read_text
from ..shapes import Shape
from .head import DetectionHead, anchor_options

__all__ = ["ClassTree", "Region"]

OBJECTNESS, CLASSES = 4, 5
SURE = np.float32(0.5)

TRAINING = (
    "absolute", "bias_match", "class_scale", "coord_scale", "focal_loss", "jitter", "log", "map", "mask_scale", "max",
    "noobject_scale", "object_scale", "random", "rescore", "resize", "sqrt", "thresh",
)  # fmt: skip


@dataclass(frozen=True)
class ClassTree:
    """A hierarchy of classes.  ``parents``: the parent of each class, -1 at the root.

    ``groups`` are ranges [start, stop) of neighbouring classes with one parent; forward applies softmax to each.
    """

    parents: tuple[int, ...]
    groups: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, text: str) -> ClassTree:
        """The lines of a .tree file, each a name and the number of its parent.   C: tree.c read_tree"""
        fields = [line.split() for line in lines(text) if line.strip()]
        parents = tuple(atoi(f[1]) if len(f) > 1 else -1 for f in fields)
        runs = [len(list(run)) for _, run in itertools.groupby(parents)]
        ends = list(itertools.accumulate(runs))
        return cls(parents, tuple(zip([0, *ends[:-1]], ends, strict=True)))


@dataclass(frozen=True)
class Region(DetectionHead):
    """Channels of an anchor: x, y, w, h, objectness, classes.  Anchors are in cells, not in pixels.

    ``softmax``: forward applies softmax to the classes.  ``tree``: the classes form a hierarchy, and a box is of the
    last class whose absolute probability is above one half.  ``classfix`` -1: objectness below one half is 0.
    """

    kind: ClassVar[str] = "region"
    softmax: bool = False
    classfix: int = 0
    tree: ClassTree | None = None

    @classmethod
    def parse(cls, section: Section, index: int) -> Region:
        """Raises CfgError when anchors= has fewer than num= pairs, coords is not 4, or tree= does not fit classes=."""
        section.ignore(*TRAINING)
        section.integer("coords", cls.coords, cls.coords, cls.coords)
        shared = anchor_options(section, masked=False)
        tree = _read_tree(section, shared["classes"]) if "tree" in section else None
        softmax, classfix = bool(section.integer("softmax")), section.integer("classfix", cls.classfix)
        return cls((index - 1,), **shared, softmax=softmax, classfix=classfix, tree=tree)

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        return "detection"

    def logistic_channels(self) -> tuple[tuple[int, int], ...]:
        """Objectness; x and y wait for ``decode``.   C: region_layer.c forward_region_layer

        Forward first moves the input (n*entries, h*w) to (h*w, n*entries), so that a box's channels are neighbours in
        memory; its output keeps the input's shape in name only.  Then the logistic, then softmax over the classes:
        over each of ``softmax_groups``.
        """
        return ((OBJECTNESS, OBJECTNESS + 1),)

    def scaled_channels(self) -> tuple[tuple[int, int], ...]:
        return ()

    def softmax_groups(self) -> tuple[tuple[int, int], ...]:
        if self.tree:
            return tuple((CLASSES + start, CLASSES + stop) for start, stop in self.tree.groups)
        return ((CLASSES, self.entries),) if self.softmax else ()


def _read_tree(section: Section, classes: int) -> ClassTree:
    """The tree= file: as given, or relative to the cfg's folder or the one above it."""
    name = section.text("tree")
    folder = Path(section.path).parent
    for path in (Path(name), folder / name, folder.parent / name):
        if path.is_file():
            return _fitting(section, ClassTree.parse(read_text(path)), classes)
    raise section.error(f"tree={name} is not found; give its path from the working directory or from the cfg", "tree")


def _fitting(section: Section, tree: ClassTree, classes: int) -> ClassTree:
    if len(tree.parents) != classes:
        raise section.error(f"tree= has {len(tree.parents)} classes but classes={classes}; they must be equal", "tree")
    for start, stop in tree.groups:
        if not -1 <= tree.parents[start] < start:
            raise section.error(f"tree= lists classes {start} to {stop - 1} before or as their own parent "
                                f"{tree.parents[start]}; a parent comes first", "tree")  # fmt: skip
    return tree
