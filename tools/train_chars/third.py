"""A third renderer, for evaluation alone: clocks, gauges, plates, house numbers, jerseys, boards, counters, street signs.

Its fonts are its own; its segments are slanted and pointed; around the characters stand things that are none: needles,
ticks, bars, fences.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from . import CLASSES
from .scenes import Scene
from .second import SEGMENTS, Canvas, Colour, Rng, finished, ink

__all__ = ["render"]

DIGITS, LETTERS = CLASSES[:10], CLASSES[10:]
LIGHTS: tuple[Colour, ...] = ((255, 60, 40), (255, 176, 30), (80, 255, 120), (90, 190, 255), (245, 245, 235))
WORDS = ("ELM", "OAK", "MAIN", "PARK", "NORTH", "RIVER", "BERLIN", "PARIS", "OSLO", "MADRID", "GENEVA", "HUDSON", "KIEV")
UNITS = ("BAR", "PSI", "KPA", "VOLT", "AMP", "RPM")


def height(font: Any, text: str = "H") -> tuple[float, float]:
    """Top and height of a text's ink."""
    sides = [ink(font, c) for c in text if c in CLASSES]
    top, bottom = min(s[1] for s in sides), max(s[3] for s in sides)
    return top, bottom - top


def centred(
    canvas: Canvas, x: float, y: float, text: str, cap: float, fill: Colour, gap: float = 0, font: Any = None
) -> None:
    """A line of text around (x, y), ``gap`` between characters; in ``font``, or one by chance with capitals ``cap`` high."""
    font = font or canvas.font(cap * 1.4)
    top, high = height(font)
    wide = sum(canvas.draw.textlength(c, font=font) + gap for c in text) - gap
    canvas.write(x - wide / 2, y - top - high / 2, text, font, fill, gap)


def pointed(canvas: Canvas, digit: int, x: float, y: float, w: float, h: float, light: Colour, off: Colour | None) -> None:
    """A digit of seven hexagonal bars, slanted to the right; its unlit bars in ``off``."""
    t, slant, m = 0.13 * h, 0.12, h / 2
    ends = ((0, 0, w, 0), (0, 0, 0, m), (w, 0, w, m), (0, m, w, m), (0, m, 0, h), (w, m, w, h), (0, h, w, h))
    lit = np.empty((0, 2))
    for (a, b, c, d), on in zip(ends, SEGMENTS[digit], strict=True):
        along = np.array([c - a, d - b]) / max(np.hypot(c - a, d - b), 1)
        across, half = np.array([-along[1], along[0]]) * t / 2, along * t / 2
        start, end = np.array([a, b]) + along * t * 0.15, np.array([c, d]) - along * t * 0.15
        bar = np.array([start, start + half + across, end - half + across, end, end - half - across, start + half - across])
        bar = bar + np.array([x, y]) + np.stack([(h - bar[:, 1]) * slant, 0 * bar[:, 0]], 1)
        if on == "1" or off:
            canvas.draw.polygon([tuple(p) for p in bar], light if on == "1" else off)
        lit = np.concatenate([lit, bar]) if on == "1" else lit
    canvas.mark(digit, *lit.min(0), *lit.max(0))


def segments(canvas: Canvas, x: float, y: float, h: float, text: str, light: Colour, off: Colour | None) -> float:
    """Digits, points and colons of segments with their left upper corner at (x, y): a line; where it ends."""
    canvas.line += 1
    w, r = 0.5 * h, 0.06 * h
    for c in text:
        if c.isdigit():
            pointed(canvas, int(c), x, y, w, h, light, off)
            x += 0.78 * h
        else:
            for dot in (0.3, 0.7) if c == ":" else (1.0,):
                middle = x - 0.02 * h + 0.12 * (1 - dot) * h, y + dot * h
                canvas.draw.rectangle((middle[0] - r, middle[1] - r, middle[0] + r, middle[1] + r), light)
            x += 0.22 * h
    return x


