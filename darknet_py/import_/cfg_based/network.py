"""A state dict and its cfg → Darknet's cfg and weights."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace

from ... import cfg as cfgs
from ...cfg import Section
from ...errors import CheckpointError, DarknetWarning
from ...files.text import decoded
from ...layers.base import Node
from ..converting import Converted, Wish
from . import arrays
from .checks import check_classes, check_surplus
from .dialect import Cfg, unknown_activations
from .draft import Draft, draft
from .implicit import knowledge
from .reading import reading
from .tensors import Tensors, is_cfg_based

__all__ = ["cfg_based"]


def cfg_based(model: object, wish: Wish) -> Converted | None:
    """A network that was built from a cfg, where that is given.  Raises CheckpointError, CfgError, ShapeError."""
    if wish.cfg is None or not isinstance(model, Mapping) or not is_cfg_based(model):
        return None
    tensors = Tensors.sorted(model)
    sections = _sections(wish.cfg)
    read = reading(tensors, sections, wish.keys, wish.eps, wish.new_coords)
    cfg = Cfg(sections, tensors, read)
    check_classes(cfg)
    made, params = _fitting(cfg, wish.cfg, wish.size)
    notes = (*read.notes, *unknown_activations(cfg))
    return Converted(f"a state dict for {wish.cfg}", decoded(made.text.data, wish.cfg), params, notes=notes)


def _sections(path: str) -> list[Section]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DarknetWarning)  # corrected in the cfg that is written
        return cfgs.read(path)


def _fitting(cfg: Cfg, path: str, size: tuple[int, int] | None) -> tuple[Draft, list[arrays.Arrays]]:
    """With groups= of [route] as it says, or passed over, whichever the tensors fit."""
    grouped = any("groups" in section.options for section in cfg.layers if section.name == "route")
    try:
        return _made(cfg, path, size)
    except CheckpointError as e:
        if not grouped:
            raise
        try:
            return _made(replace(cfg, whole_routes=True), path, size)
        except CheckpointError:
            raise e from None


def _made(cfg: Cfg, path: str, size: tuple[int, int] | None) -> tuple[Draft, list[arrays.Arrays]]:
    made = draft(path, cfg, size)
    check_surplus(cfg, made)
    nodes = zip(made.graph.nodes, made.origins, strict=True)
    return made, [_arrays(cfg, node, origin) for node, origin in nodes]


def _arrays(cfg: Cfg, node: Node, origin: int | None) -> arrays.Arrays:
    channels = node.inputs[0].c if node.inputs else 0
    if origin is None:
        return arrays.zeros_behind(channels)
    if cfg.name(origin) == "reorg":
        return arrays.space_to_depth(channels)
    source = arrays.Source(cfg.where(origin), f"module_list.{origin}.", cfg.tensors.of.get(origin, {}), cfg.reading.eps)
    known = knowledge(cfg, origin) if cfg.name(origin) == "convolutional" else None
    made = arrays.arrays(node.layer, channels, source)
    return arrays.shifted_and_scaled(made, known.shift, known.scale, source.where) if known else made
