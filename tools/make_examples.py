"""The pictures of examples/, drawn from nothing; the table and the montage of what is read in them.

    python -m tools.make_examples pictures    # examples/*.jpg, the same each time
    python -m tools.make_examples table       # examples/README.md: what is printed with the weights that are there
    python -m tools.make_examples montage     # docs/read.jpg: what is read, drawn into them

Needs Pillow, and Debian's packages fonts-roadgeek, fonts-clear-sans, fonts-ocr-b, fonts-dseg, fonts-cabin and
fonts-aenigma: of none of the files used here did training see a character.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from .surfaces import SCALE, Colour, font, glow, noise, paint, photograph, place, relief, streaks, type_out, wood

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "examples"
SIZE = 640, 480
FULL = SIZE[0] * SCALE, SIZE[1] * SCALE

PLATE = "truetype/roadgeek/RG2014C.ttf"
SANS = "truetype/clear-sans/ClearSans-Bold.ttf"
CABIN = "opentype/cabin/Cabin-Bold.otf"
OCR = "opentype/ocr-b/OCRB.otf"
SEGMENTS = "truetype/dseg/DSEG7Modern-Bold.ttf"
HAND = "truetype/aenigma/handmeds.ttf"
MONO = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf"  # the montage's, from fonts-dejavu-core
TERMINAL = 30, 33, 38

# What is written in each picture, line by line, as it is to be read
WRITTEN: dict[str, tuple[str, ...]] = {
    "meter": ("WATER", "00472816", "SN·8214735"),
    "plate": ("AB·1234",),
    "label": ("EXPRESS·24", "TO·DOCK·7·GATE·19", "BATCH·QX·5083", "8KF2·94LM·07PZ"),
    "scoreboard": ("12·38", "HOME", "GUEST", "45·52", "PERIOD·4"),
    "handwriting": ("BUS·37·AT·9·45", "KEY·IN·BOX·26", "BRING·A·MAP"),
}

Rng = np.random.Generator


def words(name: str, line: int) -> str:
    """A line of WRITTEN with spaces between its groups."""
    return WRITTEN[name][line].replace("·", " ")


def meter(rng: Rng) -> Image.Image:
    """A water meter: a brass ring, a dial, a counter whose last wheels are red."""
    wall = paint(FULL, (96, 108, 112), 16 * noise(rng, FULL, 9, 7) + 9 * noise(rng, FULL, 320, 240))
    side = 940
    thing = Image.new("RGBA", (side, side))
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    shine = 0.75 + 0.3 * np.cos(2 * angle + 1.9) * np.cos((radius - 0.9) * 26) + 0.05 * noise(rng, (side, side), 60, 60)
    ring = (np.array([198, 158, 88]) * shine[..., None]).clip(0, 255).astype(np.uint8)
    thing.paste(Image.fromarray(ring), (0, 0), disc(side, 0.99))
    thing.paste((28, 24, 20), (0, 0), disc(side, 0.83))
    thing.paste(paint((side, side), (232, 231, 224), 3 * noise(rng, (side, side), 200, 200)), (0, 0), disc(side, 0.81))
    inner = np.clip((radius - 0.62 + 0.12 * (x + y)) / 0.25, 0, 1) ** 2 * (radius < 0.81) * 120
    thing.paste((20, 18, 14), (0, 0), Image.fromarray(inner.astype(np.uint8)))
    draw = ImageDraw.Draw(thing)
    draw.text((side / 2, 262), words("meter", 0), (30, 60, 120), font=font(SANS, 50), anchor="ms")
    counter(draw, (150, 330), WRITTEN["meter"][1], reds=3)
    draw.text((side / 2, 590), words("meter", 2), (35, 35, 40), font=font(SANS, 46), anchor="ms")
    small_dial(draw, 330, 710, 0.9)
    small_dial(draw, 610, 710, 3.6)
    scene = place(wall, thing, ((92, 8), (556, 20), (548, 474), (84, 462)), shadow=14)
    glare = Image.new("L", FULL)
    ImageDraw.Draw(glare).polygon([(430, 170), (560, 130), (330, 760), (255, 690)], fill=60)
    scene.paste((255, 255, 255), (0, 0), glare.filter(ImageFilter.GaussianBlur(40)))
    return photograph(rng, scene, (0.4, 0.3))


def disc(side: int, radius: float) -> Image.Image:
    """A mask: a circle of this share of half the side."""
    mask = Image.new("L", (side, side))
    edge = side / 2 * (1 - radius)
    ImageDraw.Draw(mask).ellipse((edge, edge, side - edge, side - edge), fill=255)
    return mask


def counter(draw: ImageDraw.ImageDraw, corner: tuple[int, int], digits: str, reds: int) -> None:
    """Wheels in a frame, each darker where it bends away."""
    pitch, height, face = 80, 140, font(SANS, 74)
    left, top = corner
    draw.rounded_rectangle((left - 16, top - 16, left + pitch * len(digits) + 16, top + height + 16), 12, (70, 72, 75))
    draw.rectangle((left - 4, top - 4, left + pitch * len(digits) + 4, top + height + 4), (8, 8, 8))
    for i, digit in enumerate(digits):
        colour = np.array((150, 24, 22) if i >= len(digits) - reds else (34, 34, 36))
        for row in range(height):
            light = 1.25 - 1.1 * abs(2 * row / height - 0.9) ** 2.2
            level = tuple((colour * max(light, 0.1)).astype(int).tolist())
            draw.line((left + i * pitch + 4, top + row, left + (i + 1) * pitch - 5, top + row), level)
        middle = left + (i + 0.5) * pitch, top + height / 2 + 37
        draw.text(middle, digit, (236, 234, 226), font=face, anchor="ms")


def small_dial(draw: ImageDraw.ImageDraw, x: int, y: int, angle: float) -> None:
    """A circle with ten marks and a red pointer."""
    for turn in np.arange(10) * np.pi / 5:
        a, b = np.array([np.cos(turn), np.sin(turn)]) * 62, np.array([np.cos(turn), np.sin(turn)]) * 74
        draw.line((x + a[0], y + a[1], x + b[0], y + b[1]), (40, 40, 40), 4)
    tip, side = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    points = [tip * 60, side * 13 - tip * 16, -side * 13 - tip * 16]
    draw.polygon([(x + p[0], y + p[1]) for p in points], (190, 30, 25))
    draw.ellipse((x - 12, y - 12, x + 12, y + 12), (60, 60, 60))


def plate(rng: Rng) -> Image.Image:
    """A number plate of no country on a car's bumper."""
    w, h = FULL
    rows = np.linspace(0, 1, h)[:, None]
    shine = 75 * np.exp(-(((rows - 0.1) / 0.07) ** 2)) + 28 * np.exp(-(((rows - 0.83) / 0.05) ** 2)) - 34 * rows
    body = paint(FULL, (34, 62, 104), shine + 6 * noise(rng, FULL, 6, 3) + np.linspace(14, -18, w))
    draw = ImageDraw.Draw(body)
    draw.rectangle((0, 0.2 * h, w, 0.215 * h), (12, 18, 30))
    draw.rounded_rectangle((-60, 0.87 * h, w + 60, h + 60), 50, (14, 15, 17))
    for x in range(20, w, 64):
        draw.rounded_rectangle((x, 0.91 * h, x + 44, h + 40), 10, (30, 31, 34))
    body = body.filter(ImageFilter.GaussianBlur(3))
    size, text = (1080, 260), words("plate", 0)
    sheet = paint(size, (236, 236, 228), 4 * noise(rng, size, 30, 8) + 2 * noise(rng, size, 540, 130))
    ink, edge = Image.new("L", size), Image.new("L", size)
    face = font(PLATE, 168)
    length = ImageDraw.Draw(ink).textlength(text, font=face) + 14 * (len(text) - 1)
    type_out(ImageDraw.Draw(ink), 590 - length / 2, 214, text, face, 255, 14)
    ImageDraw.Draw(edge).rounded_rectangle((9, 9, size[0] - 10, size[1] - 10), 26, outline=255, width=9)
    sheet.paste((20, 96, 74), (18, 18, 104, size[1] - 18))
    ImageDraw.Draw(sheet).polygon([(18, 180), (104, 110), (104, size[1] - 18), (18, size[1] - 18)], (232, 186, 60))
    for mask in (edge, ink):
        sheet.paste((22, 22, 26), (0, 0), mask)
        sheet = relief(sheet, mask, 3)
    for x in (150, size[0] - 60):
        ImageDraw.Draw(sheet).ellipse((x - 12, 24, x + 12, 48), (168, 168, 164), (110, 110, 108), 3)
    sheet.putalpha(rounded(size, 30))
    scene = place(body, sheet, ((58, 172), (574, 150), (580, 280), (62, 308)), shadow=7)
    return photograph(rng, scene, (0.35, 0.25))


