"""Detection heads: implicit knowledge goes into the last convolution, anchors are those of the model in pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...zoo.scaled import BOXES, EVEN
from ...zoo.writer import Options
from .module import Array, Module, Taps
from .net import Net

__all__ = ["HEADS", "Head"]

HEADS = "Detect", "IAuxDetect", "IDetect"
BOX = 5  # four sides and the objectness
# new_coords=1 and scale_x_y=2 are how all of them decode boxes; nms_kind is PyTorch's: by IoU alone
OPTIONS: Options = {**BOXES, **EVEN, "nms_kind": "greedynms"}


@dataclass(frozen=True)
class Head:
    """The module at the end of a model.  ``strides`` of the picture for each of its scales, ``anchors`` (scales, anchors, 2)
    in pixels of it."""

    module: Module
    classes: int
    strides: tuple[int, ...]
    anchors: Array

    @classmethod
    def of(cls, module: Module) -> Head:
        """Raises CheckpointError when it is not as the published ones are."""
        strides, anchors = module.record.get("stride", None), module.tensor("anchors")
        if not isinstance(strides, np.ndarray) or anchors.ndim != 3 or strides.shape != anchors.shape[:1]:
            module.fail("has no stride for each of its scales; build the model with its own code and save it again")
        pixels = module.record.tensor("anchor_grid")  # anchors as they are used; those of later versions are made of strides
        if pixels is not None:
            anchors = pixels.astype(np.float64).reshape(anchors.shape)
        else:
            anchors = anchors * strides.astype(np.float64)[:, None, None]
        return cls(module, module.number("nc"), tuple(int(s) for s in strides), anchors)

    def write(self, net: Net, scale: int, x: int, convolution: Module | None) -> None:
        """The convolution and the boxes of a scale.  ``convolution``: where that is not in the head.

        Raises CheckpointError when it has other sizes than its strides and classes need.
        """
        taps = self.taps(scale) if convolution is None else convolution.taps()
        count, total = self.anchors.shape[1], self.anchors.size // 2
        if taps.filters != count * (self.classes + BOX):
            self.module.fail(f"has {taps.filters} outputs at scale {scale}, but {count} anchors and {self.classes} classes "
                             f"need {count * (self.classes + BOX)}")  # fmt: skip
        x = net.convolution(x, taps, None, "logistic")
        if net.cfg.stride(x) != self.strides[scale]:
            self.module.fail(f"says that scale {scale} has stride {self.strides[scale]}, but its layers make it "
                             f"{net.cfg.stride(x)}")  # fmt: skip
        mask = range(scale * count, (scale + 1) * count)
        boxes: Options = {"mask": mask, "anchors": texts(self.anchors), "num": total, "classes": self.classes}
        net.yolo(x, {**boxes, **OPTIONS})

    def taps(self, scale: int) -> Taps:
        """The convolution of a scale; YOLOR's implicit knowledge is added to what it reads, and times what it gives."""
        taps = self.module["m"][str(scale)].taps()
        added, times = (self._implicit(name, scale) for name in ("ia", "im"))
        biases = np.zeros(taps.filters) if taps.biases is None else taps.biases
        if added is not None:
            self._check(added, taps.weights.shape[1])
            biases = biases + taps.weights[:, :, 0, 0] @ added
        if times is not None:
            self._check(times, taps.filters)
            biases, taps = biases * times, replace(taps, weights=taps.weights * times[:, None, None, None])
        return replace(taps, biases=biases)

    def _implicit(self, name: str, scale: int) -> Array | None:
        """None in heads without, and in those that it was fused into."""
        modules = self.module.find(name)
        if modules is None or self.module.record.get("forward", None) is not None:  # its fuseforward
            return None
        return modules[str(scale)].tensor("implicit").reshape(-1)

    def _check(self, numbers: Array, needed: int) -> None:
        if numbers.shape != (needed,):
            self.module.fail(f"has {len(numbers)} implicit numbers where {needed} are needed")


def texts(anchors: Array) -> str:
    """Widths and heights as few digits as float32 needs."""
    return ",".join(np.format_float_positional(np.float32(v), trim="-") for v in anchors.flat)
