"""What a network finds in pictures: boxes, from the outputs of its detection layers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from . import image
from ._support.lazy import cached_property
from .boxes import tiling
from .boxes.decode import get_network_boxes
from .boxes.selection import ALL, Selected, Selection, selection
from .boxes.suppression import as_head_says
from .boxes.table import Boxes
from .boxes.thresholds import NMS, THRESH, check_numbers
from .errors import CfgError
from .graph import Graph
from .layers import HEAD_NAMES, NO_HEADS
from .layers.head import DetectionHead
from .layers.region import Region

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["ObjectDetection"]

Array = image.Planes


class ObjectDetection(ABC):
    """Layers, names of the classes, and whatever computes the layers' outputs."""

    def __init__(self, graph: Graph, names: Sequence[str]) -> None:
        self.graph, self.names = graph, list(names)
        self._exif_told = image.Told()

    @abstractmethod
    def predict(self, x: image.AnyArray) -> list[Array]:
        """The output of each detection layer, (c, h, w) float32, for a picture (c, h, w) of the network's size."""

    def outputs(self, x: image.AnyArray) -> list[Array]:
        """``predict``, and behind it the output of each layer that has embeddings of boxes."""
        return self.predict(x)

    @property
    @abstractmethod
    def batch(self) -> int:
        """How many pictures are computed best at once."""

    @abstractmethod
    def alone(self) -> ObjectDetection:
        """The same network, which computes each picture on the thread that asks: for ``batch`` threads at the same time.

        The bits are the same.
        """

    @property
    def width(self) -> int:
        """Of the network's input, in pixels."""
        return self.graph.net.width

    @property
    def height(self) -> int:
        """Of the network's input, in pixels."""
        return self.graph.net.height

    @property
    def letter_box(self) -> bool:
        """Whether [net] asks for pictures to keep their aspect."""
        return bool(self.graph.net.letter_box)

    @cached_property
    def heads(self) -> list[tuple[int, DetectionHead]]:
        """(layer number, layer) of each detection layer, in order."""
        nodes = (self.graph.nodes[i] for i in self.graph.heads)
        return [(node.index, node.layer) for node in nodes if isinstance(node.layer, DetectionHead)]

    def map_classes(self, numbers: Sequence[int]) -> None:
        """Give the boxes of heads with a tree of classes probabilities of these classes, numbered from 0 in this order.

        C: the map of network.c get_network_boxes
        """
        mapped = {i: replace(head, class_map=tuple(numbers)) for i, head in self.heads
                  if isinstance(head, Region) and head.tree}  # fmt: skip
        vars(self)["heads"] = [(i, mapped.get(i, head)) for i, head in self.heads]

    @property
    def classes(self) -> int:
        """Number of classes: of the last detection layer, or values of a classifier's output."""
        return self.heads[-1][1].classes if self.heads else self.graph.nodes[self.graph.heads[-1]].shape.size

    def selection(self, **selected: Unpack[Selected]) -> Selection:
        """Which detections count, as keywords of ``detect`` say.  Raises DarknetError for classes that there are not."""
        return selection(self.names, max((head.classes for _, head in self.heads), default=0), **selected)

    def detect_rows(
        self, im: Array, thresh: float = THRESH, nms: float = NMS, letter_box: bool | None = None,
        selection: Selection = ALL,
    ) -> Boxes:  # fmt: skip
        """``detect`` for a loaded picture, float32 (c, h, w) of any size; the boxes as rows in the reference's order."""
        self._detection_heads()
        fit = self.fit(image.size_of(im), letter_box)
        return self.rows(self.outputs(fit.input(im)), fit, thresh, nms, selection=selection)

    def rows(
        self, outputs: Sequence[Array], fit: image.Fit, thresh: float = THRESH, nms: float = NMS, pixels: bool = False,
        nms_kind: str | None = None, selection: Selection = ALL,
    ) -> Boxes:  # fmt: skip
        """The boxes in what ``predict`` gave for a picture that went in as ``fit`` says, after suppression; in what
        ``outputs`` gave they have embeddings.

        ``pixels``: boxes in pixels, not relative to the picture, which makes a difference for suppression by distance.
        ``nms_kind``: one of ``detection.NMS_KINDS`` in place of the last head's.  ``selection``: what counts.
        """
        check_numbers(thresh=thresh, nms=nms)
        boxes, last = self.boxes(outputs, fit, thresh), self._detection_heads()[-1]
        suppress = partial(as_head_says, head=last, nms=nms, kind=nms_kind, agnostic=selection.agnostic_nms)
        return selection.of(boxes.in_pixels(fit.picture_size) if pixels else boxes, suppress)

    def boxes(self, outputs: Sequence[Array], fit: image.Fit, thresh: float) -> Boxes:
        """``rows`` before suppression.  Raises CfgError when the network has no detection layer."""
        heads = self._detection_heads()
        own, more = outputs[: len(heads)], outputs[len(heads) :]
        layers = dict(zip(self.graph.outputs[len(heads) :], more, strict=bool(more)))
        embeddings = [layers.get(self.graph.embeddings.get(i, -1)) for i, _ in self.heads]
        return get_network_boxes(heads, own, fit, thresh, embeddings)

    def tiled_rows(
        self, im: Array, tile: int, overlap: float = 0.2, thresh: float = THRESH, nms: float = NMS,
        letter_box: bool | None = None, selection: Selection = ALL,
    ) -> Boxes:  # fmt: skip
        """``detect_rows`` for small objects in a large picture: of the whole, and of tiles of ``tile`` pixels a side.

        Neighbouring tiles share ``overlap`` of a side.  Rows: the whole picture's, then each tile's, row by row; see
        ``tiling.joined`` for how they are put together.
        """
        size, of_a_tile = image.size_of(im), replace(selection, max_det=None)
        parts = [part.to_picture(self.detect_rows(part.of(im), thresh, nms, letter_box, of_a_tile), size)
                 for part in tiling.tiles(size, tile, overlap)]  # fmt: skip
        return selection.most_probable(tiling.joined(parts, selection.agnostic_nms))

    def fitted(self, im: Array, letter_box: bool | None = None) -> Array:
        """A picture, float32 (c, h, w) of any size, as the network's input: letterboxed or resized."""
        return self.fit(image.size_of(im), letter_box).input(im)

    def fit(self, picture_size: image.Size, letter_box: bool | None = None) -> image.Fit:
        """How a picture of (width, height) goes into the network: ``letter_box`` as in ``detect``."""
        return image.Fit(picture_size, (self.width, self.height), self.resolve_letter_box(letter_box))

    def resolve_letter_box(self, asked: bool | None) -> bool:
        """Whether pictures keep their aspect: as asked, None: as [net] says."""
        return self.letter_box if asked is None else asked

    def _detection_heads(self) -> list[DetectionHead]:
        """The detection layers, in order.  Raises CfgError when there is none."""
        if not self.heads:
            raise CfgError(f"{self.graph.nodes[0].where.split(':')[0]}: {NO_HEADS} ({HEAD_NAMES})")
        return [head for _, head in self.heads]
