"""What every layer is: options → sources → shape → params, and how it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from .._support.lazy import cached_property
from ..cfg import Section
from ..shapes import ChannelSlice, Param, Shape

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "TRAINING", "Layer", "Node", "PassThrough", "absolute", "batch_norm_params", "dims", "giga", "label", "layer_numbers",
]  # fmt: skip

TRAINING = (
    "burnin_update", "clip", "dont_update", "dynamic_minibatch", "learning_rate", "onlyforward", "stopbackward",
    "train_only_bn", "dontload", "dontloadscales",
)  # fmt: skip


def batch_norm_params(n: int, scales: bool = True) -> tuple[Param, ...]:
    """Scales, means and variances of ``n`` channels, in file order; dontloadscales=1 leaves them out if ``scales``."""
    return (
        Param("scales", (n,), 1.0, scales),
        Param("rolling_mean", (n,), 0.0, scales),
        Param("rolling_variance", (n,), 0.0, scales),
    )


@dataclass(frozen=True)
class Layer:
    """One section of a cfg.  A subclass adds its options as fields, and overrides what differs.

    ``sources`` are the numbers of the layers it reads, -1 being the network's input.
    """

    kind: ClassVar[str] = ""
    sources: tuple[int, ...]

    @property
    def pieces(self) -> int:
        """How many computations of their own it is made of, beyond a few."""
        return 0

    @classmethod
    def parse(cls, section: Section, index: int) -> Self:
        """The layer that a section describes, being layer number ``index``.  Raises CfgError."""
        return cls(sources=(index - 1,))

    @property
    def mentioned(self) -> tuple[int, ...]:
        """Numbers of layers that it has to do with, but whose outputs it does not read."""
        return ()

    def settled(self, inputs: tuple[Shape, ...], output: Shape, mentioned: tuple[Node, ...]) -> Self:
        """The layer, when those that are ``mentioned`` are known.  Raises ShapeError when they do not go with it."""
        return self

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The output's shape.  Raises ShapeError when the inputs do not fit."""
        return inputs[0]

    def params(self, inputs: tuple[Shape, ...]) -> tuple[Param, ...]:
        """The layer's arrays in the order of the .weights file."""
        return ()

    @property
    def downsampling(self) -> tuple[Fraction, Fraction]:
        """Rows and columns of a source for one of the output."""
        return Fraction(1), Fraction(1)

    def flops(self, inputs: tuple[Shape, ...], output: Shape) -> float:
        """Floating-point operations as the reference counts them (2 a multiply-add)."""
        return 0.0

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        """The layer's text in the table that Darknet prints, without its number."""
        return f"{self.kind:38s} {inputs[0]} -> {output}"

    def slices(self, inputs: tuple[Shape, ...]) -> tuple[ChannelSlice, ...]:
        """The output as channels of the sources, if it is nothing else; () if it must be computed."""
        return ()


@dataclass(frozen=True)
class PassThrough(Layer):
    """A layer whose output is its input, unchanged."""

    def slices(self, inputs: tuple[Shape, ...]) -> tuple[ChannelSlice, ...]:
        return (ChannelSlice(0, 0, inputs[0].c),)


@dataclass(frozen=True)
class Node:
    """A layer in its place: number, position in the cfg, and the shapes around it."""

    index: int
    layer: Layer
    inputs: tuple[Shape, ...]
    shape: Shape
    where: str
    load: bool = True           # False: dontload=1, the weights file has nothing for it
    load_scales: bool = True    # False: dontloadscales=1

    @property
    def sources(self) -> tuple[int, ...]:
        return self.layer.sources

    @cached_property
    def params(self) -> tuple[Param, ...]:
        return self.layer.params(self.inputs)

    @property
    def name(self) -> str:
        """``yolo_139``, what an exported model calls its output."""
        return f"{self.layer.kind}_{self.index}"

    @property
    def label(self) -> str:
        """``file:line: layer 5 [convolutional]``, for messages."""
        return label(self.where, self.index, self.layer.kind)


def label(where: str, index: int, kind: str) -> str:
    """``file:line: layer 5 [convolutional]`` from the ``file:line: [conv]`` of a section."""
    file, line, _ = where.rsplit(":", 2)
    return f"{file}:{line}: layer {index} [{kind}]"


def dims(shape: Shape) -> str:
    """Width, height and channels in the columns of the table that Darknet prints."""
    return f"{shape.w:4d} x{shape.h:4d} x{shape.c:4d}"


def giga(flops: float) -> float:
    """Billions of operations, rounded to float32 as the reference keeps them."""
    return float(np.float32(flops / 1e9))


def absolute(section: Section, key: str, value: int, index: int) -> int:
    """The number of the layer that ``value`` names from layer ``index``: negative ones count back."""
    number = index + value if value < 0 else value
    if not 0 <= number < index:
        raise section.error(f"{key}={value} of layer {index} names layer {number}; "
                            f"it must be one of the layers 0 to {index - 1} before it", key)  # fmt: skip
    return number


def layer_numbers(section: Section, key: str, index: int) -> tuple[int, ...]:
    """The layers that a comma-separated option names.  Raises CfgError if it is missing or points outside."""
    values = section.integers(key)
    if not values:
        raise section.error(f"needs {key}= with the numbers of the layers it reads")
    return tuple(absolute(section, key, v, index) for v in values)
