"""OpenCV 4's dnn module, which reads cfg and weights."""

from __future__ import annotations

import cv2
import numpy as np

from engines.base import Engine, Job

__all__ = ["ENGINE"]


class OpenCv(Engine):
    """Heads are compared by what goes into them: its region layers give decoded boxes."""

    version = cv2.__version__

    def __init__(self, job: Job) -> None:
        cv2.setNumThreads(job.threads)
        self.net = cv2.dnn.readNetFromDarknet(job.files["cfg"], job.files["shifted"])
        self.net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
        self.net.setPreferableTarget(cv2.dnn.DNN_TARGET_CPU)
        self.outputs = self.net.getUnconnectedOutLayersNames()
        self.x = np.load(job.input)[None]

    def forward(self) -> tuple[np.ndarray, ...]:
        self.net.setInput(self.x)
        return self.net.forward(self.outputs)

    def heads(self) -> dict[str, np.ndarray]:
        names = list(self.net.getLayerNames())
        before = [names[names.index(output) - 2] for output in self.outputs]  # over the permute layer
        self.net.setInput(self.x)
        return {f"input{i}": blob[0] for i, blob in enumerate(self.net.forward(before))}


ENGINE = OpenCv
