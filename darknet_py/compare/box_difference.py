"""Two lists of boxes beside each other: which belong together, which are missing, which are too many.

A list is a float64 array (n, 6): class, probability, and the box's centre x, centre y, width, height.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..boxes.detection import Detection
from ..boxes.geometry import box_iou

__all__ = ["CLASS", "PROB", "BoxDifference", "BoxRows", "match", "rows_of"]

BoxRows = npt.NDArray[np.float64]
CLASS = 0
PROB = 1
BOX = slice(2, 6)
SAME_BOX = 0.5  # overlap of two boxes that may be the same
SMALL = 0.02  # distance of boxes without an area that may be the same
LONE = 0.1
SHOWN = 5
BLOCK = 256  # boxes that are compared with all others at once


def rows_of(detections: Sequence[Detection]) -> BoxRows:
    """Detections as a list (n, 6)."""
    return np.array([(d.class_id, d.prob, *d.box) for d in detections], np.float64).reshape(-1, 6)


@dataclass(frozen=True)
class BoxDifference:
    """``ours`` and ``theirs`` (n, 6): boxes that belong together, row by row.  ``missing`` (m, 6) only the reference
    has, ``extra`` only we have.

    ``thresh``: boxes with a probability as good as that may be in either list.  ``precision``: of the reference's digits.
    """

    ours: BoxRows
    theirs: BoxRows
    missing: BoxRows
    extra: BoxRows
    thresh: float
    precision: float
    names: tuple[str, ...] = ()

    @cached_property
    def apart(self) -> BoxRows:
        """Differences of probability, x, y, width, height (n, 5); of sides longer than the picture in parts of the side."""
        sides = np.maximum(1, np.abs(self.theirs[:, [4, 5]]))
        scale = np.concatenate([np.ones((len(sides), 1)), sides, sides], 1)
        return np.nan_to_num(np.abs(self.ours[:, 1:] - self.theirs[:, 1:]) / scale, nan=np.inf)

    @property
    def confidence(self) -> float:
        """The largest difference of a probability."""
        return float(self.apart[:, 0].max(initial=0))

    @property
    def moved(self) -> float:
        """The largest difference of a coordinate or side."""
        return float(self.apart[:, 1:].max(initial=0))

    @property
    def distance(self) -> float:
        """What a pair differs by on average, and a tenth of the share of boxes without a partner."""
        lone, pairs = len(self.missing) + len(self.extra), len(self.ours)
        apart = float(np.minimum(self.apart.max(1, initial=0), 1).sum())
        return LONE * lone / max(1, lone + pairs) + apart / max(1, pairs)

    @property
    def equal(self) -> bool:
        return self.within(0)

    @property
    def is_evidence(self) -> bool:
        """Two empty lists agree whatever their cause."""
        return len(self.ours) > 0

    def within(self, tolerance: float) -> bool:
        lone = np.concatenate([self.missing, self.extra])[:, PROB]
        bound = tolerance + self.precision
        return bool(max(self.confidence, self.moved) <= bound and (np.abs(lone - self.thresh) <= bound).all())

    def brief(self) -> str:
        """``3 of 5 boxes, 1 too many, 2.00e-02 apart``"""
        extra = f", {len(self.extra)} too many" if len(self.extra) else ""
        apart = f", {max(self.moved, self.confidence):.2e} apart" if len(self.ours) else ""
        return f"{self.matched} boxes{extra}{apart}"

    @property
    def matched(self) -> str:
        """``3 of 5``"""
        return f"{len(self.ours)} of {len(self.theirs) + len(self.missing)}"

    def text(self) -> str:
        words = [f"{self.matched} boxes found"]
        words += [f"{len(rows)} {word}" for word, rows in (("missing", self.missing), ("too many", self.extra)) if len(rows)]
        if len(self.ours):
            words.append(f"moved by up to {self.moved:.2e}, confidence by up to {self.confidence:.2e}")
        return "; ".join(words)

    def lines(self, tolerance: float) -> list[str]:
        """A line for each box that is missing, too many, or further away than ``tolerance``, the first few of each."""
        far = np.flatnonzero(self.apart.max(1, initial=0) > tolerance + self.precision)
        missing = [f"missing   {self._line(row)}" for row in self.missing]
        extra = [f"too many  {self._line(row)}" for row in self.extra]
        moved = [f"moved     {self._line(self.theirs[i])} -> {_figures(self.ours[i])}" for i in far]
        return [line for lines in (missing, extra, moved) for line in _first(lines)]

    def data(self) -> dict[str, Any]:
        return {
            "matched": len(self.ours), "moved": self.moved, "confidence": self.confidence,
            "missing": [self._datum(row) for row in self.missing], "extra": [self._datum(row) for row in self.extra],
        }  # fmt: skip

    def _line(self, row: BoxRows) -> str:
        return f"{self._name(row)}: {_figures(row)}"

    def _name(self, row: BoxRows) -> str:
        number = int(row[CLASS])
        return self.names[number] if 0 <= number < len(self.names) else str(number)

    def _datum(self, row: BoxRows) -> dict[str, Any]:
        return {"class_id": int(row[CLASS]), "name": self._name(row), "confidence": row[PROB], "box": row[BOX].tolist()}


def match(
    ours: BoxRows, theirs: BoxRows, thresh: float, precision: float = 0.0, names: tuple[str, ...] = ()
) -> BoxDifference:
    """Give each box of the reference, the most probable first, the nearest box of its class that overlaps it."""
    pairs = np.array([pair for number in np.unique(theirs[:, CLASS]) for pair in _pairs(ours, theirs, number)], np.intp)
    i, j = pairs.reshape(-1, 2).T
    extra, missing = (np.setdiff1d(np.arange(len(rows)), used) for rows, used in ((ours, i), (theirs, j)))
    return BoxDifference(ours[i], theirs[j], theirs[missing], ours[extra], thresh, precision, names)


def _pairs(ours: BoxRows, theirs: BoxRows, number: float) -> Iterator[tuple[int, int]]:
    """Row numbers of boxes of a class that belong together."""
    mine, others = np.flatnonzero(ours[:, CLASS] == number), np.flatnonzero(theirs[:, CLASS] == number)
    others = others[np.argsort(-theirs[others, PROB], kind="stable")]
    if not len(mine):
        return
    free = np.zeros(len(mine))  # -inf once it is taken
    for start in range(0, len(others), BLOCK):
        block = others[start : start + BLOCK]
        for j, likeness in zip(block, _likeness(ours[mine], theirs[block]), strict=True):
            i = int((likeness + free).argmax())
            if likeness[i] + free[i] > -np.inf:
                free[i] = -np.inf
                yield int(mine[i]), int(j)


def _likeness(ours: BoxRows, theirs: BoxRows) -> npt.NDArray[np.float64]:
    """How alike boxes are, (theirs, ours): -inf where they cannot be the same."""
    mine, others = ours[None], theirs[:, None]
    with np.errstate(all="ignore"):
        apart = np.abs(mine[..., BOX] - others[..., BOX]).max(-1)
        overlap = box_iou(mine[..., BOX].astype(np.float32), others[..., BOX].astype(np.float32))
        likeness = overlap - apart - np.abs(mine[..., PROB] - others[..., PROB])
    possible = ((overlap >= SAME_BOX) | (apart <= SMALL)) & np.isfinite(likeness)
    return np.where(possible, likeness, -np.inf)


def _figures(row: BoxRows) -> str:
    x, y, w, h = row[BOX]
    return f"{row[PROB]:.6f} at ({x:.6f} {y:.6f} {w:.6f} {h:.6f})"


def _first(lines: list[str]) -> list[str]:
    more = len(lines) - SHOWN
    return [*lines[:SHOWN], *([f"          and {more} more"] if more > 0 else [])]
