"""What lies under the characters: crops of photographs, and surfaces that are computed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np

from .fonts import Mask

__all__ = ["background", "photographs"]

Rng = np.random.Generator

# name of scikit-image's file, or of scikit-learn's; none of them shows anything to read
PHOTOGRAPHS = {
    "train": (
        "astronaut.png", "brick.png", "camera.png", "cell.png", "clock_motion.png", "coins.png", "gravel.png",
        "hubble_deep_field.jpg", "motorcycle_left.png", "retina.jpg", "rocket.jpg", "china.jpg", "color.png",
    ),
    "held": ("chelsea.png", "coffee.png", "flower.jpg", "grass.png", "ihc.png", "moon.png"),
}  # fmt: skip
PLAIN = 0.25            # share of backgrounds without a photograph


@cache
def photographs(split: str) -> tuple[Mask, ...]:
    """RGB uint8 (h, w, 3) of a split, "train" or "held"."""
    import skimage
    import sklearn

    folders = Path(skimage.__file__).parent / "data", Path(sklearn.__file__).parent / "datasets" / "images"
    found = []
    for name in PHOTOGRAPHS[split]:
        path = next(p for p in (folder / name for folder in folders) if p.is_file())
        found.append(np.ascontiguousarray(cv2.imread(str(path), cv2.IMREAD_COLOR)[..., ::-1]))
    return tuple(found)


def background(rng: Rng, split: str, width: int, height: int) -> Mask:
    """RGB uint8 (height, width, 3): part of a photograph turned, mirrored and coloured anew; or a plain surface."""
    picture = surface(rng, width, height) if rng.random() < PLAIN else crop(rng, split, width, height)
    gain, shift = rng.uniform(0.5, 1.25, 3) if rng.random() < 0.4 else rng.uniform(0.5, 1.25), rng.uniform(-40, 40)
    return np.clip(np.ascontiguousarray(picture) * np.float32(gain) + np.float32(shift), 0, 255).astype(np.uint8)


def crop(rng: Rng, split: str, width: int, height: int) -> Mask:
    """A part of a photograph, from a fifth of its width to all of it."""
    among = photographs(split)
    picture = among[rng.integers(len(among))]
    h, w = picture.shape[:2]
    scale = rng.uniform(0.25, 1) * min(w / width, h / height)
    cw, ch = int(width * scale), int(height * scale)
    x, y = rng.integers(w - cw + 1), rng.integers(h - ch + 1)
    part = cv2.resize(picture[y : y + ch, x : x + cw], (width, height), interpolation=cv2.INTER_LINEAR)
    part = part[:, ::-1] if rng.random() < 0.5 else part
    part = part[::-1] if rng.random() < 0.2 else part
    return part[..., rng.permutation(3)] if rng.random() < 0.3 else part


def surface(rng: Rng, width: int, height: int) -> Mask:
    """Noise of some coarseness along and across (clouds, wood, brushed metal) around a colour."""
    sides = [max(2, int(2 ** rng.uniform(1, 7))) for _ in range(2)]
    noise = cv2.resize(rng.normal(0, 1, sides).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    colour, other = rng.uniform(0, 255, 3), rng.normal(0, 30, 3)
    return np.clip(colour + noise[..., None] * other, 0, 255).astype(np.float32)
