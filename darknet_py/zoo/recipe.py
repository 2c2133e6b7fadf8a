"""What [net] says: the network's input, and how the published weights were trained.

Inference needs the input alone; the rest is for going on with training in the C program, with the same file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .._support.words import counted
from ..errors import CfgError, ShapeError
from .writer import Anchors, Cfg, Options

__all__ = ["COCO_CLASSES", "Recipe", "Size", "Wanted", "finished"]

Size = int | tuple[int, int] | None
COCO_CLASSES = 80
WIDEST = 16


@dataclass(frozen=True)
class Wanted:
    """What a network is written for: by default, what it was published for.

    ``size`` of the input, a side or (width, height).  ``width``: all channels times this.  ``anchors``: (width, height) in
    pixels of the input, as many as the published network has, the smallest first.  Raises CfgError for no classes and
    for impossible widths.
    """

    classes: int = COCO_CLASSES
    size: Size = None
    width: float = 1.0
    anchors: Anchors | None = None

    def __post_init__(self) -> None:
        if self.classes < 1:
            raise CfgError(f"classes={self.classes} is not possible; it must be at least 1")
        if not 0 < self.width < WIDEST:
            raise CfgError(f"a width multiple of {self.width:g} is not possible; it must be above 0 and below {WIDEST}")

    def anchors_or(self, published: Anchors) -> Anchors:
        """The anchors to use.  Raises CfgError when they are more or fewer than the ``published`` ones."""
        if self.anchors is None:
            return published
        if len(self.anchors) != len(published):
            raise CfgError(f"{len(self.anchors)} anchors are given, but this network has {len(published)}, pairs of width "
                           "and height, the smallest first")  # fmt: skip
        return self.anchors

@dataclass(frozen=True)
class Recipe:
    """The defaults are those of most networks from YOLOv4 on.

    ``size``: width and height of the input.  ``letter_box``: pictures keep their aspect, at inference too.
    ``batch`` pictures are a training step, done in ``subdivisions`` parts; after each of ``steps`` of them the learning
    rate falls to a tenth.
    """

    size: int
    batch: int = 64
    subdivisions: int = 8
    momentum: float = 0.949
    learning_rate: float = 0.001
    burn_in: int = 1000
    max_batches: int = 500500
    steps: tuple[int, int] = (400000, 450000)
    mosaic: bool = False
    letter_box: bool = False
    ema_alpha: float | None = None

    def for_classes(self, classes: int) -> Recipe:
        """For other classes than COCO's, as many steps as the reference's guide says: 2000 a class, at least 6000."""
        if classes == COCO_CLASSES:
            return self
        batches = max(6000, 2000 * classes)
        return replace(self, max_batches=batches, steps=(batches * 8 // 10, batches * 9 // 10))

    def groups(self, size: tuple[int, int]) -> Mapping[str, Options]:
        """The options under their comments, for an input of ``size`` (width, height)."""
        average: Options = {} if self.ema_alpha is None else {"ema_alpha": self.ema_alpha}
        return {
            "Input": {"width": size[0], "height": size[1], "channels": 3} | flag("letter_box", self.letter_box),
            "Training: pictures a step, and parts that each step is done in": {
                "batch": self.batch, "subdivisions": self.subdivisions, "momentum": self.momentum, "decay": 0.0005,
                **average,
            },
            "Learning rate": {
                "learning_rate": self.learning_rate, "burn_in": self.burn_in, "max_batches": self.max_batches,
                "policy": "steps", "steps": self.steps, "scales": (0.1, 0.1),
            },
            "Augmentation": {
                "angle": 0, "saturation": 1.5, "exposure": 1.5, "hue": 0.1, **flag("mosaic", self.mosaic),
            },
        }  # fmt: skip


def flag(key: str, value: bool) -> dict[str, int]:
    """``key=1``, or nothing at all."""
    return {key: 1} if value else {}


def finished(cfg: Cfg, name: str, recipe: Recipe, wanted: Wanted) -> str:
    """The text of a cfg whose layers are written.

    Raises ShapeError when the size is no multiple of the network's largest stride.
    """
    size, classes = recipe.size if wanted.size is None else wanted.size, wanted.classes
    width, height = (size, size) if isinstance(size, int) else size
    stride = cfg.largest_stride()
    if min(width, height) < 1 or width % stride or height % stride:
        raise ShapeError(f"size {width}x{height} does not fit {name}; both must be multiples of {stride}")
    narrow = "" if wanted.width == 1 else f", channels x {wanted.width:g}"
    title = f"{name}, {width}x{height}, {counted(classes, 'class')}{narrow}; written by darknet_py.zoo"
    return cfg.text(title, recipe.for_classes(classes).groups((width, height)))
