"""YOLOv4 and YOLOv4-tiny.   Bochkovskiy, Wang, Liao: YOLOv4, 2020; Wang, Bochkovskiy, Liao: Scaled-YOLOv4, 2021."""

from __future__ import annotations

from dataclasses import dataclass, replace

from . import blocks
from .blocks import Detector
from .recipe import Recipe, Wanted, finished
from .writer import INPUT, Anchors, Cfg, Options, pairs
from .yolov3 import TINY_ANCHORS

__all__ = ["ANCHORS", "TINY", "TINY_3L", "Tiny", "yolov4", "yolov4_tiny"]

ANCHORS = pairs(12, 16, 19, 36, 40, 28, 36, 75, 76, 55, 72, 146, 142, 110, 192, 243, 459, 401)

LOSS: Options = {"iou_loss": "ciou", "iou_normalizer": 0.07, "cls_normalizer": 1.0}
NMS: Options = {"nms_kind": "greedynms", "beta_nms": 0.6}
TRUTH: Options = {"ignore_thresh": 0.7, "truth_thresh": 1}
BOXES: Options = {**NMS, **LOSS, **TRUTH, "iou_thresh": 0.213, "jitter": 0.3, "max_delta": 5}
TINY_BOXES: Options = {"scale_x_y": 1.05, **NMS, **LOSS, **TRUTH, "jitter": 0.3, "resize": 1.5, "random": 0}


def yolov4(wanted: Wanted) -> str:
    """YOLOv4: CSPDarknet-53 with Mish, spatial pyramid pooling, PANet with leaky ReLU, three heads."""
    net = Cfg("mish", wanted.width)
    stages = cspdarknet53(net)
    net.activation = "leaky"
    heads(net, Detector(wanted, ANCHORS, BOXES), *top_down(net, *stages))
    return finished(net, "yolov4", Recipe(608, learning_rate=0.0013, mosaic=True), wanted)


def cspdarknet53(net: Cfg) -> tuple[int, int, int]:
    """The backbone; its layers at strides 8, 16 and 32."""
    net.comment("CSPDarknet-53")
    x = net.conv(INPUT, 32, 3)
    x = blocks.csp_stage(net, x, 64, 1, split=64, inner=32)
    x = blocks.csp_stage(net, x, 128, 2)
    c3 = blocks.csp_stage(net, x, 256, 8)
    c4 = blocks.csp_stage(net, c3, 512, 8)
    c5 = blocks.csp_stage(net, c4, 1024, 4)
    return c3, c4, c5


def top_down(net: Cfg, c3: int, c4: int, c5: int) -> tuple[int, int, int]:
    """Pooling, then PANet's way up, a layer for each stride."""
    net.comment("neck")
    x = blocks.alternating(net, c5, 512, 3)
    p5 = blocks.alternating(net, blocks.spp(net, x), 512, 3)
    p4 = blocks.alternating(net, blocks.join_up(net, p5, c4, 256), 256, 5)
    p3 = blocks.alternating(net, blocks.join_up(net, p4, c3, 128), 128, 5)
    return p3, p4, p5


def heads(net: Cfg, detector: Detector, p3: int, p4: int, p5: int) -> None:
    """PANet's way down, a head for each stride."""
    detector.head(net, p3, 256, (0, 1, 2), scale_x_y=1.2)
    x = blocks.alternating(net, blocks.join_down(net, p3, p4), 256, 5)
    detector.head(net, x, 512, (3, 4, 5), scale_x_y=1.1)
    x = blocks.alternating(net, blocks.join_down(net, x, p5), 512, 5)
    detector.head(net, x, 1024, (6, 7, 8), scale_x_y=1.05, random=1)


@dataclass(frozen=True)
class Tiny:
    """What the tiny networks differ in: ``masks`` has the anchors of each head, from stride 32 down."""

    name: str
    anchors: Anchors
    masks: tuple[tuple[int, ...], ...]
    recipe: Recipe


TINY_RECIPE = Recipe(416, subdivisions=1, momentum=0.9, learning_rate=0.00261, max_batches=2000200,
                     steps=(1600000, 1800000))  # fmt: skip
TINY = Tiny("yolov4-tiny", TINY_ANCHORS, ((3, 4, 5), (1, 2, 3)), TINY_RECIPE)
TINY_3L = Tiny("yolov4-tiny-3l", ANCHORS, ((6, 7, 8), (3, 4, 5), (0, 1, 2)),
               replace(TINY_RECIPE, size=608, max_batches=500200, steps=(400000, 450000)))  # fmt: skip


def yolov4_tiny(tiny: Tiny, wanted: Wanted) -> str:
    """YOLOv4-tiny: three small CSP blocks, two heads or three, leaky ReLU."""
    detector = Detector(wanted, tiny.anchors, TINY_BOXES)
    net = Cfg("leaky", wanted.width)
    net.comment("backbone")
    x = net.conv(net.conv(INPUT, 32, 3, 2), 64, 3, 2)
    x, _ = tiny_csp(net, x, 64)
    x, c3 = tiny_csp(net, x, 128)
    x, c4 = tiny_csp(net, x, 256)
    net.comment("neck")
    p = net.conv(net.conv(x, 512, 3), 256)
    detector.head(net, p, 512, tiny.masks[0])
    for mask, lateral in zip(tiny.masks[1:], (c4, c3), strict=False):
        filters = net.channels(lateral)
        p = net.conv(net.route(blocks.enlarged(net, p, filters // 2), lateral), filters, 3)
        detector.boxes(net, p, mask)
    return finished(net, tiny.name, tiny.recipe, wanted)


def tiny_csp(net: Cfg, x: int, filters: int) -> tuple[int, int]:
    """A CSP block of two 3x3 convolutions over half the channels.  Returns the layer at half the size that goes on,
    and the block's last convolution, which the neck reads."""
    net.comment(f"CSP block at stride {net.stride(x)}, {net.widened(filters)} channels")
    x = net.conv(x, filters, 3)
    a = net.conv(net.second_half(x), filters // 2, 3)
    b = net.conv(a, filters // 2, 3)
    y = net.conv(net.route(b, a), filters)
    return net.maxpool(net.route(x, y), 2, 2), y
