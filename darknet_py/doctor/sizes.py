"""Checks of the input's size against the network's strides."""

from __future__ import annotations

from collections.abc import Iterator

from ..graph import draft
from .case import Case
from .finding import Finding, error, warning

__all__ = ["CHECKS"]


def multiples(case: Case) -> Iterator[Finding]:
    """Width and height of a detector's input are multiples of its largest stride."""
    net, (width, height) = case.draft.net, case.draft.size
    if not net or (net.width, net.height) == (width, height) or not width:
        return
    key, stride = ("width", case.draft.stride[0]) if net.width != width else ("height", case.draft.stride[1])
    message = f"{net.width} x {net.height} is no multiple of the network's largest stride, {stride}: "
    remedy = f"the nearest size that fits is width={width}, height={height}"
    if len(draft(case.sections, as_it_is=True).problems) > len(case.draft.problems):
        yield error("size", case.place(-1, key), f"{message}its layers do not fit together", remedy)
    else:
        yield warning("size", case.place(-1, key), f"{message}boxes will be off by a part of a cell", remedy)


CHECKS = (multiples,)
