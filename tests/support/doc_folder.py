"""The folder in which pages of the documentation are run: a clone's examples/, and what a reader has of their own."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import videos
from reference import REPO

__all__ = ["prepare"]

RED, GREEN = (2, 1, videos.RED), (5, 3, videos.GREEN)  # cells of a picture with a car, a truck
PICTURES = {"a": (RED, GREEN), "b": (RED,), "c": (GREEN,)}


def prepare(folder: Path) -> None:
    """cars.cfg, .weights, .names, .data; street.png, streets/ with labels and their list; road.avi of four frames."""
    shutil.copytree(REPO / "examples", folder / "examples")
    videos.detector(folder)
    for kind in ("cfg", "weights"):
        (folder / f"x.{kind}").rename(folder / f"cars.{kind}")
    for left in ("x.data", "x.names"):
        (folder / left).unlink()
    (folder / "cars.names").write_text("car\ntruck\n")
    (folder / "cars.data").write_text("classes=2\nnames=cars.names\ntrain=streets.txt\nvalid=streets.txt\n")
    _pictures(folder)
    videos.write_video(folder / "road.avi", videos.moving(4))


def _pictures(folder: Path) -> None:
    cv2.imwrite(str(folder / "street.png"), videos.picture(RED, GREEN))
    (folder / "streets").mkdir()
    for name, cells in PICTURES.items():
        cv2.imwrite(str(folder / "streets" / f"{name}.png"), videos.picture(*cells))
        labels = (_label(0 if cell is RED else 1, *cell[:2]) for cell in cells)
        (folder / "streets" / f"{name}.txt").write_text("".join(labels))
    (folder / "streets.txt").write_text("".join(f"streets/{name}.png\n" for name in PICTURES))


def _label(class_id: int, x: int, y: int) -> str:
    centre = np.divide((x + 0.5, y + 0.5), (videos.WIDTH / videos.CELL, videos.HEIGHT / videos.CELL))
    sides = np.divide(videos.CELL, (videos.WIDTH, videos.HEIGHT))
    return " ".join([str(class_id), *(f"{value:.6f}" for value in (*centre, *sides))]) + "\n"
