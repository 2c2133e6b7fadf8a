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
from .boxes.detection import listed
from .boxes.selection import ALL, Selected, Selection, selection
from .boxes.suppression import as_head_says
from .boxes.table import Boxes
from .boxes.thresholds import HIER, NMS, THRESH, check_numbers, check_threshold
from .errors import CfgError
from .graph import Graph
from .layers import HEAD_NAMES, NO_HEADS
from .layers.head import DetectionHead
from .layers.region import Region
from .results import Detections

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

    def detect(
        self,
        picture: image.AnyPicture,
        thresh: float = THRESH,
        hier_thresh: float = HIER,
        nms: float = NMS,
        letter_box: bool | None = None,
        tile: int | None = None,
        overlap: float = 0.2,
        exif: bool | None = None,
        max_pixels: int | None = None,
        **selected: Unpack[Selected],
    ) -> Detections:
        """The objects in a picture.   C: detector.c test_detector

        ``picture``: a path or an address (http, https, file); the bytes of a picture file, or such a file, open in binary
        mode; an array (h, w, 3) BGR uint8 as OpenCV has it; a PIL image, whose colours are put into that order.

        ``thresh``: least probability.  ``nms``: largest overlap of two boxes of a class, 0 for no suppression.
        ``letter_box``: keep the picture's aspect; None: what [net] says.  ``hier_thresh`` is accepted for the
        reference's sake, which does not use it.  ``tile``, ``overlap``: see ``tiled_rows``.  ``exif``: True turns a picture
        file upright as its EXIF orientation says, None and False do not, but None warns of the first such picture;
        ``max_pixels``: see ``image.Reading``.  ``classes``, ``skip_classes``, ``max_det``, ``agnostic_nms``: see
        ``boxes.selection.Selected``.  Returns a list of Detection.  Raises ImageError for what is not a picture, as
        None, which cv2.imread gives for what it cannot read; warns (DarknetWarning) of thresholds that are not from 0 to 1.
        """
        check_threshold("thresh", "thresh", thresh)
        check_threshold("nms", "nms", nms)
        check_threshold("hier", "hier_thresh", hier_thresh)
        chosen = self.selection(**selected)
        with image.enough_memory(image.name_of(picture)):
            pixels = self._opened(picture, exif, max_pixels)
            rows = self._seen(pixels, tile, overlap, thresh, nms, letter_box, chosen)
        path, size = image.path_of(picture), (pixels.shape[1], pixels.shape[0])
        source, kept = (0, pixels) if path is None else (path, None)
        return Detections(listed(rows, thresh, self.names, size), *size, source, picture=kept, exif=bool(exif))

    def _seen(
        self, pixels: image.Picture, tile: int | None, overlap: float, thresh: float, nms: float, letter_box: bool | None,
        selection: Selection,
    ) -> Boxes:  # fmt: skip
        """What is found in a picture (h, w, channels), whole or in tiles."""
        channels = self.graph.net.channels
        if tile is not None:
            im = image.from_array(pixels, channels)
            return self.tiled_rows(im, tile, overlap, thresh, nms, letter_box, selection)
        self._detection_heads()
        fit = self.fit((pixels.shape[1], pixels.shape[0]), letter_box)
        return self.rows(self.outputs(fit.input_of(pixels, channels)), fit, thresh, nms, selection=selection)

    def selection(self, **selected: Unpack[Selected]) -> Selection:
        """Which detections count, as keywords of ``detect`` say.  Raises DarknetError for classes that there are not."""
        return selection(self.names, max((head.classes for _, head in self.heads), default=0), **selected)

    def _opened(self, picture: image.AnyPicture, exif: bool | None, max_pixels: int | None) -> image.Picture:
        """A picture, whatever it is given as, as pixels that give the network's channels."""
        channels = self.graph.net.channels
        image.check_channels(channels, self.graph.net.where)
        return image.from_any(picture, image.Reading(exif, max_pixels, self._exif_told), alpha=channels in (2, 4))

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
