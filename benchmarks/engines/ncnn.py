"""ncnn, in float32."""

from __future__ import annotations

import ncnn
import numpy as np

from engines.base import Engine, Job

__all__ = ["ENGINE"]

NARROW = ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage", "use_int8_inference")


class Ncnn(Engine):
    version = ncnn.__version__

    def __init__(self, job: Job) -> None:
        self.net = ncnn.Net()
        self.net.opt.num_threads = job.threads
        for name in NARROW:
            setattr(self.net.opt, name, False)
        if self.net.load_param(job.files["param"]) or self.net.load_model(job.files["bin"]):
            raise OSError(f"ncnn does not read {job.files['param']}")
        self.array = np.load(job.input)  # which the Mat does not keep
        self.x = ncnn.Mat(self.array)

    def forward(self) -> list[ncnn.Mat]:
        self.extractor = self.net.create_extractor()  # whose end frees what it extracted
        self.extractor.input(self.net.input_names()[0], self.x)
        answers = [self.extractor.extract(name) for name in self.net.output_names()]
        if any(code for code, _ in answers):
            raise OSError("ncnn: extract failed")
        return [mat for _, mat in answers]

    def heads(self) -> dict[str, np.ndarray]:
        return {f"output{i}": np.array(mat) for i, mat in enumerate(self.forward())}


ENGINE = Ncnn
