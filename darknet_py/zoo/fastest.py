"""Yolo-Fastest 1.1 and 1.1-xl, of depthwise convolutions.   github.com/dog-qiuqiu/Yolo-Fastest"""

from __future__ import annotations

from .._support.words import counted
from . import blocks
from .blocks import Detector
from .recipe import Recipe, Wanted, finished
from .writer import INPUT, Cfg, Options, pairs

__all__ = ["yolo_fastest"]

ANCHORS = pairs(12, 18, 37, 49, 52, 132, 115, 73, 119, 199, 242, 238)
BOXES: Options = {
    "scale_x_y": 1.0, "nms_kind": "greedynms", "beta_nms": 0.6,
    "iou_loss": "ciou", "iou_normalizer": 0.07, "cls_normalizer": 1.0,
    "ignore_thresh": 0.5, "truth_thresh": 1, "iou_thresh": 0.213, "jitter": 0.15, "random": 0,
}  # fmt: skip
RECIPE = Recipe(320, batch=32, subdivisions=1, burn_in=4000, max_batches=500000)

# channels, stride and inner channels of the first block; inner channels and number of the residual ones
STAGES = (
    (4, 1, 8, 8, 1),
    (8, 2, 24, 32, 2),
    (8, 2, 32, 48, 2),
    (16, 1, 48, 96, 4),
    (24, 2, 96, 136, 4),
    (48, 2, 136, 224, 5),
)
NECK = 96


def yolo_fastest(name: str, width: int, dropout: float, wanted: Wanted) -> str:
    """``width``: all channels of the backbone times this; ``dropout``: after each of its blocks."""
    detector = Detector(wanted, ANCHORS, BOXES)
    net = Cfg("leaky", wanted.width)
    *_, c4, x = backbone(net, width, dropout)
    p5 = net.conv(blocks.spp(net, x, (3, 5, 9)), NECK)
    detector.boxes(net, separable_pair(net, p5), (3, 4, 5))
    net.comment("up to stride 16")
    x = net.route(net.upsample(p5), c4)
    detector.boxes(net, separable_pair(net, x), (0, 1, 2))
    return finished(net, name, RECIPE, wanted)


def backbone(net: Cfg, width: int, dropout: float) -> list[int]:
    """The last layers of all stages."""
    net.comment("backbone")
    x, ends = net.conv(INPUT, 8 * width, 3, 2), []
    for filters, stride, first, inner, count in STAGES:
        what = counted(count, "inverted residual")
        net.comment(f"stage at stride {net.stride(x) * stride}, {net.widened(filters * width)} channels: {what}")
        x = bottleneck(net, x, filters * width, first * width, stride)
        for _ in range(count):
            y = bottleneck(net, x, filters * width, inner * width)
            x = net.shortcut(net.dropout(y, dropout), x)
        ends.append(x)
    return ends


def bottleneck(net: Cfg, x: int, filters: int, inner: int, stride: int = 1) -> int:
    """1x1 to ``inner`` channels, depthwise 3x3, 1x1 to ``filters`` without activation."""
    x = net.conv(x, inner)
    x = net.conv(x, inner, 3, stride, depthwise=True)
    return net.conv(x, filters, activation="linear")


def separable_pair(net: Cfg, x: int) -> int:
    """Twice a depthwise 5x5 and a 1x1 convolution, channels kept."""
    filters = net.channels(x)
    for _ in range(2):
        x = net.conv(x, filters, 5, depthwise=True)
        x = net.conv(x, filters, activation="linear")
    return x
