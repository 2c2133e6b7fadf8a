"""The convolution's inner loops as LLVM vector code: tiles of ``blocks × pixels`` vectors along one row of the output.

A ``RowKernel`` names one variant and emits it.  Every loop of the reduction is rolled: with unrolled taps LLVM keeps the
pixels that neighbouring taps share in registers, and spills the accumulators.  The exact variant rounds each product,
then each sum, in the order c → ky → kx, which is the reference's (C: gemm.c gemm_nn_fast after im2col_cpu_ext).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import llvmlite.binding as llvm
from llvmlite import ir

from . import native
from .jit import Call

__all__ = ["RowKernel", "call_row"]

F32, I64 = ir.FloatType(), ir.IntType(64)
FLOATS = F32.as_pointer()

# The arguments of a row kernel; strides are in floats.
ARGUMENTS = {
    "tiles": "Int",         # how many tiles along the row
    "x": "Floats",          # input at the first tap of the first pixel
    "x_block": "Int",       # to the next block of input channels (planar: to the next channel)
    "x_row": "Int",         # to the next tap below
    "x_tap": "Int",         # to the next tap to the right
    "channels": "Int",      # input channels
    "height": "Int",        # taps down
    "width": "Int",         # taps across
    "w": "Floats",          # weights (channels, height, width, blocks * lanes)
    "bias": "Floats",       # (blocks * lanes)
    "y": "Floats",          # output at the first pixel
    "y_block": "Int",       # to the next block of output channels
    "slope": "Real",        # y = v > 0 ? v : slope * v; 1 is linear, 0.1 leaky
}  # fmt: skip
call_row = Call(*ARGUMENTS.values())


@dataclass(frozen=True)
class RowKernel:
    """One variant: the vector width, the tile, and how the input lies in memory.

    ``source``: "blocked" (input channels in blocks of ``lanes``), "planar" (a plane a channel) or "depthwise" (blocked,
    each output channel reads its own input channel).
    """

    lanes: int
    blocks: int
    pixels: int
    stride: int = 1
    taps: bool = True
    source: str = "blocked"
    fma: bool = False

    @property
    def name(self) -> str:
        size = "kxk" if self.taps else "1x1"
        numerics = "fma" if self.fma else "exact"
        return f"conv_{size}_s{self.stride}_{self.source}_{self.blocks}x{self.pixels}_v{self.lanes}_{numerics}"

    def address(self) -> int:
        """The compiled kernel's address."""
        return native.address(self.name, self.module)

    def module(self) -> llvm.ModuleRef:
        """The kernel as a parsed LLVM module."""
        return llvm.parse_assembly(str(_Emitter(self).module))

    def with_pixels(self, pixels: int) -> RowKernel:
        """The same kernel with another tile width."""
        return replace(self, pixels=pixels)


