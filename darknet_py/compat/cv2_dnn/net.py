"""``Net`` as cv2.dnn has it, for networks of Darknet."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ...errors import DarknetError, DarknetWarning
from . import facts
from .described import Described
from .engine import Engine
from .errors import opencv_errors
from .inputs import network_input
from .layers import INPUT

__all__ = ["Net"]

Array = npt.NDArray[np.float32]

INPUT_BLOB = "data"
CPU_TARGETS = 0, 10  # DNN_TARGET_CPU, DNN_TARGET_CPU_FP16


class Net(Described):
    """A network that ``readNetFromDarknet`` read; methods, arguments and results are those of OpenCV 4.

    Threads may share one: each call is whole in itself, and ``forward`` takes the blob that was set last.
    ``region_nms``: whether heads drop overlapping boxes as their sections say; a DetectionModel switches it off.
    """

    def __init__(self, engine: Engine | None = None, numerics: str = "exact") -> None:
        super().__init__(engine)
        self._numerics = numerics
        self.region_nms = True
        self._blob: Array | None = None
        self._ticks = 0
        self._shares: dict[Any, npt.NDArray[np.float64]] = {}

    @opencv_errors()
    def setInput(
        self, blob: Any, name: str = "", scalefactor: float = 1.0, mean: float | Sequence[float] = ()
    ) -> None:
        """The next ``forward`` computes scalefactor * (blob - mean).

        ``blob``: (n, c, h, w) of any size that suits the layers, copied.
        """
        if name not in ("", INPUT_BLOB):
            raise DarknetError(f"the network has no input {name!r}, only {INPUT_BLOB!r}")
        self._blob = network_input(blob, scalefactor, mean)

    @opencv_errors()
    def forward(self, outputName: Any = "", outputBlobs: Any = None, *, outBlobNames: Sequence[str] | None = None) -> Any:
        """The output of the named layer, without a name of the last one; for a list of names the tuple of theirs.

        ``outputBlobs`` is accepted and left alone.  Raises an error before setInput, and for names of no layer.
        """
        names: Any = outputName if outBlobNames is None else outBlobNames
        if self._blob is None:
            raise DarknetError("forward before setInput: give the network a blob first")
        if names is None or isinstance(names, str):
            return self._run(self._blob, [names or self._engine.layers[-1].name])[0]
        if not isinstance(names, Sequence | np.ndarray):
            raise DarknetError(f"forward takes the name of a layer or a list of names, not {names!r}")
        return tuple(self._run(self._blob, list(names)))

    def forwardAndRetrieve(self, outBlobNames: Sequence[str]) -> tuple[tuple[Array, ...], ...]:
        """The outputs of each named layer, of which there is one."""
        return tuple((blob,) for blob in self.forward(outBlobNames=outBlobNames))

    @opencv_errors()
    def forwardAsync(self, outputName: str = "") -> None:
        """Raises an error, as OpenCV does without OpenVINO."""
        raise DarknetError("forwardAsync needs another processor than the CPU; call forward in a thread of your own")

    @opencv_errors()
    def infer(self, blob: Any, outBlobNames: Sequence[str]) -> tuple[Array, ...]:
        """``setInput`` and ``forward`` in one, so that no other thread comes between; not in OpenCV."""
        return tuple(self._run(network_input(blob, 1.0, ()), outBlobNames))

    @opencv_errors()
    def getPerfProfile(self) -> tuple[int, npt.NDArray[np.float64]]:
        """Ticks of the last forward, cv2.getTickFrequency() a second, and of each layer: (layers,) float64.

        Layers that were fused have 0.  Their shares are measured when they are first asked for, which takes some runs.
        """
        blob = self._blob
        if blob is None or not self._ticks:
            return 0, np.zeros(len(self._layers))
        key = self._numerics, blob.shape[1:]
        if key not in self._shares:
            network = self._engine.network(blob.shape, self._numerics)
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

    def _run(self, blob: Array, names: Sequence[str]) -> list[Array]:
        ids = [self._id(name) for name in names]
        if INPUT in ids:
            raise DarknetError("the input is not a layer's output")
        start = time.perf_counter()
        outputs = self._engine.run(blob, ids, self._numerics, self.region_nms)
        self._ticks = round((time.perf_counter() - start) * cv2.getTickFrequency())
        return outputs
