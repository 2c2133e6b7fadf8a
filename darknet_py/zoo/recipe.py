"""What [net] says: the network's input, and how the published weights were trained.

Inference needs the input alone; the rest is for going on with training in the C program, with the same file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import CfgError, ShapeError
from .writer import Cfg, Options

__all__ = ["Recipe", "Size", "finished"]

Size = int | tuple[int, int] | None


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


def finished(cfg: Cfg, name: str, recipe: Recipe, classes: int, size: Size) -> str:
    """The text of a cfg whose layers are written; ``size``: a side, or (width, height), in place of the recipe's.

    Raises CfgError for no classes, ShapeError when ``size`` is no multiple of the network's largest stride.
    """
    size = recipe.size if size is None else size
    width, height = (size, size) if isinstance(size, int) else size
    stride = cfg.largest_stride()
    if classes < 1:
        raise CfgError(f"classes={classes} is not possible; it must be at least 1")
    if min(width, height) < 1 or width % stride or height % stride:
        raise ShapeError(f"size {width}x{height} does not fit {name}; both must be multiples of {stride}")
    title = f"{name}, {width}x{height}, {classes} classes; written by darknet_py.zoo"
    return cfg.text(title, recipe.groups((width, height)))
