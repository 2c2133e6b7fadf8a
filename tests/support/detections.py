"""Made sets of pictures with labels, and what a network might have found in them."""

from __future__ import annotations

import numpy as np

from darknet_py.evaluate import Found
from darknet_py.files.labels import Labels
from darknet_py.files.samples import Sample

SIZE = 1000, 1000  # of each picture
GRID = 4  # labels of a side, far from each other


def found(*rows):
    """A Found from (class, probability, x, y, w, h)."""
    table = np.array(rows, np.float32).reshape(-1, 6)
    return Found(table[:, 0].astype(np.int64), table[:, 1], table[:, 2:])


def labels(*rows):
    """Labels from (class, x, y, w, h)."""
    table = np.array(rows, np.float32).reshape(-1, 5)
    return Labels(table[:, 0].astype(np.int64), table[:, 1:])


def apart(seed, classes=3, pictures=12):
    """(found, samples) on which all evaluators' rules agree: no two labels are near each other, boxes are ranked and of
    probabilities that differ.  A label has up to two boxes, moved a little, some of another class; some are on none."""
    random = np.random.RandomState(seed)
    seen, samples = [], []
    for number in range(pictures):
        places = [((i + 0.5) / GRID, (j + 0.5) / GRID) for i in range(GRID) for j in range(GRID)]
        rows, truths = [], []
        for x, y in places:
            class_id, kind = random.randint(classes), random.rand()
            if kind < 0.7:
                truths.append((class_id, x, y, 0.12, 0.12))
            for _ in range(random.randint(3)):
                other = random.randint(classes) if random.rand() < 0.2 else class_id
                dx, dy, dw, dh = random.uniform(-0.02, 0.02, 4)
                rows.append((other, random.rand(), x + dx, y + dy, 0.12 + dw, 0.12 + dh))
        seen.append(found(*sorted(rows, key=lambda row: -row[1])))
        samples.append(Sample(f"{number}.png", (), labels(*truths)))
    return seen, samples
