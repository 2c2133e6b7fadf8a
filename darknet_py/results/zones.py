"""Which boxes are in a zone of a picture: a rectangle, a polygon, a mask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import DarknetError
from ..image import Size

__all__ = ["Point", "Zone", "inside_zone"]

Point: TypeAlias = Literal["center", "bottom", "top", "left", "right", "corners"]
Zone: TypeAlias = Sequence[float] | Sequence[Sequence[float]] | npt.NDArray[Any]
Doubles = npt.NDArray[np.float64]

_PLACES: dict[str, tuple[tuple[float, float], ...]] = {  # in a box, from its left top: shares of width and height
    "center": ((0.5, 0.5),), "bottom": ((0.5, 1.0),), "top": ((0.5, 0.0),), "left": ((0.0, 0.5),), "right": ((1.0, 0.5),),
    "corners": ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)),
}  # fmt: skip
FORMS = "a rectangle (left, top, right, bottom), three points (x, y) or more, or a mask of the picture (height, width)"


def inside_zone(xyxy: Doubles, zone: Zone, point: str, size: Size) -> npt.NDArray[np.bool_]:
    """Whether each box (n, 4) is in the zone: (n,), see ``Choosing.within``; what is NaN is in none.

    ``size``: (width, height) of the picture.  Raises DarknetError.
    """
    if point not in _PLACES:
        raise DarknetError(f"within(..., {point!r}): the point of a box is {', '.join(_PLACES)}")
    area = _array(zone)
    low, high, inside = xyxy[:, :2], xyxy[:, 2:], np.ones(len(xyxy), bool)
    for share in _PLACES[point]:
        with np.errstate(invalid="ignore"):
            inside &= _holds(area, low + (high - low) * share, size)
    return inside


def _array(zone: Any) -> npt.NDArray[Any]:
    try:
        array = np.asarray(zone)
    except ValueError as e:  # rows of several lengths
        raise DarknetError(f"within: a zone is {FORMS}, all in pixels") from e
    if array.dtype.kind not in "biuf" or (array.dtype.kind == "f" and not np.isfinite(array).all()):
        raise DarknetError(f"within: a zone is {FORMS}, in numbers")
    return array


def _holds(zone: npt.NDArray[Any], points: Doubles, size: Size) -> npt.NDArray[np.bool_]:
    """Whether each point (n, 2) is in it."""
    width, height = size
    if zone.shape == (4,) and zone.dtype.kind != "b":
        if not (zone[:2] <= zone[2:]).all():
            raise DarknetError(f"within({zone.tolist()}): a rectangle is (left, top, right, bottom); here right lies "
                               "left of left, or bottom above top")  # fmt: skip
        return np.all((points >= zone[:2]) & (points <= zone[2:]), axis=1)
    if zone.ndim == 2 and zone.shape[1] == 2 and len(zone) >= 3 and zone.dtype.kind != "b":
        return _polygon_holds(zone.astype(np.float64), points)
    if zone.shape == (height, width):
        return _mask_holds(zone != 0, points)
    raise DarknetError(f"within: a zone of shape {zone.shape} for a picture of {width} x {height} pixels; it is {FORMS}")


def _polygon_holds(polygon: Doubles, points: Doubles) -> npt.NDArray[np.bool_]:
    """Whether a ray from each point to the right crosses the polygon's edges an odd number of times."""
    inside = np.zeros(len(points), bool)
    x, y = points[:, 0], points[:, 1]
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, 0)):
        if y0 != y1:
            inside ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) / (y1 - y0) * (x1 - x0))
    return inside


def _mask_holds(mask: npt.NDArray[np.bool_], points: Doubles) -> npt.NDArray[np.bool_]:
    """Whether the pixel that each point is in is; beyond the picture there is none."""
    height, width = mask.shape
    there: npt.NDArray[np.bool_] = np.all((points >= 0) & (points < (width, height)), axis=1)
    x, y = np.where(there[:, None], points, 0).astype(np.int64).T
    return mask[y, x] & there
