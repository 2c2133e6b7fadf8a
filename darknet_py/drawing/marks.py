"""What is drawn into a picture, and how it is to look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Colors", "Form", "Labels", "Mark", "Style"]

Labels: TypeAlias = Literal["off", "name", "prob"]
Colors: TypeAlias = Literal["distinct", "c"]
Form: TypeAlias = Literal["box", "pixelate", "blur", "heatmap"]


@dataclass(frozen=True)
class Mark:
    """A box to draw.  ``xyxy``: left, top, right, bottom in the picture's pixels, which may lie beyond it.

    ``label`` is written at it, ``prob`` behind that, and ``also`` last.
    """

    xyxy: tuple[float, float, float, float]
    class_id: int
    label: str
    prob: float
    also: str = ""


@dataclass(frozen=True)
class Style:
    """How marks are drawn.

    ``line_width`` in pixels, with which letters grow; None: by the picture's size.  ``labels``: none, names, or names with
    probabilities.  ``colors``: such as eyes tell apart, or the reference's.  ``form``: boxes; what is inside of them
    pixelated or blurred; how sure the network is at each place.
    """

    line_width: float | None = None
    labels: Labels = "prob"
    colors: Colors = "distinct"
    form: Form = "box"
