"""What the commands for YOLOv1 share: which networks they take, and the names of their classes.   C: yolo.c"""

from __future__ import annotations

from dataclasses import replace

from .. import cfg
from ..errors import DarknetError
from ..files.names import COCO_CLASSES
from ..store import Model
from ..zoo.datasets import VOC

__all__ = ["checked"]


def checked(model: Model) -> Model:
    """The network, its classes named as PascalVOC's, where they are not COCO's 80 and no names are known.

    Raises CfgError for a cfg that cannot be read, DarknetError for a network without [detection].
    """
    heads = [section for section in cfg.read(model.cfg) if section.name == "detection"]
    if not heads:
        raise DarknetError(f"{model.label}: has no [detection] layer, so that it is no network of YOLOv1; others are for "
                           "darknet_py detect")  # fmt: skip
    return model if model.names is not None or heads[-1].integer("classes") == COCO_CLASSES else replace(model, names=VOC)
