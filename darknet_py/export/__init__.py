"""Networks as ONNX models, for programs that run those.

    from darknet_py import cfg, export, graph, weights
    tiny = graph.build(cfg.read("yolov4-tiny.cfg"))
    export.save("yolov4-tiny.onnx", export.to_onnx(tiny, weights.load(tiny, "yolov4-tiny.weights")))

or ``Network.export``.  The model's input is named ``input``: float32 (n, c, h, w), RGB in [0, 1].  Its outputs:

- "heads": one a detection layer, in order, named like ``yolo_139``: float32 (n, c, h, w), what ``Network.predict``
  gives.  A network without detection layers has one output, its last layer's.
- "boxes": ``boxes`` (n, rows, 4), centre x, centre y, width, height relative to the network's input, and ``scores``
  (n, rows, classes), objectness times class probability.  Rows of all heads one after the other, in each cell by cell
  and anchor by anchor, as in the reference; no threshold and no non-maximum suppression.
- "nms", "nms-onnx", "nms-tensorrt": ``num_dets``, ``det_boxes``, ``det_scores``, ``det_classes``, see ``nms_outputs``:
  detections by Darknet's own rule and in its order, in plain operators; by ONNX's NonMaxSuppression; by TensorRT's plugin.

Needs the package onnx: ``pip install darknet-runtime[export]``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from .._support.optional import from_extra
from ..boxes.thresholds import NMS, THRESH, check_numbers
from ..errors import ExportError
from ..graph import Graph
from ..weights import Params, Weights

if TYPE_CHECKING:
    from onnx import ModelProto

    from .file import Written

__all__ = ["MAX_DET", "MOST", "OUTPUTS", "Outputs", "folded_model", "is_large", "save", "to_half", "to_onnx"]

Outputs: TypeAlias = Literal["heads", "boxes", "nms", "nms-onnx", "nms-tensorrt"]
OUTPUTS: tuple[Outputs, ...] = ("heads", "boxes", "nms", "nms-onnx", "nms-tensorrt")
MAX_DET = 300  # detections of a picture
MOST = 100_000


def to_onnx(
    graph: Graph, weights: Weights, outputs: Outputs = "heads", batch: int | Literal["dynamic"] = 1,
    thresh: float = THRESH, nms: float = NMS, max_det: int = MAX_DET,
) -> ModelProto:  # fmt: skip
    """The ONNX model of a network, its batch norm folded into the convolutions.

    ``outputs``: one of ``OUTPUTS``.  ``batch``: pictures a run, or "dynamic" for any number.  Of detections: ``thresh``,
    the least probability, ``nms``, the largest overlap of two boxes of a class, 0 for no suppression, and ``max_det``, how
    many a picture has at most, of more the most probable.
    Raises ExportError for what cannot be written, and when the package onnx is missing.
    """
    _check(outputs, batch)
    _check_suppression(thresh, nms, max_det)
    _need_onnx()
    from .model import build
    from .nms_outputs import Suppression

    suppression = Suppression(thresh, nms, max_det)
    return build(graph, weights, outputs, None if batch == "dynamic" else batch, suppression)


def folded_model(graph: Graph, params: Params, layers: Sequence[int], batch: int | None) -> ModelProto:
    """The model of a graph whose batch norm is folded, with the outputs of ``layers``; ``batch``: None for any number.

    Raises ExportError for what cannot be written, and when the package onnx is missing.
    """
    _need_onnx()
    from .model import build_folded

    return build_folded(graph, params, layers, batch)


def is_large(model: ModelProto) -> bool:
    """Whether a model is too large for one file, or to be handed over as bytes."""
    from .file import MAX_SIZE, weights_size

    return weights_size(model) >= MAX_SIZE


def to_half(model: ModelProto) -> ModelProto:
    """A model of ``to_onnx`` with float16 weights and arithmetic, float32 input and outputs.

    The heads' decoding stays float32, and so does what half would lose.  Warns (DarknetWarning) of layers whose weights
    half cannot hold, and that stay float32.  Raises ExportError when the package onnx is missing.
    """
    _need_onnx()
    from . import half

    return half.to_half(model)


def save(path: str | Path, model: ModelProto) -> Written:
    """Write a model, all at once or not at all; weights beyond 2 GB go to ``path`` + ".data" beside it.

    Raises ExportError when it cannot be written.
    """
    _need_onnx()
    from .file import write

    return write(Path(path), model)


def _check(outputs: str, batch: int | str) -> None:
    if outputs not in OUTPUTS:
        raise ExportError(f"outputs={outputs!r} is not known; use one of: {', '.join(OUTPUTS)}")
    if batch != "dynamic" and (not isinstance(batch, int) or batch < 1):
        raise ExportError(f'batch={batch!r} is not possible; it must be a whole number from 1, or "dynamic"')


def _check_suppression(thresh: float, nms: float, max_det: int) -> None:
    for name, value in (("thresh", thresh), ("nms", nms)):
        check_numbers(**{name: value})
        if not 0 <= float(value) <= 1:
            raise ExportError(f"{name}={value!r} is not possible; it must be a number from 0 to 1")
    if not isinstance(max_det, int) or not 1 <= max_det <= MOST:
        raise ExportError(f"max_det={max_det!r} is not possible; it must be a whole number from 1 to {MOST}")


def _need_onnx() -> None:
    with from_extra("export", "the package onnx cannot be used ({reason}); install it", ExportError):
        import onnx  # noqa: F401