def clock(canvas: Canvas) -> None:
    """A clock or a thermostat: shining on black, or dark on a liquid crystal's grey."""
    rng, (w, h) = canvas.rng, canvas.picture.size
    lit, high = rng.random() < 0.6, rng.uniform(0.12, 0.35) * h
    ground = (10, 11, 13) if lit else tuple(int(v) for v in rng.uniform((140, 150, 120), (190, 200, 170)))
    light = LIGHTS[rng.integers(len(LIGHTS))] if lit else (25, 30, 28)
    off = tuple(int(0.92 * g + 0.08 * c) for g, c in zip(ground, light, strict=True)) if rng.random() < 0.6 else None
    text = (f"{rng.integers(1, 24)}:{rng.integers(60):02d}", f"{rng.integers(100)}.{rng.integers(10)}",
            canvas.string(2, 6, DIGITS))[rng.integers(3)]  # fmt: skip
    high = min(high, 0.8 * w / (0.8 * len(text) + 0.6))
    wide = 0.8 * high * len(text) + 0.5 * high
    x, y = rng.uniform(0, w - wide - 0.06 * w), rng.uniform(0.02, 0.5) * h
    canvas.draw.rounded_rectangle((x, y, x + wide + 0.05 * w, y + 2.3 * high), 0.1 * high, ground, (60, 60, 60), 3)
    segments(canvas, x + 0.04 * w, y + 0.35 * high, high, text, light, off)
    if rng.random() < 0.5:
        word = ("TEMP", "ALARM", "SET", "ROOM 2")[rng.integers(4)]
        centred(canvas, x + wide / 2, y + 1.85 * high, word, 0.22 * high, light)


