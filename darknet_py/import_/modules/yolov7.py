"""What YOLOv7 has beside CSP blocks: convolutions trained as several, downsampling of two kinds at once, ghosts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .activations import activation_of
from .basic import Join, bottleneck
from .module import Array, Module, Taps
from .net import Forward, Net

__all__ = ["BLOCKS", "JOINS"]


def repconv(net: Net, m: Module, x: int) -> int:
    """RepVGG: 3x3, 1x1 and the input itself, each with its batch norm, added up; or what was made of them already."""
    made = m.find("rbr_reparam")
    return net.convolution(x, made.taps() if made else one_convolution(m), None, activation_of(m["act"]))


def one_convolution(m: Module) -> Taps:
    """In double.  Raises CheckpointError."""
    dense, norm = m["rbr_dense"]["0"].taps(), m["rbr_dense"]["1"].norm()
    weights, biases = norm.folded(dense.weights)
    point, beside = m["rbr_1x1"]["1"].norm().folded(m["rbr_1x1"]["0"].taps().weights)
    middle = dense.padding
    weights[:, :, middle : middle + 1, middle : middle + 1] += point
    identity = m.find("rbr_identity")
    if identity:
        taps, more = identity.norm().folded(same(*dense.weights.shape[:2]))
        weights[:, :, middle : middle + 1, middle : middle + 1] += taps
        beside = beside + more
    return Taps(weights, biases + beside, dense.stride, dense.padding, dense.groups)


def same(filters: int, channels: int) -> Array:
    """The weights of a convolution that changes nothing, of ``channels`` a group."""
    weights = np.zeros((filters, channels, 1, 1))
    weights[range(filters), np.arange(filters) % channels] = 1
    return weights


def downc(net: Net, m: Module, x: int) -> int:
    y = net.chain(x, m["cv1"], m["cv2"])
    return net.concat(y, net.chain(x, m["mp"], m["cv3"]))


def stem(net: Net, m: Module, x: int) -> int:
    x = net.run(m["cv1"], x)
    y = net.chain(x, m["cv2"], m["cv3"])
    return net.run(m["cv4"], net.concat(y, net.run(m["pool"], x)))


def ghost_conv(net: Net, m: Module, x: int) -> int:
    x = net.run(m["cv1"], x)
    return net.concat(x, net.run(m["cv2"], x))


def ghost(net: Net, m: Module, x: int) -> int:
    y = net.run(m["conv"], x)
    return net.add(y, net.run(m["shortcut"], x))


def foldcut(net: Net, m: Module, x: int) -> int:
    return net.add(net.half(x, 0), net.half(x, 1))


def chuncat(net: Net, m: Module, layers: Sequence[int]) -> int:
    """The first halves of all, then their second halves."""
    return net.concat(*(net.half(x, which) for which in (0, 1) for x in layers))


BLOCKS: Mapping[str, Forward] = {
    "DownC": downc, "Foldcut": foldcut, "Ghost": ghost, "GhostBottleneck": ghost, "GhostConv": ghost_conv, "GhostStem": stem,
    "RepBottleneck": bottleneck, "RepConv": repconv, "RepRes": bottleneck, "RepResX": bottleneck, "Res": bottleneck,
    "ResX": bottleneck, "Stem": stem,
}  # fmt: skip
JOINS: Mapping[str, Join] = {"Chuncat": chuncat}
