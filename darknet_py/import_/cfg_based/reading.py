"""How the code that trained a network reads its cfg: what stands in no checkpoint, and what tells it all the same.

| | batch norm's epsilon | a side of a box |
|---|---|---|
| PyTorch_YOLOv4 (master), ScaledYOLOv4 (yolov4-csp), YOLOR | 1e-4 | (2·logistic(v))² anchors: new_coords=1 |
| PyTorch_YOLOv4 (u3_preview), ultralytics/yolov3 from March 2020 on | 1e-4 | exp(v) anchors |
| ultralytics/yolov3 before | 1e-5 | exp(v) anchors |
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...cfg import Section, atoi
from ...layers import is_for_pytorch
from .tensors import Tensors

__all__ = ["Reading", "reading"]

EPS, OLD_EPS = 1e-4, 1e-5
SCALED_KEYS = {"best_fitness_p", "best_fitness_ap50", "wandb_id"}   # of checkpoints, in training with new coordinates
SCALED, PLAIN = "sides are (2*logistic)^2 anchors (new_coords=1)", "sides are exp anchors (new_coords=0)"


@dataclass(frozen=True)
class Reading:
    """``eps`` of batch norm, ``new_coords`` of heads, and sentences about what of it was assumed."""

    eps: float
    new_coords: bool
    notes: tuple[str, ...]


def reading(
    tensors: Tensors, sections: Sequence[Section], keys: Iterable[str], eps: float | None, new_coords: bool | None,
) -> Reading:  # fmt: skip
    """``keys``: of the checkpoint beside the model.  ``eps`` and ``new_coords``: what the user says, which counts."""
    notes = []
    if eps is None:
        eps = OLD_EPS if tensors.is_old else EPS
        if not tensors.is_old:
            notes.append(f"batch norm's epsilon is not in the file: {eps:g} was taken, as it is in these classes since "
                         "March 2020; -eps 1e-5 for an older ultralytics/yolov3")  # fmt: skip
    if new_coords is None:
        new_coords, why, sure = _coordinates(tensors, sections, set(keys))
        if not sure:
            other = f"-new_coords {int(not new_coords)} if the boxes are wrong"
            taken = SCALED if new_coords else PLAIN
            notes.append(f"neither the file nor the cfg says how heads give boxes: {taken} was taken, {why}; {other}")
    return Reading(eps, new_coords, tuple(notes))


def _coordinates(tensors: Tensors, sections: Sequence[Section], keys: set[str]) -> tuple[bool, str, bool]:
    """Whether a side is (2·logistic(v))² anchors, why, and whether that is sure."""
    heads = [section for section in sections if section.name == "yolo"]
    said = [atoi(head.options["new_coords"].value) for head in heads if "new_coords" in head.options]
    implicit = any("implicit" in of for of in tensors.of.values())
    if said:
        return any(said), "as the cfg says", True
    if keys & SCALED_KEYS or implicit or is_for_pytorch(sections):
        return True, "as its training or its cfg is of a code that knows nothing else", True
    if tensors.is_old:
        return False, "as its code knows nothing else", True
    if _is_coarse_first(heads):
        return False, "as in ultralytics/yolov3", False
    return True, "as in PyTorch_YOLOv4 and ScaledYOLOv4", False


def _is_coarse_first(heads: Sequence[Section]) -> bool:
    """Whether the first head is the one with the largest anchors, as in YOLOv3 and the tiny networks."""
    masks = [head.integers("mask") or [0] for head in heads]
    return len(masks) > 1 and masks[0][0] > masks[-1][0]
