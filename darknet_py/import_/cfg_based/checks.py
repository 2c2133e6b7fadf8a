"""Whether a state dict and a cfg belong to each other."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import CheckpointError
from . import arrays
from .dialect import Cfg
from .draft import Draft
from .implicit import unused
from .tensors import CONVOLUTION

__all__ = ["check_classes", "check_surplus"]

BOX = 5  # numbers of a box: four sides and the objectness


def check_classes(cfg: Cfg) -> None:
    """Raises CheckpointError when a head has another number of classes than its convolution in the file."""
    for index, head in enumerate(cfg.layers):
        before = cfg.before_head(index)
        weights = cfg.tensors.of.get(before, {}).get(CONVOLUTION)
        masks, said = len(head.integers("mask") or [0]), head.integer("classes", 20)
        if head.name != "yolo" or weights is None or not weights.ndim:
            continue
        filters = weights.shape[0]
        classes, rest = filters // masks - BOX, filters % masks
        if rest == 0 and classes > 0 and classes != said:
            line = cfg.layers[before].line_of("filters")
            raise CheckpointError(f"classes={said}, but the checkpoint has {filters} filters before it, for {classes}: "
                                  f"write classes={classes}, and filters={filters} in line {line}",
                                  cfg.where(index))  # fmt: skip


def check_surplus(cfg: Cfg, made: Draft) -> None:
    """Raises CheckpointError when the file has tensors that no section of the cfg takes."""
    if cfg.tensors.others:
        raise CheckpointError(f"has {cfg.tensors.others[0]}, which is of no section of a cfg: it is another kind of model")
    if cfg.tensors.sections > len(cfg.layers):
        raise CheckpointError(f"has tensors for {cfg.tensors.sections} layers, and {cfg.sections[0].path} has "
                              f"{len(cfg.layers)}; give the cfg that it was trained with")  # fmt: skip
    for section in unused(cfg):
        raise CheckpointError("stands beside no convolution that it could go into", section.where())
    for index, name, needs in _surplus(cfg, made):
        raise CheckpointError(f"module_list.{index}.{name} is in the checkpoint, but this layer {needs}; the cfg is another "
                              "network's", cfg.where(index))  # fmt: skip


def _surplus(cfg: Cfg, made: Draft) -> Iterator[tuple[int, str, str]]:
    """(layer, name, what the layer needs) of tensors that a layer has no use for."""
    layers = {origin: node.layer for node, origin in zip(made.graph.nodes, made.origins, strict=True) if origin is not None}
    for index, tensors in sorted(cfg.tensors.of.items()):
        takes = _taken(cfg, index) or arrays.wanted(layers[index])
        for name in sorted(tensors.keys() - takes):
            yield index, name, f"takes {', '.join(sorted(takes))}" if takes else "has no weights"


def _taken(cfg: Cfg, index: int) -> set[str]:
    return {"implicit"} if cfg.name(index).startswith("implicit_") else set()
