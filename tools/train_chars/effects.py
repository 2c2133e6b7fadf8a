"""What a camera and its surroundings do to a picture: clutter, light, blur, noise, compression."""

from __future__ import annotations

import cv2
import numpy as np

from .fonts import Mask

__all__ = ["clutter", "spoil"]

Rng = np.random.Generator


def clutter(rng: Rng, picture: Mask) -> None:
    """Lines, frames, discs and rings, drawn into the picture."""
    height, width = picture.shape[:2]
    for _ in range(int(rng.choice([0, 0, 3, 8, 15]))):
        a, b = (tuple(int(v) for v in rng.uniform(0, (width, height))) for _ in range(2))
        colour = rng.uniform(0, 255, 3).tolist()
        thickness = int(rng.integers(1, 6))
        kind = rng.integers(5)
        if kind == 0:
            cv2.line(picture, a, b, colour, thickness, cv2.LINE_AA)
        elif kind == 1:
            cv2.rectangle(picture, a, b, colour, thickness)
        elif kind == 2:
            cv2.rectangle(picture, a, (a[0] + int(rng.integers(4, 90)), a[1] + int(rng.integers(4, 90))), colour, -1)
        elif kind == 3:
            cv2.circle(picture, a, int(rng.integers(3, 60)), colour, thickness if rng.random() < 0.5 else -1, cv2.LINE_AA)
        else:
            points = (np.array(a) + rng.normal(0, 25, (int(rng.integers(3, 7)), 2))).astype(np.int32)
            cv2.polylines(picture, [points], bool(rng.random() < 0.5), colour, thickness, cv2.LINE_AA)


def spoil(rng: Rng, picture: Mask) -> Mask:
    """Light, blur, noise and compression, each sometimes."""
    if rng.random() < 0.5:
        picture = lit(rng, picture)
    if rng.random() < 0.5:
        picture = blurred(rng, picture)
    if rng.random() < 0.45:
        picture = noisy(rng, picture)
    if rng.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 95))]
        picture = cv2.imdecode(cv2.imencode(".jpg", picture, quality)[1], cv2.IMREAD_COLOR)
    if rng.random() < 0.08:
        picture = np.repeat(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)
    return picture


def lit(rng: Rng, picture: Mask) -> Mask:
    """Light that falls off to one side, or a shadow's edge, or a lamp's reflection; and another contrast."""
    h, w = picture.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    along = ((x - w / 2) * np.cos(angle) + (y - h / 2) * np.sin(angle)) / max(w, h) * 2
    kind = rng.integers(3)
    if kind == 0:
        gain = 1 + along * rng.uniform(0, 0.5)
    elif kind == 1:
        gain = 1 - rng.uniform(0.2, 0.5) / (1 + np.exp(-(along - rng.uniform(-0.6, 0.6)) * rng.uniform(4, 60)))
    else:
        cx, cy, r = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(30, 200)
        gain = 1 + rng.uniform(0.2, 0.8) * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * r * r))
    contrast, shift = rng.uniform(0.8, 1.15), rng.uniform(-15, 25)
    return np.clip(picture * (gain * contrast)[..., None] + shift, 0, 255).astype(np.uint8)


def blurred(rng: Rng, picture: Mask) -> Mask:
    """Out of focus, moved, or taken small and enlarged.  Little enough for small characters to stay legible."""
    kind = rng.integers(3)
    if kind == 0:
        return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.2))
    if kind == 1:
        length = int(rng.integers(2, 5))
        kernel = np.zeros((5, 5), np.float32)
        angle = rng.uniform(0, np.pi)
        for t in np.linspace(-length / 2, length / 2, 15):
            kernel[round(2 + t * np.sin(angle) * 0.9), round(2 + t * np.cos(angle) * 0.9)] += 1
        return cv2.filter2D(picture, -1, kernel / kernel.sum())
    h, w = picture.shape[:2]
    factor = rng.uniform(0.6, 0.95)
    small = cv2.resize(picture, (int(w * factor), int(h * factor)), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (w, h), interpolation=cv2.INTER_LINEAR)


def noisy(rng: Rng, picture: Mask) -> Mask:
    """Grain, of each colour or of all."""
    h, w = picture.shape[:2]
    grain = np.empty((h, w, 3 if rng.random() < 0.5 else 1), np.float32)
    cv2.setRNGSeed(int(rng.integers(2**31 - 1)))
    cv2.randn(grain, 0, rng.uniform(2, 14))
    return np.clip(picture + grain, 0, 255).astype(np.uint8)
