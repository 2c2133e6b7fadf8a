"""How far an array is from the reference's."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["ArrayDifference", "Difference", "measure"]

Array = npt.NDArray[np.float32]


class Difference(Protocol):
    """What a comparison finds, whatever was compared."""

    @property
    def distance(self) -> float:
        """0 for equal ones; of two comparisons with one reference, the nearer one has the smaller distance."""

    @property
    def equal(self) -> bool:
        """Whether all values are the same."""

    @property
    def is_evidence(self) -> bool:
        """Whether there was anything to agree about."""

    def within(self, tolerance: float) -> bool:
        """Whether no more than rounding by ``tolerance`` lies between the two."""

    def brief(self) -> str:
        """How far, in a few words."""

    def text(self) -> str:
        """What differs, for a person."""

    def data(self) -> dict[str, Any]:
        """What differs, for a program."""


@dataclass(frozen=True)
class ArrayDifference:
    """``at`` is the place of the largest difference, ``ours`` and ``theirs`` the values there.

    ``relative_l2``: length of the difference over that of the reference.  ``share``: ``max_abs`` over the reference's
    largest value.  ``differing``: how many of ``size`` values are not the same; NaN is the same as NaN.
    """

    max_abs: float
    relative_l2: float
    share: float
    differing: int
    size: int
    at: tuple[int, ...]
    ours: float
    theirs: float

    @property
    def distance(self) -> float:
        return max(self.relative_l2, self.share)

    @property
    def equal(self) -> bool:
        return self.differing == 0

    @property
    def is_evidence(self) -> bool:
        return True

    def within(self, tolerance: float) -> bool:
        return self.distance <= tolerance

    def brief(self) -> str:
        return f"{self.distance:.2e}"

    def text(self) -> str:
        """``at channel 3, row 0, column 2: 0.25 here, 0.5 in the reference; 812 of 7280 values differ``"""
        axes = AXES.get(len(self.at), ("place",) * len(self.at))
        place = ", ".join(f"{axis} {i}" for axis, i in zip(axes, self.at, strict=True))
        return (f"largest at {place}: {self.ours:.7g} here, {self.theirs:.7g} in the reference; "
                f"{self.differing} of {self.size} values differ")  # fmt: skip

    def data(self) -> dict[str, Any]:
        return {
            "max_abs": self.max_abs, "relative_l2": self.relative_l2, "differing": self.differing, "size": self.size,
            "at": list(self.at), "ours": self.ours, "reference": self.theirs,
        }  # fmt: skip


AXES = {2: ("row", "column"), 3: ("channel", "row", "column")}


def measure(ours: Array, theirs: Array) -> ArrayDifference:
    """Compare two arrays of one shape.  Where only one is NaN or infinite, they are infinitely far apart."""
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    with np.errstate(invalid="ignore"):
        apart = np.where(same, 0.0, np.abs(ours.astype(np.float64) - theirs))
    apart[np.isnan(apart)] = math.inf
    place = int(apart.argmax())
    known = np.where(np.isfinite(theirs), theirs, np.float32(0)).astype(np.float64)
    largest = float(apart.flat[place])
    return ArrayDifference(
        max_abs=largest,
        relative_l2=_ratio(_length(apart), _length(known)),
        share=_ratio(largest, float(np.abs(known).max())),
        differing=int(np.count_nonzero(~same)),
        size=same.size,
        at=tuple(int(i) for i in np.unravel_index(place, same.shape)),
        ours=float(ours.flat[place]),
        theirs=float(theirs.flat[place]),
    )


def _length(values: npt.NDArray[np.float64]) -> float:
    """Without BLAS, whose threads would wait for each other."""
    return math.sqrt(float(np.square(values).sum()))


def _ratio(part: float, whole: float) -> float:
    """0 of 0 is nothing."""
    if not part:
        return 0.0
    return part / whole if whole else math.inf
