"""A model that OpenVINO has compiled, and the requests by which it is run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._support.optional import from_extra
from ...engine_api.spec import Spec
from ...errors import DarknetError
from ...shapes import Shape
from ..model import Dims
from ..profiling import Times

__all__ = ["Requests", "device", "loaded", "package", "shapes"]

Array = npt.NDArray[np.float32]
DRIVERS = {"GPU": "Intel's graphics driver and libOpenCL.so.1 (Debian: intel-opencl-icd, ocl-icd-libopencl1)",
           "NPU": "the driver of an Intel NPU"}  # fmt: skip
AUTO = "AUTO"
FORKED = ("engine openvino cannot run in a process that was forked from one which has used OpenVINO: start it by "
          'multiprocessing.get_context("spawn"), or load the first network for openvino in the child')  # fmt: skip
_cores: dict[int, Any] = {}  # by process


def package() -> Any:
    """Raises DarknetError when OpenVINO is missing."""
    with from_extra("openvino", "engine openvino needs the package openvino ({reason})"):
        import openvino
    return openvino


def core(openvino: Any) -> Any:
    """The openvino.Core of this process, which is kept until its end.

    The plugin for the processor gives the thread that loads it a stack for signals, and takes it away on whichever thread
    unloads it: where that is another one, the next Ctrl-C is a crash.
    Raises DarknetError in a process that was forked from one with a Core, where compiling waits for threads that are not
    there, now and then for ever.
    """
    process = os.getpid()
    if _cores.keys() - {process}:
        raise DarknetError(FORKED)
    if process not in _cores:
        _cores[process] = openvino.Core()
    return _cores[process]


def device(openvino: Any, spec: Spec) -> str:
    """What the spec names, the processor if nothing.  Raises DarknetError for a device that OpenVINO does not find."""
    asked, there = spec.provider.upper() or "CPU", core(openvino).available_devices
    if asked == AUTO or asked in there or any(name.startswith(f"{asked}.") for name in there):
        return asked
    found = f"OpenVINO {openvino.__version__.split('-')[0]} finds {', '.join(there)} here, {AUTO} chooses among them"
    driver = DRIVERS.get(asked.split(".")[0])
    rest = f"{asked} needs {driver}" if driver else f"there is no device {asked}, others have {', '.join(DRIVERS)}"
    raise DarknetError(f"engine={str(spec)!r} is not possible: {found}; {rest}")


def loaded(source: bytes | str, spec: Spec, shape: Shape) -> Any:
    """An openvino.Model, for one picture at a time where it takes any number.  Raises DarknetError."""
    try:
        model = core(package()).read_model(source)
        if len(model.inputs) == 1 and model.inputs[0].partial_shape.is_dynamic:
            model.reshape([1, *shape])
    except RuntimeError as e:
        raise DarknetError(f"{spec.model or f'engine {spec}'}: OpenVINO cannot read it: {_last_line(e)}") from e
    return model


def shapes(ports: Sequence[Any]) -> dict[str, Dims]:
    """Of a model's inputs or outputs, by name."""
    return {p.any_name: [None if size.is_dynamic else size.get_length() for size in p.partial_shape] for p in ports}


class Requests:
    """Called with pictures (n, c, h, w), n a multiple of ``size``, it gives the outputs ``names``.

    ``streams``: how many requests run at the same time.  Raises DarknetError for what the device does not compile, and
    for a precision that it does not have.
    """

    def __init__(
        self, model: Any, names: list[str], streams: int, spec: Spec, device: str, properties: dict[str, Any]
    ) -> None:  # fmt: skip
        self.size, self._streams, self._label = model.inputs[0].shape[0], streams, spec.model or f"engine {spec}"
        try:
            self._compiled = core(package()).compile_model(model, device, properties)
        except RuntimeError as e:
            raise DarknetError(f"{self._label}: OpenVINO cannot compile it for {device}: {_last_line(e)}") from e
        if spec.fp16 and device == "CPU":
            self._check_half(spec)
        self._ports = [self._compiled.output(name) for name in names]
        self._idle: list[Any] = []

    def _check_half(self, spec: Spec) -> None:
        """Raises DarknetError for a processor that OpenVINO computes on in another precision, of which it says nothing."""
        precision = self._compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        if precision != "f16":
            raise DarknetError(f"engine={str(spec)!r} is not possible: OpenVINO computes in {precision} on this processor; "
                               "leave fp16 out")  # fmt: skip

    def __call__(self, x: Array) -> list[Array]:
        x = np.ascontiguousarray(x, np.float32)  # the requests read it in place
        parts = [x[i : i + self.size] for i in range(0, len(x), self.size)]
        runs = [outputs for i in range(0, len(parts), self._streams) for outputs in self._run(parts[i : i + self._streams])]
        return [np.concatenate(outputs) if len(runs) > 1 else outputs[0] for outputs in zip(*runs, strict=True)]

    def times(self, x: Array) -> Times:
        """The seconds of each node in a run on x, (size, c, h, w)."""
        self._run([x])
        return {node.node_name: node.real_time.total_seconds() for node in self._idle[-1].profiling_info
                if node.status == node.Status.EXECUTED}  # fmt: skip

    def _run(self, parts: list[Array]) -> list[list[Array]]:
        """The outputs for each part, a request for each at the same time; copies, which no later run changes."""
        requests = [self._request() for _ in parts]
        try:
            for request, part in zip(requests, parts, strict=True):
                request.start_async({0: part}, share_inputs=True)
            for request in requests:
                request.wait()
            return [[np.array(request.get_tensor(port).data, np.float32) for port in self._ports] for request in requests]
        except RuntimeError as e:
            raise DarknetError(f"{self._label}: OpenVINO cannot run it: {_last_line(e)}") from e
        finally:
            self._idle += requests

    def _request(self) -> Any:
        """One that nobody else has."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._compiled.create_infer_request()


def _last_line(e: Exception) -> str:
    """Without the places in OpenVINO's sources that come first."""
    return str(e).strip().split("\n")[-1]
