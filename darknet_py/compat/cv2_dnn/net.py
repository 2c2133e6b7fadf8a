"""``Net`` as cv2.dnn has it, for networks of Darknet."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._support.with_cv2 import cv2
from ...engine_api.options import NumericsName
from ...errors import DarknetError, DarknetWarning
from ...output.files import write_text
from . import facts
from .arguments import Dims, Names, Numbers, OutputPath, as_opencv, dims_of, is_list
from .described import INPUT_NAME, Described
from .dnn_layers import INPUT
from .errors import missing
from .input_blob import network_input
from .runner import Runner

__all__ = ["Net"]

Array = npt.NDArray[np.float32]

INPUT_BLOB = "data"
CPU_TARGETS = 0, 10  # DNN_TARGET_CPU, DNN_TARGET_CPU_FP16


@as_opencv
class Net(Described):
    """A network that ``readNetFromDarknet`` read; methods, arguments and results are those of OpenCV 4.

    Threads may share one: each call is whole in itself, and ``forward`` takes the blob that was set last.
    ``region_nms``: whether heads drop overlapping boxes as their sections say; a DetectionModel switches it off.
    """

    def __init__(self, runner: Runner | None = None, numerics: NumericsName = "exact") -> None:
        super().__init__(runner)
        self._numerics = numerics
        self.region_nms = True
        self._blob: Array | None = None
        self._input = INPUT_BLOB
        self._shape: Sequence[int] = ()
        self._ticks = 0
        self._shares: dict[Any, npt.NDArray[np.float64]] = {}

    def __getattr__(self, name: str) -> Any:
        return missing(self, "Net", name)

    def setInput(self, blob: Any, name: str = "", scalefactor: float = 1.0, mean: Numbers = ()) -> None:
        """The next ``forward`` computes scalefactor * (blob - mean).

        ``blob``: (n, c, h, w) of any size that suits the layers, copied.
        """
        self._check_input(name)
        self._blob = network_input(blob, scalefactor, mean)

    def forward(self, outputName: Any = "", outputBlobs: Any = None, *, outBlobNames: Sequence[str] | None = None) -> Any:
        """The output of the named layer, without a name of the last one; for a list of names the tuple of theirs, for an
        empty one that of the last layer's.

        ``outputBlobs`` is accepted and left alone.  Raises an error before setInput, and for names of no layer.
        """
        names: Any = outputName if outBlobNames is None else outBlobNames
        if self._blob is None:
            raise DarknetError("forward before setInput: give the network a blob first")
        last = self._runner.layers[-1].name
        if names is None or isinstance(names, str | bytes):
            return self._run(self._blob, [names or last])[0]
        if not is_list(names):
            raise DarknetError(f"forward takes the name of a layer or a list of names, not {names!r}")
        return tuple(self._run(self._blob, list(names) or [last]))

    def forwardAndRetrieve(self, outBlobNames: Names) -> tuple[tuple[Array, ...], ...]:
        """The outputs of each named layer, of which there is one."""
        if not len(outBlobNames):
            raise DarknetError("forwardAndRetrieve: outBlobNames must not be empty")
        return tuple((blob,) for blob in self.forward(outBlobNames=outBlobNames))

    def forwardAsync(self, outputName: str = "") -> None:
        """Raises an error, as OpenCV does without OpenVINO."""
        raise DarknetError("forwardAsync needs another processor than the CPU; call forward in a thread of your own")

    def infer(self, blob: Any, outBlobNames: Names) -> tuple[Array, ...]:
        """``setInput`` and ``forward`` in one, so that no other thread comes between; not in OpenCV."""
        return tuple(self._run(network_input(blob, 1.0, ()), outBlobNames))

    def getPerfProfile(self) -> tuple[int, npt.NDArray[np.float64]]:
        """Ticks of the last forward, cv2.getTickFrequency() a second, and of each layer: (layers,) float64.

        Layers that were fused have 0.  Their shares are measured when they are first asked for, which takes some runs.
        """
        blob = self._blob
        if blob is None or not self._ticks:
            return 0, np.zeros(len(self._layers))
        key = self._numerics, blob.shape[1:]
        if key not in self._shares:
            network = self._runner.network(blob.shape, self._numerics)
            self._shares[key] = facts.shares(network.profile(blob[0], runs=1), self._layers)
        return self._ticks, self._shares[key] * self._ticks

    def enableWinograd(self, useWinograd: bool) -> None:
        """True: numerics="fast"; False: numerics="exact", which a network begins with."""
        self._numerics = "fast" if useWinograd else "exact"

    def enableFusion(self, fusion: bool) -> None:
        """Accepted; layers are always fused where that changes nothing."""

    def setPreferableBackend(self, backendId: int) -> None:
        """Accepted; this package is the backend."""

    def setPreferableTarget(self, targetId: int) -> None:
        """Accepted; a target other than the CPU is worth a warning."""
        if targetId not in CPU_TARGETS:
            warnings.warn("Darknet networks run on the CPU here, whatever target is preferred", DarknetWarning, stacklevel=2)

    def setInputsNames(self, inputBlobNames: Names) -> None:
        """A name for the input, by which ``setInput`` takes it then; there is one input."""
        if len(inputBlobNames) > 1:
            raise DarknetError(f"the network has one input, not {len(inputBlobNames)}: {', '.join(inputBlobNames)}")
        self._input = inputBlobNames[0] if inputBlobNames else INPUT_BLOB

    def setInputShape(self, inputName: str, shape: Dims) -> None:
        """(n, channels, height, width) of the input, which ``dump`` shows; the next blob may have another, as in OpenCV."""
        self._check_input(inputName)
        self._shape = dims_of("setInputShape: shape", shape)
        self._resized(self._shape)

    def dump(self) -> str:
        """The layers and what they read, for Graphviz; sizes are for the blob, ``setInputShape`` or the cfg."""
        known = self._shape if self._blob is None else self._blob.shape
        shapes = [output for _, output in facts.shapes(*self._resized(known or (1, *self._runner.graph.net.shape)))]
        return facts.graphviz(self._layers, INPUT_NAME, shapes)

    def dumpToFile(self, path: OutputPath) -> None:
        """Write ``dump`` into a file, over none of the network's own.  Raises OutputError."""
        self._runner.check_overwriting(str(path))
        write_text(str(path), self.dump())

    def _check_input(self, name: str) -> None:
        if name not in ("", self._input):
            raise DarknetError(f"the network has no input {name!r}, only {self._input!r}")

    def _run(self, blob: Array, names: Sequence[Any]) -> list[Array]:
        ids = [self._id(name) for name in names]
        if INPUT in ids:
            raise DarknetError("the input is not a layer's output")
        start = time.perf_counter()
        outputs = self._runner.run(blob, ids, self._numerics, self.region_nms)
        self._ticks = round((time.perf_counter() - start) * cv2.getTickFrequency())
        return outputs
