"""A model that ONNX Runtime has loaded, and its arrays in a device's memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._support.optional import from_extra
from ...errors import DarknetError
from ...graph import Graph
from ..model import Dims
from ..profiling import Times
from .providers import Choice

__all__ = ["Bound", "Session", "failures", "first_line", "package", "times_of_runs"]

Array = npt.NDArray[np.float32]
TYPES: dict[str, type[np.generic]] = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
QUIET = 4
DEVICE = "cuda"  # as ONNX Runtime calls NVIDIA's memory


def package() -> Any:
    """Raises DarknetError when ONNX Runtime is missing."""
    with from_extra("onnxruntime", "engine onnxruntime needs the package onnxruntime ({reason})"):
        import onnxruntime
    return onnxruntime


def failures(runtime: Any) -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises: classes of its own, which have no common one, and Python's."""
    state = vars(runtime.capi.onnxruntime_pybind11_state).values()
    return (RuntimeError, ValueError, *(e for e in state if isinstance(e, type) and issubclass(e, Exception)))


def first_line(e: Exception) -> str:
    return str(e).split("\n", 1)[0]


class Session:
    """Called with pictures (n, c, h, w) it gives the outputs ``names``.

    ``label`` is for messages.  Raises DarknetError when the model cannot be loaded.
    """

    def __init__(self, model: bytes | str, label: str, threads: int, choice: Choice, profiled: str = "") -> None:
        self.runtime, self.label = package(), label
        options = self.runtime.SessionOptions()
        options.log_severity_level, options.intra_op_num_threads = QUIET, threads
        options.enable_mem_pattern = all(name != "DmlExecutionProvider" for name, _ in choice)
        if profiled:
            options.enable_profiling, options.profile_file_prefix = True, profiled
        try:
            self.ort = self.runtime.InferenceSession(model, options, providers=choice, enable_fallback=0)
        except self.failures as e:
            raise DarknetError(f"{label}: ONNX Runtime cannot load it: {first_line(e)}") from e
        self.names = list(self.outputs)

    @property
    def inputs(self) -> dict[str, Dims]:
        return _shapes(self.ort.get_inputs())

    @property
    def outputs(self) -> dict[str, Dims]:
        return _shapes(self.ort.get_outputs())

    @property
    def size(self) -> int | None:
        """How many pictures it takes; None: any number."""
        return next(iter(self.inputs.values()))[0]

    def check_types(self) -> None:
        """Raises DarknetError for inputs or outputs that are no floats."""
        for value in (*self.ort.get_inputs(), *self.ort.get_outputs()):
            if value.type not in TYPES:
                raise DarknetError(f"{self.label}: {value.name} is {value.type}, not float; export it from this "
                                    "network with -outputs heads")  # fmt: skip

    @property
    def input(self) -> tuple[str, type[np.generic]]:
        """Name and type of the only input."""
        (one,) = self.ort.get_inputs()
        return one.name, TYPES[one.type]

    def __call__(self, x: Array) -> list[Array]:
        name, dtype = self.input
        try:
            outputs = self.ort.run(self.names, {name: np.ascontiguousarray(x, dtype)})
        except self.failures as e:
            raise self.failed(e) from e
        return [y.astype(np.float32, copy=False) for y in outputs]

    def failed(self, e: Exception) -> DarknetError:
        return DarknetError(f"{self.label}: ONNX Runtime cannot run it: {first_line(e)}")

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        return failures(self.runtime)


class Bound:
    """A session for ``size`` pictures, whose input and outputs stay in the device's memory.

    Copied are a picture's numbers in and the outputs out, nothing else; one thread at a time may call it.
    """

    def __init__(self, session: Session, graph: Graph, layers: Sequence[int], size: int) -> None:
        self.session, runtime = session, session.runtime
        name, dtype = session.input
        types = {value.name: TYPES[value.type] for value in session.ort.get_outputs()}
        made = runtime.OrtValue.ortvalue_from_shape_and_type
        self.dtype, self.x = dtype, made((size, *graph.net.shape), dtype, DEVICE, 0)
        self.outputs = [made((size, *graph.nodes[i].shape), types[n], DEVICE, 0) for n, i in zip(session.names, layers)]
        self.binding = session.ort.io_binding()
        self.binding.bind_ortvalue_input(name, self.x)
        for name, y in zip(session.names, self.outputs, strict=True):
            self.binding.bind_ortvalue_output(name, y)

    def __call__(self, x: Array) -> list[Array]:
        try:
            self.x.update_inplace(np.ascontiguousarray(x, self.dtype))
            self.session.ort.run_with_iobinding(self.binding)
            return [y.numpy().astype(np.float32, copy=False) for y in self.outputs]
        except self.session.failures as e:
            raise self.session.failed(e) from e


def times_of_runs(path: str) -> list[Times]:
    """The seconds of each node, run by run, in a file of ONNX Runtime's profiler."""
    seconds: dict[str, list[float]] = {}
    for event in json.loads(Path(path).read_text("utf-8")):
        if event["cat"] == "Node":
            seconds.setdefault(event["name"], []).append(event["dur"] / 1e6)
    return [dict(zip(seconds, run, strict=True)) for run in zip(*seconds.values(), strict=True)]


def _shapes(values: Sequence[Any]) -> dict[str, Dims]:
    return {v.name: [size if isinstance(size, int) else None for size in v.shape] for v in values}
