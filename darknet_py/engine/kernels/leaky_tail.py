"""The last elements of a leaky layer, whose negative values the reference scales in double precision.

Its vector loop leaves the last 1 to 8 elements to a scalar loop, whose 0.1 is a double: the last bit may differ.  They are
done once more, from what they were before the activation: ``save`` keeps it; a convolution, which activates its sums as
they leave the registers, makes those few again.

C: gemm.c activate_array_cpu_custom
"""

from __future__ import annotations

import numpy as np

from ..codegen.jit import Blocks, Floats, Int, inline, kernel, moved, row
from .convolution import Taps

__all__ = ["length", "restore", "save", "sum_again"]


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


@kernel
def sum_again(taps: Taps, x: Blocks, x_group: Int, w: Floats, w_lanes: Int, bias: Floats, y: Blocks, first: Int, z: Blocks,
              add: Int, job: Int) -> None:  # fmt: skip
    """Leaky of a convolution's sums, of its elements from number ``first`` on; the arguments are those of ``convolve``.

    ``w_lanes``: output channels of a group; ``x_group``: the input's step from group to group, 0 unless depthwise.
    """
    for i in range(first, y.channels * y.height * y.width):
        n, r, col = i // (y.height * y.width), i // y.width % y.height, i % y.width
        group = n // w_lanes
        start = moved(row(x, 0, r * taps.stride_y), col * taps.stride_x * x.lanes + group * x_group)
        if x_group != 0:
            start = moved(start, n % w_lanes)
        weight = moved(w, group * taps.channels * taps.height * taps.width * w_lanes + n % w_lanes)
        total = np.float32(0)
        for c in range(taps.channels):
            channel = moved(start, c // x.lanes * x.block + c % x.lanes)
            for ky in range(taps.height):
                for kx in range(taps.width):
                    total += channel[(ky * x.row + kx * x.lanes) * taps.dilation] * weight[0]
                    weight = moved(weight, w_lanes)
        total += bias[n]
        if not total > 0:
            element(y, i)[0] = leaky(total)
            if add != 0:
                element(y, i)[0] += element(z, i)[0]
