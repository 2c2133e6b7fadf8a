"""Modules that all the families have: convolution, pooling, upsampling, residual blocks, and what joins layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce

from .activations import activation_of
from .module import Module, Norm
from .net import Forward, Net

__all__ = ["BLOCKS", "JOINS", "norm_and_activation", "pyramid"]

Join = Callable[[Net, Module, Sequence[int]], int]


def conv(net: Net, m: Module, x: int) -> int:
    """Without batch norm where that was fused into the convolution."""
    norm = m.find("bn")
    return net.convolution(x, m["conv"].taps(), norm.norm() if norm else None, activation_of(m["act"]))


def conv2d(net: Net, m: Module, x: int) -> int:
    return net.convolution(x, m.taps(), None, "linear")


def batch_norm(net: Net, m: Module, x: int) -> int:
    return net.each_channel(x, m.norm(), "linear")


def activation(net: Net, m: Module, x: int) -> int:
    return net.each_channel(x, None, activation_of(m))


def unchanged(net: Net, m: Module, x: int) -> int:
    return x


def sequential(net: Net, m: Module, x: int) -> int:
    return net.chain(x, *m)


def maxpool(net: Net, m: Module, x: int) -> int:
    if m.number("dilation") != 1 or m.record.get("ceil_mode", False):
        m.fail("is dilated, or rounds sizes up, which Darknet's does not")
    return net.maxpool(x, m.number("kernel_size"), m.number("stride"), m.number("padding"))


def pool(net: Net, m: Module, x: int) -> int:
    return net.run(m["m"], x)


def upsample(net: Net, m: Module, x: int) -> int:
    mode = m.record.get("mode", None)
    if mode != "nearest":
        m.fail(f"has mode {mode!r:.40}; Darknet's [upsample] is nearest")
    return net.upsample(x, m.number("scale_factor"))


def zero_pad(net: Net, m: Module, x: int) -> int:
    padding = m.record.get("padding", None)
    if padding != (0, 1, 0, 1):
        m.fail(f"has padding {padding!r:.60}; only one column on the right and one row below are supported")
    return net.zeros_behind(x)


def focus(net: Net, m: Module, x: int) -> int:
    return net.run(m["conv"], net.squares(x))


def reorg(net: Net, m: Module, x: int) -> int:
    return net.squares(x)


def bottleneck(net: Net, m: Module, x: int) -> int:
    """Two convolutions, or the three of Res, added to what they read."""
    y = net.chain(x, m["cv1"], m["cv2"], m.find("cv3"))
    return net.add(y, x) if m.record.get("add", False) else y


def spp(net: Net, m: Module, x: int) -> int:
    return net.run(m["cv2"], pyramid(net, m, net.run(m["cv1"], x)))


def pyramid(net: Net, m: Module, x: int) -> int:
    """``x`` beside its maxima over windows of several sizes."""
    return net.concat(x, *(net.run(window, x) for window in m["m"]))


def norm_and_activation(net: Net, m: Module, *branches: tuple[int, Module | None]) -> int:
    """Batch norm and activation of several branches side by side, in each branch: in its convolution if that is bare, in
    one of its own behind layers that have theirs."""
    norm, function, outputs, start = m["bn"].norm(), activation_of(m["act"]), [], 0
    for x, bare in branches:
        taps = bare.taps() if bare else None
        stop = start + (taps.filters if taps else net.channels(x))
        part: Norm = norm.part(start, stop)
        outputs.append(net.convolution(x, taps, part, function) if taps else net.each_channel(x, part, function))
        start = stop
    return net.concat(*outputs)


def concat(net: Net, m: Module, layers: Sequence[int]) -> int:
    if m.record.get("d", 1) != 1:
        m.fail("joins something other than channels")
    return net.concat(*layers)


def add(net: Net, m: Module, layers: Sequence[int]) -> int:
    return reduce(net.add, layers)


BLOCKS: Mapping[str, Forward] = {
    "BatchNorm2d": batch_norm, "Bottleneck": bottleneck, "Conv": conv, "Conv2d": conv2d, "DWConv": conv,
    "Dropout": unchanged, "Focus": focus, "Identity": unchanged, "LeakyReLU": activation, "MP": pool,
    "MaxPool2d": maxpool, "Mish": activation, "MishCuda": activation, "ReOrg": reorg, "ReLU": activation, "SP": pool,
    "SPP": spp, "Sequential": sequential, "SiLU": activation, "Upsample": upsample, "ZeroPad2d": zero_pad,
}  # fmt: skip
JOINS: Mapping[str, Join] = {"Concat": concat, "Shortcut": add}
