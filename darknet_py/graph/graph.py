"""A network whose layers fit together."""

from __future__ import annotations

from dataclasses import dataclass

from .._support.lazy import cached_property
from ..layers import is_head
from ..layers.base import Node
from ..layers.head import DetectionHead
from ..layers.net import NetOptions
from ..layers.yolo import Yolo
from .strides import largest_stride

__all__ = ["Graph"]


@dataclass(frozen=True)
class Graph:
    """A network whose layers fit together: [net] and a node a layer, in order."""

    net: NetOptions
    nodes: tuple[Node, ...]

    @property
    def classes(self) -> int:
        """The most that a detection layer has; 0 without any."""
        return max((node.layer.classes for node in self.nodes if isinstance(node.layer, DetectionHead)), default=0)

    @cached_property
    def heads(self) -> tuple[int, ...]:
        """Numbers of the detection layers, in order; without any, of the last layer that is not [cost].

        C: network.c get_network_output
        """
        heads = tuple(node.index for node in self.nodes if is_head(node.layer))
        last = max((n.index for n in self.nodes if n.layer.kind != "cost"), default=0)
        return heads or (last,)

    @cached_property
    def embeddings(self) -> dict[int, int]:
        """{detection layer: the layer that has embeddings of its boxes}"""
        nodes = (self.nodes[i] for i in self.heads)
        layers = ((node.index, node.layer.embedding_layer) for node in nodes if isinstance(node.layer, Yolo))
        return {head: number for head, number in layers if number is not None}

    @cached_property
    def outputs(self) -> tuple[int, ...]:
        """Numbers of the layers that a run leaves: the heads, then those of their embeddings."""
        return tuple(dict.fromkeys((*self.heads, *self.embeddings.values())))

    @cached_property
    def consumers(self) -> tuple[tuple[int, ...], ...]:
        """For each layer, the numbers of the layers that read its output."""
        readers: list[list[int]] = [[] for _ in self.nodes]
        for node in self.nodes:
            for source in {s for s in node.sources if s >= 0}:
                readers[source].append(node.index)
        return tuple(map(tuple, readers))

    @cached_property
    def stride(self) -> tuple[int, int]:
        """What width and height of the input should be multiples of: the network's largest stride, across and down."""
        return largest_stride([node.layer for node in self.nodes])

    @property
    def flops(self) -> float:
        """Floating-point operations for one picture, as the reference counts them."""
        return sum(node.layer.flops(node.inputs, node.shape) for node in self.nodes)
