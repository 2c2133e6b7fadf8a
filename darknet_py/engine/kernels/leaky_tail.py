"""The last elements of a leaky layer, whose negative values the reference scales in double precision.

Its vector loop leaves the last 1 to 8 elements to a scalar loop, whose 0.1 is a double: the last bit may differ.  They are
done once more, from what they were before the activation, which ``save`` keeps.  A convolution activates its sums as they
leave the registers, but for the rows that hold those elements: ``activate_row`` does them.

C: gemm.c activate_array_cpu_custom
"""

from __future__ import annotations

import numpy as np

from ..codegen.jit import Blocks, Floats, Int, inline, kernel, larger, moved, row

__all__ = ["NOWHERE", "activate_row", "length", "restore", "save", "tail_row"]

NOWHERE = 1 << 62  # an element beyond all


def length(size: int) -> int:
    """How many of the ``size`` elements of a leaky layer the reference's vector loop leaves to the scalar one."""
    return min(size, (size - 1) % 8 + 1)


@inline
def element(y: Blocks, i: Int) -> Floats:
    """The address of element i in the order of (c, h, w)."""
    c, r, col = i // (y.height * y.width), i // y.width % y.height, i % y.width
    return moved(row(y, c // y.lanes, r), col * y.lanes + c % y.lanes)


@inline
def leaky(v):  # type: ignore[no-untyped-def]
    """v, or 0.1 v below 0; of NaN NaN."""
    return v if v > 0 else np.float32(0.1 * v)


@kernel
def save(y: Blocks, first: Int, tail: Floats, job: Int) -> None:
    """The elements from number ``first`` on to ``tail``."""
    for i in range(first, y.channels * y.height * y.width):
        tail[i - first] = element(y, i)[0]


@kernel
def restore(y: Blocks, first: Int, tail: Floats, job: Int) -> None:
    """Leaky of what ``save`` saved."""
    for i in range(first, y.channels * y.height * y.width):
        element(y, i)[0] = leaky(tail[i - first])


@inline
def tail_row(y: Blocks, block: Int, first: Int) -> Int:
    """From which row on a block holds elements from number ``first`` on; any row beyond the last one where it has none."""
    return first // y.width - last_channel(y, block) * y.height


@inline
def activate_row(y: Blocks, block: Int, r: Int, first: Int) -> None:
    """Leaky of a row of sums, of the elements from number ``first`` on as the scalar loop does it."""
    ys, last = row(y, block, r), last_channel(y, block)
    apart = min(max(0, first - (last * y.height + r) * y.width), y.width) if first >= last * y.height * y.width else 0
    for i in range(apart * y.lanes):
        ys[i] = larger(np.float32(0.1) * ys[i], ys[i])
    for i in range(apart * y.lanes, y.width * y.lanes):
        c, col = block * y.lanes + i % y.lanes, i // y.lanes
        ys[i] = leaky(ys[i]) if (c * y.height + r) * y.width + col >= first else larger(np.float32(0.1) * ys[i], ys[i])


@inline
def last_channel(y: Blocks, block: Int) -> Int:
    """The last channel of a block."""
    return min((block + 1) * y.lanes, y.channels) - 1
