"""A picture to another size as LLVM vector code, with the reference's rounding: across, then down.

Each row of the picture that the output reads is brought to the new width once, and kept as long as it is read.  One load
fetches all three colours of a pixel of bytes; nothing is vectorised that would need a vector of addresses.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..._support.lazy import cached_property
from ..._support.with_llvmlite import ir, llvm
from ..native.ir_types import I32
from ..native.object_code import Generated
from .arguments import Floats, Int, Ints, Parameters
from .vectors import VectorCode

__all__ = ["Output", "Resizing", "Taps", "resizing"]

BLUE, GREEN, RED = 0, 8, 16  # where they begin in the 32 bits of a pixel
EXACT_PART, REST = 257 / 65536, 1 / (255 * 65536)  # of 1 / 255: a byte times the first is exact, and only the sum rounds


class Taps(NamedTuple):
    """Where each column, or row, of the output reads: two places in the picture and their weights."""

    low: Ints
    high: Ints
    low_weight: Floats
    high_weight: Floats


class Output(NamedTuple):
    """Planes within ``base``, the first one from number ``first`` on, with the strides of rows and planes in floats."""

    base: Floats
    first: Int
    row: Int
    plane: Int
    width: Int
    height: Int


@dataclass(frozen=True)
class Resizing(Generated):
    """``pixels``: of bytes, blue, green, red and what may follow, to three planes in [0, 1]; else a plane of floats.

    ``x``: the picture's first row, the others ``x_row`` elements apart; ``last``: a copy of its last row, of pixels with a
    byte behind it, which number ``last_row`` is.  ``columns`` are padded to ``vectors`` vectors, and count elements in a
    row; ``rows`` must not go back.  ``part``: room for two rows of all planes, as wide as the columns.
    """

    lanes: int
    pixels: bool

    @property
    def name(self) -> str:
        return f"resize_{'pixels' if self.pixels else 'plane'}_v{self.lanes}"

    @cached_property
    def parameters(self) -> Parameters:
        source = "Bytes" if self.pixels else "Floats"
        types = {"x": source, "last": source, "x_row": "Int", "last_row": "Int", "columns": Taps, "vectors": "Int",
                 "rows": Taps, "part": "Floats", "y": Output}  # fmt: skip
        return Parameters(self.name, types, ())

    def module(self) -> llvm.ModuleRef:
        return _Emitter(self).parsed()


resizing = functools.cache(Resizing)


class _Emitter(VectorCode):
    """Writes the LLVM IR of one Resizing."""

    def __init__(self, resizing: Resizing) -> None:
        super().__init__(resizing.name, resizing.parameters.words, resizing.lanes)
        self.source = self._pixels if resizing.pixels else self._plane
        self.words = ir.VectorType(I32, resizing.lanes)
        self.wide = self.b.mul(self.arg["vectors"], self.number(resizing.lanes))  # floats in a row of a plane of part
        self.planes = 3 if resizing.pixels else 1
        self._rows()

    def _rows(self) -> None:
        """The loop over the output's rows; rows of the picture up to number ``made`` are at the new width already."""
        b = self.b

        def row(r: ir.Value, state: list[ir.Value]) -> list[ir.Value]:
            made, parts = state[0], []
            for tap in ("low", "high"):
                number = b.load(b.gep(self.arg[f"rows.{tap}"], [r]))
                part = self._part(number)
                with b.if_then(b.icmp_signed(">", number, made)):
                    self._across(number, part)
                made = b.select(b.icmp_signed(">", number, made), number, made)
                parts.append(part)
            self._down(r, parts)
            return [made]

        self.loop(self.arg["y.height"], [self.number(-1)], row)

    def _part(self, number: ir.Value) -> ir.Value:
        """Where a row of the picture is kept at the new width: even and odd ones take turns."""
        odd = self.b.and_(number, self.number(1))
        return self.b.gep(self.arg["part"], [self.b.mul(odd, self.b.mul(self.wide, self.number(self.planes)))])

    def _across(self, number: ir.Value, part: ir.Value) -> None:
        """A row of the picture to the new width."""
        a, b = self.arg, self.b
        is_last = b.icmp_signed("==", number, a["last_row"])
        x = b.select(is_last, a["last"], b.gep(a["x"], [b.mul(number, a["x_row"])]))

        def vector(_index: ir.Value, state: list[ir.Value]) -> list[ir.Value]:
            low, high, low_weight, high_weight, y = state
            lows, highs, weights = self.source(x, low), self.source(x, high), (self.load(low_weight), self.load(high_weight))
            for plane, values in enumerate(zip(lows, highs, strict=True)):
                self.store(self._blend(values, weights), self._plane_of(y, plane))
            return [self.step(pointer, self.lanes) for pointer in state]

        self.loop(a["vectors"], [*(a[f"columns.{field}"] for field in Taps._fields), part], vector)

    def _plane(self, x: ir.Value, places: ir.Value) -> list[ir.Value]:
        """The floats at these places of a row."""
        values = ir.Constant(self.vector, ir.Undefined)
        for lane in range(self.lanes):
            value = self.b.load(self.b.gep(x, [self.b.load(self.step(places, lane))]))
            values = self.b.insert_element(values, value, ir.Constant(I32, lane))
        return [values]

    def _pixels(self, x: ir.Value, places: ir.Value) -> list[ir.Value]:
        """The pixels at these places of a row: red, green, blue in [0, 1], each as a byte divided by 255 is in float32."""
        b, colours = self.b, ir.Constant(self.words, ir.Undefined)
        for lane in range(self.lanes):
            place = b.gep(x, [b.load(self.step(places, lane))])
            colour = b.load(b.bitcast(place, I32.as_pointer()), align=1)
            colours = b.insert_element(colours, colour, ir.Constant(I32, lane))
        levels = [b.and_(b.lshr(colours, self._bits(shift)), self._bits(255)) for shift in (RED, GREEN, BLUE)]
        return [self._in_unit(b.sitofp(level, self.vector)) for level in levels]

    def _in_unit(self, level: ir.Value) -> ir.Value:
        """level / 255, without a division."""
        return self._blend((level, level), (self.constant(EXACT_PART), self.constant(REST)))

    def _bits(self, value: int) -> ir.Constant:
        return ir.Constant(self.words, [value] * self.lanes)

    def _down(self, r: ir.Value, parts: Sequence[ir.Value]) -> None:
        """A row of the output, all planes: whole vectors, then float by float."""
        a, b = self.arg, self.b
        weights = [b.load(b.gep(a[f"rows.{tap}_weight"], [r])) for tap in ("low", "high")]
        wide = [self.splat(weight) for weight in weights]
        y = b.gep(a["y.base"], [b.add(a["y.first"], b.mul(r, a["y.row"]))])
        whole, rest = b.udiv(a["y.width"], self.number(self.lanes)), b.urem(a["y.width"], self.number(self.lanes))

        def vector(_index: ir.Value, state: list[ir.Value]) -> list[ir.Value]:
            self.store(self._blend([self.load(p) for p in state[:2]], wide), state[2])
            return [self.step(pointer, self.lanes) for pointer in state]

        def single(_index: ir.Value, state: list[ir.Value]) -> list[ir.Value]:
            b.store(self._blend([b.load(p) for p in state[:2]], weights), state[2])
            return [self.step(pointer, 1) for pointer in state]

        for plane in range(self.planes):
            state = [*(self._plane_of(part, plane) for part in parts), b.gep(y, [b.mul(a["y.plane"], self.number(plane))])]
            self._loop_if_any(whole, state, vector)
            done = b.mul(whole, self.number(self.lanes))
            self._loop_if_any(rest, [b.gep(pointer, [done]) for pointer in state], single)

    def _loop_if_any(
        self, count: ir.Value, state: list[ir.Value], body: Callable[[ir.Value, list[ir.Value]], list[ir.Value]]
    ) -> None:
        with self.b.if_then(self.b.icmp_signed(">", count, self.number(0))):
            self.loop(count, state, body)

    def _plane_of(self, part: ir.Value, plane: int) -> ir.Value:
        return self.b.gep(part, [self.b.mul(self.wide, self.number(plane))])

    def _blend(self, values: Sequence[ir.Value], weights: Sequence[ir.Value]) -> ir.Value:
        """The sum of both products, each rounded."""
        products = (self.b.fmul(value, weight) for value, weight in zip(values, weights, strict=True))
        return self.b.fadd(*products)
