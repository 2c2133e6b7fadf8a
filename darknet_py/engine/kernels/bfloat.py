"""Pictures in bfloat16: pairs of neighbouring channels, a word each, half as many ``lanes`` in a block."""

from __future__ import annotations

from ..codegen.bfloat import call_rounding
from ..codegen.jit import Blocks, Int, kernel, row

__all__ = ["round_row"]


@kernel
def round_row(x: Blocks, y: Blocks, rounding: Int, job: Int) -> None:
    """One row of a block of x as pairs, by the function over a row at address ``rounding``."""
    block = job // y.height
    r = job - block * y.height
    call_rounding(rounding, y.width, row(x, block, r), row(y, block, r))
