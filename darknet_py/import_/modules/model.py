"""The layers of a model, one by one, as its own forward goes through them; those that no head needs are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from ..._support.words import counted
from ...errors import ShapeError
from ...zoo.recipe import Recipe
from ...zoo.writer import INPUT
from .. import foreign
from ..checkpoint import Record
from ..converting import Converted, Model, Wish
from . import basic, csp, yolov7
from .heads import HEADS, Head
from .module import Module
from .net import Net

__all__ = ["yaml_based"]

BLOCKS = {**basic.BLOCKS, **csp.BLOCKS, **yolov7.BLOCKS}
JOINS = {**basic.JOINS, **yolov7.JOINS}
FOUR_ANCHORS = 4
SIZES = {64: 1280, 128: 1536}  # that the families were trained with, by the largest stride
SIZE, SIZE_OF_P5 = 640, 896
UNUSED = "{} is not used: the checkpoint has its whole network in it"


def yaml_based(model: Model, wish: Wish) -> Converted | None:
    """A model of modules with a head of these families.  Raises CheckpointError, ShapeError."""
    if not isinstance(model, Record) or (layers := Layers.of(model)) is None:
        return None
    if foreign.seems(model) and any(name not in BLOCKS for name in layers.classes()):
        return None
    head = Head.of(layers.head)
    net = layers.written(head, channels(layers))
    name = PurePath(str(model.get("yaml_file", ""))).stem
    names = names_of(model, head.classes)
    told = {"-cfg": wish.cfg, "-eps": wish.eps, "-new_coords": wish.new_coords}
    notes = tuple(UNUSED.format(flag) for flag, value in told.items() if value is not None)
    family = f"{model.kind} of {name}.yaml" if name else model.kind
    return Converted(family, text(net, name or "YOLO", head, wish.size), net.params, names, notes)


@dataclass(frozen=True)
class Layers:
    """The modules of ``model.model`` before the head, in order, and the head."""

    modules: tuple[Module, ...]
    head: Module

    @classmethod
    def of(cls, model: Record) -> Layers | None:
        """None for models that are built otherwise, or end otherwise."""
        inner = model.modules.get("model")
        modules = tuple(Module(record, f"model.{name}") for name, record in inner.modules.items()) if inner else ()
        last = next((i for i, m in enumerate(modules) if m.name in HEADS), None)
        if not last or modules[last].record.get("f", None) is None:
            return None
        return cls(modules[:last], modules[last])

    def classes(self) -> set[str]:
        """Names of the classes of all layers."""
        return {module.name for module in self.modules}

    def written(self, head: Head, channels: int) -> Net:
        """Raises CheckpointError for what Darknet cannot do, naming the module."""
        net, scales = Net(BLOCKS, channels), len(head.strides)
        ends = self.sources(len(self.modules))
        if len(ends) < scales:
            head.module.fail(f"reads {counted(len(ends), 'layer')} for {counted(scales, 'scale')}")
        outside = head.module.find("m") is None  # the convolutions before the boxes are layers of their own
        inputs = [self.sources(end)[0] for end in ends[:scales]] if outside else ends[:scales]
        outputs = self.run(net, inputs)
        for scale, (end, x) in enumerate(zip(ends, inputs, strict=False)):
            head.write(net, scale, outputs[x], self.modules[end] if outside else None)
        return net

    def run(self, net: Net, wanted: Sequence[int]) -> dict[int, int]:
        """{number of a module: number of the layer that it became} of all that the ``wanted`` ones need."""
        outputs, needed = {INPUT: INPUT}, self.needed(wanted)
        for i in sorted(needed):
            module, inputs = self.modules[i], [outputs[source] for source in self.sources(i)]
            if module.name in JOINS:
                outputs[i] = JOINS[module.name](net, module, inputs)
            elif len(inputs) != 1:
                module.fail(f"reads {len(inputs)} layers, and is not known to join any")
            else:
                outputs[i] = net.run(module, inputs[0])
        return outputs

    def needed(self, wanted: Sequence[int]) -> set[int]:
        """Modules that others need, with those that they need."""
        found: set[int] = set()
        waiting = [i for i in wanted if i != INPUT]
        while waiting:
            i = waiting.pop()
            if i not in found:
                found.add(i)
                waiting += [source for source in self.sources(i) if source != INPUT]
        return found

    def sources(self, i: int) -> list[int]:
        """The modules that module ``i`` reads; INPUT is the picture.  Raises CheckpointError."""
        module = self.modules[i] if i < len(self.modules) else self.head
        f: Any = module.record.get("f", None)
        numbers = f if isinstance(f, (list, tuple)) and f else [f]
        if not all((isinstance(n, int) and -i <= n < i) or n == -1 for n in numbers):
            module.fail(f"reads layers {f!r:.60}, of which some are not before it")
        return [n if n >= 0 else i + n for n in numbers]


def channels(layers: Layers) -> int:
    """Those of the picture, from the first convolution."""
    first, parts = layers.modules[0], 1
    if first.name == "ReOrg":
        first, parts = layers.modules[1], 4
    elif first.name == "Focus":
        parts = 4
    waiting = [first]
    while waiting:
        module = waiting.pop(0)
        if module.name == "Conv2d":
            return module.number("in_channels") // parts
        waiting += list(module)
    return first.fail("is at the beginning, where a convolution is expected")


def names_of(model: Record, classes: int) -> tuple[str, ...]:
    """Of the classes, by number; () where there are none or too few."""
    names = model.get("names", None)
    if isinstance(names, dict):
        names = [names[i] for i in range(classes)] if all(i in names for i in range(classes)) else None
    if not isinstance(names, (list, tuple)) or len(names) != classes:
        return ()
    return tuple(str(name) for name in names)


def text(net: Net, name: str, head: Head, size: tuple[int, int] | None) -> str:
    """The cfg.  Raises ShapeError when the size does not fit the strides."""
    stride = max(head.strides)
    own = SIZE_OF_P5 if head.anchors.shape[1] == FOUR_ANCHORS and stride == 32 else SIZES.get(stride, SIZE)
    width, height = size or (own, own)
    if min(width, height) < 1 or width % stride or height % stride:
        raise ShapeError(f"size {width}x{height} does not fit {name}; both must be multiples of {stride}")
    groups = dict(Recipe(own, mosaic=True, letter_box=True).for_classes(head.classes).groups((width, height)))
    groups["Input"] = {**groups["Input"], "channels": net.cfg.channels(INPUT)}
    title = f"{name}, {width}x{height}, {counted(head.classes, 'class')}; written by darknet_py import"
    return net.cfg.text(title, groups)
