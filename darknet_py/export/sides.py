"""Heights and widths in a model: numbers or, where its input may have any, tensors that hold them (one int64 each)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from onnx import TensorProto

from ..shapes import Shape
from .onnx_writer import Side, Writer

__all__ = ["Grid", "any_of", "column", "columns_and_rows", "floats", "over", "sides", "times"]

Grid: TypeAlias = tuple[Side, Side]  # width, height
ROWS, COLUMNS = 2, 3  # axes of an input or output of a layer


def sides(w: Writer, x: str, shape: Shape) -> tuple[Side, Side]:
    """Height and width of a tensor of a layer, which has this shape at the network's own size."""
    if not w.form.dynamic_size:
        return shape.h, shape.w
    height, width = (w.op("Shape", x, start=axis, end=axis + 1) for axis in (ROWS, COLUMNS))
    return height, width


def times(w: Writer, side: Side, count: int) -> Side:
    return side * count if isinstance(side, int) else w.op("Mul", side, w.ints(count))


def over(w: Writer, side: Side, count: int) -> Side:
    return side // count if isinstance(side, int) else w.op("Div", side, w.ints(count))


def any_of(values: Sequence[Side]) -> bool:
    """Whether one of them is known only at run time."""
    return any(isinstance(value, str) for value in values)


def floats(w: Writer, values: Sequence[Side]) -> str:
    """All of them in a float32 tensor."""
    if not any_of(values):
        return w.floats(values)
    return w.op("Cast", w.ints_of(values), to=TensorProto.FLOAT)


def column(w: Writer, values: Sequence[Side]) -> str:
    """``floats``, one below the other: (len(values), 1)."""
    if not any_of(values):
        return w.floats(np.reshape(values, (-1, 1)))
    return w.op("Reshape", floats(w, values), w.ints(-1, 1))


def columns_and_rows(w: Writer, grid: Grid) -> str:
    """The column and the row of each cell: (2, cells)."""
    width, height = grid
    if isinstance(width, int) and isinstance(height, int):
        rows, columns = np.divmod(np.arange(height * width), width)
        return w.floats(np.stack([columns, rows]))
    both = w.ints_of([height, width])
    across = w.op("Expand", _counted(w, width), both)
    down = w.op("Expand", w.op("Reshape", _counted(w, height), w.ints(-1, 1)), both)
    return w.op("Cast", w.concat([w.op("Reshape", x, w.ints(1, -1)) for x in (across, down)], 0), to=TensorProto.FLOAT)


def _counted(w: Writer, side: Side) -> str:
    """0, 1 ... side - 1."""
    return w.op("Range", w.number(0), w.op("Squeeze", w.ints_of([side]), w.ints(0)), w.number(1))
