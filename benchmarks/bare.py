"""ONNX Runtime by itself: what a model takes whose input and outputs stay on the device."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["EXACT", "PLAIN", "VARIANTS", "BareError", "Time", "alone", "measured"]

MEMORY = {"cuda": "cuda", "tensorrt": "cuda", "nvtensorrtrtx": "cuda", "rocm": "cuda", "migraphx": "cuda"}  # others: cpu
GRAPH = {"enable_cuda_graph": "1"}
NHWC = {"prefer_nhwc": "1"}
PLAIN: Mapping[str, Mapping[str, str]] = {"alone": {}}
VARIANTS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "cuda": {**PLAIN, "graph": GRAPH, "nhwc": NHWC, "nhwc graph": {**GRAPH, **NHWC},
             "fused": {**GRAPH, **NHWC, "fuse_conv_bias": "1"}},
    "tensorrt": {**PLAIN, "graph": {"trt_cuda_graph_enable": "1"}},
}  # of a provider's options, by what the columns are called
EXACT = {"cuda": {"use_tf32": "0"}}  # what keeps the bits of float32's factors
WARM_UP = 3
LEAST_RUNS = 5


class BareError(Exception):
    """ONNX Runtime cannot run the model so; the text is the first line of its reason."""


@dataclass(frozen=True)
class Time:
    """Milliseconds of a call: the median and the least of ``runs``."""

    ms: float
    least_ms: float
    runs: int


def measured(call: Callable[[], object], seconds: float) -> Time:
    """Of at least so many seconds of calls, after some that are not counted."""
    for _ in range(WARM_UP):
        call()
    times: list[float] = []
    while len(times) < LEAST_RUNS or sum(times) < seconds:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return Time(statistics.median(times) * 1e3, min(times) * 1e3, len(times))


def alone(model: bytes, x: np.ndarray, provider: str, options: Mapping[str, str], seconds: float) -> Time:
    """Of one call of a model of fixed shapes with the pictures ``x``.  Raises BareError."""
    import onnxruntime

    try:
        session = _session(onnxruntime, model, provider, options)
        binding = _bound(onnxruntime, session, x, MEMORY.get(provider, "cpu"))
        return measured(lambda: session.run_with_iobinding(binding), seconds)
    except _failures(onnxruntime) as e:
        raise BareError(str(e).split("\n", 1)[0]) from e


def _failures(onnxruntime: Any) -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises."""
    state = onnxruntime.capi.onnxruntime_pybind11_state
    return (ValueError, RuntimeError, state.EPFail, state.Fail, state.InvalidArgument, state.InvalidGraph,
            state.NotImplemented, state.RuntimeException)  # fmt: skip


def _session(onnxruntime: Any, model: bytes, provider: str, options: Mapping[str, str]) -> Any:
    """Raises BareError where another provider takes its place."""
    known = {name.removesuffix("ExecutionProvider").lower(): name for name in onnxruntime.get_available_providers()}
    if provider not in known:
        raise BareError(f"this ONNX Runtime has no provider {provider}, but {', '.join(known)}")
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 3
    name = known[provider]
    session = onnxruntime.InferenceSession(model, settings, providers=[(name, dict(options))])
    if session.get_providers()[0] != name:
        raise BareError(f"{name} cannot be loaded; its libraries are not found")
    return session


def _bound(onnxruntime: Any, session: Any, x: np.ndarray, memory: str) -> Any:
    binding = session.io_binding()
    binding.bind_ortvalue_input(session.get_inputs()[0].name, onnxruntime.OrtValue.ortvalue_from_numpy(x, memory, 0))
    for output in session.get_outputs():
        room = onnxruntime.OrtValue.ortvalue_from_shape_and_type(output.shape, np.float32, memory, 0)
        binding.bind_ortvalue_output(output.name, room)
    return binding
