"""The layers as a graph for Graphviz, as cv2.dnn's ``dump`` gives it; activations are layers of their own."""

from __future__ import annotations

from collections.abc import Sequence

from .layers import DnnLayer

__all__ = ["graphviz"]

STYLE = 'fillcolor="#ffffb3" style=filled shape=box'


def graphviz(layers: Sequence[DnnLayer], input_name: str, shapes: Sequence[Sequence[int]]) -> str:
    """``shapes``: of the outputs of the input and of each layer."""
    names = [input_name, *(layer.name for layer in layers)]
    types = ["Input", *(layer.type for layer in layers)]
    sizes = [" x ".join(map(str, shape)) for shape in shapes]
    boxes = [
        f'\t"{name}" [label="{name}\\n{type}\\noutput: {size}\\l" {STYLE}]'
        for name, type, size in zip(names, types, sizes, strict=True)
    ]
    arrows = [f'\t"{names[source]}" -> "{layer.name}"' for layer in layers for source in layer.sources]
    return "\n".join(["digraph G {", *boxes, "", *arrows, "}", ""])
