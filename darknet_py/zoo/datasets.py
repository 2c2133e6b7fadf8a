"""The .data and .names files that stand beside the networks."""

from __future__ import annotations

from collections.abc import Mapping

from ..files.names import coco
from .chars import CHARACTERS

__all__ = ["VOC", "data_text", "dataset_files"]

VOC = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog",
    "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip


def dataset_files() -> dict[str, str]:
    """Name → text."""
    return {
        "coco.names": _lines(coco()),
        "voc.names": _lines(VOC),
        "chars.names": _lines(CHARACTERS),
        "coco.data": data_text("coco", len(coco()), "cfg/coco.names", {"eval": "coco"}),
        "voc.data": data_text("voc", len(VOC), "cfg/voc.names", {}),
        "chars.data": data_text("chars", len(CHARACTERS), "cfg/chars.names", {}),
    }


def data_text(name: str, classes: int, names: str, more: Mapping[str, str]) -> str:
    """The .data file of data set ``name``, whose classes are listed in the file ``names``.

    Paths are relative to the folder that the command is started in, as in the C program.
    """
    options = {
        "classes": str(classes),
        "train": f"data/{name}/train.txt",
        "valid": f"data/{name}/valid.txt",
        "names": names,
        "backup": "backup/",
        **more,
    }
    return _lines(tuple(f"{key} = {value}" for key, value in options.items()))


def _lines(lines: tuple[str, ...]) -> str:
    return "\n".join(lines) + "\n"
