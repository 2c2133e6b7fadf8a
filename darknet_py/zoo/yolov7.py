"""YOLOv7 and YOLOv7-tiny.   Wang, Bochkovskiy, Liao: YOLOv7, 2022.

Their blocks are efficient layer aggregations (ELAN): a chain of convolutions whose layers are taken side by side.
"""

from __future__ import annotations

from . import blocks
from .blocks import Detector
from .recipe import Recipe, Wanted, finished
from .scaled import BOXES, EVEN
from .writer import INPUT, Cfg, Options
from .yolov3 import ANCHORS as TINY_ANCHORS
from .yolov4 import ANCHORS

__all__ = ["yolov7", "yolov7_tiny"]

OPTIONS: Options = {**BOXES, **EVEN}


def recipe(size: int, batch: int) -> Recipe:
    """Both were published with the same schedule."""
    return Recipe(size, batch, 1, momentum=0.9, learning_rate=0.00261, max_batches=2000200, steps=(1600000, 1800000))


def yolov7(wanted: Wanted) -> str:
    """YOLOv7: ELAN with chains of four, pooling beside every convolution of stride 2, Swish, three heads."""
    net = Cfg("swish", wanted.width)
    c3, c4, c5 = backbone(net)
    net.comment("neck")
    p5 = csp_spp(net, c5)
    p4 = neck_elan(net, blocks.join_up(net, p5, c4, 256), 256)
    p3 = neck_elan(net, blocks.join_up(net, p4, c3, 128), 128)
    n4 = neck_elan(net, halved(net, p3, 128, p4), 256)
    n5 = neck_elan(net, halved(net, n4, 256, p5), 512)
    heads(net, Detector(wanted, ANCHORS, OPTIONS, "logistic"), p3, n4, n5)
    return finished(net, "yolov7", recipe(640, 8), wanted)


def backbone(net: Cfg) -> tuple[int, int, int]:
    """The layers at strides 8, 16 and 32."""
    net.comment("backbone")
    x = net.conv(net.conv(INPUT, 32, 3), 64, 3, 2)
    x = net.conv(net.conv(x, 64, 3), 128, 3, 2)
    x = backbone_elan(net, x, 256, 64)
    c3 = backbone_elan(net, halved(net, x, 128), 512, 128)
    c4 = backbone_elan(net, halved(net, c3, 256), 1024, 256)
    c5 = backbone_elan(net, halved(net, c4, 512), 1024, 256)
    return c3, c4, c5


def backbone_elan(net: Cfg, x: int, filters: int, inner: int) -> int:
    """ELAN of every second layer of its chain."""
    skip, chain = elan_chain(net, x, filters, (inner, inner), 4)
    return net.conv(net.route(*chain[::-2], skip), filters)


def neck_elan(net: Cfg, x: int, filters: int) -> int:
    """ELAN of every layer of its chain, whose 3x3 convolutions have half of the channels."""
    skip, chain = elan_chain(net, x, filters, (filters, filters // 2), 4)
    return net.conv(net.route(*chain[::-1], skip), filters)


def elan_chain(net: Cfg, x: int, filters: int, inner: tuple[int, int], count: int) -> tuple[int, list[int]]:
    """A 1x1 convolution of ``x``; and a chain of another one and ``count`` 3x3.  ``inner``: channels of 1x1 and of 3x3."""
    net.comment(f"ELAN at stride {net.stride(x)}, {net.widened(filters)} channels")
    skip = net.conv(x, inner[0])
    chain = [net.conv(x, inner[0])]
    for _ in range(count):
        chain.append(net.conv(chain[-1], inner[1], 3))
    return skip, chain


def halved(net: Cfg, x: int, filters: int, *laterals: int) -> int:
    """``x`` at half its size, convolved and pooled, ``filters`` channels of each, beside ``laterals``."""
    net.comment(f"down to stride {2 * net.stride(x)}")
    pooled = net.conv(net.maxpool(x, 2, 2), filters)
    y = net.conv(net.conv(x, filters), filters, 3, 2)
    return net.route(y, pooled, *laterals)


def csp_spp(net: Cfg, x: int) -> int:
    """Of two branches one goes through convolutions and pooling."""
    skip = net.conv(x, 512)
    y = net.conv(net.conv(net.conv(x, 512), 512, 3), 512)
    net.comment("spatial pyramid pooling, windows of 5, 9, 13")
    pooled = [net.maxpool(y, size) for size in (5, 9, 13)]
    y = net.conv(net.conv(net.route(y, *pooled), 512), 512, 3)
    return net.conv(net.route(y, skip), 512)


def heads(net: Cfg, detector: Detector, *inputs: int) -> None:
    """A head for each input, with twice its channels as features."""
    for i, x in enumerate(inputs):
        detector.head(net, x, 2 * net.channels(x), range(3 * i, 3 * i + 3))


def yolov7_tiny(wanted: Wanted) -> str:
    """YOLOv7-tiny: ELAN with chains of two, max pooling between the stages, leaky ReLU, three heads."""
    net = Cfg("leaky", wanted.width)
    c3, c4, c5 = tiny_backbone(net)
    net.comment("neck")
    p5 = tiny_csp_spp(net, c5)
    p4 = tiny_elan(net, blocks.join_up(net, p5, c4, 128), 128, 64)
    p3 = tiny_elan(net, blocks.join_up(net, p4, c3, 64), 64, 32)
    n4 = tiny_elan(net, blocks.join_down(net, p3, p4), 128, 64)
    n5 = tiny_elan(net, blocks.join_down(net, n4, p5), 256, 128)
    heads(net, Detector(wanted, TINY_ANCHORS, OPTIONS, "logistic"), p3, n4, n5)
    return finished(net, "yolov7-tiny", recipe(416, 64), wanted)


def tiny_backbone(net: Cfg) -> tuple[int, int, int]:
    """The layers at strides 8, 16 and 32."""
    net.comment("backbone")
    x = net.conv(net.conv(INPUT, 32, 3, 2), 64, 3, 2)
    x = tiny_elan(net, x, 64, 32)
    c3 = tiny_elan(net, net.maxpool(x, 2, 2), 128, 64)
    c4 = tiny_elan(net, net.maxpool(c3, 2, 2), 256, 128)
    c5 = tiny_elan(net, net.maxpool(c4, 2, 2), 512, 256)
    return c3, c4, c5


def tiny_elan(net: Cfg, x: int, filters: int, inner: int) -> int:
    """ELAN of every layer of its chain, the first one first."""
    skip, chain = elan_chain(net, x, filters, (inner, inner), 2)
    return net.conv(net.route(skip, *chain), filters)


def tiny_csp_spp(net: Cfg, x: int) -> int:
    """Of two branches one goes through pooling between two convolutions."""
    skip = net.conv(x, 256)
    y = net.conv(blocks.spp(net, net.conv(x, 256)), 256)
    return net.conv(net.route(skip, y), 256)
