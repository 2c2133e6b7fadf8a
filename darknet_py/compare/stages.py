"""What can be compared with a reference: the network's input, layers, boxes before and after suppression."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..boxes.decode import decode
from ..boxes.table import Boxes
from ..layers.base import Node
from ..layers.head import DetectionHead
from .box_difference import CLASS, PROB, match
from .difference import Difference, measure
from .pipeline import Pipeline
from .reference import Reference, ReferenceBoxes
from .runner import INPUT, Loader, Runner

__all__ = ["ArrayStage", "BoxStage", "DecodedStage", "Stage", "heads_of", "stages"]

Value = np.ndarray[Any, Any]


@dataclass(frozen=True, kw_only=True)
class Stage(ABC):
    """``name`` and ``title`` for messages and for the table.  ``needs``: the layers that it is made of.

    ``given``: the layers that are the reference's when the stage is looked at by itself.  ``derived``: the reference has
    no such thing, it was made from other parts of it.
    """

    decodes: ClassVar[bool] = False
    finds_boxes: ClassVar[bool] = False
    name: str
    title: str
    shape: str
    needs: tuple[int, ...]
    given: frozenset[int]
    derived: bool = False

    def value(self, runner: Runner, p: Pipeline, given: frozenset[int] = frozenset()) -> Value:
        """What a pipeline makes of it, the layers in ``given`` being the reference's."""
        return self.made(runner.outputs(p, self.needs, given), runner, p)

    def made(self, outputs: Mapping[int, Value], runner: Runner, p: Pipeline) -> Value:
        """The same from the outputs of the layers that it needs."""
        return outputs[self.needs[0]]

    @abstractmethod
    def reference(self) -> Value:
        """What the reference says it is."""

    def difference(self, ours: Value, theirs: Value) -> Difference:
        """How far a value is from the reference, or from another one."""
        return measure(ours, theirs)


@dataclass(frozen=True, kw_only=True)
class ArrayStage(Stage):
    """The output of a layer, ``node``, or the network's input."""

    load: Loader
    node: Node | None = None

    def reference(self) -> Value:
        return self.load()


@dataclass(frozen=True, kw_only=True)
class DecodedStage(Stage):
    """All boxes of all heads before any threshold: (rows, 4 + classes), relative to the network's input."""

    decodes: ClassVar[bool] = True
    boxes: Boxes

    def made(self, outputs: Mapping[int, Value], runner: Runner, p: Pipeline) -> Value:
        heads = heads_of(runner, p, self.needs)
        pairs = zip(map(p.read, heads), self.needs, strict=True)
        return _table(Boxes.concat([decode(head, outputs[i], runner.net_size, -np.inf) for head, i in pairs]))

    def reference(self) -> Value:
        return _table(self.boxes)


@dataclass(frozen=True, kw_only=True)
class BoxStage(Stage):
    """The boxes that are found: (n, 6)."""

    decodes: ClassVar[bool] = True
    finds_boxes: ClassVar[bool] = True
    theirs: ReferenceBoxes
    names: tuple[str, ...]
    thresh: float

    def made(self, outputs: Mapping[int, Value], runner: Runner, p: Pipeline) -> Value:
        heads = heads_of(runner, p, self.needs)
        rows = p.boxes(heads, [outputs[i] for i in self.needs], runner.fit(p))
        hidden = [i for i, name in enumerate(self.names) if self.theirs.hidden and name.startswith(self.theirs.hidden)]
        return rows[(rows[:, PROB] > self.theirs.floor) & ~np.isin(rows[:, CLASS], hidden)]

    def reference(self) -> Value:
        return self.theirs.rows

    def difference(self, ours: Value, theirs: Value) -> Difference:
        return match(ours, theirs, self.thresh, self.theirs.precision, self.names)


def stages(runner: Runner, reference: Reference, p: Pipeline, names: Sequence[str]) -> list[Stage]:
    """All that a reference can be compared in, in the order in which it is computed."""
    known, nodes = frozenset(reference.layers), runner.graph.nodes
    compared: list[Stage] = [_array(runner, reference, i) for i in sorted(known)]
    heads = tuple(i for i in runner.graph.heads if isinstance(nodes[i].layer, DetectionHead))
    if reference.decoded is not None:
        shape = f"{len(reference.decoded)} rows"
        compared.append(
            DecodedStage(name="the boxes before suppression", title="boxes of the heads", needs=heads, given=known,
                         shape=shape, boxes=reference.decoded)
        )  # fmt: skip
    boxes = _boxes(runner, reference, p, heads) if heads else None
    if boxes is not None:
        compared.append(
            BoxStage(name="the boxes", title="boxes", shape=f"{len(boxes.rows)} boxes", needs=heads, given=known,
                     derived=reference.boxes is None, theirs=boxes, names=tuple(names), thresh=p.thresh)
        )  # fmt: skip
    return compared


def _array(runner: Runner, reference: Reference, i: int) -> Stage:
    load = reference.layers[i]
    if i == INPUT:
        shape = str(runner.graph.net.shape)
        return ArrayStage(name="the input", title="input", shape=shape, needs=(i,), given=frozenset(), load=load)
    node = runner.graph.nodes[i]
    return ArrayStage(name=f"layer {i}", title=f"{i:5d} {node.layer.kind}", shape=str(node.shape), needs=(i,),
                      given=frozenset(reference.layers) - {i}, load=load, node=node)  # fmt: skip


def _boxes(runner: Runner, reference: Reference, p: Pipeline, heads: Sequence[int]) -> ReferenceBoxes | None:
    """The reference's boxes, or those in its heads' outputs."""
    if reference.boxes is not None:
        return reference.boxes
    layers, fit = heads_of(runner, p, heads), runner.fit(p)
    if all(i in reference.layers for i in heads):
        return ReferenceBoxes(p.boxes(layers, [reference.layers[i]() for i in heads], fit))
    return ReferenceBoxes(p.decoded(reference.decoded, layers, fit)) if reference.decoded is not None else None


def heads_of(runner: Runner, p: Pipeline, numbers: Sequence[int]) -> list[DetectionHead]:
    """Detection layers in the form that a pipeline runs."""
    return [node.layer for node in runner.nodes(p, numbers) if isinstance(node.layer, DetectionHead)]


def _table(boxes: Boxes) -> Value:
    return np.concatenate([boxes.xywh, boxes.probs], 1)
