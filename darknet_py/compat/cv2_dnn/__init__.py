"""cv2.dnn for Darknet's networks, which OpenCV 5 does not read any more.

    from darknet_py.compat import cv2_dnn
    net = cv2_dnn.readNetFromDarknet("yolov4.cfg", "yolov4.weights")     # and all else as with cv2.dnn

or, so that a program runs unchanged, ``cv2_dnn.install()`` before it.  Names, order and values are those of OpenCV 4:
layers (``conv_0``, ``yolo_139``), rows of boxes with scores that are 0 up to the section's ``thresh``, batch norm with
OpenCV's epsilon.  What is not Darknet's (``blobFromImage``, ``NMSBoxes``, constants, ONNX files) is cv2.dnn's own.
"""

from __future__ import annotations

from typing import Any

from ..._support.with_cv2 import cv2
from ...engine_api.options import NumericsName
from .arguments import opencv_call
from .models import ClassificationModel, DetectionModel, Model
from .native import NATIVE
from .net import Net
from .reading import OPTIONS, checked, readNet, readNetFromDarknet

__all__ = ["ClassificationModel", "DetectionModel", "Model", "Net", "install", "readNet", "readNetFromDarknet"]

INSTALLED: dict[str, Any] = {
    "ClassificationModel": ClassificationModel,
    "DetectionModel": DetectionModel,
    "readNet": readNet,
    "readNetFromDarknet": readNetFromDarknet,
}
REMOVED = {"DNN_BACKEND_HALIDE": 1}  # constants that OpenCV 5 has no more


@opencv_call
def install(numerics: NumericsName = "exact", threads: int | None = None) -> None:
    """Put all of it into cv2.dnn, for the whole process; networks of other frameworks are read as before.

    ``numerics`` and ``threads``: of what is read from then on, as in ``readNetFromDarknet``.
    """
    OPTIONS.update(checked(numerics=numerics, threads=threads))
    for name, value in {**REMOVED, **INSTALLED}.items():
        setattr(cv2.dnn, name, value)
        if isinstance(value, type):
            setattr(cv2, f"dnn_{name}", value)


def __getattr__(name: str) -> Any:
    if name in REMOVED:
        return REMOVED[name]
    if not hasattr(NATIVE, name):
        raise AttributeError(f"neither module {__name__!r} nor cv2.dnn has an attribute {name!r}")
    return getattr(NATIVE, name)
