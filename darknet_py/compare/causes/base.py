"""What a cause of differences is: another way to compute something, which is tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...layers.base import Layer, Node
from ..pipeline import Arrays, LayerChange, Pipeline
from ..runner import Runner

__all__ = ["Cause", "Scope", "layer_is", "on_layers", "with_layers"]


@dataclass(frozen=True)
class Scope:
    """What is at hand when a cause is tried on a stage.

    ``computed``: the layers that the stage depends on, INPUT among them if it depends on the picture.  ``least``: the
    least probability of the reference's boxes.  ``params``: the reference's own arrays of layers, where it has any.
    ``half``: whether the reference is known to compute in half precision.
    """

    runner: Runner
    computed: frozenset[int]
    decodes: bool
    finds_boxes: bool
    least: float
    params: Mapping[int, Callable[[], Arrays]]
    half: bool = False

    @property
    def nodes(self) -> Iterable[Node]:
        """The layers that matter."""
        graph = self.runner.graph
        decoded = graph.heads if self.decodes else ()
        return [graph.nodes[i] for i in sorted(self.computed.union(decoded)) if i >= 0]


@dataclass(frozen=True)
class Cause:
    """``name``: in a few words.  ``what``: what the reference does otherwise.  ``remedy``: what to do about it.

    ``change``: the pipeline that does so too, or None where that would change nothing.  Of two causes with one ``aspect``
    only one can be true.
    """

    name: str
    aspect: str
    what: str
    remedy: str
    change: Callable[[Pipeline, Scope], Pipeline | None]


def layer_is(kind: type[Layer]) -> Callable[[Node], bool]:
    """Whether a layer is of a kind."""
    return lambda node: isinstance(node.layer, kind)


def on_layers(applies: Callable[[Node], bool], change: Callable[[Any], Layer]) -> LayerChange:
    """Another layer in place of each that it applies to, with the same arrays."""
    return LayerChange(applies, lambda node, arrays: (change(node.layer), arrays))


def with_layers(p: Pipeline, scope: Scope, change: LayerChange) -> Pipeline | None:
    """The pipeline with other layers, if there are any to change."""
    return replace(p, layers=(*p.layers, change)) if any(map(change.applies, scope.nodes)) else None
