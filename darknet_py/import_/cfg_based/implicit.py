"""YOLOR's implicit knowledge: numbers that are added to what a convolution reads, and that its output is multiplied by.

Both go into the convolution; their sections pass on what they read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...cfg import Section
from ...errors import CheckpointError
from ..checkpoint import Array
from .dialect import Cfg

__all__ = ["Knowledge", "knowledge", "unused"]


@dataclass(frozen=True)
class Knowledge:
    """What a convolution's input is shifted by, and its output scaled by; None for not."""

    shift: Array | None
    scale: Array | None


def knowledge(cfg: Cfg, index: int) -> Knowledge | None:
    """That of convolution ``index``, which [shift_channels] stands before or [control_channels] behind.

    Raises CheckpointError when that cannot go into it.
    """
    shift = _numbers(cfg, index - 1) if cfg.name(index - 1) == "shift_channels" else None
    scale = _numbers(cfg, index + 1) if cfg.name(index + 1) == "control_channels" else None
    if shift is None and scale is None:
        return None
    section = cfg.layers[index]
    if section.integer("size", 1) != 1 or section.integer("batch_normalize") or section.integer("groups", 1) != 1:
        raise CheckpointError("[shift_channels] and [control_channels] go into a 1 x 1 convolution without batch norm and "
                              "groups only", section.where())  # fmt: skip
    return Knowledge(shift, scale)


def unused(cfg: Cfg) -> Sequence[Section]:
    """Sections of implicit knowledge that no convolution stands beside, whose effect would be lost."""
    return [
        section for index, section in enumerate(cfg.layers)
        if (section.name == "shift_channels" and cfg.name(index + 1) != "convolutional")
        or (section.name == "control_channels" and cfg.name(index - 1) != "convolutional")
    ]  # fmt: skip


def _numbers(cfg: Cfg, index: int) -> Array:
    section = cfg.layers[index]
    source = (section.integers("from") or [0])[0]
    source = source if source >= 0 else index + source
    tensor = cfg.tensors.of.get(source, {}).get("implicit")
    if tensor is None:
        message = f"module_list.{source}.implicit is not in the checkpoint; from= names an [implicit_add] or [implicit_mul]"
        raise CheckpointError(message, section.where("from"))
    return tensor.reshape(-1)
