"""How a picture becomes boxes, as data: each stage is a field, and a cause of differences is another value of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .. import image
from ..boxes.decode import correct, get_network_boxes
from ..boxes.detection import listed
from ..boxes.suppression import as_head_says
from ..boxes.table import Boxes
from ..boxes.thresholds import NMS, THRESH
from ..engine_api.options import Options
from ..layers.base import Layer, Node
from ..layers.head import DetectionHead
from .box_difference import BoxRows, rows_of

__all__ = [
    "Array", "Arrays", "Fitting", "LayerChange", "Photo", "Picture", "Pipeline", "Present", "Read", "Suppress", "Touch",
    "letterbox", "resize",
]  # fmt: skip

Array = npt.NDArray[np.float32]
Arrays = Mapping[str, Array]
Picture = npt.NDArray[np.uint8]
Fitting = Callable[[Picture, int, image.Size], Array]  # bytes (h, w, 3), channels, size → (channels, h, w)
Touch = Callable[[Array], Array]
Read = Callable[[DetectionHead], DetectionHead]
Suppress = Callable[[Boxes, DetectionHead, float], Boxes]
Present = Callable[[BoxRows, image.Fit], BoxRows]


@dataclass(frozen=True)
class Photo:
    """A picture file, BGR bytes (h, w, 3), with ``alpha`` BGRA if there is, as it is stored and as its EXIF tag turns it."""

    path: str
    alpha: bool = False
    max_pixels: int | None = None

    @cached_property
    def plain(self) -> Picture:
        return image.read_image(self.path, False, self.max_pixels, alpha=self.alpha)

    @cached_property
    def turned(self) -> Picture:
        return image.turned(self.path, self.plain)

    @cached_property
    def is_jpeg(self) -> bool:
        """Whether decoders differ about its bytes."""
        return image.is_jpeg(Path(self.path).read_bytes())

    def pixels(self, exif: bool) -> Picture:
        return self.turned if exif else self.plain


@dataclass(frozen=True)
class LayerChange:
    """Another form of the layers that it applies to: ``change`` gives the layer and its arrays, as in the file.

    ``finish`` changes their output, (c, h, w), where that is what is compared.
    """

    applies: Callable[[Node], bool]
    change: Callable[[Node, Arrays], tuple[Layer, Arrays]] = lambda node, arrays: (node.layer, arrays)
    finish: Callable[[Array], Array] = lambda output: output


def resize(picture: Picture, channels: int, size: image.Size) -> Array:
    """The picture stretched to the network's size."""
    return image.resize_image(image.from_array(picture, channels), *size)


def letterbox(picture: Picture, channels: int, size: image.Size) -> Array:
    """The picture with its proportions, on grey."""
    return image.letterbox_image(image.from_array(picture, channels), *size)


@dataclass(frozen=True)
class Pipeline:
    """The defaults are what ``Network.detect`` does.

    ``noise``: levels that each byte of the picture may be off.  ``colours``, then ``scale``: done to the network's input.
    ``read``: the form of a head that decodes its output.  ``letter_box``: boxes are brought back from a letterbox.
    ``present``: done to the boxes at last, in order.
    """

    options: Options
    thresh: float = THRESH
    nms: float = NMS
    letter_box: bool = False
    fit: Fitting = resize
    exif: bool = False
    noise: int = 0
    colours: Touch = lambda x: x
    scale: Touch = lambda x: x
    layers: tuple[LayerChange, ...] = ()
    read: Read = lambda head: head
    suppress: Suppress = as_head_says
    present: tuple[Present, ...] = ()

    @property
    def before_boxes(self) -> Pipeline:
        """The same as far as the outputs of layers depend on it."""
        return Pipeline(self.options, fit=self.fit, exif=self.exif, noise=self.noise, colours=self.colours,
                        scale=self.scale, layers=self.layers)  # fmt: skip

    @property
    def program(self) -> Pipeline:
        """The same as far as the compiled layers depend on it."""
        return Pipeline(self.options, layers=self.layers)

    def input(self, photo: Photo, channels: int, size: image.Size) -> Array:
        """The network's input, (channels, height, width)."""
        picture = photo.pixels(self.exif)
        if self.noise:
            picture = _noisy(picture, self.noise)
        return self.scale(self.colours(self.fit(picture, channels, size)))

    def changed(self, node: Node, arrays: Arrays) -> tuple[Node, Arrays]:
        """A layer of the network and its arrays, both as in the files, in the form that this pipeline runs."""
        for change in self.layers:
            if change.applies(node):
                layer, arrays = change.change(node, arrays)
                node = replace(node, layer=layer)
        return node, arrays

    def finished(self, node: Node, output: Array) -> Array:
        """The output of a layer as it is compared."""
        for change in self.layers:
            if change.applies(node):
                output = change.finish(output)
        return output

    def boxes(self, heads: list[DetectionHead], outputs: list[Array], fit: image.Fit) -> BoxRows:
        """The boxes (n, 6) in the heads' outputs, after suppression."""
        boxes = get_network_boxes([self.read(head) for head in heads], outputs, fit, self.thresh)
        return self.suppressed(boxes, heads[-1], fit)

    def decoded(self, boxes: Boxes, heads: list[DetectionHead], fit: image.Fit) -> BoxRows:
        """The boxes (n, 6) among all rows of all heads, relative to the network's input."""
        boxes = correct(heads[-1], boxes, fit)
        probs = np.where(boxes.probs > np.float32(self.thresh), boxes.probs, np.float32(0))
        return self.suppressed(replace(boxes, probs=probs).take(np.flatnonzero(probs.any(1))), heads[-1], fit)

    def suppressed(self, boxes: Boxes, head: DetectionHead, fit: image.Fit) -> BoxRows:
        """The boxes (n, 6) that are left after suppression."""
        if self.nms:
            boxes = self.suppress(boxes, head, self.nms)
        rows = rows_of(listed(boxes, self.thresh))
        for present in self.present:
            rows = present(rows, fit)
        return rows


def _noisy(picture: Picture, levels: int) -> Picture:
    """Each byte up to so many levels off, always in the same way."""
    off = np.random.RandomState(0).randint(-levels, levels + 1, picture.shape)
    return np.clip(picture + off, 0, 255).astype(np.uint8)
