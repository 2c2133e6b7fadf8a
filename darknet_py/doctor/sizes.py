"""Checks of sizes: anchors, as many as num= says, in the right unit, used once each; the input's, against the strides."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import sqrt

from ..graph import draft
from ..layers.region import Region
from .case import Case, Head
from .finding import Finding, brief, error, note, warning

__all__ = ["CHECKS"]

FRACTION, CELLS = 1, 20     # larger sides are not of the whole input, not of cells
TOO_LARGE = 2               # times the input
TRAINED = "leave it if the weights were trained like this"


def count(case: Case) -> Iterator[Finding]:
    """Two numbers an anchor, and num= of them."""
    for head in case.anchored:
        numbers, num = head.section.numbers("anchors") or [], head.section.integer("num", 1)
        place = case.place(head.index, "anchors")
        if not numbers:
            message = "anchors= is missing: every box starts as .5 by .5"
            yield error("no-anchors", place, message, "write the anchors of the training")
        elif len(numbers) % 2:
            message = f"{len(numbers)} numbers in anchors=, which are pairs of width and height"
            yield warning("odd-anchors", place, message, "add the missing one")
        elif len(numbers) != 2 * num:
            pairs = len(numbers) // 2
            edits = (case.edit(head.index, "num", pairs),) if pairs > max(head.layer.mask) else ()
            yield note("num-anchors", place, f"{pairs} anchors, but num={num}", f"write num={pairs}", edits)


def unit(case: Case) -> Iterator[Finding]:
    """Pixels of the input in [yolo] and [Gaussian_yolo], cells in [region]."""
    for head in case.anchored:
        numbers, place = head.section.numbers("anchors") or [], case.place(head.index, "anchors")
        if not numbers or not case.draft.net:
            continue
        largest, side = max(numbers), max(case.draft.net.width, case.draft.net.height)
        if min(numbers) <= 0:
            message = f"an anchor's side is {min(numbers):g}; sides are above 0"
            yield error("anchor-size", place, message, "write the anchors of the training")
        elif isinstance(head.layer, Region):
            yield from _cells(case, head, largest)
        elif largest <= FRACTION or (largest < CELLS and any(n % 1 for n in numbers)):
            message = f"no side of an anchor is above {largest:g}; [{head.layer.kind}] wants pixels, of {side} of the input"
            yield warning("anchor-unit", place, message, "multiply fractions by the input's size, cells by the stride")
        elif largest > TOO_LARGE * side:
            message = f"an anchor's side is {largest:g} pixels, and the input has {side}"
            yield warning("anchor-size", place, message, "write the anchors for this size; is a comma missing?")


def _cells(case: Case, head: Head, largest: float) -> Iterator[Finding]:
    node = case.draft.nodes[head.index]
    if node and largest > TOO_LARGE * max(node.shape.w, node.shape.h):
        message = f"an anchor's side is {largest:g}; [region] wants cells, of {node.shape.w} by {node.shape.h}"
        yield warning("anchor-unit", case.place(head.index, "anchors"), message, "divide pixels by the stride")


def use(case: Case) -> Iterator[Finding]:
    """Each anchor belongs to one head."""
    owners: dict[int, list[int]] = {}
    for head in case.anchored:
        for number in head.layer.mask:
            owners.setdefault(number, []).append(head.index)
    for number, at in sorted(owners.items()):
        if len(set(at)) < len(at):
            yield warning("anchor-twice", case.place(at[0], "mask"), f"mask= names anchor {number} twice", "name each once")
        elif len(at) > 1:
            message = f"mask= names anchor {number}, as that of layer {at[0]} does"
            yield note("anchor-shared", case.place(at[1], "mask"), message, TRAINED)
    every = range(max((len(head.layer.anchors) for head in case.anchored), default=0))
    if unused := [number for number in every if number not in owners]:
        message = f"no mask= names anchor {brief(unused)}"
        yield note("anchor-unused", case.place(case.anchored[-1].index, "mask"), message, TRAINED)


def order(case: Case) -> Iterator[Finding]:
    """A head on a coarser grid finds larger objects."""
    nodes = {head.index: case.draft.nodes[head.index] for head in case.anchored}
    cells = {index: node.shape.w * node.shape.h for index, node in nodes.items() if node}
    known = sorted((head for head in case.anchored if head.index in cells), key=lambda head: -cells[head.index])
    for fine, coarse in pairwise(known):
        if cells[fine.index] > cells[coarse.index] and _side(fine) > _side(coarse):
            message = (f"its anchors are smaller than those of layer {fine.index}, though its grid is coarser "
                       f"(about {_side(coarse):.0f} pixels, and {_side(fine):.0f})")  # fmt: skip
            remedy = f"exchange the mask= of the two heads; {TRAINED}"
            yield warning("anchor-order", case.place(coarse.index, "mask"), message, remedy)


def _side(head: Head) -> float:
    """The mean side of a head's anchors."""
    sides = [sqrt(max(0.0, float(w) * float(h))) for w, h in head.layer.masked_anchors]
    return sum(sides) / len(sides)


def multiples(case: Case) -> Iterator[Finding]:
    """Width and height of a detector's input are multiples of its largest stride."""
    net, (width, height) = case.draft.net, case.draft.size
    if not net or (net.width, net.height) == (width, height) or not width:
        return
    key, stride = ("width", case.draft.stride[0]) if net.width != width else ("height", case.draft.stride[1])
    message = f"{net.width} x {net.height} is no multiple of the network's largest stride, {stride}: "
    remedy = f"the nearest size that fits is width={width}, height={height}"
    edits = [case.edit(-1, side, new) for side, new, old in
             (("width", width, net.width), ("height", height, net.height)) if new != old]  # fmt: skip
    if len(draft(case.sections, as_it_is=True).problems) > len(case.draft.problems):
        yield error("size", case.place(-1, key), f"{message}its layers do not fit together", remedy, edits)
    else:
        yield warning("size", case.place(-1, key), f"{message}boxes will be off by a part of a cell", remedy, edits)


CHECKS = (count, unit, use, order, multiples)
