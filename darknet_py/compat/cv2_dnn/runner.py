"""A network that takes blobs of any size and gives the output of any of its layers."""

from __future__ import annotations

import copy
import functools
import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ... import cfg, graph, weights
from ..._support import forks
from ..._support.lazy import cached_property
from ..._support.with_cv2 import cv2
from ...engine.native import executor
from ...engine_api.options import NumericsName
from ...errors import OutputError, ShapeError, WeightsError
from ...layers import HEADS
from ...layers.batchnorm import VARIANCE_EPS
from ...layers.head import DetectionHead
from ...network import Network
from .dnn_layers import Changes, DnnLayer, Form, table, unconnected
from .head_rows import Thresholds, rows

__all__ = ["Runner", "Source"]

Array = npt.NDArray[np.float32]
Source = str | Path | bytes
Size = tuple[int, int]
Request = tuple[tuple[int, ...], Changes]

KEPT = 3  # compiled networks: for as many sizes, or choices of layers
OPENCV_EPS = 0.000001
EPS_GAP = np.float32(VARIANCE_EPS - OPENCV_EPS)  # of what Darknet and OpenCV add to variances of batch norm


@dataclass(frozen=True)
class _Subgraph(graph.Graph):
    """A network up to the last of the ``chosen`` layers, whose outputs are wanted."""

    chosen: tuple[int, ...] = ()

    @cached_property
    def heads(self) -> tuple[int, ...]:
        return self.chosen