def rounded(size: tuple[int, int], radius: int) -> Image.Image:
    """A mask: a rectangle with round corners."""
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), radius, fill=255)
    return mask


def label(rng: Rng) -> Image.Image:
    """A shipping label with a bar code on a cardboard box."""
    flutes = 5 * np.sin(np.arange(FULL[1]) / 6.5)[:, None]
    box = paint(FULL, (176, 136, 92), flutes + 12 * noise(rng, FULL, 8, 6) + 9 * noise(rng, FULL, 400, 200))
    tape = paint((FULL[0], 150), (206, 176, 124), 10 * noise(rng, (FULL[0], 150), 60, 4))
    tape.putalpha(175)
    box = place(box, tape, ((0, 22), (640, 8), (640, 70), (0, 84)), shadow=2)
    size = (1080, 760)
    sheet = paint(size, (240, 239, 233), 3 * noise(rng, size, 6, 4) + 3 * noise(rng, size, 500, 380))
    draw = ImageDraw.Draw(sheet)
    black = (24, 24, 28)
    draw.rectangle((0, 0, size[0], 150), black)
    type_out(draw, 50, 116, words("label", 0), font(CABIN, 84), (240, 239, 233), 8)
    type_out(draw, 50, 252, words("label", 1), font(SANS, 60), black, 4)
    draw.line((40, 296, size[0] - 40, 296), black, 4)
    type_out(draw, 50, 402, words("label", 2), font(SANS, 60), black, 4)
    draw.line((40, 446, size[0] - 40, 446), black, 4)
    x = 60
    while x < size[0] - 70:
        bar, gap = rng.integers(1, 4, 2) * 5
        draw.rectangle((x, 480, x + bar - 1, 630), black)
        x += bar + gap
    type_out(draw, 96, 716, words("label", 3), font(OCR, 52), black, 8)
    sheet.putalpha(rounded(size, 14))
    scene = place(box, sheet, ((54, 104), (580, 82), (592, 440), (44, 462)), shadow=3)
    return photograph(rng, scene, (0.6, 0.35))