def gauge(canvas: Canvas) -> None:
    """A dial with ticks, numbers around it, a unit and a needle."""
    rng, (w, h) = canvas.rng, canvas.picture.size
    r, x, y = rng.uniform(0.3, 0.48) * min(w, h), w / 2, h / 2
    face, ink = ((240, 240, 234), (25, 25, 28)) if rng.random() < 0.7 else ((24, 25, 28), (235, 235, 230))
    canvas.draw.ellipse((x - r, y - r, x + r, y + r), face, (110, 110, 112), max(3, int(0.06 * r)))
    step, cap = int(rng.choice([1, 2, 5, 10, 20, 40])), rng.uniform(0.1, 0.15) * r
    font = canvas.font(cap * 1.4)
    for i, angle in enumerate(np.linspace(0.75, 2.25, 41) * np.pi):
        way = np.array([np.cos(angle), np.sin(angle)])
        inner = 0.78 if i % 5 == 0 else 0.85
        canvas.draw.line((*(way * inner * r + [x, y]), *(way * 0.9 * r + [x, y])), ink, max(1, int(r * 0.02)))
        if i % 5 == 0:
            centred(canvas, *(way * 0.62 * r + [x, y]), str(i // 5 * step), cap, ink, font=font)
    centred(canvas, x, y + 0.45 * r, UNITS[rng.integers(len(UNITS))], cap, ink)
    angle = rng.uniform(0.75, 2.25) * np.pi
    way, side = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    end = 0.15 * way
    needle = [tuple(p * r + np.array([x, y])) for p in (0.5 * way, 0.03 * side - end, -0.03 * side - end)]
    canvas.draw.polygon(needle, (200, 30, 25) if rng.random() < 0.6 else ink)
    canvas.draw.ellipse((x - 0.07 * r, y - 0.07 * r, x + 0.07 * r, y + 0.07 * r), (90, 90, 92))


def plates(canvas: Canvas) -> None:
    """Number plates with a blue band, some of two lines."""
    rng, (w, h) = canvas.rng, canvas.picture.size
    for row in range(int(rng.integers(1, 4))):
        cap = rng.uniform(0.035, 0.085) * h
        text = (f"{canvas.string(1, 3, LETTERS)} {canvas.string(1, 2, LETTERS)} {canvas.string(2, 4, DIGITS)}",
                f"{canvas.string(2, 2, LETTERS)}{canvas.string(2, 2, DIGITS)} {canvas.string(3, 3, LETTERS)}",
                f"{canvas.string(3, 4, DIGITS)} {canvas.string(3, 3, LETTERS)}")[rng.integers(3)]  # fmt: skip
        wide, x, y = cap * 10.5, rng.uniform(0.02, 0.1) * w, (0.05 + 0.31 * row) * h
        surface = (244, 244, 240) if rng.random() < 0.7 else (246, 205, 40)
        canvas.draw.rounded_rectangle((x, y, x + wide, y + 2 * cap), 0.2 * cap, surface, (15, 15, 18), max(2, int(cap / 12)))
        canvas.draw.rectangle((x + 4, y + 4, x + 0.9 * cap, y + 2 * cap - 4), (20, 60, 160))
        centred(canvas, x + 0.5 * cap + wide / 2, y + cap, text, cap, (18, 18, 22), rng.uniform(0, 0.1) * cap)


def bricks(canvas: Canvas, brick: Colour, mortar: Colour) -> None:
    """A wall all over the picture."""
    w, h = canvas.picture.size
    canvas.picture.paste(brick, (0, 0, w, h))
    for i in range(int(h / 24)):
        y, shift = i * 24, i % 2 * 30
        canvas.draw.line((0, y, w, y), mortar, 3)
        for x in range(shift, int(w) + 60 + shift, 60):
            canvas.draw.line((x, y, x, y + 24), mortar, 3)


def house(canvas: Canvas) -> None:
    """One number on an enamel plate, or of metal on a wall."""
    rng, (w, h) = canvas.rng, canvas.picture.size
    text, cap = str(rng.integers(1, (10, 100, 1000)[rng.integers(3)])), rng.uniform(0.12, 0.35) * h
    x, y = rng.uniform(0.35, 0.65) * w, rng.uniform(0.3, 0.7) * h
    wall = rng.integers(60, 200, 3)
    bricks(canvas, tuple(int(v) for v in wall), tuple(int(v) for v in wall * 0.75))
    surface, fill = ((24, 48, 130), (248, 248, 248)) if rng.random() < 0.5 else canvas.colours()
    if rng.random() < 0.7:
        half = cap * (0.5 + 0.45 * len(text))
        edges = x - half, y - cap, x + half, y + cap
        canvas.draw.rounded_rectangle(edges, 0.15 * cap, surface, fill, max(2, int(cap / 14)))
    else:
        fill = (240, 236, 220) if wall.mean() < 128 else (30, 28, 26)
    centred(canvas, x, y, text, cap, fill)


def jersey(canvas: Canvas) -> None:
    """A name and a large number on cloth."""
    rng, (w, h) = canvas.rng, canvas.picture.size
    cloth, fill = canvas.colours()
    shirt = (0.2, 1), (0.15, 0.3), (0.35, 0.05), (0.65, 0.05), (0.85, 0.3), (0.8, 1)
    canvas.draw.polygon([(x * w, y * h) for x, y in shirt], cloth)
    for stripe in range(int(rng.integers(0, 5))):
        x = (0.2 + 0.13 * stripe) * w
        canvas.draw.line((x, 0.9 * h, x, h), fill, 5)
    centred(canvas, w / 2, 0.27 * h, WORDS[rng.integers(len(WORDS))], 0.05 * min(w, h), fill)
    centred(canvas, w / 2, 0.58 * h, str(rng.integers(1, 100)), rng.uniform(0.2, 0.3) * min(w, h), fill)


def board(canvas: Canvas) -> None:
    """Departures: rows of a time, a place and a track, on flaps or of light."""
    rng, (w, h) = canvas.rng, canvas.picture.size
    cap, rows = rng.uniform(0.035, 0.05) * min(w, h), int(rng.integers(3, 7))
    light, font = ((250, 250, 245), (255, 190, 60), (255, 235, 120))[rng.integers(3)], canvas.font(1.4 * cap)
    canvas.draw.rectangle((0.04 * w, 0.05 * h, 0.96 * w, (0.12 + rows * 0.12) * h), (14, 15, 20), (70, 70, 74), 4)
    for row in range(rows):
        place = WORDS[rng.integers(len(WORDS))]
        text = f"{rng.integers(10, 24)}:{rng.integers(60):02d}  {place}  {rng.integers(1, 20)}"
        canvas.write(0.08 * w, (0.09 + 0.12 * row) * h, text, font, light, 0.05 * cap)


def counter(canvas: Canvas) -> None:
    """An odometer's drums, and its unit; bars of a grille above, as high as the digits."""
    rng, (w, h) = canvas.rng, canvas.picture.size
    count, cell = int(rng.integers(5, 8)), rng.uniform(0.07, 0.11) * w
    left, top, font = rng.uniform(0.02, 0.15) * w, rng.uniform(0.35, 0.6) * h, canvas.font(cell)
    for bar in range(int(rng.integers(3, 9))):
        x = left + 0.12 * bar * w
        canvas.draw.rectangle((x, top - 2 * cell, x + 0.15 * cell, top - cell), (40, 40, 44))
    canvas.line += 1
    high = height(font, DIGITS)
    for i, c in enumerate(canvas.string(count, count, DIGITS)):
        x, last = left + i * cell, i == count - 1
        canvas.draw.rectangle((x, top, x + 0.94 * cell, top + 1.4 * cell), (235, 235, 230) if last else (18, 18, 20))
        a, _, b, _ = ink(font, c)
        fill = (180, 25, 20) if last else (238, 238, 232)
        canvas.write_on(x + 0.47 * cell - (a + b) / 2, top + 0.7 * cell - high[0] - high[1] / 2, c, font, fill)
    unit = ("KM", "MILES", "M3", "KWH")[rng.integers(4)]
    centred(canvas, left + count * cell / 2, top + 2.1 * cell, unit, 0.35 * cell, (250, 250, 250))


def street(canvas: Canvas) -> None:
    """A sign on a post before a fence."""
    rng, (w, h) = canvas.rng, canvas.picture.size
    for post in range(int(w / 40)):
        canvas.draw.rectangle((post * 40, 0.6 * h, post * 40 + 9, h), (120, 90, 60))
    text = f"{WORDS[rng.integers(len(WORDS))]} {('ST', 'AVE', 'RD')[rng.integers(3)]} {rng.integers(1, 400)}"
    cap = rng.uniform(0.05, 0.08) * w
    surface: Colour = ((0, 90, 60), (20, 60, 150), (245, 245, 245))[rng.integers(3)]
    fill = (20, 20, 24) if surface[0] > 200 else (250, 250, 250)
    half, x, y = cap * 0.47 * len(text) + cap, w / 2, 0.32 * h
    canvas.draw.rectangle((x - 6, y, x + 6, h), (140, 142, 145))
    canvas.draw.rounded_rectangle((x - half, y - 1.1 * cap, x + half, y + 1.1 * cap), 8, surface, fill, 3)
    centred(canvas, x, y, text, cap, fill)


DRAWINGS: tuple[Callable[[Canvas], None], ...] = (clock, gauge, plates, house, jersey, board, counter, street)


def render(rng: Rng, split: str = "third") -> Scene:
    """A picture of one of DRAWINGS, often dark, turned a little."""
    canvas = Canvas(rng, split)
    DRAWINGS[rng.integers(len(DRAWINGS))](canvas)
    canvas.picture = ImageEnhance.Brightness(canvas.picture).enhance(rng.uniform(0.25, 1.1))
    if rng.random() < 0.3:
        glow = canvas.picture.filter(ImageFilter.GaussianBlur(4))
        canvas.picture = Image.blend(canvas.picture, glow, 0.4)
    return finished(canvas, rng.normal(0, 3))
