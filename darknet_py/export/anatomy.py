"""Which part of an ONNX model is which: nodes of a layer, nodes with weights, and those that decode."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from onnx import GraphProto, NodeProto

__all__ = ["decoding", "has_weights", "last_weighted", "layer_of", "reads", "subgraph_nodes"]

WEIGHTED = ("Conv", "Gemm", "MatMul")
_LAYER = re.compile(r"(.+?_\d+)_[A-Z]")


def layer_of(node: NodeProto) -> str:
    """``convolutional_12`` for its node ``convolutional_12_Softplus``; another name is a layer by itself."""
    match = _LAYER.match(node.name)
    return match[1] if match else node.name or node.output[0]


def has_weights(node: NodeProto, stored: Collection[str]) -> bool:
    """Whether it multiplies by an array of the model, not by what was computed; ``stored``: the model's arrays."""
    return node.op_type in WEIGHTED and node.input[1] in stored


def decoding(graph: GraphProto) -> set[str]:
    """The first outputs of nodes that nothing with weights follows: of the heads, of what decodes and suppresses boxes."""
    return {output for output, weighted in _ends(graph).items() if not weighted}


def last_weighted(graph: GraphProto) -> set[str]:
    """The first outputs of nodes with weights that nothing with weights follows."""
    return {output for output, weighted in _ends(graph).items() if weighted}


def _ends(graph: GraphProto) -> dict[str, bool]:
    """{first output of a node that nothing with weights follows: whether it has weights itself}"""
    stored = {array.name for array in graph.initializer}
    weighed: set[str] = set()  # tensors from which something with weights is computed
    found = {}
    for node in reversed(graph.node):
        weighted, followed = has_weights(node, stored), not weighed.isdisjoint(node.output)
        if weighted or followed:
            weighed.update(reads(node))
        if not followed:
            found[node.output[0]] = weighted
    return found


def reads(node: NodeProto) -> set[str]:
    """The tensors that a node reads; its subgraphs too, which see those around them."""
    return {name for n in (node, *subgraph_nodes(node)) for name in n.input if name}


def subgraph_nodes(node: NodeProto) -> Iterator[NodeProto]:
    """The nodes in a node's subgraphs, and in theirs."""
    for attribute in node.attribute:
        for inner in attribute.g.node:
            yield inner
            yield from subgraph_nodes(inner)
