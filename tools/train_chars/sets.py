"""``python -m tools.train_chars.sets FOLDER``: the two sets for evaluation, as ``darknet_py detector map`` reads them.

``held``: scenes of the training's renderer with fonts, handwriting and photographs that training never saw.
``second``: the pictures of another renderer, in the same held-out fonts.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from . import CLASSES, scenes, second
from .scenes import Scene

__all__ = ["SETS", "main", "write"]

SETS: dict[str, tuple[Callable[[np.random.Generator, str], Scene], int, int]] = {
    "held": (scenes.render, 300, 2),
    "second": (second.render, 200, 3),
}  # renderer, pictures, seed


def write(folder: Path, name: str) -> None:
    """folder/name/*.png, a .txt of labels beside each, name.txt which lists them and name.data."""
    render, count, seed = SETS[name]
    rng = np.random.default_rng(seed)
    (folder / name).mkdir(parents=True, exist_ok=True)
    paths = [folder / name / f"{i:03d}.png" for i in range(count)]
    for path in paths:
        scene = render(rng, "held")
        cv2.imwrite(str(path), scene.picture[..., ::-1])
        rows = (f"{int(k)} " + " ".join(f"{v:.6f}" for v in box) + "\n" for k, *box in scene.boxes)
        path.with_suffix(".txt").write_text("".join(rows), "utf-8")
    (folder / f"{name}.txt").write_text("".join(f"{path.resolve()}\n" for path in paths), "utf-8")
    (folder / "chars.names").write_text("\n".join(CLASSES) + "\n", "utf-8")
    valid, names = (folder / f"{name}.txt").resolve(), (folder / "chars.names").resolve()
    (folder / f"{name}.data").write_text(f"classes = {len(CLASSES)}\nvalid = {valid}\nnames = {names}\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    for name in SETS:
        write(options.folder, name)


if __name__ == "__main__":
    main()
