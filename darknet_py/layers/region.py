"""[region]: boxes of YOLOv2 and YOLO9000.   C: region_layer.c, network.c custom_get_region_detections, tree.c"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..cfg import Section
from ..shapes import Shape
from .class_tree import ClassTree, tree_of
from .head import DetectionHead, anchor_options

__all__ = ["Region"]

OBJECTNESS, CLASSES = 4, 5
SURE = np.float32(0.5)

TRAINING = (
    "absolute", "bias_match", "class_scale", "coord_scale", "focal_loss", "jitter", "log", "map", "mask_scale", "max",
    "noobject_scale", "object_scale", "random", "rescore", "resize", "sqrt", "thresh",
)  # fmt: skip


@dataclass(frozen=True)
class Region(DetectionHead):
    """Channels of an anchor: x, y, w, h, objectness, classes.  Anchors are in cells, not in pixels.

    ``softmax``: forward applies softmax to the classes.  ``tree``: the classes form a hierarchy, and a box is of the
    last class whose absolute probability is above one half; but with a ``class_map``, of all of its classes, in its order.
    ``classfix`` -1: objectness below one half is 0.
    """

    kind: ClassVar[str] = "region"
    softmax: bool = False
    classfix: int = 0
    tree: ClassTree | None = None
    class_map: tuple[int, ...] = ()

    @classmethod
    def parse(cls, section: Section, index: int) -> Region:
        """Raises CfgError when anchors= has fewer than num= pairs, coords is not 4, or tree= does not fit classes=."""
        section.ignore(*TRAINING)
        section.integer("coords", cls.coords, cls.coords, cls.coords)
        shared = anchor_options(section, masked=False)
        tree = _tree(section, shared["classes"])
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


def _tree(section: Section, classes: int) -> ClassTree | None:
    """The tree of the classes.  Raises CfgError when it is nowhere or does not fit classes=."""
    tree = tree_of(section)
    if tree and len(tree.parents) != classes:
        raise section.error(f"tree= has {len(tree.parents)} classes but classes={classes}; they must be equal", "tree")
    return tree
