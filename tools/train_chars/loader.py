"""Batches for training: scenes from shards, each time cut, scaled and coloured anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from . import CLASSES, SIZE, shards

__all__ = ["CROP", "Batch", "Scenes", "batches", "varied"]

Picture = npt.NDArray[Any]  # uint8
Boxes = npt.NDArray[np.float32]
Shares = npt.NDArray[np.float64]
Batch = tuple[Tensor, Tensor]

CROP = 320              # pixels: the network learns from parts of scenes
EMPTY = 80              # characters that a scene counts as having besides its own
SCALES = 0.9, 2.6       # the network's input is larger than a scene by 1.38
SHARPENED = 0.35        # share of pictures
LEAST_SIDE = 7 / CROP       # height of what is still labelled
LEAST_PART = 0.6            # of a box that must be inside the picture
GREY = (127, 127, 127)


class Scenes(Dataset[tuple[Picture, Boxes]]):
    """Parts of scenes for the batches from step ``first`` to ``last``, the same for a seed.

    A scene is drawn the oftener the more characters it has, since these are what the network learns from, and rare ones
    count for more.  All scenes are kept in memory.
    """

    def __init__(self, folder: Path, size: int, first: int, last: int, seed: int) -> None:
        self.seed, self.first, self.count = seed, first * size, (last - first) * size
        numbers = shards.numbers(folder)
        self.pictures = [np.array(shards.pictures_of(folder, n)) for n in numbers]
        self.boxes = [shards.boxes_of(folder, n) for n in numbers]
        self.places = [(n, i) for n, boxes in enumerate(self.boxes) for i in range(len(boxes))]
        self.rarity = rarity(np.concatenate([b for boxes in self.boxes for b in boxes]))
        shares = np.array([EMPTY + self.rarity[kinds(self.boxes[n][i])].sum() for n, i in self.places])
        self.shares = np.cumsum(shares / shares.sum())

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Picture, Boxes]:
        rng = np.random.default_rng([self.seed, self.first + index])
        number, i = self.places[np.searchsorted(self.shares, rng.random() * self.shares[-1])]
        return varied(rng, self.pictures[number][i], self.boxes[number][i], self.rarity)


def kinds(boxes: Boxes) -> npt.NDArray[np.int64]:
    """The class of each box."""
    return boxes[:, 0].astype(np.int64)


def rarity(boxes: Boxes) -> npt.NDArray[np.float64]:
    """For each class the mean count of a class by its own.  Scenes have three times as many of a digit as of a letter."""
    counts = np.bincount(kinds(boxes), minlength=len(CLASSES))
    return len(boxes) / len(CLASSES) / np.maximum(counts, 1)


def varied(rng: np.random.Generator, picture: Picture, boxes: Boxes, shares: Shares) -> tuple[Picture, Boxes]:
    """A part of CROP pixels around one of the boxes, drawn by its class's share, scaled, its colours changed; boxes (n, 5)
    that are still to be seen."""
    scale = float(np.exp(rng.uniform(*np.log(SCALES))))
    centre = drawn(rng, boxes, shares)[1:3] if len(boxes) else rng.random(2)
    x, y = (corner(rng, float(c) * SIZE * scale, SIZE * scale) for c in centre)
    matrix = np.array([[scale, 0, -x], [0, scale, -y]], np.float32)
    picture = cv2.warpAffine(picture, matrix, (CROP, CROP), flags=cv2.INTER_LINEAR, borderValue=GREY)
    picture = sharpened(picture, rng.uniform(0.3, 1.2)) if rng.random() < SHARPENED else picture
    return coloured(rng, picture), inside(boxes, scale * SIZE / CROP, -x / CROP, -y / CROP)


def drawn(rng: np.random.Generator, boxes: Boxes, shares: Shares) -> npt.NDArray[np.float32]:
    """One of the boxes, by the shares of the classes."""
    sums = np.cumsum(shares[kinds(boxes)])
    return boxes[np.searchsorted(sums, rng.random() * sums[-1])]


def sharpened(picture: Picture, strength: float) -> Picture:
    """As pictures are that were taken larger, for scenes are enlarged here."""
    return cv2.addWeighted(picture, 1 + strength, cv2.GaussianBlur(picture, (0, 0), 1.2), -strength, 0)


def corner(rng: np.random.Generator, centre: float, side: float) -> float:
    """Where a window of CROP pixels starts that has ``centre`` in it, and that does not leave a side of so many pixels
    without need."""
    start = centre - rng.uniform(0.1, 0.9) * CROP
    return min(max(start, 0.0), side - CROP) if side > CROP else (side - CROP) * rng.random()


def inside(boxes: Boxes, scale: float, x: float, y: float) -> Boxes:
    """Boxes scaled, moved and cut to the picture; without those that are mostly outside or too small."""
    low = (boxes[:, 1:3] - boxes[:, 3:] / 2) * scale + (x, y)
    high = (boxes[:, 1:3] + boxes[:, 3:] / 2) * scale + (x, y)
    area = (high - low).prod(1)
    low, high = low.clip(0, 1), high.clip(0, 1)
    sides = (high - low).clip(0)
    stay = (sides.prod(1) > LEAST_PART * area) & (sides[:, 1] >= LEAST_SIDE)
    return np.concatenate([boxes[:, :1], (low + high) / 2, sides], 1)[stay].astype(np.float32)


def coloured(rng: np.random.Generator, picture: Picture) -> Picture:
    """Contrast and brightness of each channel or of all, channels in another order, dark for light."""
    gain = rng.uniform(0.7, 1.3, 3) if rng.random() < 0.5 else np.full(3, rng.uniform(0.7, 1.3))
    shift = rng.uniform(-25, 25)
    table = ((np.arange(256)[:, None] - 128) * gain + 128 + shift).clip(0, 255)
    table = 255 - table if rng.random() < 0.15 else table
    picture = picture[..., rng.permutation(3)] if rng.random() < 0.3 else picture
    return cv2.LUT(np.ascontiguousarray(picture), table.astype(np.uint8)[:, None])


def batches(folder: Path, size: int, first: int, last: int, seed: int) -> Iterator[Batch]:
    """For each step from ``first`` to ``last``: pictures uint8 (size, 3, CROP, CROP) and targets (n, 6)."""
    scenes = Scenes(folder, size, first, last, seed)
    return iter(DataLoader(scenes, size, num_workers=1, collate_fn=collate, prefetch_factor=4))


def collate(scenes: list[tuple[Picture, Boxes]]) -> Batch:
    """Scenes → one tensor of pictures, and rows of picture, class, x, y, width, height."""
    pictures = torch.from_numpy(np.stack([p for p, _ in scenes])).permute(0, 3, 1, 2)
    rows = np.concatenate([np.insert(b, 0, i, 1) for i, (_, b) in enumerate(scenes)])
    return pictures, torch.from_numpy(rows)
