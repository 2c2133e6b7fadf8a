"""Scaled-YOLOv4: one architecture from YOLOv4-CSP to P7.   Wang, Bochkovskiy, Liao: Scaled-YOLOv4, 2021.

A backbone of CSP stages, each at half the size of the one before; spatial pyramid pooling on the last; a PANet whose
blocks are CSP too; a head for every stage from stride 8 on.  What the networks differ in is one ``Scale`` each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from . import blocks
from .blocks import Detector
from .recipe import Recipe, Wanted, finished
from .writer import INPUT, Anchors, Cfg, Options, pairs
from .yolov4 import ANCHORS

__all__ = ["NETWORKS", "Scale", "scaled_yolov4"]

PerHead = Mapping[str, "float | tuple[float, ...]"]

BOXES: Options = {
    "scale_x_y": 2.0, "new_coords": 1, "nms_kind": "diounms", "beta_nms": 0.6,
    "iou_loss": "ciou", "iou_normalizer": 0.05, "cls_normalizer": 0.5,
    "ignore_thresh": 0.7, "truth_thresh": 1, "jitter": 0.1, "resize": 1.5,
}  # fmt: skip
EVEN: PerHead = {"obj_normalizer": 1.0, "objectness_smooth": 1, "max_delta": 2, "iou_thresh": 0.2}
GRADED: PerHead = {
    "obj_normalizer": (4.0, 1.0, 0.4), "objectness_smooth": (0, 1, 1), "max_delta": (5, 5, 2), "iou_thresh": 0.2,
}  # fmt: skip


@dataclass(frozen=True)
class Scale:
    """One network of the family.

    ``depth``: residual blocks of each stage; stage i has 64·2^i channels, at most 1024, times ``width``.
    ``stem``: channels of the first convolution.  ``plain_start``: the first stage is residual, not CSP.
    ``spp_depth``, ``neck_depth``: pairs of convolutions after pooling, and in each block of the PANet.
    ``finest``: channels of the PANet at stride 8, when they are not half of the stage's.
    ``attention``: heads begin with spatial attention instead of a 3x3 convolution.
    ``heads_last``: all heads stand at the end of the file, not each where its input is ready.
    ``loss``: options of the heads for training; a tuple has a value for each.
    ``pause``: (a head, training steps): for so long nothing that this head's input is made of is trained.
    """

    size: int
    depth: tuple[int, ...]
    anchors: Anchors
    width: float = 1.0
    stem: int = 32
    activation: str = "mish"
    plain_start: bool = False
    spp_depth: int = 1
    neck_depth: int = 3
    finest: int | None = None
    attention: bool = False
    heads_last: bool = True
    loss: PerHead = field(default_factory=lambda: EVEN)
    pause: tuple[int, int] | None = None
    ema_alpha: float | None = 0.9998

    @property
    def channels(self) -> tuple[int, ...]:
        """Of each stage."""
        return tuple(int(min(64 << i, 1024) * self.width) for i in range(len(self.depth)))

    @property
    def neck_channels(self) -> tuple[int, ...]:
        """Of the PANet at each stage from stride 8 on."""
        first, *others = (c // 2 for c in self.channels[2:])
        return (self.finest or first, *others)

    def mask(self, head: int) -> range:
        """The anchors of a head: an equal part of all."""
        count = len(self.anchors) // (len(self.depth) - 2)
        return range(head * count, (head + 1) * count)

    def loss_of(self, head: int) -> dict[str, float]:
        """What a head has of ``loss``."""
        return {key: value[head] if isinstance(value, tuple) else value for key, value in self.loss.items()}


P5_ANCHORS = pairs(13, 17, 31, 25, 24, 51, 61, 45, 48, 102, 119, 96, 97, 189, 217, 184, 171, 384, 324, 451, 616, 618,
                   800, 800)  # fmt: skip
P6_ANCHORS = pairs(13, 17, 31, 25, 24, 51, 61, 45, 61, 45, 48, 102, 119, 96, 97, 189, 97, 189, 217, 184, 171, 384,
                   324, 451, 324, 451, 545, 357, 616, 618, 1024, 1024)  # fmt: skip
P7_ANCHORS = pairs(13, 17, 22, 25, 27, 66, 55, 41, 57, 88, 112, 69, 69, 177, 136, 138, 136, 138, 287, 114, 134, 275,
                   268, 248, 268, 248, 232, 504, 445, 416, 640, 640, 812, 393, 477, 808, 1070, 908,
                   1408, 1408)  # fmt: skip

CSP = Scale(512, (1, 2, 8, 8, 4), ANCHORS, plain_start=True, neck_depth=2, heads_last=False, loss=GRADED)
X = replace(CSP, size=640, depth=(1, 3, 10, 10, 5), width=1.25, spp_depth=2, neck_depth=3)


def swish(scale: Scale) -> Scale:
    """The same with Swish for Mish, and another balance of the loss."""
    loss = {"obj_normalizer": 0.4, "objectness_smooth": 1, "max_delta": 2}
    return replace(scale, size=640, activation="swish", heads_last=True, loss=loss, pause=(2, 900))


P5 = Scale(896, (1, 3, 15, 15, 7), P5_ANCHORS)
P6 = Scale(1280, (1, 3, 15, 15, 7, 7), P6_ANCHORS)
P7 = Scale(1536, (1, 3, 15, 15, 7, 7, 7), P7_ANCHORS, width=1.25, stem=40)

NETWORKS: Mapping[str, Scale] = {
    "yolov4-csp": CSP,
    "yolov4-csp-swish": swish(CSP),
    "yolov4x-mish": replace(X, pause=(0, 800), ema_alpha=None),
    "yolov4-csp-x-swish": swish(X),
    "yolov4-p5": P5,
    "yolov4-p6": P6,
    "yolov4-p7": P7,
    "cspx-p7-mish": replace(
        P7, stem=80, plain_start=True, finest=128, attention=True, ema_alpha=None,
        loss={**EVEN, "obj_normalizer": (4.0, 1.0, 0.5, 0.4, 0.1), "max_delta": 40},
    ),
}  # fmt: skip


def scaled_yolov4(name: str, wanted: Wanted) -> str:
    """The cfg of one of NETWORKS."""
    scale = NETWORKS[name]
    net = Cfg(scale.activation, wanted.width)
    laterals = top_down(net, scale, backbone(net, scale))
    inputs: list[int] = []
    for i, lateral in enumerate(laterals):
        inputs.append(bottom_up(net, scale, inputs[-1], lateral) if inputs else lateral)
        if not scale.heads_last:
            head(net, scale, inputs[i], i, wanted)
    if scale.heads_last:
        for i, x in enumerate(inputs):
            head(net, scale, x, i, wanted)
    if scale.pause:
        net.add_option(inputs[scale.pause[0]], "stopbackward", scale.pause[1])
    recipe = Recipe(scale.size, mosaic=True, letter_box=True, ema_alpha=scale.ema_alpha)
    return finished(net, name, recipe, wanted)


def backbone(net: Cfg, scale: Scale) -> list[int]:
    """The stages from stride 8 on."""
    net.comment("CSPDarknet")
    x, ends = net.conv(INPUT, scale.stem, 3), []
    for i, (filters, count) in enumerate(zip(scale.channels, scale.depth, strict=True)):
        stage = blocks.residual_stage if scale.plain_start and i == 0 else blocks.csp_stage
        x = stage(net, x, filters, count)
        ends.append(x)
    return ends[2:]


def top_down(net: Cfg, scale: Scale, stages: list[int]) -> list[int]:
    """Pooling on the last stage, then up to stride 8.  Returns a layer for each stage."""
    *finer, last = zip(stages, scale.neck_channels, strict=True)
    outputs = [csp_spp(net, *last, scale.spp_depth)]
    for stage, filters in reversed(finer):
        x = blocks.join_up(net, outputs[0], stage, filters)
        outputs.insert(0, csp_block(net, x, filters, scale.neck_depth))
    return outputs


def bottom_up(net: Cfg, scale: Scale, x: int, lateral: int) -> int:
    """Down from ``x`` to the size of ``lateral``."""
    return csp_block(net, blocks.join_down(net, x, lateral), net.channels(lateral), scale.neck_depth)


def csp_spp(net: Cfg, x: int, filters: int, depth: int) -> int:
    """Of two branches one goes through convolutions, pooling and ``depth`` pairs of convolutions."""
    net.comment("neck: CSP with spatial pyramid pooling")
    skip = net.conv(x, filters)
    y = net.conv(net.conv(net.conv(x, filters), filters, 3), filters)
    y = pairs_of_convolutions(net, blocks.spp(net, y), filters, depth)
    return net.conv(net.route(y, skip), filters)


def csp_block(net: Cfg, x: int, filters: int, depth: int) -> int:
    """Of two branches one goes through ``depth`` pairs of convolutions."""
    x = net.conv(x, filters)
    skip = net.conv(x, filters)
    y = pairs_of_convolutions(net, x, filters, depth)
    return net.conv(net.route(y, skip), filters)


def pairs_of_convolutions(net: Cfg, x: int, filters: int, depth: int) -> int:
    """``depth`` times 1x1 and 3x3."""
    for _ in range(depth):
        x = net.conv(net.conv(x, filters), filters, 3)
    return x


def head(net: Cfg, scale: Scale, x: int, number: int, wanted: Wanted) -> None:
    """A head with as many features as the backbone's stage of this size has channels."""
    filters = scale.channels[2 + number]
    detector = Detector(wanted, scale.anchors, {**BOXES, **scale.loss_of(number)}, activation="logistic")
    if scale.attention:
        detector.boxes(net, attention(net, x, filters), scale.mask(number))
    else:
        detector.head(net, x, filters, scale.mask(number))


def attention(net: Cfg, x: int, filters: int) -> int:
    """Features times a gate between 0 and 1 for each of their values."""
    net.comment(f"head with spatial attention at stride {net.stride(x)}")
    x = net.conv(x, filters)
    gate = net.conv(x, filters, activation="logistic")
    return net.conv(net.sam(gate, x), filters)
