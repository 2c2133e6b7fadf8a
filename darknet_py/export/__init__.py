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
- "yolov8": ``output0`` (n, 4 + classes, rows), the same boxes and scores as YOLOv8's models of Ultralytics give them:
  centre x, centre y, width, height in pixels of the network's input, then a score a class.
- "nms": ``num_dets``, ``det_boxes``, ``det_scores``, ``det_classes``, see ``nms.outputs``: detections by Darknet's own rule
  and in its order, in plain operators; "nms-onnx": by ONNX's NonMaxSuppression; "nms-tensorrt": by TensorRT's plugin.
- "nms-rows": ``detections`` (d, 7), those of "nms" in one list: the picture's number, left, top, right, bottom in pixels of
  the network's input, probability, class.

``Form`` says what else may be asked of a model, and ``about`` what it says about itself.

Needs the package onnx: ``pip install "darknet-runtime[export]"``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._support.optional import from_extra
from ..errors import ExportError
from ..graph import Graph
from ..weights import Params, Weights
from .about import About, metadata
from .form import LEAST_OPSET, MAX_DET, MOST, OPSET, OUTPUTS, Batch, Form, Outputs
from .ranges import Calibration

if TYPE_CHECKING:
    from onnx import ModelProto

    from .file import Written
    from .int8 import Int8

__all__ = [
    "LEAST_OPSET", "MAX_DET", "MOST", "OPSET", "OUTPUTS", "About", "Batch", "Calibration", "Form", "Outputs",
    "folded_model", "is_large", "model_of", "save", "to_half", "to_int8", "to_onnx",
]  # fmt: skip

NOTHING = About()


def to_onnx(
    graph: Graph, weights: Weights, outputs: Outputs = "heads", batch: Batch = 1, about: About = NOTHING, **asked: Any
) -> ModelProto:
    """The ONNX model of a network, its batch norm folded into the convolutions.

    ``outputs``, ``batch`` and whatever else is ``asked``: see ``Form``, of which they are the fields.  ``about``: what else
    its metadata tell.
    Raises ExportError for what cannot be written, and when the package onnx is missing.
    """
    return model_of(graph, weights, Form(outputs, batch, **asked), about)


def model_of(graph: Graph, weights: Weights, form: Form, about: About = NOTHING) -> ModelProto:
    """``to_onnx``, of this form."""
    _need_onnx()
    from onnx.helper import set_model_props

    from .model import build

    model = build(graph, weights, form)
    set_model_props(model, metadata(graph, weights, form, about))
    return to_half(model) if form.fp16 else model


def folded_model(graph: Graph, params: Params, layers: Sequence[int], form: Form) -> ModelProto:
    """The model of a graph whose batch norm is folded, with the outputs of ``layers`` in place of the form's.

    Raises ExportError for what cannot be written, and when the package onnx is missing.
    """
    _need_onnx()
    from .model import build_folded

    return build_folded(graph, params, layers, form)


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


def to_int8(model: ModelProto, graph: Graph, calibration: Calibration) -> Int8:
    """A model of ``to_onnx`` whose convolutions are int8, with QuantizeLinear and DequantizeLinear; see ``export.int8``.

    ``calibration``: what the network's layers are on pictures, ``Network.calibrate``.  Raises ExportError when the package
    onnx is missing.
    """
    _need_onnx()
    from . import int8

    return int8.to_int8(model, graph, calibration)


def save(path: str | Path, model: ModelProto) -> Written:
    """Write a model, all at once or not at all; weights beyond 2 GB go to ``path`` + ".data" beside it.

    Raises ExportError when it cannot be written.
    """
    _need_onnx()
    from .file import write

    return write(Path(path), model)


def _need_onnx() -> None:
    with from_extra("export", "the package onnx cannot be used ({reason}); install it", ExportError):
        import onnx  # noqa: F401
