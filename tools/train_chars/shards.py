"""``python -m tools.train_chars.shards FOLDER``: scenes for training on disk, a thousand a shard.

Each shard has its own seed, so that they are rendered in any order, once.
"""

from __future__ import annotations

import argparse
import os
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt

from darknet_py._support import whole_file

from . import SIZE

__all__ = ["SHARD", "boxes_of", "main", "numbers", "pictures_of", "write"]

SEED = 1
SHARD = 1000
PAGES = 4               # every so many shards, one has pages full of text instead of scenes


def write(folder: Path, number: int, count: int = SHARD) -> None:
    """Render a shard, unless it is there: pictures_<n>.npy (count, SIZE, SIZE, 3) and boxes_<n>.npy, rows of
    (picture, class, x, y, width, height)."""
    import cv2

    from .scenes import page, render

    target = boxes_path(folder, number)
    if target.exists():
        return
    cv2.setNumThreads(1)
    rng = np.random.default_rng([SEED, number])
    pictures = np.lib.format.open_memmap(part(pictures_path(folder, number)), "w+", np.uint8, (count, SIZE, SIZE, 3))
    rows = []
    for i in range(count):
        scene = (page if number % PAGES == 0 else render)(rng, "train")
        pictures[i] = scene.picture
        rows.append(np.insert(scene.boxes, 0, i, 1))
    pictures.flush()
    os.replace(part(pictures_path(folder, number)), pictures_path(folder, number))
    with whole_file(target) as file:
        np.save(file, np.concatenate(rows))


def part(path: Path) -> Path:
    """The name of a file that is not whole yet."""
    return path.with_suffix(".part")


def pictures_path(folder: Path, number: int) -> Path:
    return folder / f"pictures_{number:03d}.npy"


def boxes_path(folder: Path, number: int) -> Path:
    return folder / f"boxes_{number:03d}.npy"


def numbers(folder: Path) -> list[int]:
    """Of the shards that are whole."""
    return sorted(int(path.stem.rsplit("_", 1)[1]) for path in folder.glob("boxes_*.npy"))


def pictures_of(folder: Path, number: int) -> npt.NDArray[np.uint8]:
    """The pictures of a shard, mapped."""
    return np.load(pictures_path(folder, number), mmap_mode="r")


def boxes_of(folder: Path, number: int) -> list[npt.NDArray[np.float32]]:
    """For each picture its boxes (n, 5)."""
    rows = np.load(boxes_path(folder, number))
    count = len(pictures_of(folder, number))
    return [rows[rows[:, 0] == i, 1:] for i in range(count)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--numbers", type=int, nargs="+", default=range(12), help="of the shards")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with get_context("spawn").Pool(options.processes) as pool:
        pool.starmap(write, [(options.folder, number) for number in options.numbers], chunksize=1)


if __name__ == "__main__":
    main()
