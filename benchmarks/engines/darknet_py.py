"""darknet_py itself, exact, fast or bf16, or with another engine behind Network."""

from __future__ import annotations

from importlib import import_module

import numpy as np

from darknet_py import Detection, Network, __version__
from engines.base import Engine, Job

__all__ = ["ENGINE"]


class DarknetPy(Engine):
    """``options``: numerics; ``check``: also tell boxes and what goes into the heads, which others are compared with.

    ``boxes``: whether to tell boxes, of which random weights make too many.  ``engine``: native if it is not there.
    ``pictures``: paths, of which the boxes are told, and nothing else.
    """

    version = __version__

    def __init__(self, job: Job) -> None:
        engine = job.options.get("engine", "native")
        if engine != "native":
            library = import_module(engine.partition(":")[0].partition(",")[0]).__version__.partition("-")[0]
            self.version = f"{__version__}, {library}"
        self.net = Network.load(job.files["cfg"], job.files["weights"], job.options["numerics"], threads=job.threads,
                                engine=engine)  # fmt: skip
        self.x = np.load(job.input)
        self.job = job

    def forward(self) -> list[np.ndarray]:
        return self.net.predict(self.x)

    def heads(self) -> dict[str, np.ndarray]:
        if pictures := self.job.options.get("pictures"):
            return {f"boxes{i}": _rows(self.net.detect(picture)) for i, picture in enumerate(pictures)}
        told = {f"output{i}": output for i, output in enumerate(self.forward())}
        return {**told, **self._inputs(), **self._boxes()} if self.job.options["check"] else told

    def _inputs(self) -> dict[str, np.ndarray]:
        every = self.net.activations(self.x)
        return {f"input{i}": every[layer - 1] for i, (layer, _) in enumerate(self.net.heads)}

    def _boxes(self) -> dict[str, np.ndarray]:
        """Boxes, and those of a network that pools as Darknet's AVX build does."""
        if not self.job.options["boxes"]:
            return {}
        as_avx = Network.load(self.job.files["cfg"], self.job.files["weights"], avx_maxpool=True)
        return {"boxes": _rows(self.net.detect(self.job.image)), "boxes_avx": _rows(as_avx.detect(self.job.image))}


def _rows(seen: list[Detection]) -> np.ndarray:
    return np.array([(d.class_id, d.prob, *d.box) for d in seen]).reshape(-1, 6)


ENGINE = DarknetPy
