"""Where labels go: near their boxes, inside the picture, not onto each other, over as little of boxes as can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..image import Size

__all__ = ["Place", "places"]

Integers = NDArray[np.int64]
Doubles = NDArray[np.float64]

CELLS = 200  # of the longer side of a picture, in which what would be hidden is counted
FAR = 3      # heights that a label may stand away from its box


@dataclass(frozen=True)
class Place:
    """Left and top of a label; ``away``: it does not touch its box."""

    x: int
    y: int
    away: bool


def places(sizes: Sequence[Size], boxes: Integers, order: Sequence[int], size: Size, line: int) -> list[Place | None]:
    """Of each label of ``sizes`` (width, height) its place in a picture of ``size``, or None where none is left.

    ``boxes`` (n, 4): left, top, right, bottom pixel inside the picture; ``line``: width of their lines.  Labels choose in
    ``order``, the cheapest place that is free.  A place costs the shares of boxes that it hides, and a little more the
    less usual it is.  Takes time in proportion to the labels.
    """
    found: list[Place | None] = [None] * len(sizes)
    if not len(sizes):
        return found
    wh = np.array(sizes, np.int64).reshape(-1, 2)
    xy, costs, away = _candidates(wh, boxes, size, line)
    costs = costs + _hidden(xy, wh, boxes, size)
    ranks, ends, taken = np.argsort(costs, 1, kind="stable"), np.isfinite(costs).sum(1).tolist(), _free(size)
    for i in order:
        w, h = sizes[i]
        corners = xy[i].tolist()
        for k in ranks[i, : ends[i]].tolist():
            x, y = corners[k]
            here = taken[y : y + h, x : x + w]
            if not here.any():
                here[:] = True
                found[i] = Place(x, y, bool(away[k]))
                break
    return found


def _free(size: Size) -> NDArray[np.bool_]:
    """Whether a pixel (h, w) is taken by a label: none is."""
    return np.zeros(size[::-1], bool)


def _candidates(wh: Integers, boxes: Integers, size: Size, line: int) -> tuple[Integers, Doubles, NDArray[np.bool_]]:
    """Left and top (n, k, 2) of places, what each costs (n, k), infinite outside of the picture, and which are away."""
    (w, h), (left, top, right, bottom) = wh.T, boxes.T
    starts = left, right - w + 1
    middle = left + (right - left + 1 - w) // 2
    above, below = top - h, bottom + 1
    inside, floor = top + line, bottom - line - h + 1
    within = left + line, right - line - w + 1
    usual = [
        (starts[0], above, 0.0), (starts[1], above, 0.03), (middle, above, 0.05),
        (within[0], inside, 0.04), (starts[0], below, 0.1), (within[1], inside, 0.07), (starts[1], below, 0.12),
        (within[0], floor, 0.11), (within[1], floor, 0.12), (middle, below, 0.13),
        (right + 1, top, 0.1), (left - w, top, 0.12), (right + 1, bottom - h + 1, 0.13), (left - w, bottom - h + 1, 0.15),
        (left - w + line, above, 0.16), (right - line + 1, above, 0.16), (middle, (top + bottom + 1 - h) // 2, 0.2),
    ]  # fmt: skip
    far = [(x, y, 0.3 + 0.1 * step + more) for step in range(1, FAR + 1) for y in (above - step * h, below + step * h)
           for x, more in ((starts[0], 0.0), (starts[1], 0.0), (left - w, 0.05), (right + 1, 0.05))]  # fmt: skip
    xs, ys, costs = zip(*usual, *far)
    x, y = np.clip(np.stack(xs, 1), 0, (size[0] - w)[:, None]), np.stack(ys, 1)
    outside = (y < 0) | (y + h[:, None] > size[1]) | (w > size[0])[:, None]
    away = np.array([False] * len(usual) + [True] * len(far))
    return np.stack([x, y], 2), np.where(outside, np.inf, np.array(costs)), away


def _hidden(xy: Integers, wh: Integers, boxes: Integers, size: Size) -> Doubles:
    """The shares of boxes that labels (n, 2) at places (n, k, 2) hide, summed up: (n, k)."""
    cell = max(int(wh[:, 1].min()) // 2, -(-max(size) // CELLS), 1)
    shape = size[1] // cell + 2, size[0] // cell + 2
    density = np.zeros(shape)
    left, top, right, bottom = (boxes // cell + [0, 0, 1, 1]).T
    share = 1.0 / ((right - left) * (bottom - top))
    for rows, columns, sign in ((top, left, 1), (top, right, -1), (bottom, left, -1), (bottom, right, 1)):
        np.add.at(density, (rows, columns), sign * share)
    density = density.cumsum(0).cumsum(1)
    sums = np.pad(density.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    low = np.clip(xy, 0, np.array(size)) / cell
    high = np.clip(xy + wh[:, None], 0, np.array(size)) / cell
    (x0, y0), (x1, y1) = np.moveaxis(low, 2, 0), np.moveaxis(high, 2, 0)
    result: Doubles = _at(sums, y1, x1) - _at(sums, y0, x1) - _at(sums, y1, x0) + _at(sums, y0, x0)
    return result


def _at(sums: Doubles, y: Doubles, x: Doubles) -> Doubles:
    """``sums`` between its cells, by their four neighbours."""
    row, column = y.astype(np.int64), x.astype(np.int64)
    v, u = y - row, x - column
    upper = sums[row, column] * (1 - u) + sums[row, column + 1] * u
    lower = sums[row + 1, column] * (1 - u) + sums[row + 1, column + 1] * u
    result: Doubles = upper * (1 - v) + lower * v
    return result
