"""A network over pictures with labels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from .. import feed
from ..boxes.thresholds import NMS
from ..files.samples import Sample
from ..network import Network
from .evaluation import LEAST
from .matching import Found

__all__ = ["found_in"]


def found_in(net: Network, samples: Sequence[Sample], thresh: float = LEAST, nms: float = NMS) -> list[Found]:
    """What a network finds in the pictures of ``samples``, several at the same time; the thresholds are those of
    ``detector map``.  Raises ImageError for a picture that cannot be read.
    """
    looking = feed.Looking(thresh=thresh, nms=nms)
    return list(feed.each(net, [sample.picture for sample in samples], partial(_found, looking)))


def _found(looking: feed.Looking, turns: feed.Turns, path: str) -> Found:
    rows, _ = looking.rows(turns, feed.load(turns.net, path, looking.fits(turns.net)))
    return Found.of(rows)
