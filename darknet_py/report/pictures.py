"""The pictures in which a network is wrong most, with what is wrong drawn into them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..boxes.geometry import FloatArray, corners, pixels
from ..drawing import Mark, Style, draw
from ..errors import ImageError
from ..evaluate import Found, Mistakes
from ..files.samples import Sample
from ..image import Reading, read_image, reduced
from ..output import encoded
from .texts import NAME, shown

__all__ = ["Drawn", "drawn"]

LARGEST = 960  # pixels of a side in the page
QUALITY = 82
STYLE = Style(labels="name")
FALSE, WRONG, MISSED = range(3)


@dataclass(frozen=True)
class Drawn:
    """A picture as a JPEG, empty where it cannot be read; ``told``: what is wrong, a line each."""

    path: str
    jpeg: bytes
    told: tuple[str, ...]
    size: tuple[int, int] = (0, 0)


def drawn(
    mistakes: Iterable[Mistakes], found: Sequence[Found], samples: Sequence[Sample], names: Sequence[str],
    how: Reading | None = None,
) -> Iterator[Drawn]:  # fmt: skip
    """The pictures of ``evaluate.worst``, one after the other."""
    for wrong in mistakes:
        yield _drawn(wrong, found[wrong.number], samples[wrong.number], names, how or Reading())


def _drawn(wrong: Mistakes, found: Found, sample: Sample, names: Sequence[str], how: Reading) -> Drawn:
    marks = list(_marks(wrong, found, sample, names))
    told = tuple(label for _, _, label, _ in marks)
    try:
        picture = reduced(read_image(sample.picture, *how)[..., :3], LARGEST)
    except ImageError as e:
        return Drawn(sample.picture, b"", (e.message, *told))
    size = (picture.shape[1], picture.shape[0])
    places = [_corners(xywh, size) for _, xywh, _, _ in marks]
    labelled = [Mark(place, kind, label, prob) for place, (kind, _, label, prob) in zip(places, marks)]
    return Drawn(sample.picture, encoded(draw(picture, labelled, STYLE, 3), "a.jpg", QUALITY), told, size)


def _corners(xywh: FloatArray, size: tuple[int, int]) -> tuple[float, float, float, float]:
    left, top, right, bottom = np.nan_to_num(pixels(corners(xywh.astype(np.float64)), size)).tolist()
    return left, top, right, bottom


def _marks(
    wrong: Mistakes, found: Found, sample: Sample, names: Sequence[str]
) -> Iterator[tuple[int, FloatArray, str, float]]:
    """(kind, box, what is written at it, probability), the worst first."""
    def name(class_id: int) -> str:
        return shown(names[class_id], NAME) if 0 <= class_id < len(names) else str(class_id)

    for j in wrong.missed:
        yield MISSED, sample.labels.xywh[j], f"missed: {name(int(sample.labels.classes[j]))}", 0.0
    for i, j in wrong.wrong:
        prob, other = float(found.probs[i]), name(int(sample.labels.classes[j]))
        yield WRONG, found.xywh[i], f"{name(int(found.classes[i]))} {100 * prob:.0f}%, is {other}", prob
    for i in sorted(wrong.false, key=lambda i: -float(found.probs[i])):
        prob = float(found.probs[i])
        yield FALSE, found.xywh[i], f"false: {name(int(found.classes[i]))} {100 * prob:.0f}%", prob
