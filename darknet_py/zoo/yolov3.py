"""YOLOv3, YOLOv3-SPP and YOLOv3-tiny.   Redmon, Farhadi: YOLOv3, an Incremental Improvement, 2018."""

from __future__ import annotations

from . import blocks
from .blocks import Detector
from .recipe import Recipe, Wanted, finished
from .writer import INPUT, Cfg, Options, pairs

__all__ = ["ANCHORS", "TINY_ANCHORS", "yolov3", "yolov3_tiny"]

ANCHORS = pairs(10, 13, 16, 30, 33, 23, 30, 61, 62, 45, 59, 119, 116, 90, 156, 198, 373, 326)
TINY_ANCHORS = pairs(10, 14, 23, 27, 37, 58, 81, 82, 135, 169, 344, 319)

BOXES: Options = {"ignore_thresh": 0.7, "truth_thresh": 1, "jitter": 0.3, "random": 1}


def recipe(size: int, subdivisions: int) -> Recipe:
    """All three were trained alike."""
    return Recipe(size, subdivisions=subdivisions, momentum=0.9, max_batches=500200)


def yolov3(name: str, size: int, pooling: bool, wanted: Wanted) -> str:
    """YOLOv3: Darknet-53, three heads; ``pooling``: spatial pyramid pooling before the first of them."""
    net = Cfg("leaky", wanted.width)
    c3, c4, c5 = darknet53(net)
    x = blocks.spp(net, blocks.alternating(net, c5, 512, 3)) if pooling else c5
    p5 = blocks.alternating(net, x, 512, 3 if pooling else 5)
    heads(net, Detector(wanted, ANCHORS, BOXES), c3, c4, p5)
    return finished(net, name, recipe(size, 16), wanted)


def darknet53(net: Cfg) -> tuple[int, int, int]:
    """The backbone; its layers at strides 8, 16 and 32."""
    net.comment("Darknet-53")
    x = net.conv(INPUT, 32, 3)
    x = blocks.residual_stage(net, x, 64, 1)
    x = blocks.residual_stage(net, x, 128, 2)
    c3 = blocks.residual_stage(net, x, 256, 8)
    c4 = blocks.residual_stage(net, c3, 512, 8)
    c5 = blocks.residual_stage(net, c4, 1024, 4)
    net.comment("neck")
    return c3, c4, c5


def heads(net: Cfg, detector: Detector, c3: int, c4: int, p5: int) -> None:
    """A head at stride 32; then twice up, beside a layer of the backbone, to the next."""
    detector.head(net, p5, 1024, (6, 7, 8))
    p4 = blocks.alternating(net, net.route(blocks.enlarged(net, p5, 256), c4), 256, 5)
    detector.head(net, p4, 512, (3, 4, 5))
    p3 = blocks.alternating(net, net.route(blocks.enlarged(net, p4, 128), c3), 128, 5)
    detector.head(net, p3, 256, (0, 1, 2))


def yolov3_tiny(wanted: Wanted) -> str:
    """YOLOv3-tiny: convolutions and pooling in turn, two heads."""
    detector = Detector(wanted, TINY_ANCHORS, BOXES)
    net = Cfg("leaky", wanted.width)
    net.comment("backbone")
    x = INPUT
    for filters in (16, 32, 64, 128):
        x = net.maxpool(net.conv(x, filters, 3), 2, 2)
    c4 = net.conv(x, 256, 3)
    x = net.conv(net.maxpool(c4, 2, 2), 512, 3)
    x = net.conv(net.maxpool(x, 2), 1024, 3)
    net.comment("neck")
    p5 = net.conv(x, 256)
    detector.head(net, p5, 512, (3, 4, 5))
    x = net.route(blocks.enlarged(net, p5, 128), c4)
    detector.head(net, x, 256, (0, 1, 2))
    return finished(net, "yolov3-tiny", recipe(416, 2), wanted)
