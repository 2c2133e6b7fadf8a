"""What is drawn into a picture, and how it is to look."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from ..errors import DarknetError

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
    """How marks are drawn.  Raises DarknetError for what is none of these.

    ``line_width`` in pixels, with which letters grow; None: by the picture's size.  ``labels``: none, names, or names with
    probabilities.  ``colors``: such as eyes tell apart, or the reference's.  ``form``: boxes; what is inside of them
    pixelated or blurred, without lines; how sure the network is at each place.
    """

    line_width: float | None = None
    labels: Labels = "prob"
    colors: Colors = "distinct"
    form: Form = "box"

    def __post_init__(self) -> None:
        if self.line_width is not None and not 0 < self.line_width < math.inf:
            raise DarknetError(f"line_width={self.line_width}: it must be a number of pixels, such as 2, or None")
        for name, choices in (("labels", Labels), ("colors", Colors), ("form", Form)):
            if getattr(self, name) not in get_args(choices):
                raise DarknetError(f"{name}={getattr(self, name)!r}: it must be one of {', '.join(get_args(choices))}")
