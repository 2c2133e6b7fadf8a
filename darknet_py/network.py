"""``Network``: a cfg and weights ready to run, each stage of the way at hand as an attribute."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from . import asked, cfg, export, fold, graph, image, weights
from ._support import forks
from ._support.lazy import cached_property
from .asked import NUMERICS, Numerics
from .asked import options as _options
from .boxes import tiling
from .boxes.decode import get_network_boxes
from .boxes.results import Detections, listed
from .boxes.suppression import as_head_says
from .boxes.table import Boxes
from .boxes.thresholds import HIER, NMS, THRESH, check_numbers, check_thresholds
from .engine import plan, profile
from .engine.native import executor
from .errors import CfgError, ExportError, ShapeError, WeightsError
from .layers import HEAD_NAMES, NO_HEADS
from .layers.head import DetectionHead

if TYPE_CHECKING:
    from .export.file import Written

__all__ = ["Network", "Numerics"]

Array = npt.NDArray[np.float32]
NO_INPUTS = asked.Inputs()
SMALL = 10e9  # floating-point operations of a network


class Network:
    """A Darknet network.  Make one with ``Network.load``.

    ``graph`` (layers and shapes), ``weights`` (as in the file), ``plan`` (the program that runs), ``names`` (of the
    classes) may be read.  One Network may be used from several Python threads: they take turns.
    """

    def __init__(
        self, network: graph.Graph, arrays: weights.Weights, options: plan.Options, names: Sequence[str],
        inputs: asked.Inputs = NO_INPUTS,
    ) -> None:  # fmt: skip
        self.graph = network
        self.weights = arrays
        self.options = options
        self.names = list(names)
        self.plan = self._compile(options)
        self._inputs = inputs
        self._turn = forks.lock(self, "_turn")
        self._exif_told = image.Told()
        self._twins: list[plan.Plan] = []
        self._kept: plan.Plan | None = None

    @classmethod
    def load(
        cls,
        cfg_path: str | Path | Sequence[cfg.Section],
        weights_path: str | Path,
        numerics: Numerics = "exact",
        size: tuple[int, int] | None = None,
        threads: int | None = None,
        names: str | Path | Sequence[str] | None = None,
        avx_maxpool: bool = False,
        names_encoding: str | None = None,
    ) -> Network:
        """Read a network and compile it for this machine.   C: network.c load_network_custom

        ``cfg_path``: the cfg's, or its sections as ``cfg.parse`` gives them.
        ``numerics``: "exact" gives the reference's bits, "fast" may round differently.  ``size``: (width, height) of
        the input in place of [net]'s.  ``threads``: None for one a processor.  ``names``: class names, as a list, a
        .names file or a .data file; 80 classes are COCO's without it.  ``avx_maxpool``: pool as the reference's AVX
        build does, wrongly near the left border.  ``names_encoding``: of the file of names, where it is not UTF-8.

        Raises CfgError, ShapeError, WeightsError; warns (DarknetWarning) of options that nothing reads.
        """
        options = _options(numerics, threads, avx_maxpool)
        sections = cfg.read(cfg_path)
        network = graph.build(sections, asked.size(size))
        arrays, files = weights.load(network, weights_path), asked.name_files(names)
        read = asked.names(files[-1] if files else names, network, names_encoding)
        return cls(network, arrays, options, read, asked.Inputs.of(sections, files))

    @classmethod
    def of(
        cls, network: graph.Graph, arrays: weights.Weights, numerics: Numerics = "exact", threads: int | None = None
    ) -> Network:
        """Compile a graph with its weights; ``numerics`` and ``threads`` as in ``load``."""
        return cls(network, arrays, _options(numerics, threads), asked.names(None, network))

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

    @property
    def classes(self) -> int:
        """Number of classes: of the last detection layer, or values of a classifier's output."""
        return self.heads[-1][1].classes if self.heads else self.graph.nodes[self.graph.heads[-1]].shape.size

    @property
    def seen(self) -> int:
        """Pictures that the weights were trained on, as their file says."""
        return self.weights.header.seen

    def predict(self, x: image.AnyArray) -> list[Array]:
        """Run the network.   C: network.c network_predict

        ``x``: float32 (c, h, w) or (n, c, h, w) of the network's size, RGB in [0, 1].  Returns the output of each
        detection layer (without any, of the last layer), float32 (c, h, w) or (n, c, h, w): the reference's l.output.
        Raises ShapeError for another shape.
        """
        batch = self._batch(x)
        if np.ndim(x) == 3:
            return self._run(self.plan, batch[0], self.graph.heads)
        together = len(batch) // self.options.threads * self.options.threads if self._is_small else 0
        runs = self._run_small(batch[:together])
        runs += [self._run(self.plan, picture, self.graph.heads) for picture in batch[together:]]
        return [np.stack(outputs) for outputs in zip(*runs, strict=True)]

    def activations(self, x: image.AnyArray) -> dict[int, Array]:
        """Run the network and return every layer's output: {layer number: float32 (c, h, w)}.

        ``x``: float32 (c, h, w).  Batch norm is folded, as in the reference's detection commands.
        """
        everything = [node.index for node in self.graph.nodes]
        outputs = self._run(self._keeping, self._picture(x), everything)
        return dict(zip(everything, outputs, strict=True))

    def detect(
        self,
        picture: str | os.PathLike[str] | image.AnyArray | None,
        thresh: float = THRESH,
        hier_thresh: float = HIER,
        nms: float = NMS,
        letter_box: bool | None = None,
        tile: int | None = None,
        overlap: float = 0.2,
        exif: bool | None = None,
        max_pixels: int | None = None,
    ) -> Detections:
        """The objects in a picture: a path, or an array HxWx3 BGR uint8 as OpenCV has it.   C: detector.c test_detector

        ``thresh``: least probability.  ``nms``: largest overlap of two boxes of a class, 0 for no suppression.
        ``letter_box``: keep the picture's aspect; None: what [net] says.  ``hier_thresh`` is accepted for the
        reference's sake, which does not use it.  ``tile``, ``overlap``: see ``tiled_rows``.  ``exif``: True turns a picture
        file upright as its EXIF orientation says, None and False do not, but None warns of the first such picture;
        ``max_pixels``: see ``image.Reading``.  Returns a list of Detection.  Raises ImageError for what is not a picture, as
        None, which cv2.imread gives for what it cannot read; warns (DarknetWarning) of thresholds that are not from 0 to 1.
        """
        check_thresholds(thresh=thresh, nms=nms, hier_thresh=hier_thresh)
        with image.enough_memory(picture if isinstance(picture, (str, os.PathLike)) else "the picture array"):
            loaded = self._opened(picture, exif, max_pixels)
            if tile is None:
                rows = self.detect_rows(loaded, thresh, nms, letter_box)
            else:
                rows = self.tiled_rows(loaded, tile, overlap, thresh, nms, letter_box)
        return Detections(listed(rows, thresh, self.names), *image.size_of(loaded))

    def _opened(self, picture: Any, exif: bool | None, max_pixels: int | None) -> Array:
        """A picture, path or array, as planes of the network's channels."""
        channels = self.graph.net.channels
        image.check_channels(channels, self.graph.net.where)
        if isinstance(picture, (str, os.PathLike)):
            return image.load_image(picture, channels, exif, max_pixels, self._exif_told)
        return image.from_array(picture, channels)

    def detect_rows(self, im: Array, thresh: float = THRESH, nms: float = NMS, letter_box: bool | None = None) -> Boxes:
        """``detect`` for a loaded picture, float32 (c, h, w) of any size; the boxes as rows in the reference's order."""
        self._detection_heads()
        fit = self.fit(image.size_of(im), letter_box)
        return self.rows(self.predict(fit.input(im)), fit, thresh, nms)

    def rows(
        self, outputs: Sequence[Array], fit: image.Fit, thresh: float = THRESH, nms: float = NMS, pixels: bool = False,
        nms_kind: str | None = None,
    ) -> Boxes:  # fmt: skip
        """The boxes in what ``predict`` gave for a picture that went in as ``fit`` says, after suppression.

        ``pixels``: boxes in pixels, not relative to the picture, which makes a difference for suppression by distance.
        ``nms_kind``: one of ``detection.NMS_KINDS`` in place of the last head's.
        """
        check_numbers(thresh=thresh, nms=nms)
        boxes, last = self.boxes(outputs, fit, thresh), self._detection_heads()[-1]
        return as_head_says(boxes.in_pixels(fit.picture) if pixels else boxes, last, nms, nms_kind)

    def boxes(self, outputs: Sequence[Array], fit: image.Fit, thresh: float) -> Boxes:
        """``rows`` before suppression.  Raises CfgError when the network has no detection layer."""
        return get_network_boxes(self._detection_heads(), outputs, fit, thresh)

    def tiled_rows(
        self, im: Array, tile: int, overlap: float = 0.2, thresh: float = THRESH, nms: float = NMS,
        letter_box: bool | None = None,
    ) -> Boxes:  # fmt: skip
        """``detect_rows`` for small objects in a large picture: of the whole, and of tiles of ``tile`` pixels a side.

        Neighbouring tiles share ``overlap`` of a side.  Rows: the whole picture's, then each tile's, row by row; see
        ``tiling.joined`` for how they are put together.
        """
        size = image.size_of(im)
        parts = [part.to_picture(self.detect_rows(part.of(im), thresh, nms, letter_box), size)
                 for part in tiling.tiles(size, tile, overlap)]  # fmt: skip
        return tiling.joined(parts)

    def fitted(self, im: Array, letter_box: bool | None = None) -> Array:
        """A picture, float32 (c, h, w) of any size, as the network's input: letterboxed or resized."""
        return self.fit(image.size_of(im), letter_box).input(im)

    def fit(self, picture_size: image.Size, letter_box: bool | None = None) -> image.Fit:
        """How a picture of (width, height) goes into the network: ``letter_box`` as in ``detect``."""
        return image.Fit(picture_size, (self.width, self.height), self.letterboxed(letter_box))

    def letterboxed(self, asked: bool | None) -> bool:
        """Whether pictures keep their aspect: as asked, None: as [net] says."""
        return self.letter_box if asked is None else asked

    def profile(self, x: image.AnyArray, runs: int | None = None) -> profile.Profile:
        """What each layer costs on the picture x, float32 (c, h, w); ``runs``: how many are timed, None for two seconds.

        Raises ShapeError for another shape.   C: network_kernels.cu forward_network_gpu, benchmark_layers
        """
        timed, picture = asked.whole("runs", runs), self._picture(x)
        with self._turn:
            return profile.measure(self.plan, self.graph.nodes, picture, timed)

    def summary(self) -> str:
        """The table of layers that Darknet prints."""
        return graph.summary(self.graph)

    def save_weights(self, path: str | Path) -> None:
        """Write the weights, not folded, as a file that Darknet reads.   C: parser.c save_weights

        Raises WeightsError, also where the network's own cfg or class names are.
        """
        self._inputs.check(path, WeightsError)
        weights.save(self.graph, self.weights, path)

    def export(
        self, path: str | Path, outputs: export.Outputs = "heads", batch: int | Literal["dynamic"] = 1
    ) -> Written:
        """Write the network as an ONNX model; see ``darknet_py.export`` for what goes in and comes out.

        Returns shapes and size of what was written.  Raises ExportError, also where one of the network's own files is.
        """
        self._inputs.check(path, ExportError)
        if self.weights.is_from(path):
            raise ExportError(f"{path}: holds the weights of this network; choose another file")
        return export.save(path, export.to_onnx(self.graph, self.weights, outputs, batch))

    @property
    def _keeping(self) -> plan.Plan:
        """A second plan in which every layer's output stays readable.

        Raises WeightsError when the file of the weights was written to since it was loaded.
        """
        if self._kept is None:
            self._kept = self._compile(replace(self.options, keep=True))
        return self._kept

    def __deepcopy__(self, memo: dict[int, Any]) -> Network:
        """Another network with the same weights, and memory of its own."""
        return type(self)(self.graph, self.weights, self.options, self.names, self._inputs)

    def __copy__(self) -> Network:
        return self.__deepcopy__({})

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled are the graph, the path and check sum of the weights' file, and the options.

        Where it is unpickled the file must be in the same place; the network is compiled for the processor there.
        """
        numerics = next(name for name, fast in NUMERICS.items() if fast == self.options.fast)
        threads = None if self.options.threads == executor.cpu_count() else self.options.threads
        chosen = numerics, threads, self.options.avx_maxpool
        return _unpickled, (type(self), self.graph, self.weights, chosen, self.names, self._inputs)

    def _compile(self, options: plan.Options) -> plan.Plan:
        nodes = fold.folded_graph(self.graph).nodes
        params = fold.folded_params(self.graph, self.weights.params)
        return plan.compile(nodes, params, self.graph.net.shape, self.graph.heads, options)

    def _detection_heads(self) -> list[DetectionHead]:
        """The detection layers, in order.  Raises CfgError when there is none."""
        if not self.heads:
            raise CfgError(f"{self.graph.nodes[0].where.split(':')[0]}: {NO_HEADS} ({HEAD_NAMES})")
        return [head for _, head in self.heads]

    def _run(self, program: plan.Plan, x: Array, layers: Sequence[int]) -> list[Array]:
        with self._turn:
            program.run(x)
            return [program.read(i) for i in layers]

    @property
    def batch(self) -> int:
        """How many pictures ``predict`` does best at once."""
        return self.options.threads if self._is_small else 1

    @property
    def _is_small(self) -> bool:
        """Whether threads do better with a picture each than together on one: there is little to share out in a layer."""
        return self.options.threads > 1 and self.graph.flops < SMALL

    def _run_small(self, batch: Array) -> list[list[Array]]:
        """The heads of each picture, as many at a time as there are threads."""
        runs, threads = [], self.options.threads
        with self._turn:
            while len(self._twins) < threads and len(batch):
                self._twins.append(self.plan.twin() if self._twins else self.plan)
            for first in range(0, len(batch), threads):
                plan.run_each(self._twins, list(batch[first : first + threads]))
                runs += [[p.read(i) for i in self.graph.heads] for p in self._twins]
        return runs

    def _picture(self, x: Any) -> Array:
        """x as one (c, h, w) of the network's size; where it is a batch of one, that one."""
        if len(batch := self._batch(x)) > 1:
            raise ShapeError(f"one picture at a time is taken here, not {len(batch)}; predict takes several")
        return batch[0]

    def _batch(self, x: Any) -> Array:
        """x as (n, c, h, w) of the network's size."""
        wanted = tuple(self.graph.net.shape)
        try:
            with np.errstate(over="ignore"):
                array = np.asarray(x, np.float32)
        except (TypeError, ValueError) as e:
            raise ShapeError(f"the network takes a float32 array of shape {wanted}, not {type(x).__name__}: {e}") from e
        if array.ndim not in (3, 4) or array.shape[-3:] != wanted or not len(array):
            raise ShapeError(f"the network takes arrays of shape {wanted} or (n, {', '.join(map(str, wanted))}), "
                             f"not {array.shape}; see image.resize_image and image.letterbox_image")  # fmt: skip
        return array if array.ndim == 4 else array[None]


def _unpickled(
    made: type[Network], network: graph.Graph, arrays: weights.Weights, chosen: tuple[Any, ...], names: list[str],
    inputs: asked.Inputs = NO_INPUTS,
) -> Network:  # fmt: skip
    return made(network, arrays, _options(*chosen), names, inputs)
