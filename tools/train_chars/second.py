"""A second renderer, for evaluation alone: PIL draws things that carry characters, straight at their final size.

Nothing of the training's renderer is used but the list of held-out photographs and fonts: boxes come from PIL's own
masks, effects from Pillow, and no letter is left out because it looks like a digit.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from . import CLASSES, SIZE
from .fonts import families
from .pictures import photographs
from .scenes import SMALLEST, Scene, complete

__all__ = ["Canvas", "finished", "ink", "render", "segments"]

Rng = np.random.Generator
Box = tuple[int, float, float, float, float, int]    # class; left, top, right, bottom in pixels; line
Colour = tuple[int, ...]

SIZES = ((640, 480), (800, 600), (480, 480), (480, 640), (1024, 576))
SEGMENTS = ("1110111", "0010010", "1011101", "1011011", "0111010", "1101011", "1101111", "1010010", "1111111", "1111011")


class Canvas:
    """A picture being drawn, with the boxes of its characters."""

    def __init__(self, rng: Rng, split: str = "held") -> None:
        width, height = SIZES[rng.integers(len(SIZES))]
        photo = photographs("held")[rng.integers(len(photographs("held")))]
        self.rng, self.split, self.boxes, self.line = rng, split, list[Box](), 0
        self.picture = Image.fromarray(photo).resize((width, height), Image.Resampling.BICUBIC)
        self.picture = ImageEnhance.Brightness(self.picture).enhance(rng.uniform(0.6, 1.2))
        self.draw = ImageDraw.Draw(self.picture)

    def font(self, size: float) -> ImageFont.FreeTypeFont:
        """A font of the split, which training did not see."""
        family = families(self.split)[self.rng.integers(len(families(self.split)))]
        return ImageFont.truetype(str(family[self.rng.integers(len(family))].path), max(12, int(size)))

    def write(self, x: float, y: float, text: str, font: ImageFont.FreeTypeFont, fill: Colour, gap: float = 0) -> float:
        """A line of text with its top left at (x, y), character by character; where it ends."""
        self.line += 1
        return self.write_on(x, y, text, font, fill, gap)

    def write_on(self, x: float, y: float, text: str, font: ImageFont.FreeTypeFont, fill: Colour, gap: float = 0) -> float:
        """The same, of the line that was begun last."""
        for c in text:
            self.draw.text((x, y), c, fill, font=font)
            if c in CLASSES:
                left, top, right, bottom = ink(font, c)
                self.mark(CLASSES.index(c), x + left, y + top, x + right, y + bottom)
            x += self.draw.textlength(c, font=font) + gap
        return x

    def mark(self, kind: int, left: float, top: float, right: float, bottom: float) -> None:
        """A character is there, the next one of the line that was begun last."""
        self.boxes.append((kind, left, top, right, bottom, self.line))

    def string(self, least: int, most: int, characters: str = CLASSES) -> str:
        count = self.rng.integers(least, most + 1)
        return "".join(characters[i] for i in self.rng.integers(len(characters), size=count))

    def colours(self) -> tuple[Colour, Colour]:
        """Of a surface and of what is on it: one dark, one light."""
        dark, light = (tuple(int(v) for v in self.rng.integers(low, high, 3)) for low, high in ((0, 90), (165, 256)))
        return (light, dark) if self.rng.random() < 0.6 else (dark, light)


def ink(font: ImageFont.FreeTypeFont, character: str) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a character's ink; Pillow's textbbox has its advance in it."""
    mask, (x, y) = font.getmask2(character, "L")
    left, top, right, bottom = mask.getbbox()
    return left + x, top + y, right + x, bottom + y


def caption(canvas: Canvas) -> None:
    """Lines straight on the photograph."""
    rng, (w, h) = canvas.rng, canvas.picture.size
    size, y = rng.uniform(0.05, 0.22) * h, rng.uniform(0.02, 0.2) * h
    font = canvas.font(size)
    while y + 1.4 * size < h:
        ground = np.asarray(canvas.picture.crop((0, int(y), w, int(y + size)))).mean()
        fill = (255, 255, 255) if ground < 120 else (0, 0, 0)
        canvas.write(rng.uniform(0.02, 0.15) * w, y, canvas.string(2, max(2, int(w / size))), font, fill)
        y += size * rng.uniform(1.3, 2.2)


