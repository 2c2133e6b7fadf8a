"""What a network loses by another precision: its outputs and boxes on pictures, beside its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import sqrt

import numpy as np

from .. import feed
from ..boxes.detection import listed
from ..boxes.thresholds import NMS, THRESH
from ..network import Network
from .box_difference import BoxDifference, match, rows_of

__all__ = ["Loss", "measure_loss"]


@dataclass
class Loss:
    """``boxes``: of each picture, the network's own as the reference.  ``relative_l2``: of the outputs of all pictures."""

    boxes: list[BoxDifference] = field(default_factory=list)
    apart: float = 0.0
    length: float = 0.0

    @property
    def relative_l2(self) -> float:
        return sqrt(self.apart / self.length) if self.length else 0.0

    def text(self) -> str:
        """``228 of 231 boxes found, 3 too many; ...``"""
        outputs = f"outputs {self.relative_l2:.2g} apart in relative L2"
        if not self.boxes:
            return outputs
        found, extra = sum(len(b.ours) for b in self.boxes), sum(len(b.extra) for b in self.boxes)
        wanted = found + sum(len(b.missing) for b in self.boxes)
        words = [f"{found} of {wanted} boxes found, {extra} too many"]
        if found:
            apart = np.concatenate([b.apart for b in self.boxes])
            words += [f"probability by {apart[:, 0].mean():.2g} on average and {apart[:, 0].max():.2g} at most",
                      f"places by {apart[:, 1:].max():.2g} at most"]  # fmt: skip
        return "; ".join([", ".join(words), outputs])


def measure_loss(net: Network, other: Network, pictures: Iterable[str], step: Callable[[], None]) -> Loss:
    """Run both on pictures, with the thresholds of ``detect``; ``step`` is called after each.  Raises ImageError."""
    loss = Loss()
    for picture in pictures:
        loaded = feed.load(net, picture, net.fit)
        runs = [one.predict(loaded.x) for one in (other, net)]
        for theirs, ours in zip(*runs, strict=True):
            loss.apart += float(np.square(theirs - ours, dtype=np.float64).sum())
            loss.length += float(np.square(ours, dtype=np.float64).sum())
        if net.heads:
            found, wanted = (rows_of(listed(net.rows(run, loaded.fit, THRESH, NMS), THRESH)) for run in runs)
            loss.boxes.append(match(found, wanted, THRESH, 0.0, tuple(net.names)))
        step()
    return loss
