"""``python -m tools.train_chars.sets FOLDER``: the sets for evaluation, as ``darknet_py detector map`` reads them.

``held``: scenes of the training's renderer with fonts, handwriting and photographs that training never saw.
``second``: the pictures of another renderer, in the same held-out fonts.
``third``: those of a third one, of other things in other fonts.
``nothing``: the photographs of ``held`` with clutter, and no character.
``chosen``: scenes as training sees them, a quarter of them without characters: by these ``boxes/lines.py`` is set.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from . import CLASSES, scenes, second, third
from .scenes import Scene

__all__ = ["SETS", "main", "write"]


class Recipe(NamedTuple):
    """``render`` draws each of ``pictures`` from ``split``."""

    render: Callable[[np.random.Generator, str], Scene]
    split: str
    pictures: int
    seed: int


def some_empty(rng: np.random.Generator, split: str) -> Scene:
    """A scene, every fourth time without a character."""
    return (scenes.empty if rng.random() < 0.25 else scenes.render)(rng, split)


SETS = {
    "held": Recipe(scenes.render, "held", 300, 2),
    "second": Recipe(second.render, "held", 200, 3),
    "third": Recipe(third.render, "third", 200, 4),
    "nothing": Recipe(scenes.empty, "held", 200, 5),
    "chosen": Recipe(some_empty, "train", 400, 6),
}


def write(folder: Path, name: str) -> None:
    """folder/name/*.png, beside each a .txt of labels, a .lines (a row a line of text: the numbers of its labels) and an
    .others (boxes of characters without a label), a name.txt which lists them and name.data."""
    recipe = SETS[name]
    rng = np.random.default_rng(recipe.seed)
    (folder / name).mkdir(parents=True, exist_ok=True)
    paths = [folder / name / f"{i:03d}.png" for i in range(recipe.pictures)]
    for path in paths:
        scene = recipe.render(rng, recipe.split)
        cv2.imwrite(str(path), scene.picture[..., ::-1])
        numbers = (np.flatnonzero(scene.lines == line) for line in np.unique(scene.lines[scene.lines >= 0]))
        for suffix, rows in (
            (".txt", (f"{int(k)} {shares(box)}" for k, *box in scene.boxes)),
            (".lines", (" ".join(map(str, line)) for line in numbers)),
            (".others", map(shares, scene.others)),
        ):
            path.with_suffix(suffix).write_text("".join(f"{row}\n" for row in rows), "utf-8")
    (folder / f"{name}.txt").write_text("".join(f"{path.resolve()}\n" for path in paths), "utf-8")
    (folder / "chars.names").write_text("\n".join(CLASSES) + "\n", "utf-8")
    valid, names = (folder / f"{name}.txt").resolve(), (folder / "chars.names").resolve()
    (folder / f"{name}.data").write_text(f"classes = {len(CLASSES)}\nvalid = {valid}\nnames = {names}\n", "utf-8")


def shares(box: Iterable[float]) -> str:
    return " ".join(f"{v:.6f}" for v in box)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    for name in SETS:
        write(options.folder, name)


if __name__ == "__main__":
    main()