def number_plate(canvas: Canvas) -> None:
    """One large plate with a frame, maybe with a smaller one."""
    rng, (w, h) = canvas.rng, canvas.picture.size
    for share in (rng.uniform(0.35, 0.8), rng.uniform(0.2, 0.3)):
        width = share * w
        font, (surface, ink) = canvas.font(width / 6), canvas.colours()
        text = canvas.string(2, 3, CLASSES[10:]) + " " + canvas.string(2, 4, CLASSES[:10])
        length = canvas.draw.textlength(text, font=font)
        x, y = rng.uniform(0, max(1, w - length - width / 9)), rng.uniform(0, max(1, h - width / 3))
        box = (x, y, x + length + width / 10, y + width / 4)
        if any(b[1] < box[2] and b[3] > box[0] and b[2] < box[3] and b[4] > box[1] for b in canvas.boxes):
            continue
        canvas.draw.rounded_rectangle(box, width / 40, surface, ink, max(2, int(width / 100)))
        top = canvas.draw.textbbox((0, 0), "H", font=font)
        canvas.write(x + width / 20, y + width / 8 - (top[1] + top[3]) / 2, text, font, ink)


def receipt(canvas: Canvas) -> None:
    """A strip of paper with many lines."""
    rng, (w, h) = canvas.rng, canvas.picture.size
    size = rng.uniform(0.032, 0.055) * h
    font = canvas.font(size)
    x, width = rng.uniform(0.05, 0.3) * w, rng.uniform(0.4, 0.6) * w
    canvas.draw.rectangle((x, 0.03 * h, x + width, 0.97 * h), (250, 248, 240))
    y = 0.06 * h
    while y + 1.5 * size < 0.95 * h:
        canvas.write(x + size, y, canvas.string(3, 8), font, (40, 40, 45))
        price = canvas.string(1, 3, CLASSES[:10]) + "." + canvas.string(2, 2, CLASSES[:10])
        canvas.write(x + width - canvas.draw.textlength(price, font=font) - size, y, price, font, (40, 40, 45))
        y += size * 1.45


def scoreboard(canvas: Canvas) -> None:
    """A dark board: two names, two scores of seven segments drawn as polygons, a clock."""
    rng, (w, h) = canvas.rng, canvas.picture.size
    light = ((255, 60, 40), (255, 170, 0), (90, 255, 90), (255, 255, 255))[rng.integers(4)]
    canvas.draw.rectangle((0.06 * w, 0.12 * h, 0.94 * w, 0.9 * h), (12, 12, 16), (90, 90, 90), 4)
    font = canvas.font(0.09 * h)
    for x, name in ((0.12, canvas.string(3, 5, CLASSES[10:])), (0.6, canvas.string(3, 5, CLASSES[10:]))):
        canvas.write(x * w, 0.16 * h, name, font, (240, 240, 240))
        height, pen = rng.uniform(0.2, 0.3) * min(h, 0.75 * w), x * w
        canvas.line += 1
        for c in canvas.string(2, 2, CLASSES[:10]):
            segments(canvas, int(c), pen, 0.32 * h, height * 0.5, height, light)
            pen += height * 0.72
    canvas.line += 1
    for i, c in enumerate(canvas.string(4, 4, CLASSES[:10])):
        segments(canvas, int(c), (0.3 + 0.1 * i) * w, 0.68 * h, 0.06 * w, 0.16 * h, light)


def segments(canvas: Canvas, digit: int, x: float, y: float, w: float, h: float, light: Colour) -> None:
    """A digit of seven bars, and its box."""
    t, m = 0.16 * w, h / 2
    bars = ((t, 0, w - t, t), (0, t, t, m), (w - t, t, w, m), (t, m - t / 2, w - t, m + t / 2), (0, m, t, h - t),
            (w - t, m, w, h - t), (t, h - t, w - t, h))  # fmt: skip
    lit = [bar for bar, on in zip(bars, SEGMENTS[digit], strict=True) if on == "1"]
    for a, b, c, d in lit:
        canvas.draw.rectangle((x + a, y + b, x + c, y + d), light)
    lows, highs = np.array(lit)[:, :2].min(0), np.array(lit)[:, 2:].max(0)
    canvas.mark(digit, x + lows[0], y + lows[1], x + highs[0] + 1, y + highs[1] + 1)