class Runner:
    """``layers``: as OpenCV has them.  ``outputs``: ids of those that no other one reads.  ``arrays``: None without weights.

    May be used from several threads.
    """

    def __init__(self, cfg_source: Source, weights_source: Source | None = None, threads: int | None = None) -> None:
        self._files = [source for source in (cfg_source, weights_source) if source and not isinstance(source, bytes)]
        self._sections = cfg.read(cfg_source)
        heads = {i: section for i, section in enumerate(self._sections[1:]) if section.name in HEADS}
        self._thresholds = {i: Thresholds.parse(section) for i, section in heads.items()}
        self.graph = graph.build(self._sections)
        for section in self._sections:
            section.ignore(*section.options)  # what nothing reads was reported once
        self.layers = table(self.graph)
        self.outputs = unconnected(self.layers)
        self.arrays = None if weights_source is None else weights.load(self.graph, weights_source)
        self._threads = threads
        self._usual: Request = tuple(sorted({self.layers[i - 1].node for i in self.outputs})), ()
        self._lock = forks.lock(self, "_lock")
        self._compiled: OrderedDict[tuple[Size, str, int, Request], Network] = OrderedDict()

    def run(self, x: Array, ids: Sequence[int], numerics: NumericsName, suppress: bool) -> list[Array]:
        """The outputs of the layers with these ids for x, float32 (n, c, h, w).

        ``suppress``: whether heads drop overlapping boxes as their sections say.
        Raises ShapeError for a size or a number of channels that the network cannot take, WeightsError without weights.
        """
        wanted = [self.layers[i - 1] for i in ids]
        by_node: dict[Request, dict[int, Array]] = {}
        for request in dict.fromkeys(self._request(layer, wanted) for layer in wanted):
            outputs = self.network(x.shape, numerics, request).predict(x)
            by_node[request] = dict(zip(request[0], outputs, strict=True))
        size = x.shape[3], x.shape[2]
        return [self._blob(layer, by_node[self._request(layer, wanted)][layer.node], size, suppress) for layer in wanted]

    def network(self, shape: Sequence[int], numerics: NumericsName, request: Request | None = None) -> Network:
        """Compiled for blobs of this shape (n, c, h, w), or one of those at hand; without a ``request`` for ``outputs``."""
        _, channels, height, width = shape
        if channels != self.graph.net.channels:
            raise ShapeError(f"the blob has {channels} channels, the network takes {self.graph.net.channels}")
        threads = self._threads or min(cv2.getNumThreads(), executor.cpu_count())
        key = (width, height), numerics, threads, request or self._usual
        with self._lock:
            network = self._compiled.pop(key, None) or self._compile(*key)
            self._compiled[key] = network
            if len(self._compiled) > KEPT:
                self._compiled.popitem(last=False)
        return network

    def sized(self, size: Size) -> graph.Graph:
        """The graph for an input of ``size`` (width, height).  Raises ShapeError when its layers do not fit then."""
        net = self.graph.net
        if size == (net.width, net.height):
            return self.graph
        sections = copy.deepcopy(self._sections)
        options = sections[0].options
        for key, side in zip(("width", "height"), size, strict=True):
            options[key] = replace(options[key], value=str(side))
        try:
            return graph.build(sections)
        except ShapeError as e:
            fit = "{} x {}".format(*self.graph.stride)
            raise ShapeError(f"a blob of {size[0]} x {size[1]} pixels does not fit, multiples of {fit} do: {e}") from None

    def check_overwriting(self, path: str) -> None:
        """Raises OutputError when the network was read from this file."""
        for file in self._files:
            if os.path.exists(path) and os.path.exists(file) and os.path.samefile(path, file):
                raise OutputError(f"{path}: the network was read from it; choose another file")

    def _request(self, layer: DnnLayer, wanted: Sequence[DnnLayer]) -> Request:
        """What must be compiled for a layer: all usual outputs, all others that are wanted, or a changed layer alone."""
        if layer.changes:
            return (layer.node,), layer.changes
        usual, _ = self._usual
        if layer.node in usual:
            return self._usual
        return tuple(sorted({other.node for other in wanted if not other.changes}.difference(usual))), ()

    def _compile(self, size: Size, numerics: NumericsName, threads: int, request: Request) -> Network:
        if self.arrays is None:
            raise WeightsError(f"{self._sections[0].path}: was read without weights, so it cannot run; give both files")
        (chosen, changes), whole = request, self.sized(size)
        for node, own in zip(whole.nodes, self.graph.nodes, strict=True):
            if node.params != own.params:
                raise ShapeError(f"a blob of {size[0]} x {size[1]} pixels does not fit: {node.label} has weights for "
                                 f"{self.graph.net.width} x {self.graph.net.height}")  # fmt: skip
        nodes = list(whole.nodes[: chosen[-1] + 1])
        nodes[-1] = replace(nodes[-1], layer=replace(nodes[-1].layer, **dict(changes)))
        bare = len(nodes) - 1 if ("batch_normalize", False) in changes else None
        params = weights.Changed(self.arrays.params, len(nodes), functools.partial(_opencv_params, bare))
        part = _Subgraph(whole.net, tuple(nodes), chosen)
        return Network.of(part, replace(self.arrays, params=params), numerics, threads)

    def _blob(self, layer: DnnLayer, output: Array, size: Size, suppress: bool) -> Array:
        """A layer's output (n, c, h, w) in its form."""
        if layer.form is Form.ROWS:
            return self._rows(layer.node, output, size, suppress)
        if layer.form is Form.PIXELS:
            return np.ascontiguousarray(output.transpose(0, 2, 3, 1))
        return output.reshape(len(output), -1) if layer.form is Form.FLAT else output

    def _rows(self, index: int, output: Array, size: Size, suppress: bool) -> Array:
        head, thresholds = self.graph.nodes[index].layer, self._thresholds[index]
        assert isinstance(head, DetectionHead)
        thresholds = thresholds if suppress else replace(thresholds, nms=0.0)
        boxes = [rows(head, picture, size, thresholds) for picture in output]
        return np.stack(boxes) if len(boxes) > 1 else boxes[0]


def _opencv_params(bare: int | None, index: int, arrays: dict[str, Array]) -> dict[str, Array]:
    """Variances that give OpenCV's batch norm when Darknet's epsilon is added to them; no biases in layer ``bare``.

    Biases come after batch norm, which is left out there.
    """
    changed: dict[str, Callable[[Array], Array]] = {"rolling_variance": lambda array: array - EPS_GAP}
    if index == bare:
        changed["biases"] = np.zeros_like
    return {name: changed[name](array) if name in changed else array for name, array in arrays.items()}
