"""ONNX Runtime as an engine, on any of its providers: the model is that of ``darknet_py export``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from .._support.optional import from_extra
from ..engine.engine import SMALL
from ..engine_api.options import Options
from ..engine_api.profile import Profile
from ..engine_api.spec import Spec
from ..errors import DarknetError
from ..graph import Graph
from ..weights import Params
from .late import Late
from .model import check_fits, layer_names, refuse_numerics, stored

__all__ = ["OnnxRuntime"]

Array = npt.NDArray[np.float32]


class OnnxRuntime:
    """A network as a model that ONNX Runtime has loaded."""

    def __init__(self, graph: Graph, params: Params, options: Options, spec: Spec) -> None:
        refuse_numerics(options, spec)
        self.graph, self.params, self.options, self.spec = graph, params, options, spec
        self.batch = options.threads if graph.flops < SMALL else 1
        self._together = Late(partial(self._loaded, graph.outputs, options.threads))
        self._alone = Late(partial(self._loaded, graph.outputs, 1))
        self._keeping = Late(partial(self._loaded, range(len(graph.nodes)), options.threads))
        self._together()

    def predict(self, x: Array) -> list[Array]:
        """The outputs of ``graph.outputs``, (n, c, h, w) each, for x, (n, c, h, w)."""
        return self._together()(x)

    def alone(self, x: Array) -> list[Array]:
        """``predict`` on the caller's thread only; others may do the same at the same time."""
        return self._alone()(x)

    def activations(self, x: Array) -> dict[int, Array]:
        """{layer: its output (c, h, w)} for x, (c, h, w); a second model has them all as outputs."""
        if self.spec.model:
            raise DarknetError(f"{self.spec.model}: has no outputs of all layers; leave the file out of engine={self.spec}")
        return {i: y[0] for i, y in enumerate(self._keeping()(x[None]))}

    def profile(self, x: Array, runs: int | None = None) -> Profile:
        raise DarknetError("not yet")

    def _loaded(self, layers: Sequence[int], threads: int) -> Session:
        """What runs the model that gives the outputs of ``layers``."""
        names = layer_names(self.graph, layers)
        if self.spec.model:
            session = Session(self.spec.model, names, threads)
            session.names = check_fits(self.spec.model, self.graph, session.inputs, session.outputs)
            return session
        with stored(self.graph, self.params, layers, None) as model:
            return Session(model, names, threads)


class Session:
    """A loaded model; called with pictures (n, c, h, w) it gives its outputs ``names``."""

    def __init__(self, model: bytes | str, names: list[str], threads: int) -> None:
        runtime = _package()
        options = runtime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = threads
        self.session = runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"], enable_fallback=0)
        self.names = names
        (self.input,) = (one.name for one in self.session.get_inputs())

    def __call__(self, x: Array) -> list[Array]:
        return list(self.session.run(self.names, {self.input: x}))

    @property
    def inputs(self) -> dict[str, list[int | None]]:
        return _shapes(self.session.get_inputs())

    @property
    def outputs(self) -> dict[str, list[int | None]]:
        return _shapes(self.session.get_outputs())


def _shapes(values: Sequence[Any]) -> dict[str, list[int | None]]:
    return {v.name: [size if isinstance(size, int) else None for size in v.shape] for v in values}


def _package() -> Any:
    with from_extra("onnxruntime", "engine onnxruntime needs the package onnxruntime ({reason})"):
        import onnxruntime
    return onnxruntime
