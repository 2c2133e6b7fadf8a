"""ONNX Runtime on its CPU provider."""

from __future__ import annotations

import numpy as np
import onnxruntime

from engines.base import Engine, Job

__all__ = ["ENGINE"]


class OnnxRuntime(Engine):
    version = onnxruntime.__version__

    def __init__(self, job: Job) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = job.threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = onnxruntime.InferenceSession(job.files["onnx"], options, ["CPUExecutionProvider"])
        self.x = {self.session.get_inputs()[0].name: np.load(job.input)[None]}

    def forward(self) -> list[np.ndarray]:
        return self.session.run(None, self.x)

    def heads(self) -> dict[str, np.ndarray]:
        return {f"output{i}": output[0] for i, output in enumerate(self.forward())}


ENGINE = OnnxRuntime
