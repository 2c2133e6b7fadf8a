"""Blocks of two branches, one of them through more layers: those of Scaled-YOLOv4 and PyTorch_YOLOv4, where batch norm and
activation follow on both together, and those of YOLOv7, where each branch has its own.

The published cfgs leave out the second batch norm of a branch that has one; here it is a depthwise convolution.
"""

from __future__ import annotations

from collections.abc import Mapping

from .basic import norm_and_activation, pyramid
from .module import Module
from .net import Forward, Net

__all__ = ["BLOCKS"]


def csp(net: Net, m: Module, x: int) -> int:
    """BottleneckCSP; without cv3 it is BottleneckCSPF, without cv4 BottleneckCSPL."""
    y = net.chain(x, m["cv1"], m["m"])
    return net.chain(norm_and_activation(net, m, (y, m.find("cv3")), (x, m["cv2"])), m.find("cv4"))


def csp2(net: Net, m: Module, x: int) -> int:
    x = net.run(m["cv1"], x)
    y = net.run(m["m"], x)
    return net.run(m["cv3"], norm_and_activation(net, m, (y, None), (x, m["cv2"])))


def pooled(net: Net, m: Module, x: int) -> int:
    y = net.chain(x, m["cv1"], m["cv3"], m["cv4"])
    return net.chain(pyramid(net, m, y), m["cv5"], m["cv6"])


def sppcsp(net: Net, m: Module, x: int) -> int:
    return net.run(m["cv7"], norm_and_activation(net, m, (pooled(net, m, x), None), (x, m["cv2"])))


def sppcspc(net: Net, m: Module, x: int) -> int:
    y = pooled(net, m, x)
    return net.run(m["cv7"], net.concat(y, net.run(m["cv2"], x)))


def cspa(net: Net, m: Module, x: int) -> int:
    y = net.chain(x, m["cv1"], m["m"])
    return net.run(m["cv3"], net.concat(y, net.run(m["cv2"], x)))


def cspb(net: Net, m: Module, x: int) -> int:
    x = net.run(m["cv1"], x)
    y = net.run(m["m"], x)
    return net.run(m["cv3"], net.concat(y, net.run(m["cv2"], x)))


def cspc(net: Net, m: Module, x: int) -> int:
    y = net.chain(x, m["cv1"], m["m"], m["cv3"])
    return net.run(m["cv4"], net.concat(y, net.run(m["cv2"], x)))


def vovcsp(net: Net, m: Module, x: int) -> int:
    x = net.run(m["cv1"], net.half(x, 1))
    return net.run(m["cv3"], net.concat(x, net.run(m["cv2"], x)))


STAGES = "Bottleneck", "Ghost", "RepBottleneck", "RepRes", "RepResX", "Res", "ResX"

BLOCKS: Mapping[str, Forward] = {
    "BottleneckCSP": csp, "BottleneckCSP2": csp2, "BottleneckCSPF": csp, "BottleneckCSPL": csp, "SPPCSP": sppcsp,
    "VoVCSP": vovcsp, "GhostSPPCSPC": sppcspc, "SPPCSPC": sppcspc,
    **{f"{stage}CSP{kind}": block for stage in STAGES for kind, block in {"A": cspa, "B": cspb, "C": cspc}.items()},
}  # fmt: skip
