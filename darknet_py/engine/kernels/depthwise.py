"""Depthwise convolution over whole layers: block after block, many rows at a time."""

from __future__ import annotations

from typing import NamedTuple

from ..codegen.depthwise_tile import call_rows
from ..codegen.jit import Blocks, Floats, Int, Real, inline, kernel, moved, row
from .convolution import UNCHANGED, Finish, Share, Taps, finish_row
from .leaky_tail import activate_row, tail_row

__all__ = ["Row", "convolve_depthwise"]


class Row(NamedTuple):
    """What covers a row: ``wide`` tiles, then ``narrow`` ones of a pixel less; ``kernel`` is the address of their code."""

    kernel: Int
    wide: Int
    narrow: Int


@inline
def rows_of_tiles(tiles: Row, taps: Taps, x: Blocks, w: Floats, bias: Floats, y: Blocks, block: Int, top: Int, bottom: Int,
                  slope: Real) -> None:  # fmt: skip
    """The rows from ``top`` to before ``bottom`` of one block, if there are any."""
    if top < bottom:
        call_rows(tiles.kernel, bottom - top, tiles.wide, tiles.narrow, row(x, block, top * taps.stride_y),
                  x.row * taps.stride_y, x.row * taps.dilation, y.lanes * taps.dilation, taps.height, taps.width,
                  moved(w, block * taps.height * taps.width * y.lanes), moved(bias, block * y.lanes), row(y, block, top),
                  y.row, slope)  # fmt: skip


@kernel
def convolve_depthwise(tiles: Row, taps: Taps, x: Blocks, w: Floats, bias: Floats, y: Blocks, z: Blocks, pairs: Blocks,
                       finish: Finish, share: Share, job: Int) -> None:  # fmt: skip
    """``rows`` rows of ``chunk`` blocks, each a group.   C: convolutional_layer.c forward_convolutional_layer

    x points at the first tap of the first output pixel; ``pairs`` as in ``convolve``.
    """
    first, top = job // share.strips * share.chunk, job % share.strips * share.rows
    bottom = min(top + share.rows, y.height)
    for block in range(first, min(first + share.chunk, share.groups)):
        tail = min(max(top, tail_row(y, block, finish.tail)), bottom)
        rows_of_tiles(tiles, taps, x, w, bias, y, block, top, tail, finish.slope)
        rows_of_tiles(tiles, taps, x, w, bias, y, block, tail, bottom, UNCHANGED)
        for r in range(tail, bottom):
            activate_row(y, block, r, finish.tail)
        for r in range(top, bottom):
            finish_row(finish, row(y, block, r), row(z, block, r), row(pairs, block, r), y.width, y.lanes)
