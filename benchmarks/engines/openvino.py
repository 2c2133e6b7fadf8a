"""OpenVINO on its CPU plugin, in float32 and for latency."""

from __future__ import annotations

import numpy as np
import openvino

from engines.base import Engine, Job

__all__ = ["ENGINE"]


class OpenVino(Engine):
    """``options``: form, the file that is read ("xml": its own form, mapped; "onnx"); mmap, whether to map weights."""

    version = openvino.__version__.split("-")[0]

    def __init__(self, job: Job) -> None:
        core = openvino.Core()
        core.set_property({"ENABLE_MMAP": bool(job.options["mmap"])})
        settings = {
            "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": job.threads,
            "INFERENCE_PRECISION_HINT": "f32",
        }  # fmt: skip
        compiled = core.compile_model(job.files[job.options["form"]], "CPU", settings)
        self.request = compiled.create_infer_request()
        self.x = np.load(job.input)[None]
        self.request.set_input_tensor(openvino.Tensor(self.x, shared_memory=True))
        self.outputs = len(compiled.outputs)

    def forward(self) -> None:
        self.request.infer()

    def heads(self) -> dict[str, np.ndarray]:
        self.forward()
        return {f"output{i}": np.array(self.request.get_output_tensor(i).data[0]) for i in range(self.outputs)}


ENGINE = OpenVino
