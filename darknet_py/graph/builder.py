"""Sections → Graph: layers parsed, shapes inferred and checked.   C: parser.c parse_network_cfg_custom"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .. import doubts
from ..cfg import Section
from ..errors import CfgError, ShapeError
from ..layers import parse_layer, parse_net
from ..layers.base import Layer, Node, label
from ..layers.connected import Connected
from ..layers.head import DetectionHead
from ..layers.local import Local
from ..layers.net import NetOptions
from ..shapes import Shape
from .graph import Graph
from .limits import check_elements, surplus_layer
from .strides import INPUT, check_stride, largest_stride

__all__ = ["build", "network_options", "place", "settled"]


def build(sections: Sequence[Section], size: tuple[int, int] | None = None) -> Graph:
    """The network that a cfg describes, its input resized to ``size`` (width, height) if given.

    Raises CfgError and ShapeError, which name file, line and layer; ShapeError too when the strides of a detector do not
    divide ``size``.  Warns (DarknetWarning) of options that nothing reads, and of those that seem to be mistakes.
    """
    net = network_options(sections, size)
    layers = [parse_layer(section, index) for index, section in enumerate(sections[1:])]
    if size is not None and any(isinstance(layer, DetectionHead) and layer.anchors for layer in layers):
        check_stride(sections[0].path, (net.width, net.height), largest_stride(layers))
    if surplus := surplus_layer(layers):
        raise sections[surplus[0] + 1].error(surplus[1])
    nodes = _placed(net.shape, layers, sections)
    if size is not None:
        _check_weights(nodes, parse_net(sections[0]), layers, sections)
    doubts.heads(layers, sections)
    doubts.warn(sections)
    return Graph(net, tuple(nodes))


def _placed(network_input: Shape, layers: Sequence[Layer], sections: Sequence[Section]) -> list[Node]:
    """The layers in their places.  Raises ShapeError."""
    nodes: list[Node] = []
    shapes = {INPUT: network_input}
    for index, (layer, section) in enumerate(zip(layers, sections[1:], strict=True)):
        nodes.append(settled(place(layer, section, index, shapes), nodes))
        shapes[index] = nodes[-1].shape
    return nodes


def _check_weights(nodes: Sequence[Node], net: NetOptions, layers: Sequence[Layer], sections: Sequence[Section]) -> None:
    """Raises ShapeError for a layer with a weight for each place of its input, which is another at the size of the cfg."""
    try:
        own = _placed(net.shape, layers, sections)
    except ShapeError:
        return  # the cfg's size fits nothing, and another one was given for that
    for node, before in zip(nodes, own, strict=True):
        if isinstance(node.layer, (Connected, Local)) and node.inputs != before.inputs:
            raise ShapeError(f"has weights for an input of {net.width} x {net.height}; no other size is possible",
                             node.label)  # fmt: skip


def network_options(sections: Sequence[Section], size: tuple[int, int] | None = None) -> NetOptions:
    """[net], its input resized to ``size`` if given.  Raises CfgError and ShapeError."""
    if not sections:
        raise CfgError("no sections; a Darknet cfg starts with [net]")
    net = parse_net(sections[0]).resized(size)
    if len(sections) == 1:
        raise sections[0].error("has no layers after it")
    check_elements(sections[0].where(), "its input", net.shape)
    return net


def place(layer: Layer, section: Section, index: int, shapes: Mapping[int, Shape]) -> Node:
    """The layer in its place, behind those of ``shapes``.  Raises ShapeError."""
    inputs = tuple(shapes[source] for source in layer.sources)
    where = section.where()
    shape = _shape(layer, inputs, label(where, index, layer.kind))
    load, load_scales = not section.integer("dontload"), not section.integer("dontloadscales")
    return Node(index, layer, inputs, shape, where, load, load_scales)


def settled(node: Node, nodes: Sequence[Node | None]) -> Node:
    """The node, once those of ``nodes`` that its layer mentions are known.  Raises ShapeError when they do not fit."""
    mentioned = tuple(found for number in node.layer.mentioned if (found := nodes[number]))
    try:
        return replace(node, layer=node.layer.settled(node.inputs, node.shape, mentioned)) if mentioned else node
    except ShapeError as e:
        raise ShapeError(e.message, node.label) from None


def _shape(layer: Layer, inputs: tuple[Shape, ...], name: str) -> Shape:
    try:
        shape = layer.shape(inputs)
    except ShapeError as e:
        raise ShapeError(e.message, name) from None
    check_elements(name, "its output", shape)
    for param in layer.params(inputs):
        check_elements(name, f"its array of {param.name}", param.shape)
    return shape
