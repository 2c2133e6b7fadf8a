"""What the example pictures are made of: surfaces, type, perspective, light and a camera, all drawn by numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

__all__ = ["SCALE", "Colour", "font", "glow", "noise", "paint", "photograph", "place", "relief", "streaks", "type_out",
           "wood"]  # fmt: skip

SCALE = 2  # drawn so many times as large as the picture
FONTS = Path("/usr/share/fonts")

Rng = np.random.Generator
Colour = tuple[int, int, int]
Floats = npt.NDArray[np.float64]
Corners = tuple[tuple[float, float], ...]


def font(file: str, cap: float) -> ImageFont.FreeTypeFont:
    """The font of a file under FONTS, at the size in which an H is ``cap`` pixels high."""
    _, top, _, bottom = ImageFont.truetype(str(FONTS / file), 200).getbbox("H")
    return ImageFont.truetype(str(FONTS / file), round(200 * cap / (bottom - top)))


def type_out(draw: ImageDraw.ImageDraw, x: float, y: float, text: str, face: ImageFont.FreeTypeFont, fill: Colour | int,
             spacing: float = 0) -> None:  # fmt: skip
    """Text with its left end at ``x`` on the base line ``y``, ``spacing`` pixels more than usual between characters."""
    for c in text:
        draw.text((x, y), c, fill, font=face, anchor="ls")
        x += draw.textlength(c, font=face) + spacing


def noise(rng: Rng, size: tuple[int, int], columns: int, rows: int) -> Floats:
    """Smooth noise between about -1 and 1, (height, width): ``columns`` by ``rows`` values by chance, blown up."""
    small = Image.fromarray(rng.normal(0, 0.5, (rows, columns)).astype(np.float32))
    return np.asarray(small.resize(size, Image.Resampling.BICUBIC), float)


def streaks(rng: Rng, size: tuple[int, int], strength: float) -> Floats:
    """The lines of brushed metal, as levels to add."""
    w, h = size
    return strength * (noise(rng, size, max(2, w // 160), h // 2) + noise(rng, size, 3, h // 8))


def wood(rng: Rng, size: tuple[int, int]) -> Image.Image:
    """A table's boards."""
    h = size[1]
    bent = np.linspace(0, 26, h)[:, None] + 2.5 * noise(rng, size, 4, 5) + 0.4 * noise(rng, size, 20, 90)
    grain = 0.5 + 0.5 * np.sin(2 * np.pi * bent) + 0.6 * noise(rng, size, 12, h // 3)
    boards = np.repeat(rng.uniform(0.88, 1.08, 4), -(-h // 4))[:h, None]
    picture = (np.array([150, 102, 62]) - np.array([26, 22, 16]) * grain[..., None]) * boards[..., None]
    for y in range(h // 4, h - 4, h // 4):
        picture[y : y + 4] *= 0.45
    return Image.fromarray(picture.clip(0, 255).astype(np.uint8))


def paint(size: tuple[int, int], colour: Colour, texture: Floats | float = 0) -> Image.Image:
    """A surface of one colour with a texture, levels to add, (height, width)."""
    flat = np.broadcast_to(np.array(colour, float), (size[1], size[0], 3))
    return Image.fromarray((flat + np.broadcast_to(texture, flat.shape[:2])[..., None]).clip(0, 255).astype(np.uint8))


def relief(surface: Image.Image, mask: Image.Image, depth: float) -> Image.Image:
    """The surface with what ``mask`` covers raised: lit from the upper left."""
    soft = np.asarray(mask.filter(ImageFilter.GaussianBlur(depth)), float)
    shift = max(1, round(depth))
    edge = np.roll(soft, (-shift, -shift), (0, 1)) - np.roll(soft, (shift, shift), (0, 1))
    return Image.fromarray((np.asarray(surface, float) + 0.45 * edge[..., None]).clip(0, 255).astype(np.uint8))


def glow(picture: Image.Image, lights: Image.Image, radius: float) -> Image.Image:
    """The picture with shining ``lights`` (black where there are none) and their halo."""
    levels = np.asarray(picture, float)
    for blur, share in ((SCALE * 0.6, 1.0), (radius, 0.55), (radius * 4, 0.3)):
        levels = levels + share * np.asarray(lights.filter(ImageFilter.GaussianBlur(blur)), float)
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8))


def place(scene: Image.Image, thing: Image.Image, corners: Corners, shadow: float = 0) -> Image.Image:
    """The scene with a thing (RGBA, or RGB as a whole) stretched to four corners in the picture's pixels, clockwise from the
    upper left, and a shadow of ``shadow`` pixels under it."""
    w, h = thing.size
    rows, aims = [], []
    for (x, y), (u, v) in zip(np.array(corners) * SCALE, ((0, 0), (w, 0), (w, h), (0, h)), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        aims += [u, v]
    how = np.linalg.solve(np.array(rows, float), np.array(aims, float)).tolist()
    moved = thing.convert("RGBA").transform(scene.size, Image.Transform.PERSPECTIVE, how, Image.Resampling.BICUBIC)
    whole = scene.convert("RGBA")
    if shadow:
        dark = moved.getchannel("A").filter(ImageFilter.GaussianBlur(shadow * SCALE)).point(lambda a: a * 0.6)
        offset = Image.new("L", scene.size)
        offset.paste(dark, (round(shadow * SCALE * 0.7), round(shadow * SCALE)))
        whole.paste((0, 0, 0, 255), (0, 0), offset)
    whole.alpha_composite(moved)
    return whole.convert("RGB")


def photograph(rng: Rng, scene: Image.Image, light: tuple[float, float], blur: float = 0.7, grain: float = 4) -> Image.Image:
    """What a camera makes of a scene: light that falls off from ``light`` (shares of width and height), lens, sensor."""
    w, h = scene.width // SCALE, scene.height // SCALE
    picture = scene.filter(ImageFilter.GaussianBlur(blur * SCALE)).resize((w, h), Image.Resampling.BOX)
    y, x = np.mgrid[0:h, 0:w]
    far = np.hypot(x / w - light[0], (y / h - light[1]) * 0.8)
    levels = np.asarray(picture, float) * (1.16 - 0.62 * far**1.4)[..., None]
    levels *= np.array([1.02, 1.0, 0.96])
    levels += rng.normal(0, grain, (h, w, 1)) + rng.normal(0, grain / 3, (h, w, 3))
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8))
