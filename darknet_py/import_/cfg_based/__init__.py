"""State dicts of the Darknet classes in PyTorch, which build a network from a cfg: WongKinYiu's PyTorch_YOLOv4, ScaledYOLOv4
(yolov4-csp) and YOLOR, ultralytics/yolov3 to its archive branch.

``tensors`` sorts the state by sections of the cfg; ``reading`` decides how that code reads a cfg, which differs from one to
the other; ``dialect`` makes Darknet's cfg of it; ``arrays`` are what Darknet's layers hold; ``network`` joins them.
"""

from __future__ import annotations

from .network import cfg_based

__all__ = ["cfg_based"]
