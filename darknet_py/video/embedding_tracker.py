"""The same number for the same object from frame to frame, by the embeddings of the network.

C: http_stream.cpp set_track_id
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..boxes.geometry import FloatArray, box_iou
from ..boxes.table import Boxes
from ..image import Size
from ..layers.yolo import Tracking

__all__ = ["EmbeddingTracker", "Tracked"]


@dataclass(frozen=True)
class Tracked:
    """A frame's rows, as they are to be shown; ``numbers``: of each row's object, 0 for none; ``similarities``: how like it
    is to the object that it took its number from, where that is known.
    """

    rows: Boxes
    numbers: Sequence[int]
    similarities: Sequence[float] = ()


@dataclass
class _Seen:
    """A box of a frame, its best class, and how often it was seen, counted from the last class's number as C does."""

    row: int
    class_id: int
    box: FloatArray
    embedding: FloatArray
    count: int
    number: int = 0
    similarity: float = 0.0


class EmbeddingTracker:
    """Numbers objects from 1.  Of the last frames' boxes of the same class each is followed by the one that is most like it.

    ``tracking``: of the network's last [yolo]; ``thresh``: least probability of what is an object.
    """

    def __init__(self, tracking: Tracking, thresh: float) -> None:
        self.tracking, self.thresh, self.next = tracking, np.float32(thresh), 1
        self.frames: deque[list[_Seen]] = deque(maxlen=tracking.history)

    def tracked(self, rows: Boxes, size: Size, time: float) -> Tracked:
        """The rows of the next frame, after suppression; those of objects that were seen in few frames have
        probabilities 0.
        """
        new, old = self._seen(rows), [seen for frame in reversed(self.frames) for seen in frame]
        if new and old:
            self._match(new, old)
        for seen in new:
            if not seen.number and seen.count > self.tracking.frames_to_track:
                seen.number, self.next = self.next, self.next + 1
        self.frames.append(new)
        return self._shown(rows, new)

    def _seen(self, rows: Boxes) -> list[_Seen]:
        found = np.flatnonzero((rows.probs > self.thresh).any(1)).tolist()
        looks = rows.embeddings if rows.embeddings is not None else np.zeros((len(rows), 0), np.float32)
        return [_Seen(i, int(rows.probs[i].argmax()), rows.xywh[i], looks[i], rows.classes - 1) for i in found]

    def _match(self, new: list[_Seen], old: list[_Seen]) -> None:
        """The most similar pairs come first, of equal ones those of the newest frame (C: in any order); an old box, and an
        object, is followed once.
        """
        share, least = np.float32(self.tracking.overlap_share), np.float32(self.tracking.least)
        similar = _cosines(np.array([o.embedding for o in old]), np.array([n.embedding for n in new]))
        overlaps = box_iou(np.array([o.box for o in old])[:, None], np.array([n.box for n in new])[None])
        alike = similar * (np.float32(1) - share) + overlaps * share
        gone: set[int] = set()
        followed: set[int] = set()
        for index in np.argsort(-similar, axis=None, kind="stable").tolist():
            i, j = divmod(index, len(new))
            before, now = old[i], new[j]
            if i in gone or before.number in followed or before.class_id != now.class_id:
                continue
            if least < alike[i, j] and now.similarity < alike[i, j]:
                now.similarity, now.number, now.count = float(alike[i, j]), before.number, before.count + 1
                gone.add(i)
                followed |= {before.number} - {0}

    def _shown(self, rows: Boxes, new: list[_Seen]) -> Tracked:
        numbers, similarities, probs = [0] * len(rows), [0.0] * len(rows), rows.probs.copy()
        for seen in new:
            numbers[seen.row], similarities[seen.row] = seen.number, seen.similarity
            if seen.count < self.tracking.frames_to_show:
                probs[seen.row] = 0
        return Tracked(replace(rows, probs=probs), numbers, similarities)


def _cosines(a: FloatArray, b: FloatArray) -> FloatArray:
    """Of the angles between the rows of (m, size) and (n, size): (m, n); 0 where one has no length.

    C: blas.c cosine_similarity
    """
    with np.errstate(all="ignore"):
        lengths = np.sqrt((a * a).sum(1))[:, None] * np.sqrt((b * b).sum(1))[None]
        cosines: FloatArray = np.where(lengths > 0, (a @ b.T) / lengths, np.float32(0)).astype(np.float32)
    return cosines
