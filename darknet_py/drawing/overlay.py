"""Heat in a picture, and its legend."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from .colors import Color, color_of
from .heat import Heat
from .letters import written
from .marks import Style
from .sizes import letters_size

__all__ = ["lay_over"]

Picture = NDArray[np.uint8]
SHARP = 4           # the power by which the surest class of a place outweighs others
COLOUR_LEFT, GREY_LEFT = 0.2, 0.35  # of a picture that heat is laid over, so that heat is told from it
STRONGEST = 0.85    # share of the surest place that its colour is
MOST, SHARE = 8, 0.5  # of a legend: classes, of a picture's sides
RAMP = 4            # of a legend's scale: heights of letters
GROUND = 40


def lay_over(picture: Picture, heat: Heat, names: Mapping[int, str], style: Style, classes: int) -> Picture:
    """A picture (h, w, 3) with each place in the colour of the class that is surest there, the stronger the surer.

    The legend has a scale from 0 to 100 % for each class with its name and its surest place; of many, for the surest.
    """
    from .._support.with_cv2 import cv2

    size = picture.shape[1], picture.shape[0]
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    out = np.asarray(cv2.addWeighted(picture, COLOUR_LEFT, grey, GREY_LEFT, 0), np.uint8)
    if not heat:
        return out
    colors = {class_id: color_of(class_id, style.colors, classes) for class_id in heat}
    stack = np.stack(list(heat.values()))
    sure = stack.max(0)
    shares = (stack / np.maximum(sure, np.float32(1e-9))) ** SHARP
    colored = np.tensordot(shares / np.maximum(shares.sum(0), 1), np.array(list(colors.values())), (0, 0)) * sure[..., None]
    layer = cv2.resize(np.dstack([colored, sure]).astype(np.float32), size, interpolation=cv2.INTER_LINEAR) * STRONGEST
    np.copyto(out, out * (1 - layer[..., 3:]) + layer[..., :3], casting="unsafe")
    peaks = {class_id: float(place.max()) for class_id, place in heat.items()}
    if style.labels != "off":
        _legend(out, sure, peaks, {i: (names.get(i, str(i)), colors[i]) for i in peaks}, letters_size(style, size))
    return out


def _legend(
    out: Picture, sure: NDArray[np.float32], peaks: Mapping[int, float], looks: Mapping[int, tuple[str, Color]], letters: int
) -> None:
    """In the corner that has least heat; nothing where the picture is too small."""
    rows = [_row(*looks[i], peaks[i], letters) for i in sorted(peaks, key=lambda i: -peaks[i])[:MOST]]
    rows = [row for row in rows if row.shape[1] <= out.shape[1]]
    while rows and sum(map(len, rows)) > SHARE * out.shape[0]:
        rows.pop()
    if not rows:
        return
    width = max(row.shape[1] for row in rows)
    panel = np.vstack([np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=GROUND) for row in rows])
    high, wide = panel.shape[:2]
    shares = [max(round(a * b / c), 1) for a, b, c in zip(sure.shape, (high, wide), out.shape, strict=False)]
    corners = [(bottom, right) for bottom in (True, False) for right in (False, True)]
    bottom, right = min(corners, key=lambda corner: _part(sure, shares[0], shares[1], *corner).sum())
    _part(out, high, wide, bottom, right)[:] = panel


def _part(of: NDArray[np.generic], high: int, wide: int, bottom: bool, right: bool) -> NDArray[np.generic]:
    """A corner of an array."""
    return of[slice(-high, None) if bottom else slice(high), slice(-wide, None) if right else slice(wide)]


def _row(name: str, color: Color, peak: float, letters: int) -> Picture:
    """A scale with a tick where the class is surest, and its name."""
    text = written(f"{name} {peak * 100:.0f}%", letters)
    if not text.size:
        return np.zeros((0, 0, 3), np.uint8)
    high, width, tick = len(text), RAMP * letters, max(letters // 10, 1)
    row = np.full((high, width + 2 * (high // 4) + text.shape[1], 3), GROUND, np.float32)
    share = np.linspace(0, 1, width)[None, :, None]
    scale = (GROUND * (1 - share) + np.array(color) * share) * np.ones((high // 2, 1, 1))
    end = max(min(round(peak * width), width - 1), tick)
    scale[:, end - tick : end] = 255
    row[high // 4 : high // 4 + high // 2, high // 4 : high // 4 + width] = scale
    cover = text[..., None] / np.float32(255)
    row[:, -text.shape[1] :] = GROUND + (255 - GROUND) * cover
    return row.astype(np.uint8)