def scoreboard(rng: Rng) -> Image.Image:
    """A board of seven segments in a sports hall."""
    wall = paint(FULL, (104, 84, 66), 8 * noise(rng, FULL, 5, 4) + 7 * noise(rng, FULL, 320, 240))
    draw = ImageDraw.Draw(wall)
    for row, y in enumerate(range(0, FULL[1], 60)):
        draw.line((0, y, FULL[0], y), (70, 58, 48), 5)
        for x in range(-70 * (row % 2), FULL[0], 140):
            draw.line((x, y, x, y + 60), (70, 58, 48), 5)
    wall = wall.filter(ImageFilter.GaussianBlur(4))
    size = (1180, 850)
    board = paint(size, (70, 73, 78), streaks(rng, size, 10))
    board.paste(paint((size[0] - 40, size[1] - 40), (20, 24, 30), 3 * noise(rng, size, 300, 200)[40:, 40:]), (20, 20))
    lights = Image.new("RGB", size)
    red, amber, green, white = (255, 44, 30), (255, 170, 30), (60, 240, 90), (226, 228, 226)
    lamps(board, lights, (590, 176), "12:38", 116, amber)
    draw = ImageDraw.Draw(board)
    for x, name, points in ((300, 1, 0), (880, 2, 1)):
        draw.text((x, 322), words("scoreboard", name), white, font=font(SANS, 62), anchor="ms")
        lamps(board, lights, (x, 584), words("scoreboard", 3).split()[points], 196, red)
    word, number = words("scoreboard", 4).split()
    draw.text((550, 770), word, white, font=font(SANS, 62), anchor="ms")
    lamps(board, lights, (805, 772), number, 72, green)
    scene = place(wall, glow(board, lights, 9), ((32, 42), (600, 22), (606, 452), (26, 436)), shadow=12)
    return photograph(rng, scene, (0.5, 0.4), blur=0.8, grain=5)


