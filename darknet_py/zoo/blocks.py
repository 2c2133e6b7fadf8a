"""Blocks that several architectures are made of.  Each takes the layer it reads and returns the layer it ends in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .._support.words import counted
from .recipe import Wanted
from .writer import Anchors, Cfg, Options

__all__ = [
    "Detector", "alternating", "csp_stage", "enlarged", "join_down", "join_up", "residual_stage", "spp",
]  # fmt: skip


@dataclass(frozen=True)
class Detector:
    """What the detection heads of a network have in common.

    ``published``: its anchors, if no others are wanted.  ``options``: of each [yolo], besides its boxes.  ``activation``:
    of the convolution before each head.
    """

    wanted: Wanted
    published: Anchors
    options: Options
    activation: str = "linear"

    def head(self, net: Cfg, x: int, features: int, mask: Sequence[int], **more: float | str) -> int:
        """A 3x3 convolution to ``features`` channels, then ``boxes``."""
        net.comment(f"head at stride {net.stride(x)}")
        return self.boxes(net, net.conv(x, features, 3), mask, **more)

    def boxes(self, net: Cfg, x: int, mask: Sequence[int], **more: float | str) -> int:
        """The convolution whose filters follow from classes and mask, and the [yolo] of the anchors in ``mask``."""
        classes, anchors = self.wanted.classes, self.wanted.anchors_or(self.published)
        sides = [side for anchor in anchors for side in anchor]
        boxes: Options = {"mask": mask, "anchors": sides, "num": len(anchors), "classes": classes}
        entries = f"({counted(classes, 'class')} + 5)"
        net.comment(f"filters = {entries} x {len(mask)} anchors at stride {net.stride(x)}")
        x = net.predictions(x, (classes + 5) * len(mask), self.activation)
        return net.yolo(x, {**boxes, **self.options, **more})


def residuals(net: Cfg, x: int, inner: int, count: int) -> int:
    """``count`` times a 1x1 convolution to ``inner`` channels and a 3x3 back, added to what they read."""
    for _ in range(count):
        y = net.conv(net.conv(x, inner), net.channels(x), 3)
        x = net.shortcut(y, x)
    return x


def residual_stage(net: Cfg, x: int, filters: int, count: int) -> int:
    """Half the size, then ``count`` residual blocks: a stage of Darknet-53."""
    what = counted(count, "residual block")
    net.comment(f"stage at stride {2 * net.stride(x)}, {net.widened(filters)} channels: {what}")
    x = net.conv(x, filters, 3, 2)
    return residuals(net, x, filters // 2, count)


def csp_stage(net: Cfg, x: int, filters: int, count: int, *, split: int = 0, inner: int = 0) -> int:
    """Half the size; then one of two branches of ``split`` channels goes through ``count`` residual blocks, and both
    are joined: a stage of CSPDarknet."""
    split, what = split or filters // 2, counted(count, "residual block")
    net.comment(f"CSP stage at stride {2 * net.stride(x)}, {net.widened(filters)} channels: {what}")
    x = net.conv(x, filters, 3, 2)
    skip = net.conv(x, split)
    y = net.conv(x, split)
    y = residuals(net, y, inner or split, count)
    y = net.conv(y, split)
    return net.conv(net.route(y, skip), filters)


def spp(net: Cfg, x: int, sizes: Sequence[int] = (5, 9, 13)) -> int:
    """``x`` and its maxima over windows of three sizes: spatial pyramid pooling."""
    net.comment(f"spatial pyramid pooling, windows of {', '.join(map(str, sizes))}")
    pooled = [net.maxpool(x, size) for size in sizes]
    return net.route(*reversed(pooled), x)


def alternating(net: Cfg, x: int, filters: int, count: int) -> int:
    """``count`` convolutions, 1x1 to ``filters`` and 3x3 to twice as many in turn."""
    for i in range(count):
        x = net.conv(x, 2 * filters, 3) if i % 2 else net.conv(x, filters)
    return x


def enlarged(net: Cfg, x: int, filters: int) -> int:
    """``x`` with ``filters`` channels, at twice its size."""
    net.comment(f"up to stride {net.stride(x) // 2}")
    return net.upsample(net.conv(x, filters))


def join_up(net: Cfg, x: int, lateral: int, filters: int) -> int:
    """PANet's way up: ``x`` enlarged, beside ``lateral``, ``filters`` channels of each."""
    x = enlarged(net, x, filters)
    return net.route(net.conv(lateral, filters), x)


def join_down(net: Cfg, x: int, lateral: int) -> int:
    """PANet's way down: ``x`` at half its size, beside ``lateral``, as many channels of each."""
    net.comment(f"down to stride {2 * net.stride(x)}")
    return net.route(net.conv(x, net.channels(lateral), 3, 2), lateral)
