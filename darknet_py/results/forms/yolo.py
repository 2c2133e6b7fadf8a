"""Lines of label files, ``class x y w h`` and, if wanted, the probability."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...boxes.detection import Detection
from ...errors import DarknetError, DatasetError
from ...files.text import lines
from .reading import Parts, Text, class_number, detection, number, size_of, text_of

__all__ = ["from_yolo", "label_line", "to_yolo"]

FORM = "labels"
MOST_DIGITS = 17  # of a double


def label_line(class_id: int, box: Iterable[float], digits: int = 4) -> str:
    """A box as a label.   C: detector.c test_detector, which has four digits"""
    return f"{class_id} {' '.join(f'{v:.{digits}f}' for v in box)}"


def to_yolo(found: Iterable[Detection], prob: bool, digits: int) -> str:
    """See ``Detections.to_yolo``."""
    if not isinstance(digits, int) or not 0 <= digits <= MOST_DIGITS:
        raise DarknetError(f"digits={digits!r}: it must be a whole number from 0 to {MOST_DIGITS}")
    return "".join(f"{label_line(d.class_id, d.box, digits)}{f' {d.prob:.{digits}f}' if prob else ''}\n" for d in found)


def from_yolo(given: Text, width: int, height: int, names: Sequence[str]) -> Parts:
    """See ``Detections.from_yolo``."""
    where, text = text_of(given, (".txt",), FORM)
    numbered = ((f"{where}:{number}", line.split()) for number, line in enumerate(lines(text), 1))
    found = [_label(words, place, names) for place, words in numbered if words and not words[0].startswith("#")]
    return Parts(found, *size_of(width, height, where))


def _label(words: Sequence[str], where: str, names: Sequence[str]) -> Detection:
    if len(words) not in (5, 6):
        raise DatasetError(f"{where}: has {len(words)} words; a label is `class x y width height`, a probability may follow")
    class_id = class_number(words[0], where)
    x, y, w, h, *prob = (number(word, "a label's word", where) for word in words[1:])
    return detection(class_id, None, prob[0] if prob else 1.0, (x, y, w, h), names)