def lamps(board: Image.Image, lights: Image.Image, middle: tuple[int, int], text: str, cap: int, colour: Colour) -> None:
    """Segments in a window of the board, those that are off faint; their middle on the base line is given."""
    face, draw, (x, y) = font(SEGMENTS, cap), ImageDraw.Draw(board), middle
    wide = cap * 0.3 if ":" in text else 0
    parts = text.split(":")
    lengths = [draw.textlength(part, font=face) for part in parts]
    left = x - (sum(lengths) + wide * 2 * (len(parts) - 1)) / 2
    margin = cap * 0.2
    draw.rounded_rectangle((left - margin, y - cap - margin, 2 * x - left + margin, y + margin), 10, (8, 9, 11))
    faint = tuple(8 + c // 14 for c in colour)
    shining = ImageDraw.Draw(lights)
    for part, length in zip(parts, lengths, strict=True):
        draw.text((left, y), "8" * len(part), faint, font=face, anchor="ls")
        shining.text((left, y), part, colour, font=face, anchor="ls")
        left += length + 2 * wide
    for dot in (0.3, 0.7) if wide else ():
        r = cap * 0.07
        shining.ellipse((x - r, y - cap * dot - r, x + r, y - cap * dot + r), colour)


def handwriting(rng: Rng) -> Image.Image:
    """A note in capitals on a table, with the pencil that wrote it."""
    size = (1060, 700)
    paper = paint(size, (246, 226, 128), 5 * noise(rng, size, 5, 4) + 3 * noise(rng, size, 530, 350))
    for i in range(len(WRITTEN["handwriting"])):
        written(rng, paper, words("handwriting", i), 60, 205 + 195 * i, 78)
    scene = place(wood(rng, FULL), paper, ((62, 62), (566, 38), (590, 384), (48, 396)), shadow=6)
    return photograph(rng, place(scene, pencil(), ((150, 424), (560, 398), (562, 420), (152, 446)), shadow=5), (0.3, 0.2))


def written(rng: Rng, paper: Image.Image, text: str, x: float, y: float, cap: float) -> None:
    """Text by hand: no character quite as high, as upright or on the line as its neighbour."""
    ink = Image.new("L", paper.size)
    for c in text:
        face = font(HAND, cap * rng.uniform(0.93, 1.07))
        one = Image.new("L", paper.size)
        ImageDraw.Draw(one).text((x, y + rng.normal(0, 3)), c, 235, font=face, anchor="ls")
        ink.paste(255, (0, 0), one.rotate(rng.normal(0, 2.5), Image.Resampling.BICUBIC, center=(x, y)))
        x += face.getlength(c) + cap * (0.3 if c == " " else 0.08)
        y -= 0.6
    paper.paste((34, 44, 116), (0, 0), ink)


def pencil() -> Image.Image:
    """A pencil that lies with its point to the right."""
    thing = Image.new("RGBA", (820, 44))
    draw = ImageDraw.Draw(thing)
    for y, colour in ((0, (176, 40, 34)), (14, (226, 74, 58)), (30, (140, 28, 26))):
        draw.rectangle((60, y, 700, y + 14), colour)
    draw.rectangle((0, 0, 60, 44), (222, 150, 150))
    draw.rectangle((44, 0, 84, 44), (186, 186, 180))
    draw.polygon([(700, 0), (790, 18), (790, 26), (700, 44)], (224, 186, 134))
    draw.polygon([(770, 14), (818, 22), (770, 30)], (40, 40, 44))
    return thing


PICTURES: tuple[Callable[[Rng], Image.Image], ...] = (meter, plate, label, scoreboard, handwriting)


def pictures() -> None:
    """Write examples/*.jpg."""
    for draw in PICTURES:
        draw(np.random.default_rng(0)).save(FOLDER / f"{draw.__name__}.jpg", quality=88)


def read(*arguments: str) -> str:
    """What ``darknet_py read`` prints."""
    command = [sys.executable, "-m", "darknet_py", "read", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def table() -> None:
    """Fill in the table of examples/README.md."""
    rows = ["| picture | written | printed |", "|---|---|---|"]
    for name, lines in WRITTEN.items():
        cells = ("<br>".join(f"`{line}`" for line in cell) for cell in (lines, read(f"examples/{name}.jpg").splitlines()))
        rows.append(" | ".join((f'| <img src="{name}.jpg" width="260" alt="{name}">', *cells)) + " |")
    page = FOLDER / "README.md"
    text = re.sub(r"(?m)(^\|.*\n)+", lambda _: "\n".join(rows) + "\n", page.read_text("utf-8"), count=1)
    page.write_text(text, "utf-8")


def montage() -> None:
    """Write docs/read.jpg: two pictures above, three below, with what was read drawn into them and printed under them."""
    names = ("plate", "meter", "scoreboard", "label", "handwriting")
    with tempfile.TemporaryDirectory() as folder:
        printed = read("-save_dir", folder, *(f"examples/{name}.jpg" for name in names)).splitlines()
        cards = []
        for i, name in enumerate(names):
            lines = [line.partition(": ")[2] for line in printed if line.startswith(f"examples/{name}.jpg: ")]
            with Image.open(Path(folder) / f"predictions_{name}.jpg") as picture:
                cards.append(card(picture, name, lines, 597 if i < 2 else 396))
    upper = max(c.height for c in cards[:2])
    whole = Image.new("RGB", (1200, upper + 6 + max(c.height for c in cards[2:])), TERMINAL)
    for i, one in enumerate(cards):
        whole.paste(one, (i * 603, 0) if i < 2 else ((i - 2) * 402, upper + 6))
    draw = ImageDraw.Draw(whole)
    for gap in ((0, upper, 1200, upper + 5), (597, 0, 602, upper), (396, upper, 401, 2000), (798, upper, 803, 2000)):
        draw.rectangle(gap, "white")
    whole.save(ROOT / "docs" / "read.jpg", quality=84)


def card(picture: Image.Image, name: str, lines: list[str], width: int) -> Image.Image:
    """A picture, and under it the command with what it printed."""
    size = width // 36
    face, high = ImageFont.truetype(MONO, size), width * 3 // 4
    whole = Image.new("RGB", (width, high + round(size * (1.45 * len(lines) + 2.3))), TERMINAL)
    whole.paste(picture.resize((width, high), Image.Resampling.LANCZOS))
    draw = ImageDraw.Draw(whole)
    for i, text in enumerate((f"$ darknet_py read examples/{name}.jpg", *lines)):
        draw.text((size * 0.7, high + size * (1.6 + 1.45 * i)), text, (236, 238, 240) if i else (120, 200, 130), face, "ls")
    return whole


def main(jobs: list[str]) -> None:
    """Do the jobs that are named."""
    known = {job.__name__: job for job in (pictures, table, montage)}
    if not jobs or not known.keys() >= set(jobs):
        sys.exit(f"usage: python -m tools.make_examples {'|'.join(known)} ...")
    for job in jobs:
        known[job]()


if __name__ == "__main__":
    main(sys.argv[1:])
