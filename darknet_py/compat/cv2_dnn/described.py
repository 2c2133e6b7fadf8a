"""The methods of ``Net`` that tell of its layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..._support.spelling import hint
from ...errors import DarknetError, ShapeError
from ...graph import Graph
from . import facts
from .arguments import Dims, Key, as_opencv, dims_of, key_of
from .dnn_layers import INPUT, DnnLayer, Form
from .runner import Runner

__all__ = ["Described"]

Array = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int32]

INPUT_NAME, INPUT_TYPE = "_input", "__NetInputLayer__"


@as_opencv
class Described:
    """Layers have names, and numbers: 0 is the input's, those of ``getLayerNames`` follow in order.

    A shape of the input is (n, c, h, w), or a list with one such.
    """

    def __init__(self, runner: Runner | None) -> None:
        self._read = runner

    def empty(self) -> bool:
        """Whether it has no layers."""
        return self._read is None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in the cfg; not in OpenCV."""
        return self._runner.graph.net.width, self._runner.graph.net.height

    def gives_boxes(self, name: str) -> bool:
        """Whether the layer of that name is a head; not in OpenCV."""
        return self._layers[self._id(name) - 1].form is Form.ROWS

    @property
    def _runner(self) -> Runner:
        if self._read is None:
            raise DarknetError("the network is empty: read one with readNetFromDarknet")
        return self._read

    @property
    def _layers(self) -> tuple[DnnLayer, ...]:
        return self._read.layers if self._read else ()

    def getLayerNames(self) -> tuple[str, ...]:
        """All but the input's."""
        return tuple(layer.name for layer in self._layers)

    def getLayerId(self, layer: str) -> int:
        """The layer's number, -1 if there is none of that name."""
        names = INPUT_NAME, *self.getLayerNames()
        return names.index(layer) if layer in names else -1

    def getLayerTypes(self) -> tuple[str, ...]:
        """Each type once, in the order of the alphabet."""
        return tuple(sorted({INPUT_TYPE, *(layer.type for layer in self._layers)}))

    def getLayersCount(self, layerType: str) -> int:
        """How many layers are of a type."""
        return [INPUT_TYPE, *(layer.type for layer in self._layers)].count(layerType)

    def getUnconnectedOutLayers(self) -> Ids:
        """Numbers of the layers whose output nothing reads: (count,) int32."""
        return np.array(self._read.outputs if self._read else (), np.int32)

    def getUnconnectedOutLayersNames(self) -> tuple[str, ...]:
        """Names of the layers whose output nothing reads, in the order of their numbers."""
        return tuple(self._layers[i - 1].name for i in self.getUnconnectedOutLayers())

    def getLayer(self, layerId: Key) -> facts.Layer:
        """The layer of a number or a name."""
        i = self._id(layerId)
        if i == INPUT:
            return facts.Layer(INPUT_NAME, "")
        layer = self._layers[i - 1]
        return facts.Layer(layer.name, layer.type, self._blobs(layer))

    def getParam(self, layer: Key, numParam: int = 0) -> Array:
        """One of the arrays of a layer's weights."""
        blobs = self.getLayer(layer).blobs
        if not 0 <= numParam < len(blobs):
            raise DarknetError(f"layer {layer!r} has {len(blobs)} arrays of weights; there is no number {numParam}")
        return blobs[numParam]

    def getLayersShapes(self, netInputShape: Dims) -> tuple[Ids, tuple[tuple[Ids, ...], ...], tuple[tuple[Ids, ...], ...]]:
        """Numbers, shapes of what each layer reads, and of its outputs."""
        shapes = facts.shapes(*self._resized(netInputShape))
        inputs = tuple(tuple(np.array(dims, np.int32) for dims in reads) for reads, _ in shapes)
        outputs = tuple((np.array(dims, np.int32),) for _, dims in shapes)
        return np.arange(len(shapes), dtype=np.int32), inputs, outputs

    def getFLOPS(self, layerId: Any = None, netInputShape: Dims | None = None) -> int:
        """getFLOPS(netInputShape) or getFLOPS(layerId, netInputShape): operations as Darknet counts them.

        OpenCV's own figure is larger: it takes grouped convolutions for full ones.
        """
        layer, sized = self._asked(layerId, netInputShape)
        flops = facts.flops(*sized)
        return sum(flops) if layer is None else flops[layer]

    def getMemoryConsumption(self, layerId: Any = None, netInputShape: Dims | None = None) -> tuple[int, int]:
        """Bytes of weights and of outputs, of all layers or of one, as for ``getFLOPS``."""
        layer, sized = self._asked(layerId, netInputShape)
        memory = facts.memory(*sized)
        if layer is not None:
            return memory[layer]
        return sum(weights for weights, _ in memory), sum(outputs for _, outputs in memory)

    def _blobs(self, layer: DnnLayer) -> list[Array]:
        runner = self._runner
        if runner.arrays is None:
            return []
        return facts.blobs(layer, runner.graph.nodes[layer.node].layer, runner.arrays.params[layer.node])

    def _id(self, layer: Any) -> int:
        """The number of a layer that must be there."""
        layer = key_of("a layer", layer)
        if isinstance(layer, str):
            i = self.getLayerId(layer)
            if i < 0:
                outputs = f"outputs are {', '.join(self.getUnconnectedOutLayersNames())}"
                raise DarknetError(f"there is no layer {layer!r}; {hint(layer, self.getLayerNames(), outputs, '{!r}')}")
            return i
        if not 0 <= layer <= len(self._layers):
            raise DarknetError(f"there is no layer number {layer}; they go from 0, the input, to {len(self._layers)}")
        return layer

    def _asked(self, layer: Any, shape: Any) -> tuple[int | None, tuple[Graph, int]]:
        """The layer that is asked for, or None, and the graph for an input: a shape alone is the first argument."""
        if shape is None:
            return None, self._resized(dims_of("netInputShape", layer))
        return None if layer is None else self._id(layer), self._resized(dims_of("netInputShape", shape))

    def _resized(self, shape: Any) -> tuple[Graph, int]:
        """The graph for an input of this shape, whole numbers, and n."""
        channels = self._runner.graph.net.channels
        if len(shape) != 4 or shape[1] != channels or min(shape) < 1:
            raise ShapeError(f"the input's shape must be (n, {channels}, height, width), not {tuple(shape)}")
        n, _, height, width = shape
        return self._runner.sized((width, height)), n
