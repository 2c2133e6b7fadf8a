"""Detections as columns, in another order, and those of some classes or of a zone."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from ..boxes.detection import Detection
from ..boxes.geometry import corners, pixels
from ..errors import DarknetError
from .detection_list import DetectionList
from .zones import Point, Zone, inside_zone

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Choosing", "Order"]

Floats = npt.NDArray[np.float32]
Order: TypeAlias = Literal["prob", "objectness", "class_id", "name", "area", "left", "top"]


class Choosing(DetectionList):
    """Each column has a value, or a row, for each detection, in their order; for none at all it has no rows."""

    @property
    def prob(self) -> npt.NDArray[np.float64]:
        """(n,) float64, each of them ``Detection.prob``."""
        return np.array([d.prob for d in self], np.float64)

    @property
    def objectness(self) -> npt.NDArray[np.float64]:
        """(n,) float64"""
        return np.array([d.objectness for d in self], np.float64)

    @property
    def class_id(self) -> npt.NDArray[np.int64]:
        """(n,) int64"""
        return np.array([d.class_id for d in self], np.int64)

    @property
    def name(self) -> npt.NDArray[np.str_]:
        """(n,) of text"""
        return np.array([d.name for d in self], np.str_)

    @property
    def xyxy(self) -> Floats:
        """Left, top, right, bottom in pixels: (n, 4) float32; a box may reach beyond the picture."""
        return _float32(pixels(corners(self._boxes()), self.size))

    @property
    def xywh(self) -> Floats:
        """Centre x, centre y, width, height in pixels: (n, 4) float32."""
        return _float32(pixels(self._boxes(), self.size))

    @property
    def xyxyn(self) -> Floats:
        """Left, top, right, bottom relative to the picture: (n, 4) float32."""
        return _float32(corners(self._boxes()))

    @property
    def xywhn(self) -> Floats:
        """Centre x, centre y, width, height relative to the picture: (n, 4) float32, each of them ``Detection.box``."""
        return _float32(self._boxes())

    def sort_by(self, key: Order | Callable[[Detection], Any] = "prob", reverse: bool = False) -> Self:
        """In order, as ``sorted`` has it: from low to high, ``reverse``: from high to low; equals keep their order.

        ``key``: what of each of them counts, by name or as a function.  ``area`` is in pixels, ``left`` and ``top`` are a
        box's.  Raises DarknetError for another name.
        """
        return self._of(sorted(self, key=key if callable(key) else _order(key), reverse=reverse))

    def of(self, *classes: str | int) -> Self:
        """Those of these classes, by name or number.  Raises DarknetError for what is neither."""
        wanted = {name if isinstance(name, str) else _number(name) for name in classes}
        return self._of(d for d in self if d.name in wanted or d.class_id in wanted)

    def within(self, zone: Zone, point: Point = "center") -> Self:
        """Those that are in a zone of the picture, by one ``point`` of their boxes.

        ``zone``: a rectangle (left, top, right, bottom) in pixels; a polygon, three points (x, y) or more, in pixels; or a
        mask, an array (height, width) of the picture's size that is not 0 in the zone.
        ``point``: the box's "center"; "bottom", the middle of its lower edge, where a person stands; "top", "left" and
        "right"; or "corners": all four are to be in the zone.  Edges of a rectangle are in it.  Raises DarknetError for
        what is no zone.
        """
        return self[inside_zone(pixels(corners(self._boxes()), self.size), zone, point, self.size)]

    def _boxes(self) -> npt.NDArray[np.float64]:
        return np.array([d.box for d in self], np.float64).reshape(-1, 4)


_ORDERS: dict[str, Callable[[Detection], Any]] = {
    "prob": operator.attrgetter("prob"),
    "objectness": operator.attrgetter("objectness"),
    "class_id": operator.attrgetter("class_id"),
    "name": operator.attrgetter("name"),
    "area": lambda d: d.xywh[2] * d.xywh[3],
    "left": lambda d: d.xyxy[0],
    "top": lambda d: d.xyxy[1],
}


def _order(key: str) -> Callable[[Detection], Any]:
    if not isinstance(key, str) or key not in _ORDERS:
        raise DarknetError(f"sort_by({key!r}): detections are sorted by {', '.join(_ORDERS)}, or by a function of one")
    return _ORDERS[key]


def _number(class_id: Any) -> int:
    try:
        return operator.index(class_id)
    except TypeError as e:
        raise DarknetError(f"of({class_id!r}): classes are names and numbers, one by one: .of('dog', 2), .of(*names)") from e


def _float32(values: npt.NDArray[np.float64]) -> Floats:
    with np.errstate(all="ignore"):
        return values.astype(np.float32)
