"""Graph → a program of kernel calls over one arena, and its run.

``compile`` lowers every layer to steps of a ``Builder``; then buffers get their places, and addresses are
written into one table.  After that nothing parses, decides or allocates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

import numpy as np

from .._support.machine import memory_limit
from ..layers.base import Node
from ..shapes import Shape
from . import fuse
from .codegen.arguments import Picture, Word
from .lower import bfloat, lower
from .memory import Buffer, Tensor, aligned_empty, allocate, explained, require
from .native import executor
from .options import ELEMENT, PlanOptions
from .steps import Builder, Params, Step

__all__ = ["Plan", "PlanOptions", "compile", "run_each"]


@dataclass
class Plan:
    """A compiled network: ``run`` takes one picture (c, h, w), ``read`` gives the output of a layer that was kept.

    ``picture``: the slots of the steps' arguments that take the address of a run's picture.
    ``fused``: {layer: the layer whose steps compute it too}.
    """

    outputs: dict[int, Tensor]
    arena: np.ndarray
    program: executor.Program
    picture: np.ndarray
    steps: list[Step]
    threads: int
    fused: dict[int, int] = field(default_factory=dict)
    alive: list[np.ndarray] = field(repr=False, default_factory=list)

    def run(self, x: np.ndarray) -> None:
        """Compute the network for x, float32 (c, h, w)."""
        x = self.set_input(x)
        executor.run(self.program, self.threads)

    def run_alone(self, x: np.ndarray) -> None:
        """``run`` on the caller's thread only, beside whatever others run."""
        x = self.set_input(x)
        executor.run_alone(self.program)

    def copy(self) -> Plan:
        """The same plan with memory for another picture.  Raises ShapeError when there is none."""
        with explained(self.arena.nbytes, "each picture that is computed at the same time"):
            arena = aligned_empty(self.arena.size)
        return replace(self, arena=arena, **_link(self.steps, arena))

    def set_input(self, x: np.ndarray) -> np.ndarray:
        """Let the next run find x, float32 (c, h, w); returns what must stay in memory until it ends."""
        x = np.ascontiguousarray(x, np.float32)
        self.picture[0] = x.ctypes.data
        return x

    def read(self, layer: int) -> np.ndarray:
        """The output of a layer after a run, float32 (c, h, w), a copy.  Raises ShapeError where memory lacks for it."""
        output = self.outputs[layer]
        with explained(ELEMENT.itemsize * output.shape.size, "a copy of the network's output"):
            return output.read(self.arena)


def run_each(plans: Sequence[Plan], pictures: Sequence[np.ndarray]) -> None:
    """Compute the plans at the same time, each for a picture of its own, float32 (c, h, w), on one thread."""
    inputs = [plan.set_input(picture) for plan, picture in zip(plans, pictures, strict=True)]
    executor.run_each([plan.program for plan in plans])
    del inputs


def compile(nodes: Sequence[Node], params: Iterable[Params], input_shape: Shape, outputs: Sequence[int],
            options: PlanOptions) -> Plan:  # fmt: skip
    """Choose kernels and memory for the layers; ``outputs`` are the layers to be read after a run.

    Raises ShapeError when the packed weights and the arena need more memory than this process may have.
    """
    what, least = f"the network at {input_shape.w} x {input_shape.h} pixels", _least(nodes)
    limit = memory_limit()
    require(least, what, limit)
    nodes = nodes if options.keep else fuse.fuse_sums(nodes, outputs)
    b = Builder(nodes, input_shape, options)
    read = [node.index for node in nodes] if options.keep else outputs
    b.storage = bfloat.storage(b, nodes, read)
    with explained(least, what):
        _lower(b, nodes, params)
    kept = {i: b.tensor(i) for i in read}
    floats = allocate(_buffers(b, kept.values(), options.keep))
    needed = ELEMENT.itemsize * floats + _packed(b.steps)
    require(needed, what, limit)
    with explained(needed, what):
        arena = aligned_empty(floats)
    fused = fuse.homes_of_sums(nodes)
    return Plan(kept, arena, steps=b.steps, threads=options.threads, fused=fused, **_link(b.steps, arena))


def _lower(b: Builder, nodes: Sequence[Node], params: Iterable[Params]) -> None:
    b.load_input()
    for node, arrays in zip(nodes, params, strict=True):
        b.begin(node, arrays)
        lower(node.layer, b)
        b.end()


def _least(nodes: Sequence[Node]) -> int:
    """Bytes that the layers take at least: all arrays once more, packed, and the largest output."""
    arrays = sum(param.size for node in nodes for param in node.params)
    return ELEMENT.itemsize * (arrays + max(node.shape.size for node in nodes))


def _packed(steps: Iterable[Step]) -> int:
    """Bytes of the arrays that the steps read."""
    arrays = {id(v): v.nbytes for step in steps for _, v in step.arguments if isinstance(v, np.ndarray)}
    return sum(arrays.values())


def _buffers(b: Builder, kept: Iterable[Tensor], keep: bool) -> list[Buffer]:
    """Every buffer that a step touches, once; those that are ``kept``, with ``keep`` all of them, live to the end."""
    tensors = [value for step in b.steps for _, value in step.arguments if isinstance(value, Tensor)]
    buffers = {id(t.buffer): t.buffer for t in tensors}
    for buffer in buffers.values() if keep else [t.buffer for t in kept]:
        buffer.touch(len(b.steps))
        if keep:
            buffer.touch(0)
    return list(buffers.values())


def _link(steps: Sequence[Step], arena: np.ndarray) -> dict[str, Any]:
    """The steps as native code reads them, the slot of the picture's address, and the arrays that must stay alive."""
    values, start = [value for step in steps for _, value in step.arguments], arena.ctypes.data
    slots = np.array([value if type(value) is int else _slot(value, start) for value in values], np.int64)
    places = accumulate((len(step.arguments) for step in steps), initial=0)
    table = [(s.address, slots.ctypes.data + 8 * at, s.jobs) for s, at in zip(steps, places, strict=False)]
    picture = next(i for i, value in enumerate(values) if isinstance(value, Picture))
    alive = [slots, *(value for value in values if isinstance(value, np.ndarray))]
    return {"program": executor.Program(np.array(table)), "picture": slots[picture : picture + 1], "alive": alive}


def _slot(value: Word, arena: int) -> int:
    """A word's 64 bits; ``arena``: that one's address."""
    if isinstance(value, Tensor):
        return arena + ELEMENT.itemsize * (value.buffer.offset + value.start)
    return value.ctypes.data if isinstance(value, np.ndarray) else 0
