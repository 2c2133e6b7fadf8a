"""[net]: the size of the network's input.   C: parser.c parse_net_options"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..cfg import Section
from ..errors import DarknetError, ShapeError
from ..shapes import Shape

__all__ = ["MAX_SIDE", "NetOptions"]

MAX_SIDE = 65535

TRAINING = (
    "B1", "B2", "adam", "adversarial_lr", "angle", "aspect", "attention", "augment_speed",
    "badlabels_rejection_percentage", "blur", "burn_in", "contrastive", "contrastive_color",
    "contrastive_jit_flip", "cutmix", "decay", "dynamic_minibatch", "ema_alpha", "eps", "equidistant_point",
    "exposure", "flip", "gamma", "gaussian_noise", "hue", "label_smooth_eps", "learning_rate",
    "learning_rate_min", "loss_scale", "max_batches", "max_chart_loss", "max_crop", "min_crop", "mixup",
    "momentum", "mosaic", "mosaic_bound", "num_sigmas_reject_badlabels", "optimized_memory", "policy",
    "power", "resize_step", "saturation", "scale", "scales", "seq_scales", "sequential_subdivisions",
    "sgdr_cycle", "sgdr_mult", "show_receptive_field", "step", "steps", "time_steps", "track", "try_fix_nan",
    "unsupervised", "use_cuda_graph", "weights_reject_freq", "workspace_size_limit_MB",
)  # fmt: skip


@dataclass(frozen=True)
class NetOptions:
    """What [net] says about inference.

    ``width``, ``height`` and ``channels`` of the input; ``letter_box``: fit pictures with their aspect kept;
    ``batch``: pictures a step as in training (batch / subdivisions), which inference does not need, nor ``subdivisions``.
    ``where``: file, line and section of channels=.
    """

    width: int
    height: int
    channels: int
    letter_box: bool = False
    batch: int = 1
    subdivisions: int = 1
    where: str = field(default="", compare=False)

    @classmethod
    def parse(cls, section: Section) -> NetOptions:
        """The options of a [net] section.  Raises CfgError when it is another section or has no usable size."""
        if section.name != "net":
            raise section.error("comes first, but a Darknet cfg starts with [net]")
        section.ignore(*TRAINING)
        subdivisions = section.integer("subdivisions", cls.subdivisions, least=1)
        options = cls(
            _side(section, "width"), _side(section, "height"), _side(section, "channels"),
            bool(section.integer("letter_box")),
            max(1, section.integer("batch", cls.batch) // subdivisions), subdivisions, section.where("channels"),
        )  # fmt: skip
        inputs = section.integer("inputs", options.shape.size)
        if inputs != options.shape.size:
            raise section.error(f"inputs={inputs} differs from width*height*channels={options.shape.size}; "
                                "remove it", "inputs")  # fmt: skip
        return options

    @property
    def shape(self) -> Shape:
        """The input of layer 0."""
        return Shape(self.channels, self.height, self.width)

    def resized(self, size: tuple[int, int] | None) -> NetOptions:
        """The same with another (width, height), if one is given.  Raises DarknetError where it cannot be one."""
        if size is None:
            return self
        width, height = _sides(size)
        if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
            raise ShapeError(f"network size {width}x{height} is not possible; each side must be from 1 to {MAX_SIDE}")
        return replace(self, width=width, height=height)


def _side(section: Section, key: str) -> int:
    if key not in section:
        remark = "; inputs= alone is for networks of text, whose recurrent layers are not supported"
        raise section.error(f"needs {key}=, the size of the network's input{remark if 'inputs' in section else ''}")
    return section.integer(key, least=1, most=MAX_SIDE)


def _sides(given: Any) -> tuple[int, int]:
    """(width, height).  Raises DarknetError for anything else."""
    sides = list(given) if isinstance(given, (tuple, list, np.ndarray)) else []
    if [isinstance(side, (int, np.integer)) for side in sides] != [True, True]:
        raise DarknetError(f"size={given!r} is not possible; it must be (width, height) in pixels")
    return int(sides[0]), int(sides[1])
