"""The networks of the family, as functions that write their cfg.

``write("yolov4-tiny", classes=3, size=608)`` is the text of a cfg whose filters, masks and sizes fit each other;
``write_all("cfg")``, or ``python -m darknet_py.zoo``, makes the project's ``cfg/``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from .._support import write_whole
from .._support.spelling import close
from ..errors import CfgError
from .chars import CHARACTERS, yolov4_chars
from .datasets import dataset_files
from .fastest import yolo_fastest
from .recipe import COCO_CLASSES, Size, Wanted
from .scaled import NETWORKS as SCALED
from .scaled import scaled_yolov4
from .writer import Anchors
from .yolov3 import yolov3, yolov3_tiny
from .yolov4 import TINY, TINY_3L, yolov4, yolov4_tiny
from .yolov7 import yolov7, yolov7_tiny

__all__ = ["DEFAULT", "NAMES", "NETWORKS", "files", "nearest", "write", "write_all"]

NETWORKS: Mapping[str, Callable[[Wanted], str]] = {
    "yolov3-tiny": yolov3_tiny,
    "yolov3": partial(yolov3, "yolov3", 416, False),
    "yolov3-spp": partial(yolov3, "yolov3-spp", 608, True),
    "yolov4-tiny": partial(yolov4_tiny, TINY),
    "yolov4-tiny-3l": partial(yolov4_tiny, TINY_3L),
    "yolov4": yolov4,
    **{name: partial(scaled_yolov4, name) for name in SCALED},
    "yolov7-tiny": yolov7_tiny,
    "yolov7": yolov7,
    "yolov4-chars": yolov4_chars,
    "yolo-fastest-1.1": partial(yolo_fastest, "yolo-fastest-1.1", 1, 0.15),
    "yolo-fastest-1.1-xl": partial(yolo_fastest, "yolo-fastest-1.1-xl", 2, 0.2),
}

DEFAULT = "yolov4-chars"  # whose weights come with the package
NAMES: Mapping[str, Sequence[str]] = {"yolov4-chars": CHARACTERS}  # of the networks that are not made for COCO


def write(
    name: str, classes: int | None = None, size: Size = None, width: float = 1.0, anchors: Anchors | None = None
) -> str:
    """The cfg of a network for ``classes`` classes (None: its own) and an input of ``size`` (a side, or width and height).

    ``width``: all channels but those of the heads times this, in whole eights.  ``anchors``: (width, height) in pixels of
    the input, as many as the published network has, the smallest first; without them those of the published network.
    Raises CfgError for unknown networks, no classes and a wrong number of anchors, ShapeError when ``size`` is no multiple
    of the network's largest stride.
    """
    if name not in NETWORKS:
        raise CfgError(f"no network {name} is known; there are {', '.join(nearest(name))}")
    if classes is None:
        classes = len(NAMES[name]) if name in NAMES else COCO_CLASSES
    return NETWORKS[name](Wanted(classes, size, width, anchors))


def nearest(name: str) -> list[str]:
    """The networks whose names are like ``name``, all of them if none is."""
    return close(name.lower(), NETWORKS, 3) or list(NETWORKS)


def files() -> dict[str, str]:
    """Name → text of all files of the project's ``cfg/``."""
    return {f"{name}.cfg": write(name) for name in NETWORKS} | dataset_files()


def write_all(folder: str | Path) -> None:
    """Write ``files()`` into ``folder``, each whole or not at all.  Raises OSError."""
    for name, text in files().items():
        write_whole(Path(folder) / name, text.encode())
