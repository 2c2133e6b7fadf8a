"""OpenVINO on its CPU plugin, in float32 or bfloat16, for latency."""

from __future__ import annotations

import numpy as np
import openvino

from engines.base import Engine, Job

__all__ = ["ENGINE"]


class OpenVino(Engine):
    """``options``: form, the file that is read ("xml": its own form, mapped; "onnx"); mmap, whether to map weights;
    precision, "f32" or "bf16", of which the second is computed in float32 where the processor lacks it: an error here.
    """

    version = openvino.__version__.split("-")[0]

    def __init__(self, job: Job) -> None:
        core = openvino.Core()
        core.set_property({"ENABLE_MMAP": bool(job.options["mmap"])})
        precision = job.options["precision"]
        able = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if precision == "bf16" and "BF16" not in able:
            raise OSError(f"OpenVINO has no bfloat16 on this processor, but {', '.join(able)}")
        settings = {
            "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": job.threads,
            "INFERENCE_PRECISION_HINT": precision,
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
