"""What a layer's lowering is, and that of layers that only pass on channels."""

from __future__ import annotations

from functools import singledispatch

from ...errors import KernelError
from ...layers.base import Layer
from ..steps import Builder

__all__ = ["lower"]


@singledispatch
def lower(layer: Layer, b: Builder) -> None:
    """Append the steps that compute a layer, whose batch norm is folded.   C: the layer's forward function

    A layer that only passes on channels of its sources ([route], [dropout], ...) needs no function of its own.
    Raises KernelError for a layer that must be computed and has none.
    """
    slices = layer.slices(b.node.inputs)
    if not slices:
        raise KernelError(f"{b.node.label} cannot be run: this engine has no code for layers of this kind")
    first = 0
    for piece in slices:
        b.gather(piece, first)
        first += piece.channels
