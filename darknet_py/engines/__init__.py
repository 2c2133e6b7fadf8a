"""What computes a network, by name, and what each of them must offer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from ..engine.engine import NativeNetwork
from ..engine_api.options import Options
from ..engine_api.profile import Profile
from ..engine_api.spec import Spec, parse
from ..errors import DarknetError
from ..graph import Graph
from ..weights import Params

__all__ = ["ENGINES", "Alone", "Compile", "Compiled", "compiled", "spec"]

Array = npt.NDArray[np.float32]


class Compiled(Protocol):
    """A network that an engine has made ready to run.  Arrays are float32, pictures of the network's size.

    It may be called from several Python threads at once.
    """

    @property
    def batch(self) -> int:
        """How many pictures ``predict`` does best at once."""

    def predict(self, x: Array) -> list[Array]:
        """The outputs of ``graph.outputs``, (n, c, h, w) each, for pictures (n, c, h, w)."""

    def alone(self, x: Array) -> list[Array]:
        """``predict`` on the caller's thread only: ``batch`` threads at the same time do best so."""

    def activations(self, x: Array) -> dict[int, Array]:
        """{layer: its output (c, h, w)} for a picture (c, h, w)."""

    def profile(self, x: Array, runs: int | None = None) -> Profile:
        """What each layer costs on a picture (c, h, w); ``runs``: how many are timed, None for two seconds."""


class Alone:
    """A compiled network of which ``predict`` is ``alone``."""

    def __init__(self, compiled: Compiled) -> None:
        self.batch, self.predict, self.alone = compiled.batch, compiled.alone, compiled.alone
        self.activations, self.profile = compiled.activations, compiled.profile


Compile: TypeAlias = Callable[[Graph, Params, Options, Spec], Compiled]
"""An engine: from a graph whose batch norm is folded, its arrays (which may be read again later), options, and what else
was asked of it.  Raises DarknetError for what it does not have."""


def _native(graph: Graph, params: Params, options: Options, spec: Spec) -> Compiled:
    if spec.provider or spec.model:
        raise DarknetError(f"engine={str(spec)!r} is not possible: native runs the weights themselves, on the processor; "
                           "write engine native")  # fmt: skip
    if spec.fp16:
        raise DarknetError("engine='native,fp16' is not possible; native has numerics bf16, half as many bytes too")
    return NativeNetwork(graph, params, options)


def _onnxruntime(graph: Graph, params: Params, options: Options, spec: Spec) -> Compiled:
    from .onnxruntime import OnnxRuntime

    return OnnxRuntime(graph, params, options, spec)


def _openvino(graph: Graph, params: Params, options: Options, spec: Spec) -> Compiled:
    from .openvino import OpenVino

    return OpenVino(graph, params, options, spec)


ENGINES: dict[str, Compile] = {"native": _native, "onnxruntime": _onnxruntime, "openvino": _openvino}


def spec(engine: Any) -> Spec:
    """What is asked for by ``NAME[:PROVIDER][,fp16][,FILE.onnx]``.

    Raises DarknetError for another form, and for a name that is not known.
    """
    if not isinstance(engine, str) or (asked := parse(engine)).name not in ENGINES:
        raise DarknetError(f"engine={engine!r} is not known; use one of: {', '.join(ENGINES)}")
    return asked


def compiled(engine: Any, graph: Graph, params: Params, options: Options) -> Compiled:
    """The network as an engine has it, which is asked for as ``spec`` says; the others as for ``Compile``."""
    asked = spec(engine)
    return ENGINES[asked.name](graph, params, options, asked)
