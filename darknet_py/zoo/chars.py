"""yolov4-chars: Scaled-YOLOv4 made small, for characters in photographs.  Its weights are the project's own.

The stem halves the picture at once; CSP stages as in YOLOv4-CSP, but of 32 to 128 channels; pooling, a PANet and three
heads of two anchors each, for characters from 10 to 300 pixels high.
"""

from __future__ import annotations

from . import blocks
from .blocks import Detector
from .recipe import Recipe, Wanted, finished
from .scaled import BOXES, csp_block
from .writer import INPUT, Cfg, Options, pairs

__all__ = ["CHARACTERS", "yolov4_chars"]

CHARACTERS = tuple("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")

ANCHORS = pairs(6, 13, 12, 18, 20, 30, 36, 52, 62, 92, 106, 150)
SUPPRESSION: Options = {"beta_nms": 3.0}    # characters of one class never lie in each other; 0.6 lets doubles stay
LOSS: Options = {"obj_normalizer": 1.0, "objectness_smooth": 1, "max_delta": 2, "iou_thresh": 0.2}
RECIPE = Recipe(576, batch=32, subdivisions=1, letter_box=True, ema_alpha=0.998)

STEM = 16
STAGES = ((32, 1), (64, 2), (128, 1), (128, 1))     # channels and residual blocks, from stride 4 on
NECK = (48, 64, 96)                                 # channels of the PANet at strides 8, 16 and 32
FEATURES = (80, 96, 128)                            # before the heads


def yolov4_chars(wanted: Wanted) -> str:
    """Three heads, at strides 8, 16 and 32."""
    net = Cfg("mish", wanted.width)
    c3, c4, c5 = backbone(net)
    p5 = pooled(net, c5, NECK[2])
    p4 = csp_block(net, blocks.join_up(net, p5, c4, NECK[1]), NECK[1], 1)
    p3 = csp_block(net, blocks.join_up(net, p4, c3, NECK[0]), NECK[0], 1)
    n4 = net.conv(blocks.join_down(net, p3, p4), NECK[1])
    n5 = net.conv(blocks.join_down(net, n4, p5), NECK[2])
    detector = Detector(wanted, ANCHORS, {**BOXES, **SUPPRESSION, **LOSS}, activation="logistic")
    for i, x in enumerate((p3, n4, n5)):
        detector.head(net, x, FEATURES[i], (2 * i, 2 * i + 1))
    return finished(net, "yolov4-chars", RECIPE, wanted)


def backbone(net: Cfg) -> tuple[int, int, int]:
    """The stages at strides 8, 16 and 32."""
    net.comment("CSPDarknet, small")
    x, ends = net.conv(INPUT, STEM, 3, 2), []
    for filters, count in STAGES:
        x = blocks.csp_stage(net, x, filters, count)
        ends.append(x)
    _, c3, c4, c5 = ends
    return c3, c4, c5


def pooled(net: Cfg, x: int, filters: int) -> int:
    """Spatial pyramid pooling between two 1x1 convolutions."""
    net.comment("neck")
    return net.conv(blocks.spp(net, net.conv(x, filters)), filters)
