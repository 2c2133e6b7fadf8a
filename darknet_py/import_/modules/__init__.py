"""Models that their files hold as modules: networks of a yaml, from Scaled-YOLOv4, PyTorch_YOLOv4, YOLOR, YOLOv7, YOLOv3.

``model`` walks through the layers; ``basic``, ``csp`` and ``yolov7`` have a function for each class of module, which writes
what its forward does with the layers of ``net``; ``heads`` are the ends.
"""

from __future__ import annotations

from .model import yaml_based

__all__ = ["yaml_based"]
