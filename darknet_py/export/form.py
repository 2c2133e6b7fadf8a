"""What is asked of an ONNX model: the one place that says what may be asked, and what is taken if nothing is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..boxes.thresholds import NMS, THRESH, check_numbers
from ..errors import ExportError

__all__ = ["LEAST_OPSET", "MAX_DET", "MOST", "OPSET", "OUTPUTS", "Batch", "Form", "Outputs"]

Outputs: TypeAlias = Literal["heads", "boxes", "yolov8", "nms", "nms-rows", "nms-onnx", "nms-tensorrt"]
OUTPUTS: tuple[Outputs, ...] = ("heads", "boxes", "yolov8", "nms", "nms-rows", "nms-onnx", "nms-tensorrt")
Batch: TypeAlias = int | Literal["dynamic"]
OPSET = 18
LEAST_OPSET = 13
MAX_DET = 300  # detections of a picture
MOST = 100_000


@dataclass(frozen=True)
class Form:
    """The form of a model.  Raises ExportError for what is not possible.

    ``outputs``: one of ``OUTPUTS``.  ``batch``: pictures a run, or "dynamic" for any number.  ``opset``: the version of
    ONNX's operators, from 13 to what the package onnx knows.  ``dynamic_size``: the input may have any height and width that
    the network's strides divide.  ``softplus``: False writes Mish without the operator Softplus.  ``fp16``: in half
    precision, see ``to_half``.  Of detections: ``thresh``, the least probability, ``nms``, the largest overlap of two boxes
    of a class, 0 for no suppression, and ``max_det``, how many a picture has at most, of more the most probable.
    """

    outputs: Outputs = "heads"
    batch: Batch = 1
    opset: int = OPSET
    dynamic_size: bool = False
    softplus: bool = True
    fp16: bool = False
    thresh: float = THRESH
    nms: float = NMS
    max_det: int = MAX_DET

    def __post_init__(self) -> None:
        if self.outputs not in OUTPUTS:
            raise ExportError(f"outputs={self.outputs!r} is not known; use one of: {', '.join(OUTPUTS)}")
        if self.batch != "dynamic" and not _is_whole(self.batch, 1):
            raise ExportError(f'batch={self.batch!r} is not possible; it must be a whole number from 1, or "dynamic"')
        if not _is_whole(self.opset, LEAST_OPSET):
            raise ExportError(f"opset={self.opset!r} is not possible; it must be a whole number from {LEAST_OPSET}")
        for name in ("thresh", "nms"):
            _check_share(name, getattr(self, name))
        if not _is_whole(self.max_det, 1) or self.max_det > MOST:
            raise ExportError(f"max_det={self.max_det!r} is not possible; it must be a whole number from 1 to {MOST}")

    @property
    def suppresses(self) -> bool:
        """Whether the model gives what suppression leaves."""
        return self.outputs.startswith("nms")

    @property
    def pictures(self) -> int | None:
        """A run; None for any number."""
        return None if self.batch == "dynamic" else self.batch


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _check_share(name: str, value: float) -> None:
    check_numbers(**{name: value})
    if not 0 <= float(value) <= 1:
        raise ExportError(f"{name}={value!r} is not possible; it must be a number from 0 to 1")
