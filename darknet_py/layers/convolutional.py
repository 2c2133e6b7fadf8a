"""[convolutional]: convolution, batch norm or bias, activation.   C: convolutional_layer.c"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from ..cfg import Section
from ..errors import ShapeError
from ..shapes import Param, Shape
from .activations import parse_activation
from .base import Layer, Node, absolute, batch_norm_params, dims, giga

__all__ = ["MAX_GROUPS", "Convolutional", "strides"]

MAX_GROUPS = 4096  # of a layer, and of a network; each takes steps of its own
MAX_EXTENT = 2**31 - 1

UNSUPPORTED = {
    "antialiasing": "blurs the output",
    "binary": "binarizes the weights",
    "coordconv": "adds coordinates to the output",
    "xnor": "makes a network of bits (Darknet runs it, but nobody was found who does)",
}
TRAINING = (
    "angle", "bin_output", "dot", "grad_centr", "reverse", "rotate", "stream", "stretch", "stretch_sway", "sway",
    "wait_stream",
)  # fmt: skip


@dataclass(frozen=True)
class Convolutional(Layer):
    """``filters`` kernels of ``kernel_size`` squared taps over each of ``groups`` equal parts of the input's channels.

    ``stride`` and ``dilation`` are in pixels, ``stride`` as (y, x); ``padding`` zeros are on each side before dilation.
    ``flipped``: the .weights file holds the taps as (channel, y, x, filter).  ``shared``: the number of the convolution
    whose weights, with its batch norm, are this one's too, so that the file has none for it.
    """

    kind: ClassVar[str] = "convolutional"
    filters: int = 1
    kernel_size: int = 1
    groups: int = 1
    stride: tuple[int, int] = (1, 1)
    padding: int = 0
    dilation: int = 1
    activation: str = "logistic"
    batch_normalize: bool = False
    flipped: bool = False
    assisted_excitation: bool = False
    shared: int | None = None

    @property
    def halo(self) -> int:
        """Pixels of zeros around its input."""
        return self.padding * self.dilation

    @property
    def pieces(self) -> int:
        return self.groups if self.groups not in (1, self.filters) else 0

    @property
    def downsampling(self) -> tuple[Fraction, Fraction]:
        return Fraction(self.stride[0]), Fraction(self.stride[1])

    @classmethod
    def parse(cls, section: Section, index: int) -> Convolutional:
        """Raises CfgError for options whose effect at inference is not supported."""
        for key, effect in UNSUPPORTED.items():
            if section.integer(key) != 0:
                raise section.error(f"{key}= {effect}, which is not supported", key)
        section.ignore(*TRAINING)
        kernel_size = section.integer("size", cls.kernel_size, least=1)
        dilation = section.integer("dilation", cls.dilation, least=1)
        padding = section.integer("padding", cls.padding, least=0)
        return cls(
            sources=(index - 1,),
            filters=section.integer("filters", cls.filters, least=1),
            kernel_size=kernel_size,
            groups=max(1, section.integer("groups", cls.groups)),
            stride=strides(section, cls.stride[0]),
            padding=kernel_size // 2 if section.integer("pad") else padding,
            dilation=dilation if kernel_size > 1 else 1,
            activation=parse_activation(section, cls.activation, across_channels=True),
            batch_normalize=bool(section.integer("batch_normalize") | section.integer("cbn")),
            flipped=bool(section.integer("flipped")),
            assisted_excitation=section.number("assisted_excitation") >= 1,
            shared=_shared(section, index),
        )

    @property
    def mentioned(self) -> tuple[int, ...]:
        return () if self.shared is None else (self.shared,)

    def settled(self, inputs: tuple[Shape, ...], output: Shape, mentioned: tuple[Node, ...]) -> Convolutional:
        """Raises ShapeError when the layer whose weights it shares has others.   C: make_convolutional_layer"""
        for node in mentioned:
            if not isinstance(node.layer, Convolutional) or self.taps(inputs) != node.layer.taps(node.inputs):
                raise ShapeError(f"share_index= names {node.label}, which has other weights; it must be a [convolutional] "
                                 "of the same size=, filters= and groups=, and as many input channels")  # fmt: skip
        return self

    def taps(self, inputs: tuple[Shape, ...]) -> tuple[int, int, int, int]:
        """What its weights are made for: groups, filters, size, and input channels."""
        return self.groups, self.filters, self.kernel_size, inputs[0].c

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Raises ShapeError when the groups or the kernel do not fit the input.   C: convolutional_out_height"""
        c, h, w = inputs[0]
        if c % self.groups or self.filters % self.groups:
            raise ShapeError(f"groups={self.groups} must divide the {c} input channels and filters={self.filters}")
        if self.groups > MAX_GROUPS and not self.groups == c == self.filters:
            raise ShapeError(f"groups={self.groups} is not possible; at most {MAX_GROUPS}, or one for each input channel "
                             "with as many filters")  # fmt: skip
        return Shape(self.filters, self._extent(h, self.stride[0]), self._extent(w, self.stride[1]))

    def params(self, inputs: tuple[Shape, ...]) -> tuple[Param, ...]:
        """Biases, batch norm, weights (filters, channels / groups, y, x).   C: parser.c save_convolutional_weights"""
        if self.shared is not None:
            return ()
        taps = (self.filters, inputs[0].c // self.groups, self.kernel_size, self.kernel_size)
        weights = Param("weights", taps, transposed="always" if self.flipped else "never")
        norm = batch_norm_params(self.filters) if self.batch_normalize else ()
        return (Param("biases", (self.filters,)), *norm, weights)

    def flops(self, inputs: tuple[Shape, ...], output: Shape) -> float:
        return 2.0 * (inputs[0].c // self.groups) * self.kernel_size**2 * output.size

    def describe(self, inputs: tuple[Shape, ...], output: Shape) -> str:
        name = "convS " if self.shared is not None else "convAE" if self.assisted_excitation else "conv  "
        filters = f"{self.filters:5d}/{self.groups:4d} " if self.groups > 1 else f"{self.filters:5d}      "
        billions = giga(self.flops(inputs, output))
        return f"{name}{filters}{self._kernel_text()}{dims(inputs[0])} -> {dims(output)} {billions:5.3f} BF"

    def _kernel_text(self) -> str:
        k, (y, x) = self.kernel_size, self.stride
        if x != y:
            return f"{k:2d}x{k:2d}/{x:2d}x{y:2d} "
        dilation = f"({self.dilation:1d})" if self.dilation > 1 else "   "
        return f"{k:2d} x{k:2d}/{x:2d}{dilation}"

    def _extent(self, size: int, stride: int) -> int:
        """Output pixels along one axis.  The reference sizes the output without dilation and fills it with dilation:
        both must agree.   C: convolutional_out_width, im2col.c im2col_cpu_ext"""
        plain = size + 2 * self.padding - self.kernel_size
        dilated = size + 2 * self.padding * self.dilation - self.dilation * (self.kernel_size - 1) - 1
        if size + 2 * self.halo > MAX_EXTENT:
            raise ShapeError(f"padding={self.padding} and dilation={self.dilation} make more pixels than Darknet can count")
        if plain < 0 or dilated < 0:
            raise ShapeError(f"size={self.kernel_size} is larger than the input of {size} pixels and its padding")
        if plain // stride != dilated // stride:
            raise ShapeError(f"dilation={self.dilation} needs an odd size= and pad=1, which keep the output's size")
        return plain // stride + 1


def _shared(section: Section, index: int) -> int | None:
    if "share_index" not in section:
        return None
    return absolute(section, "share_index", section.integer("share_index"), index)


def strides(section: Section, default: int) -> tuple[int, int]:
    """(y, x) of stride_y= and stride_x=, each falling back on stride= when it is missing or below 1."""
    x, y = section.integer("stride_x", -1), section.integer("stride_y", -1)
    stride = section.integer("stride", default)
    x, y = (v if v >= 1 else stride for v in (x, y))
    if min(x, y) < 1:
        raise section.error(f"stride={stride} is not possible; it must be at least 1", "stride")
    return y, x
