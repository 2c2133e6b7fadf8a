"""The flags that say what an ONNX model is to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .. import export
from ..boxes.thresholds import NMS, THRESH
from .flags import Size, choice, count, integer, share, size, switch, valued

__all__ = ["FormOptions"]


def _batch(text: str) -> export.Batch:
    return "dynamic" if text == "dynamic" else count(text)


def _size(text: str) -> Size | Literal["dynamic"]:
    try:
        return "dynamic" if text == "dynamic" else size(text)
    except ValueError as e:
        raise ValueError(f"{e}, or dynamic") from None


@dataclass(frozen=True)
class FormOptions:
    """``export.Form``, said in flags."""

    outputs: export.Outputs = valued("heads (default), boxes, or what is left of them after suppression",
                                     "|".join(export.OUTPUTS), choice(*export.OUTPUTS), "heads")  # fmt: skip
    thresh: float | None = valued(f"-outputs nms...: least probability, {THRESH} if not given; -web: with which the page "
                                  "begins, that of detect, or of read for characters", "PROB", share)  # fmt: skip
    nms: float | None = valued(f"-outputs nms..., -web: largest overlap of two boxes of a class, {NMS} if not given; 0: "
                               "keep all", "IOU", share)  # fmt: skip
    max_det: int | None = valued(f"-outputs nms...: detections of a picture at most, {export.MAX_DET} if not given", "N",
                                 integer(f"a whole number from 1 to {export.MOST}", 1, export.MOST))  # fmt: skip
    batch: export.Batch = valued("pictures a run: a number, 1 if not given, or dynamic", "N|dynamic", _batch, 1)
    size: Size | Literal["dynamic"] | None = valued(
        "width and height of the network's input in place of those of the cfg; or dynamic: any that are multiples of the "
        "network's strides", "WxH|dynamic", _size,
    )  # fmt: skip
    opset: int = valued(f"version of ONNX's operators, {export.OPSET} if not given; 13 or 14 for TensorRT 8", "N",
                        integer(f"a whole number from {export.LEAST_OPSET}", export.LEAST_OPSET), export.OPSET)  # fmt: skip
    no_softplus: bool = switch("write Mish without the operator Softplus, which WebGPU does not have")
    fp16: bool = switch("weights and arithmetic in half precision; input, outputs and the heads' decoding stay float32")

    @property
    def form(self) -> export.Form:
        """Raises ExportError."""
        dynamic = self.size == "dynamic"
        return export.Form(
            self.outputs, self.batch, self.opset, dynamic, not self.no_softplus, self.fp16, **self.suppression
        )  # fmt: skip

    @property
    def one_size(self) -> Size | None:
        """The size in place of the cfg's, if there is one."""
        return None if self.size == "dynamic" else self.size

    @property
    def suppression(self) -> dict[str, Any]:
        """What is said of it, by the names of ``export.Form``."""
        asked = {"thresh": self.thresh, "nms": self.nms, "max_det": self.max_det}
        return {name: value for name, value in asked.items() if value is not None}

    @property
    def page(self) -> dict[str, Any]:
        """What a page takes of it, by the names of ``web.page_of``."""
        return {"fp16": self.fp16} | {k: v for k, v in self.suppression.items() if k != "max_det"}

    def check(self) -> None:
        """Raises ValueError for flags of suppression where there is none."""
        given = list(self.suppression)
        if given and not export.Form(self.outputs).suppresses:
            raise ValueError(f"-{given[0]} has no effect with -outputs {self.outputs}; use one of the -outputs nms...")
