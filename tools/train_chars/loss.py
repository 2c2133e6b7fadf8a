"""The loss of Scaled-YOLOv4: CIoU of the boxes, objectness that learns their IoU, classes; each head by itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from darknet_py.layers.yolo import Yolo

__all__ = ["Loss", "ciou", "decoded", "loss"]

BOX, OBJECT, CLASS = 2.0, 2.0, 12.0     # weights of the three parts: each moves the shared layers about as much
BALANCE = (4.0, 1.0, 0.4)               # of objectness at strides 8, 16, 32, whose cells get fewer
SHARE = (1.5, 1.0, 0.5)                 # of boxes and classes: most characters are for the first head
RATIO = 3.0                             # how much a side may differ from its anchor's; 4, (2 * 1)**2, is never reached
EPS = 1e-7


class Loss(NamedTuple):
    """The parts, weighted; their sum times the batch is what is minimised."""

    box: Tensor
    object: Tensor
    kind: Tensor

    @property
    def total(self) -> Tensor:
        return self.box + self.object + self.kind


class Matches(NamedTuple):
    """Boxes that a head must find, one row for each cell that shall: picture, anchor, row, column (n,), the box in
    cells (n, 4) from that cell's corner, and its class (n,)."""

    picture: Tensor
    anchor: Tensor
    row: Tensor
    column: Tensor
    box: Tensor
    kind: Tensor


def decoded(logits: Tensor, anchors: Tensor) -> Tensor:
    """(n, 4+) logits and anchors (n, 2) in cells → boxes (n, 4) from the cell's corner: new_coords, scale_x_y=2."""
    values = logits[:, :4].sigmoid()
    return torch.cat([values[:, :2] * 2 - 0.5, (values[:, 2:] * 2) ** 2 * anchors], 1)


def ciou(a: Tensor, b: Tensor) -> Tensor:
    """Complete IoU of boxes (n, 4), centre x, y, width, height: (n,)."""
    low_a, high_a = a[:, :2] - a[:, 2:] / 2, a[:, :2] + a[:, 2:] / 2
    low_b, high_b = b[:, :2] - b[:, 2:] / 2, b[:, :2] + b[:, 2:] / 2
    shared = (torch.minimum(high_a, high_b) - torch.maximum(low_a, low_b)).clamp(0).prod(1)
    iou = shared / (a[:, 2:].prod(1) + b[:, 2:].prod(1) - shared + EPS)
    hull = torch.maximum(high_a, high_b) - torch.minimum(low_a, low_b)
    distance = ((a[:, :2] - b[:, :2]) ** 2).sum(1) / ((hull**2).sum(1) + EPS)
    angle = torch.atan(a[:, 2] / (a[:, 3] + EPS)) - torch.atan(b[:, 2] / (b[:, 3] + EPS))
    aspect = 4 / math.pi**2 * angle**2
    with torch.no_grad():
        share = aspect / (aspect - iou + 1 + EPS)
    return iou - distance - share * aspect


def matched(targets: Tensor, anchors: Tensor, height: int, width: int) -> Matches:
    """Targets (n, 6), rows of picture, class, x, y, w, h relative to the picture, for a head of anchors (m, 2) in cells.

    A box goes to every anchor that it resembles, at its own cell and at the two neighbours that its centre is nearest to.
    """
    scale = torch.tensor([1, 1, width, height, width, height], dtype=torch.float32)
    count = len(anchors)
    rows = (targets * scale)[None].expand(count, -1, -1)
    number = torch.arange(count)[:, None].expand(-1, len(targets))
    ratio = rows[..., 4:] / anchors[:, None]
    fits = torch.maximum(ratio, 1 / ratio).amax(2) < RATIO
    rows, number = rows[fits], number[fits]
    xy = rows[:, 2:4]
    size = torch.tensor([width, height])
    left, right = (xy % 1 < 0.5) & (xy > 1), ((size - xy) % 1 < 0.5) & (size - xy > 1)
    steps = torch.tensor([[0, 0], [-1, 0], [0, -1], [1, 0], [0, 1]], dtype=torch.float32)
    used = torch.stack([torch.ones(len(rows), dtype=torch.bool), left[:, 0], left[:, 1], right[:, 0], right[:, 1]])
    step = steps[:, None].expand(-1, len(rows), -1)[used]
    which = torch.arange(len(rows))[None].expand(5, -1)[used]
    rows, number = rows[which], number[which]
    cell = rows[:, 2:4].floor() + step
    column, row = cell[:, 0].long().clamp(0, width - 1), cell[:, 1].long().clamp(0, height - 1)
    box = torch.cat([rows[:, 2:4] - torch.stack([column, row], 1), rows[:, 4:]], 1)
    return Matches(rows[:, 0].long(), number, row, column, box, rows[:, 1].long())


def loss(outputs: Sequence[Tensor], targets: Tensor, heads: Sequence[Yolo], side: int) -> Loss:
    """Of the heads' logits (n, c, h, w), for targets (n, 6) of pictures of ``side`` pixels."""
    box, obj, kind = (torch.zeros(()) for _ in range(3))
    for output, head, balance, share in zip(outputs, heads, BALANCE, SHARE, strict=True):
        n, _, height, width = output.shape
        grid = output.float().view(n, len(head.mask), head.entries, height, width).permute(0, 1, 3, 4, 2)
        anchors = torch.from_numpy(head.masked_anchors) * width / side
        m = matched(targets, anchors, height, width)
        wanted = torch.zeros(grid.shape[:4])
        if len(m.picture):
            found = grid[m.picture, m.anchor, m.row, m.column]
            overlap = ciou(decoded(found, anchors[m.anchor]), m.box)
            box = box + share * (1 - overlap).mean()
            wanted.index_put_((m.picture, m.anchor, m.row, m.column), overlap.detach().clamp(0))
            classes = F.one_hot(m.kind, head.classes).float()
            kind = kind + share * F.binary_cross_entropy_with_logits(found[:, 5:], classes)
        obj = obj + balance * F.binary_cross_entropy_with_logits(grid[..., 4], wanted)
    return Loss(BOX * box, OBJECT * obj, CLASS * kind)
