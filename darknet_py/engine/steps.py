"""What a layer writes its kernel calls to: the outputs' places, conversions between layouts, steps in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..errors import KernelError
from ..layers.base import Node
from ..shapes import ChannelSlice, Shape
from . import layout
from .codegen.arguments import Argument, Picture, Word
from .codegen.bfloat import RoundingRow
from .codegen.jit import Kernel
from .kernels import bfloat, copies
from .memory import Tensor, place
from .native.executor import JOBS_PER_THREAD
from .options import PlanOptions
from .storage import FLOATS

__all__ = ["Argument", "Builder", "Params", "Picture", "Step"]


Params = Mapping[str, np.ndarray]


class Step(NamedTuple):
    """One kernel call for each of ``jobs`` job numbers; ``layer`` is the one it computes."""

    address: int
    arguments: tuple[tuple[str, Word], ...]
    jobs: int
    layer: int


class Builder:
    """What the lowering of a layer writes to.  ``node`` and ``params`` are those of the layer at hand."""

    node: Node
    params: Params
    written_as_pairs: bool

    def __init__(self, nodes: Sequence[Node], input_shape: Shape, options: PlanOptions) -> None:
        self.options = options
        self.homes = layout.decide(tuple(nodes), options.lanes)
        self.shapes = {-1: input_shape} | {node.index: node.shape for node in nodes}
        self.steps: list[Step] = []
        self.owned: dict[int, Tensor] = {}
        self.converted: dict[tuple[int, int], Tensor] = {}
        self.storage = FLOATS
        self.paired: dict[int, Tensor] = {}
        self.layer = -1

    def begin(self, node: Node, params: Params) -> None:
        """What follows computes this layer, of these arrays."""
        self.node, self.params, self.layer = node, params, node.index
        self.written_as_pairs = False

    def end(self) -> None:
        """Append what keeps the layer's output as pairs, where it is read so and was not written so already."""
        home, index = self.homes[self.node.index], self.node.index
        if home.owner in self.storage.pairs and not (self.written_as_pairs or layout.lies_in_place(self.node, self.homes)):
            self.rows(bfloat.round_row, self._pairs(index), x=self.tensor(index), rounding=self.rounding())

    def load_input(self) -> None:
        """Append the steps that bring a run's picture to the network's input."""
        y, height = self.tensor(-1), self.shapes[-1].h
        rows = -(-height // (self.options.threads * JOBS_PER_THREAD))
        self.step(copies.copy_rows, -(-height // rows), x=Picture(), y=y, rows=rows)

    def source(self, i: int) -> Tensor:
        """The output of the layer's source number ``i`` as it is stored."""
        return self.tensor(self.node.sources[i])

    def blocked(self, i: int) -> Tensor:
        """Source ``i`` in blocks of the host's lanes, without a promise about its border."""
        return self._converted(self.node.sources[i], self.options.lanes)

    def planar(self, i: int) -> Tensor:
        """Source ``i`` as one contiguous (c, h, w) array."""
        return self._converted(self.node.sources[i], 1, bare=True)

    def pairs(self, i: int) -> Tensor:
        """Source ``i``, of which ``storage`` has it, in bfloat16: a word holds a pair of channels."""
        return self._pairs(self.node.sources[i])

    def output(self) -> Tensor:
        """The layer's own output, to be written; where it is kept as pairs alone, its shape without memory."""
        if self.is_floatless:
            return place(self.node.shape, self.homes[self.node.index].lanes, 0)
        return self.tensor(self.node.index)

    def pairs_output(self) -> Tensor | None:
        """Where to write the output as pairs, which whoever asks for it does; None if nobody reads it so."""
        if self.homes[self.node.index].owner not in self.storage.pairs:
            return None
        self.written_as_pairs = True
        return self._pairs(self.node.index)

    @property
    def is_floatless(self) -> bool:
        """Whether the output is kept as pairs alone."""
        return self.homes[self.node.index].owner in self.storage.floatless

    def rounding(self) -> int:
        """The address of the function that makes pairs of a row."""
        return RoundingRow(self.options.lanes, self.options.emulated).address()

    def planar_output(self) -> Tensor:
        """Where to write the output as one contiguous (c, h, w) array, to be passed to ``store_output``."""
        y = self.output()
        return y if y.lanes == 1 and not y.halo else self.scratch(y.shape)

    def store_output(self, y: Tensor) -> None:
        """Make y the layer's output."""
        if y != self.output():
            self.copy(y, 0, self.output(), 0, y.shape.c)

    def tensor(self, index: int) -> Tensor:
        """The output of a layer (-1: the network's input)."""
        home = self.homes[index]
        if home.owner not in self.owned:
            self.owned[home.owner] = self._new(self.shapes[home.owner], home.lanes, home.halo)
        return self.owned[home.owner].channels(home.first, self.shapes[index].c)

    def _pairs(self, index: int) -> Tensor:
        home = self.homes[index]
        if home.owner not in self.paired:
            shape = self.shapes[home.owner]
            self.paired[home.owner] = self._new(shape._replace(c=-(-shape.c // 2)), home.lanes // 2, home.halo)
        return self.paired[home.owner].channels(home.first // 2, -(-self.shapes[index].c // 2))

    def scratch(self, shape: Shape, lanes: int = 1, halo: int = 0) -> Tensor:
        """A tensor for this layer's steps only."""
        return self._new(shape, lanes, halo)

    def step(self, kernel: Kernel, jobs: int, /, **arguments: Argument) -> None:
        """Append a kernel call.  Raises KernelError for what is no step, and where it does not take these arguments."""
        if not isinstance(kernel, Kernel):
            raise KernelError(f"{getattr(kernel, 'name', kernel)} is not a step of a plan: it must be made by @kernel")
        if type(jobs) is not int or jobs < 0:
            raise KernelError(f"kernel {kernel.name}: the number of jobs must be an int, not {jobs!r}")
        address, words = kernel.bind(arguments)
        for _, value in words:
            if isinstance(value, Tensor):
                value.buffer.touch(len(self.steps))
        self.steps.append(Step(address, words, jobs, self.layer))

    def gather(self, piece: ChannelSlice, first: int) -> None:
        """Channels of a source to the output's channels from ``first`` on, if they do not lie there already."""
        if not layout.lies_there(self.node, piece, first, self.homes):
            self.copy(self.tensor(self.node.sources[piece.source]), piece.first, self.output(), first, piece.channels)

    def rows(self, kernel: Kernel, y: Tensor, **arguments: Argument) -> None:
        """Append a kernel that does one row of one block of y a job."""
        self.step(kernel, y.blocks * y.shape.h, y=y, **arguments)

    def copy(self, x: Tensor, first: int, y: Tensor, y_first: int, count: int) -> None:
        """Channels ``first`` … of x to channels ``y_first`` … of y, whatever their layouts."""
        aligned = x.lanes == y.lanes and first % x.lanes == y_first % x.lanes == 0
        if aligned and (count % x.lanes == 0 or y_first + count == y.shape.c):
            x, y = x.channels(first, count), y.channels(y_first, count)
            self.step(copies.copy_blocks, x.blocks, x=x, y=y)
        else:
            self.step(copies.copy_channels, count, x=x, x_first=first, y=y, y_first=y_first)

    def _converted(self, index: int, lanes: int, bare: bool = False) -> Tensor:
        stored = self.tensor(index)
        if stored.lanes == lanes and not (bare and stored.halo):
            return stored
        key = (index, lanes)
        if key not in self.converted:
            self.converted[key] = self._new(stored.shape, lanes, 0)
            self.copy(stored, 0, self.converted[key], 0, stored.shape.c)
        return self.converted[key]

    def _new(self, shape: Shape, lanes: int, halo: int) -> Tensor:
        tensor = place(shape, lanes, halo)
        if halo:
            self.step(copies.clear_border, tensor.blocks, y=tensor, halo=halo)
        return tensor
