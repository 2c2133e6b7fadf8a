"""``python -m tools.train_chars.report FOLDER WEIGHTS OUT``: what the network sees in the sets of ``sets``, as pictures.

OUT gets confusion.png, what each character of both sets is taken for; successes.jpg and failures.jpg, scenes of both sets
with what was found.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from darknet_py import Detection, Network
from darknet_py.boxes.geometry import box_iou, drawn_corners

from . import CLASSES
from .fonts import Mask
from .sets import SETS

__all__ = ["Seen", "confusion", "main", "matched"]

CFG = Path(__file__).parents[2] / "cfg" / "yolov4-chars.cfg"
THRESH = 0.25
OVERLAP = 0.5
TILE = 320
GREEN, RED, BLUE = (60, 200, 60), (40, 40, 255), (255, 120, 40)
NOTHING = len(CLASSES)


@dataclass(frozen=True)
class Seen:
    """A picture (BGR), its labels (n, 5), what was found in it, and for each label the number of what found it, or -1."""

    picture: Mask
    labels: npt.NDArray[np.float32]
    found: Sequence[Detection]
    by: npt.NDArray[np.intp]

    @property
    def right(self) -> float:
        """The share of labels found as what they are."""
        kinds = [self.found[j].class_id == int(self.labels[i, 0]) for i, j in enumerate(self.by) if j >= 0]
        return sum(kinds) / max(1, len(self.labels))


def matched(labels: npt.NDArray[np.float32], found: Sequence[Detection]) -> npt.NDArray[np.intp]:
    """For each label the detection of any class that overlaps it most, the surest first, each used once; -1 for none."""
    by = np.full(len(labels), -1)
    if not len(labels) or not found:
        return by
    overlaps = box_iou(labels[:, None, 1:], np.array([d.box for d in found], np.float32))
    for j in np.argsort([-d.prob for d in found], kind="stable"):
        i = int(np.argmax(np.where(by < 0, overlaps[:, j], 0)))
        if by[i] < 0 and overlaps[i, j] > OVERLAP:
            by[i] = j
    return by


def look(net: Network, path: Path) -> Seen:
    """What the network finds in a picture that has its labels beside it."""
    rows = [[float(v) for v in line.split()] for line in path.with_suffix(".txt").read_text("utf-8").splitlines()]
    labels = np.array(rows, np.float32).reshape(-1, 5)
    found = net.detect(path, THRESH)
    return Seen(cv2.imread(str(path)), labels, found, matched(labels, found))


def confusion(seen: Sequence[Seen]) -> npt.NDArray[np.int64]:
    """(37, 37): how often a character of each class (row) was taken for each (column); the last ones are nothing."""
    table = np.zeros((NOTHING + 1, NOTHING + 1), np.int64)
    for s in seen:
        for (kind, *_), j in zip(s.labels, s.by, strict=True):
            table[int(kind), s.found[j].class_id if j >= 0 else NOTHING] += 1
        for j in set(range(len(s.found))) - set(s.by.tolist()):
            table[NOTHING, s.found[j].class_id] += 1
    return table


def heat_map(table: npt.NDArray[np.int64]) -> Mask:
    """The table as a picture: rows in shares, the count in each field that is not rare."""
    cell, margin = 24, 30
    shares = table / np.maximum(1, table.sum(1, keepdims=True))
    side = margin + cell * len(table)
    picture = np.full((side, side, 3), 255, np.uint8)
    names = [*CLASSES, "-"]
    for i, name in enumerate(names):
        put(picture, name, (8, margin + cell * i + 17), 0.5)
        put(picture, name, (margin + cell * i + 7, 20), 0.5)
        for j in range(len(names)):
            x, y, share = margin + cell * j, margin + cell * i, float(shares[i, j])
            strength = share**0.5
            colour = (255 - 200 * strength, 255 - 90 * strength, 255 - 200 * strength) if i == j else (
                255 - 215 * strength, 255 - 215 * strength, 255)  # fmt: skip
            cv2.rectangle(picture, (x, y), (x + cell - 2, y + cell - 2), colour, -1)
            if share >= 0.02:
                put(picture, f"{100 * share:.0f}", (x + 1, y + 15), 0.32)
    return picture


def put(picture: Mask, text: str, place: tuple[int, int], size: float, colour: tuple[int, int, int] = (0, 0, 0)) -> None:
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)


def drawn(seen: Seen) -> Mask:
    """The picture at twice the size: right ones green, mistaken ones red, missed ones blue; cut to a tile."""
    h, w = seen.picture.shape[:2]
    factor = TILE / max(h, w)
    picture = cv2.resize(seen.picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    pairs = zip(seen.labels[:, 0].astype(int), seen.by.tolist(), strict=True)
    right = {j for kind, j in pairs if j >= 0 and seen.found[j].class_id == kind}
    for j, d in enumerate(seen.found):
        frame(picture, d.box, GREEN if j in right else RED, d.name)
    for (kind, *box), j in zip(seen.labels, seen.by, strict=True):
        if j < 0:
            frame(picture, box, BLUE, CLASSES[int(kind)])
    tile = np.full((TILE, TILE, 3), 40, np.uint8)
    tile[: picture.shape[0], : picture.shape[1]] = picture[:TILE, :TILE]
    return tile


def frame(picture: Mask, box: Sequence[float], colour: tuple[int, int, int], name: str) -> None:
    left, top, right, bottom = drawn_corners(np.array(box, np.float32), (picture.shape[1], picture.shape[0])).tolist()
    cv2.rectangle(picture, (left, top), (right, bottom), colour, 1)
    put(picture, name, ((left + right) // 2 - 4, top - 1), 0.38, colour)


def sheet(seen: Sequence[Seen], columns: int = 4) -> Mask:
    """Tiles in rows."""
    tiles = [drawn(s) for s in seen]
    return np.vstack([np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles) // columns * columns, columns)])


def chosen(seen: Sequence[Seen], best: bool, count: int) -> list[Seen]:
    """Scenes with enough characters: every so many of the better half, or the worst ones."""
    ranked = sorted((s for s in seen if len(s.labels) >= 5), key=lambda s: s.right, reverse=best)
    step = max(1, len(ranked) // 2 // count) if best else 1
    return ranked[:: step][:count]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    net = Network.load(CFG, options.weights, names=list(CLASSES))
    sets = {name: [look(net, p) for p in sorted((options.folder / name).glob("*.png"))] for name in SETS}
    everything = [s for seen in sets.values() for s in seen]
    options.out.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(options.out / "confusion.png"), heat_map(confusion(everything)))
    for name, best in (("successes", True), ("failures", False)):
        picked = [s for seen in sets.values() for s in chosen(seen, best, 8)]
        cv2.imwrite(str(options.out / f"{name}.jpg"), sheet(picked), [cv2.IMWRITE_JPEG_QUALITY, 80])


if __name__ == "__main__":
    main()
