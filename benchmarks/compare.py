"""How far an engine's results are from darknet_py exact's."""

from __future__ import annotations

import numpy as np

__all__ = ["compare"]

REMARKS = {"output": "", "input": "compared before the heads", "boxes": "boxes compared"}
Heads = dict[str, np.ndarray]
Result = tuple[float | None, float | None, str]


def compare(heads: Heads, reference: Heads) -> Result:
    """The largest difference of what both tell (see engines/base.py), the largest value of the reference, and a remark.

    None where nothing can be compared.
    """
    both = [name for name in heads if name in reference]
    if not both:
        return None, None, "results not compared"
    kind = both[0].rstrip("0123456789")
    both = [name for name in both if name.startswith(kind)]
    if kind == "boxes":
        return _boxes(heads["boxes"], {name: rows for name, rows in reference.items() if name.startswith("boxes")})
    wrong = [name for name in both if heads[name].shape != reference[name].shape]
    if wrong:
        return None, None, f"{wrong[0]} is {heads[wrong[0]].shape}, not {reference[wrong[0]].shape}"
    difference = np.max([np.abs(heads[name] - reference[name]).max() for name in both])
    return float(difference), max(float(np.abs(reference[name]).max()) for name in both), REMARKS[kind]


def _boxes(boxes: np.ndarray, references: Heads) -> Result:
    """Against the reference's boxes that they are nearest to: of either way to pool."""
    possible = [rows for rows in references.values() if len(rows) == len(boxes)]
    if not possible:
        return None, None, f"{len(boxes)} boxes, not {' or '.join(str(len(rows)) for rows in references.values())}"
    return min(_nearest(boxes, rows) for rows in possible), 1.0, f"{len(boxes)} {REMARKS['boxes']}"


def _nearest(boxes: np.ndarray, reference: np.ndarray) -> float:
    """The largest difference of probability, place or size between a box and the nearest one of its class."""
    away = np.abs(boxes[:, None, 1:] - reference[None, :, 1:]).max(axis=2)
    away[boxes[:, None, 0] != reference[None, :, 0]] = np.inf
    return float(away.min(axis=1, initial=np.inf).max(initial=0))