class _Emitter:
    """Writes the LLVM IR of one RowKernel."""

    def __init__(self, kernel: RowKernel) -> None:
        self.kernel = kernel
        self.vector = ir.VectorType(F32, kernel.lanes)
        self.module = ir.Module(kernel.name)
        self.module.triple = native.host().triple
        types = [{"Floats": FLOATS, "Int": I64, "Real": F32}[t] for t in ARGUMENTS.values()]
        self.function = ir.Function(self.module, ir.FunctionType(ir.VoidType(), types), kernel.name)
        kind = ir.FunctionType(self.vector, [self.vector] * 3)
        self.fused = ir.Function(self.module, kind, f"llvm.fma.v{kernel.lanes}f32")
        self.arg = dict(zip(ARGUMENTS, self.function.args))
        self.b = ir.IRBuilder(self.function.append_basic_block())
        self.pixel_step = kernel.stride * (1 if kernel.source == "planar" else kernel.lanes)
        self._row()

    def _row(self) -> None:
        """The loop over tiles."""
        k, zero = self.kernel, ir.Constant(self.vector, [0.0] * self.kernel.lanes)

        def tile(_index: ir.Value, state: list[ir.Value]) -> list[ir.Value]:
            x, y = state
            accumulators = [zero] * (k.blocks * k.pixels)
            _, sums = self._reduction(self._levels(), x, self.arg["w"], accumulators)
            self._epilogue(sums, y)
            return [self._step(x, k.pixels * self.pixel_step), self._step(y, k.pixels * k.lanes)]

        self._loop(self.arg["tiles"], [self.arg["x"], self.arg["y"]], tile)
        self.b.ret_void()

    def _levels(self) -> list[tuple[ir.Value | Callable[[ir.Value], ir.Value], ir.Value]]:
        """(count, input stride) of the loops of the reduction, outermost first; a count may depend on the outer index."""
        k, a = self.kernel, self.arg
        taps = [(a["height"], a["x_row"]), (a["width"], a["x_tap"])] if k.taps else []
        if k.source == "depthwise":
            return taps
        if k.source == "planar":
            return [(a["channels"], a["x_block"]), *taps]
        lanes = ir.Constant(I64, k.lanes)
        blocks = self.b.udiv(self.b.add(a["channels"], ir.Constant(I64, k.lanes - 1)), lanes)

        def within(block: ir.Value) -> ir.Value:
            left = self.b.sub(a["channels"], self.b.mul(block, lanes))
            return self.b.select(self.b.icmp_signed("<", left, lanes), left, lanes)

        return [(blocks, a["x_block"]), (within, ir.Constant(I64, 1)), *taps]

    def _reduction(self, levels, x, w, sums, outer=None):  # type: ignore[no-untyped-def]
        """The nest of loops; returns the weights' address after it and the sums."""
        if not levels:
            return self._multiply_add(x, w, sums)
        (count, stride), inner = levels[0], levels[1:]

        def body(index: ir.Value, state: list[ir.Value]) -> list[ir.Value]:
            w_next, sums_next = self._reduction(inner, state[0], state[1], state[2:], index)
            return [self.b.gep(state[0], [stride]), w_next, *sums_next]

        state = self._loop(count(outer) if callable(count) else count, [x, w, *sums], body)
        return state[1], state[2:]

    def _multiply_add(self, x: ir.Value, w: ir.Value, sums: list[ir.Value]) -> tuple[ir.Value, list[ir.Value]]:
        """One tap: every weight vector times every pixel."""
        k, sums = self.kernel, list(sums)
        weights = [self._load(self._step(w, o * k.lanes)) for o in range(k.blocks)]
        for p in range(k.pixels):
            at = self._step(x, p * self.pixel_step)
            pixel = self._load(at) if k.source == "depthwise" else self._splat(self.b.load(at))
            for o in range(k.blocks):
                i = o * k.pixels + p
                sums[i] = self._accumulate(weights[o], pixel, sums[i])
        return self._step(w, k.blocks * k.lanes), sums

    def _accumulate(self, w: ir.Value, x: ir.Value, total: ir.Value) -> ir.Value:
        if self.kernel.fma:
            return self.b.call(self.fused, [w, x, total])
        return self.b.fadd(total, self.b.fmul(w, x))

    def _epilogue(self, sums: list[ir.Value], y: ir.Value) -> None:
        """Bias, slope, store; adding 0 makes the -0 of relu the reference's 0 and changes nothing else."""
        k, b, zero = self.kernel, self.b, ir.Constant(self.vector, [0.0] * self.kernel.lanes)
        slope = self._splat(self.arg["slope"])
        for o in range(k.blocks):
            bias = self._load(self._step(self.arg["bias"], o * k.lanes))
            out = b.gep(y, [b.mul(self.arg["y_block"], ir.Constant(I64, o))])
            for p in range(k.pixels):
                v = b.fadd(sums[o * k.pixels + p], bias)
                v = b.select(b.fcmp_ordered(">", v, zero), v, b.fadd(b.fmul(v, slope), zero))
                at = self._step(out, p * k.lanes)
                b.store(v, b.bitcast(at, self.vector.as_pointer()), align=4)

    def _loop(self, count: ir.Value, state: list[ir.Value],
              body: Callable[[ir.Value, list[ir.Value]], list[ir.Value]]) -> list[ir.Value]:  # fmt: skip
        """A counted loop (count >= 1) that carries ``state``; returns its last values."""
        b, before = self.b, self.b.block
        head, after = self.function.append_basic_block(), self.function.append_basic_block()
        b.branch(head)
        b.position_at_end(head)
        index = b.phi(I64)
        carried = [b.phi(v.type) for v in state]
        results = body(index, list(carried))
        following = b.add(index, ir.Constant(I64, 1))
        for phi, first, later in zip([index, *carried], [ir.Constant(I64, 0), *state], [following, *results]):
            phi.add_incoming(first, before)
            phi.add_incoming(later, b.block)
        b.cbranch(b.icmp_signed("<", following, count), head, after)
        b.position_at_end(after)
        return results

    def _step(self, pointer: ir.Value, floats: int) -> ir.Value:
        return self.b.gep(pointer, [ir.Constant(I64, floats)])

    def _load(self, pointer: ir.Value) -> ir.Value:
        return self.b.load(self.b.bitcast(pointer, self.vector.as_pointer()), align=4)

    def _splat(self, scalar: ir.Value) -> ir.Value:
        undefined = ir.Constant(self.vector, ir.Undefined)
        lane = self.b.insert_element(undefined, scalar, ir.Constant(ir.IntType(32), 0))
        mask = ir.Constant(ir.VectorType(ir.IntType(32), self.kernel.lanes), [0] * self.kernel.lanes)
        return self.b.shuffle_vector(lane, undefined, mask)
