"""OpenVINO as an engine, on any of its devices: the model is that of ``darknet_py export``, a picture at a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from ...engine.engine import SMALL
from ...engine_api.options import Options
from ...engine_api.profile import Profile
from ...engine_api.spec import Spec
from ...errors import DarknetError
from ...graph import Graph
from ...weights import Params
from ..batches import Batches, Run
from ..kept import folder
from ..late import Late
from ..model import check_fits, layer_names, refuse_numerics, stored
from ..profiling import Times, measured
from .infer_requests import Requests, device, loaded, package, shapes

__all__ = ["OpenVino"]

Array = npt.NDArray[np.float32]


class OpenVino:
    """A network as a model that OpenVINO has compiled."""

    def __init__(self, graph: Graph, params: Params, options: Options, spec: Spec) -> None:
        refuse_numerics(options, spec)
        self.graph, self.params, self.options, self.spec = graph, params, options, spec
        self.device = device(package(), spec)
        self.batch = options.threads if self.device == "CPU" and graph.flops < SMALL else 1
        self._one = Late(partial(self._run_of, graph.outputs))
        self._several = Late(partial(self._run_of, graph.outputs, self.batch)) if self.batch > 1 else self._one
        self._keeping = Late(partial(self._run_of, range(len(graph.nodes))))
        self._one()

    def predict(self, x: Array) -> list[Array]:
        """The outputs of ``graph.outputs``, (n, c, h, w) each, for x, (n, c, h, w)."""
        run = self._several if len(x) > 1 else self._one
        return run()(x)

    def alone(self, x: Array) -> list[Array]:
        """``predict`` by one of OpenVINO's threads; others may do the same at the same time."""
        return self._several()(x)

    def activations(self, x: Array) -> dict[int, Array]:
        """{layer: its output (c, h, w)} for x, (c, h, w); a second model has them all as outputs."""
        if self.spec.model:
            raise DarknetError(f"{self.spec.model}: has no outputs of all layers; leave the file out of engine={self.spec}")
        return {i: y[0] for i, y in enumerate(self._keeping()(x[None]))}

    def profile(self, x: Array, runs: int | None = None) -> Profile:
        """What each layer costs on a picture (c, h, w), by OpenVINO's own counts."""
        run = partial(self.predict, x[None])
        return measured(self.graph, self.options.threads, runs, run, partial(self._stamped, x[None]))

    def _stamped(self, x: Array, runs: int) -> list[Times]:
        """The times of the nodes in so many runs, after one that does not count."""
        requests = self._requests(self.graph.outputs, 1, {"PERF_COUNT": True})
        return [requests.times(np.repeat(x, requests.size, axis=0)) for _ in range(runs + 1)][1:]

    def _run_of(self, layers: Sequence[int], streams: int = 1) -> Run:
        """What computes these layers' outputs of any number of pictures, ``streams`` of them at the same time."""
        requests = self._requests(layers, streams, {})
        return requests if requests.size == 1 else Batches(lambda _: requests, requests.size)

    def _requests(self, layers: Sequence[int], streams: int, more: dict[str, Any]) -> Requests:
        names = layer_names(self.graph, layers)
        with stored(self.graph, self.params, layers, 1, self.spec) as source:
            model = loaded(source, self.spec, self.graph.net.shape)
            if self.spec.model:
                names = check_fits(self.spec.model, self.graph, shapes(model.inputs), shapes(model.outputs))
            return Requests(model, names, streams, self.spec, self.device, self._properties(streams) | more)

    def _properties(self, streams: int) -> dict[str, Any]:
        """What OpenVINO is asked for; on devices it keeps what it compiled, which there takes long."""
        asked: dict[str, Any] = {"INFERENCE_PRECISION_HINT": "f16" if self.spec.fp16 else "f32"}
        if self.device == "CPU":
            threads = streams if streams > 1 else self.options.threads
            return asked | {"NUM_STREAMS": streams, "INFERENCE_NUM_THREADS": threads}
        kept = folder("openvino")
        return asked | {"PERFORMANCE_HINT": "LATENCY"} | ({"CACHE_DIR": str(kept)} if kept else {})