def labels(canvas: Canvas) -> None:
    """Stickers in a grid, each with a code."""
    rng, (w, h) = canvas.rng, canvas.picture.size
    columns, rows = rng.integers(1, 4), rng.integers(2, 6)
    for i in range(columns * rows):
        cw, ch = w / columns, h / rows
        x, y, (surface, ink) = i % columns * cw, i // columns * ch, canvas.colours()
        font, text = canvas.font(min(ch * 0.5, cw * 0.16)), canvas.string(3, 6)
        canvas.draw.rectangle((x + 0.08 * cw, y + 0.12 * ch, x + 0.92 * cw, y + 0.88 * ch), surface)
        canvas.write(x + 0.12 * cw, y + 0.2 * ch, text, font, ink, rng.uniform(0, 2))


def meter(canvas: Canvas) -> None:
    """A round dial with a row of black windows, and a serial number under it."""
    rng, (w, h) = canvas.rng, canvas.picture.size
    r = 0.46 * min(w, h)
    canvas.draw.ellipse((w / 2 - r, h / 2 - r, w / 2 + r, h / 2 + r), (225, 225, 220), (60, 60, 60), 6)
    count, cell = int(rng.integers(4, 7)), 1.4 * r / 6
    font, x = canvas.font(cell * 1.0), w / 2 - count * cell / 2
    canvas.line += 1
    for i, c in enumerate(canvas.string(count, count, CLASSES[:10])):
        left, surface = x + i * cell, (170, 20, 20) if i == count - 1 else (15, 15, 15)
        canvas.draw.rectangle((left, h / 2 - cell, left + 0.92 * cell, h / 2 + cell * 0.5), surface)
        a, b, c_, d = canvas.draw.textbbox((0, 0), c, font=font)
        canvas.write_on(left + 0.46 * cell - (a + c_) / 2, h / 2 - cell / 4 - (b + d) / 2, c, font, (240, 240, 240))
    canvas.write(w / 2 - 0.6 * r, h / 2 + 0.4 * r, "NO " + canvas.string(5, 7), canvas.font(0.16 * r), (30, 30, 30))


DRAWINGS: tuple[Callable[[Canvas], None], ...] = (caption, number_plate, receipt, scoreboard, labels, meter)


def render(rng: Rng, split: str = "held") -> Scene:
    """A picture of one of DRAWINGS, turned a little, blurred and compressed or not; ``split`` is always the held-out one."""
    canvas = Canvas(rng)
    DRAWINGS[rng.integers(len(DRAWINGS))](canvas)
    return finished(canvas, rng.normal(0, 2.5))


def finished(canvas: Canvas, degrees: float) -> Scene:
    """What a canvas has become, turned; blurred and noisy or not."""
    rng, (picture, boxes) = canvas.rng, turned(canvas, degrees)
    if rng.random() < 0.4:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.5)))
    pixels = np.asarray(picture, np.float64)
    if rng.random() < 0.4:
        pixels = pixels + rng.normal(0, rng.uniform(3, 12), pixels.shape)
    w, h = picture.size
    least = SMALLEST * max(w, h) / SIZE
    inside = [b[1] >= 0 and b[2] >= 0 and b[3] <= w and b[4] <= h and b[4] - b[2] >= least for b in boxes]
    rows = [(k, (a + c) / 2 / w, (b + d) / 2 / h, (c - a) / w, (d - b) / h) for k, a, b, c, d, _ in boxes]
    lines = np.array([b[5] for b in boxes], np.int64)
    seen = complete(np.array(rows, np.float32).reshape(-1, 5), lines, np.array(inside, np.bool_))
    return Scene(pixels.clip(0, 255).astype(np.uint8), *seen)


def turned(canvas: Canvas, degrees: float) -> tuple[Image.Image, list[Box]]:
    """The picture turned about its middle, with boxes around the turned boxes of small angles' own size."""
    w, h = canvas.picture.size
    picture = canvas.picture.rotate(degrees, Image.Resampling.BICUBIC)
    angle = np.radians(degrees)
    boxes = []
    for kind, a, b, c, d, line in canvas.boxes:
        x, y = (a + c) / 2 - w / 2, (b + d) / 2 - h / 2
        cx, cy = x * np.cos(angle) + y * np.sin(angle) + w / 2, y * np.cos(angle) - x * np.sin(angle) + h / 2
        slant = abs(np.sin(angle)) * 0.7
        sw, sh = ((c - a) * np.cos(angle) + (d - b) * slant) / 2, ((d - b) * np.cos(angle) + (c - a) * slant) / 2
        boxes.append((kind, cx - sw, cy - sh, cx + sw, cy + sh, line))
    return picture, boxes
