"""``python -m tools.train_chars.lines FOLDER WEIGHTS [--grid]``: how well lines are read in the sets of ``sets``.

What ``darknet_py read`` makes of each picture is held to what was written there.  A line that was read belongs to the
written line with which it has most characters in common; of several that belong to one the one with most counts, and
the others are false.  Gaps between groups do not count.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from darknet_py import Detections, Network
from darknet_py.boxes.geometry import box_iou
from darknet_py.boxes.lines import GAP, THRESH, WEAK, Line, read_lines

from . import CLASSES
from .sets import SETS

__all__ = ["CAUSES", "Score", "Written", "distance", "main", "score", "written"]

CFG = Path(__file__).parents[2] / "cfg" / "yolov4-chars.cfg"
LEAST = 0.09  # a probability below all that are tried
OVERLAP = 0.25  # the least, of a character that was read with the box of one that was written
CAUSES = "missed", "confused", "no character", "in another line", "spurious line"


@dataclass(frozen=True)
class Written:
    """``labels`` (n, 5) of a picture and the numbers of those of each line, from left to right.  Those of no line, and
    ``others`` (m, 4), boxes without a label, belong to lines that cannot be seen whole, which do not count."""

    labels: npt.NDArray[np.float32]
    lines: Sequence[Sequence[int]]
    others: npt.NDArray[np.float32]

    def text(self, line: Sequence[int]) -> str:
        return "".join(CLASSES[int(self.labels[i, 0])] for i in line)


@dataclass
class Score:
    """``edits``: characters to insert, leave out or exchange until what was read is what was written; ``false``: lines
    read where none is written; ``causes``: characters by what went wrong."""

    pictures: int = 0
    characters: int = 0
    edits: int = 0
    lines: int = 0
    whole: int = 0
    false: int = 0
    causes: Counter[str] = field(default_factory=Counter)

    @property
    def error_rate(self) -> float:
        return self.edits / max(self.characters, 1)


def written(path: Path) -> Written:
    """What is written in a picture of a set."""
    labels, lines, others = (path.with_suffix(s).read_text("utf-8").splitlines() for s in (".txt", ".lines", ".others"))
    numbers = [[int(v) for v in row.split()] for row in lines]
    return Written(_rows(labels, 5), numbers, _rows(others, 4))


def _rows(text: Sequence[str], columns: int) -> npt.NDArray[np.float32]:
    return np.array([[float(v) for v in row.split()] for row in text], np.float32).reshape(-1, columns)


def score(total: Score, there: Written, read: Sequence[Line]) -> None:
    """Add a picture to what was counted."""
    labels = [_labels(there, line) for line in read]
    of = {label: number for number, line in enumerate(there.lines) for label in line}
    belongs = [_most([of.get(i, -1) for i in found if i is not None]) for found in labels]
    total.pictures += 1
    for number, line in enumerate(there.lines):
        mine = [i for i, owner in enumerate(belongs) if owner == number]
        best = max(mine, key=lambda i: sum(of.get(j) == number for j in labels[i] if j is not None), default=None)
        text = "" if best is None else read[best].text.replace(GAP, "")
        edits = distance(text, there.text(line))
        total.characters, total.edits = total.characters + len(line), total.edits + edits
        total.lines, total.whole = total.lines + 1, total.whole + (not edits)
        for i in mine:
            if i != best:
                _false(total, read[i], "in another line")
        if edits:
            _blame(total, there, line, labels, read, best)
    for line, owner in zip(read, belongs, strict=True):
        if owner is None:
            _false(total, line, "spurious line")


def _false(total: Score, line: Line, cause: str) -> None:
    total.edits += len(line.characters)
    total.false += 1
    total.causes[cause] += len(line.characters)


def _blame(total: Score, there: Written, line: Sequence[int], labels: Sequence[Sequence[int | None]], read: Sequence[Line],
           best: int | None) -> None:  # fmt: skip
    """What is wrong with a line that was read, or was not."""
    seen = {} if best is None else dict(zip(labels[best], (c.name for c in read[best].characters), strict=True))
    elsewhere = {i for k, found in enumerate(labels) if k != best for i in found}
    for i in line:
        if i not in seen:
            total.causes["in another line" if i in elsewhere else "missed"] += 1
        elif seen[i] != CLASSES[int(there.labels[i, 0])]:
            total.causes["confused"] += 1
    if best is not None:
        others = [i for i in labels[best] if i not in line]
        total.causes["no character"] += others.count(None)
        total.causes["in another line"] += len(others) - others.count(None)


def _labels(there: Written, line: Line) -> list[int | None]:
    """For each character of a line the label that it lies on most, if any; numbers beyond the labels' are the others'."""
    places = np.concatenate([there.labels[:, 1:], there.others])
    if not len(places):
        return [None] * len(line.characters)
    boxes = np.array([c.box for c in line.characters], np.float32)
    overlaps = box_iou(boxes[:, None], places[None])
    return [int(row.argmax()) if row.max() >= OVERLAP else None for row in overlaps]


def _most(numbers: Sequence[int]) -> int | None:
    """The most frequent one."""
    return Counter(numbers).most_common(1)[0][0] if numbers else None


def distance(a: str, b: str) -> int:
    """The least number of characters to insert, leave out or exchange between two texts."""
    row = list(range(len(b) + 1))
    for i, c in enumerate(a, 1):
        above, row[0] = row[0], i
        for j, d in enumerate(b, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (c != d))
    return row[-1]


def total_of(sights: Sequence[tuple[Written, Detections]], thresh: float, weak: float) -> Score:
    """Of pictures with what was found in them."""
    total = Score()
    for there, found in sights:
        score(total, there, read_lines(found, thresh, weak))
    return total


def table(sets: dict[str, Sequence[tuple[Written, Detections]]]) -> None:
    print("| set | lines, characters | error rate | read whole | false lines a picture |", " | ".join(CAUSES), "|")
    for name, sights in sets.items():
        total = total_of(sights, THRESH, WEAK)
        causes = " | ".join(str(total.causes[c]) for c in CAUSES)
        print(f"| `{name}` | {total.lines}, {total.characters} | {total.error_rate:.4f} | "
              f"{total.whole / max(total.lines, 1):.4f} | {total.false / total.pictures:.3f} | {causes} |")  # fmt: skip


def grid(sights: Sequence[tuple[Written, Detections]]) -> None:
    """Character error rates by both thresholds, in tenths."""
    print("| thresh | .1 | .2 | .3 |\n|---|---|---|---|")
    for thresh in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        rates = (total_of(sights, thresh, weak / thresh).error_rate for weak in (0.1, 0.2, 0.3))
        print(f"| {thresh} | " + " | ".join(f"{rate:.4f}" for rate in rates) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--grid", action="store_true", help="the errors in the set chosen by other thresholds")
    options = parser.parse_args()
    net, sets = Network.load(CFG, options.weights, names=list(CLASSES)), {}
    for name in ["chosen"] if options.grid else SETS:
        paths = sorted((options.folder / name).glob("*.png"))
        sets[name] = list(zip(map(written, paths), net.detect_many(paths, LEAST), strict=True))
    if options.grid:
        grid(sets["chosen"])
    else:
        table(sets)


if __name__ == "__main__":
    main()
