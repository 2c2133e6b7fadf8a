"""Which of the family's cfgs a state dict is for, by counting: the shapes of its convolutions, one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .. import cfg, zoo
from ..graph import build
from ..layers.convolutional import Convolutional
from .picking import State

__all__ = ["advice"]

Shape = tuple[int, ...]
YAML = re.compile(r"model\.\d+\.(conv|cv1|m|rbr_dense)\.")
OF_YAML = ("is the state dict of a network that was built from a yaml file, which names neither its modules nor their "
           "epsilon and anchors; give the checkpoint that training wrote, such as best.pt")  # fmt: skip
BOX = 5  # of a head: four sides and the objectness


def advice(state: State) -> str:
    """What to do with a state dict that no cfg was given for; "" where none can help."""
    if any(YAML.match(name) for name in state):
        return OF_YAML
    shapes = [value.shape for name, value in state.items() if value.ndim == 4 and name.endswith("weight")]
    if not shapes:
        return ""
    found = next(((name, classes) for name in zoo.NETWORKS for classes in _classes(name, shapes)), None)
    if found is None:
        return f"is a state dict of {len(shapes)} convolutions without a network; give the cfg of its training: -cfg NET.cfg"
    name, classes = found
    return (f"is a state dict without a network; its {len(shapes)} convolutions are those of {name} for {classes} classes: "
            f"-cfg with the cfg that it was trained with, or darknet_py new {name} -classes {classes} -o NET.cfg, if its "
            "anchors are the published ones, and then -cfg NET.cfg")  # fmt: skip


def _classes(name: str, shapes: list[Shape]) -> Iterator[int]:
    """The number of classes with which a network has convolutions of these shapes."""
    graph = build(cfg.parse(zoo.write(name)))
    layers = [node for node in graph.nodes if isinstance(node.layer, Convolutional)]
    heads = {source for i in graph.heads for source in graph.nodes[i].sources}
    wanted = [next(p.shape for p in node.params if p.name == "weights") for node in layers]
    free = [node.index in heads for node in layers]
    same = len(wanted) == len(shapes) and all(a[1:] == b[1:] and (f or a == b) for a, b, f in zip(wanted, shapes, free))
    if same:
        filters = {shape[0] for shape, f in zip(shapes, free) if f}
        masks = {len(getattr(graph.nodes[i].layer, "mask", ())) for i in graph.heads}
        if len(filters) == len(masks) == 1:
            (total,), (count,) = filters, masks
            if count and total % count == 0 and total // count > BOX:
                yield total // count - BOX
