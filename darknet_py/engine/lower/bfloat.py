"""Which convolutions multiply in bfloat16, and by what weights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from ...layers.base import Node
from ...layers.convolutional import Convolutional
from ..fuse import ConvolutionWithSum, adds
from ..layout import unfolds
from ..memory import place
from ..steps import Builder
from ..storage import FLOATS, Storage, decide
from . import winograd
from .window import Part, Window

__all__ = ["pairs_of", "storage"]

Words = npt.NDArray[np.uint32]


def storage(b: Builder, nodes: Sequence[Node], outputs: Iterable[int]) -> Storage:
    """How the tensors are kept; ``outputs``: the layers to be read after a run."""
    if not b.options.bf16:
        return FLOATS
    direct = {node.index for node in nodes if _is_direct(node, b)}
    readers = {node.index for node in nodes if node.index in direct and _multiplies_pairs(node, b)}
    return decide(nodes, b.homes, outputs, readers, direct)


def _multiplies_pairs(node: Node, b: Builder) -> bool:
    """Whether a convolution, if it is computed directly, rounds its input: one whose channels lie in blocks, an even number.

    Others have little to multiply, as the first layer, or are of no network that is in use.
    """
    layer = _convolution(node)
    if layer is None or layer.groups > 1 or unfolds(layer, node.inputs):
        return False
    return b.homes[node.sources[0]].lanes == b.options.lanes and node.inputs[0].c % 2 == 0


def _is_direct(node: Node, b: Builder) -> bool:
    """Whether it is a convolution that rows of sums leave one after the other, all channels of their blocks at once."""
    layer = _convolution(node)
    if layer is None or layer.groups > 1 or not adds(layer, node.inputs):
        return False
    x, y = place(node.inputs[0], b.homes[node.sources[0]].lanes, 0), place(node.shape, b.homes[node.index].lanes, 0)
    zeros = np.broadcast_to(np.float32(0), (layer.filters, node.inputs[0].c, layer.kernel_size, layer.kernel_size))
    return winograd.choose(Window.of(layer), b, Part(x, zeros, zeros, y, 0, pairs=_multiplies_pairs(node, b))) is None


def _convolution(node: Node) -> Convolutional | None:
    layer = node.layer.convolution if isinstance(node.layer, ConvolutionWithSum) else node.layer
    return layer if isinstance(layer, Convolutional) else None


def pairs_of(weights: np.ndarray) -> np.ndarray:
    """Float32 (n, c, ...) → words (n, c / 2, ...) of two bfloat16 each, the first in the lower half; as float32, by bits.

    Rounded to nearest, ties to even; subnormal numbers to zero.
    """
    halves = _rounded(weights)
    return np.ascontiguousarray(halves[:, 0::2] | halves[:, 1::2] << np.uint32(16)).view(np.float32)


def _rounded(x: np.ndarray) -> Words:
    """The upper halves of the floats after rounding."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    rounded = (bits + (0x7FFF + (bits >> 16 & 1)).astype(np.uint32)) >> 16
    rounded = np.where(np.isnan(x), bits >> 16 | 0x40, rounded)
    subnormal = bits & 0x7F800000 == 0
    return np.where(subnormal, bits >> 16 & 0x8000, rounded).astype(np.uint32)
