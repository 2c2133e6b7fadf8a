"""docs/gallery.md and its pictures: what commands draw into the project's own examples.

    python -m tools.make_gallery            # the page, and docs/gallery/*.jpg, drawn anew
    python -m tools.make_gallery page       # the page alone; tests/test_pages.py holds it to this
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2

from darknet_py.cli import main

__all__ = ["PAGE", "page"]

ROOT = Path(__file__).parent.parent
PAGE, FOLDER = ROOT / "docs" / "gallery.md", ROOT / "docs" / "gallery"
WIDTH, QUALITY = 480, 80
DRAWN = "predictions.jpg"
NAMES = ["alpha", "βήτα", "гамма", "δέλτα", "エプシロン", "子", "ηтα", "זיתא", "ثيتا", "이오타"]
PROGRAM = f'''from pathlib import Path

words = "{" ".join(NAMES)}".split()
Path("words.names").write_text("".join(f"{{words[i % len(words)]}}\\n" for i in range(36)), encoding="utf-8")
'''


HEAD = """# Gallery

Made by the commands that stand there, by the network that comes along, in pictures that were drawn for it.
"""


@dataclass(frozen=True)
class Shown:
    """A picture: its file's name, what it shows, and the command that draws it."""

    name: str
    about: str
    command: str


PICTURES = (
    Shown("plate", "Boxes, in colours that eyes tell apart; labels have a place of their own", "detect examples/plate.jpg"),
    Shown("label", "Lines of characters", "read examples/label.jpg -save_dir seen"),
    Shown("handwriting", "Handwriting", "read examples/handwriting.jpg -save_dir seen"),
    Shown("meter", "A counter, its wheels half turned", "read examples/meter.jpg -save_dir seen"),
    Shown("names", "Names alone, and wide lines", "detect examples/plate.jpg -labels name -line_width 4"),
    Shown("bare", "Boxes alone", "detect examples/label.jpg -labels off -line_width 1"),
    Shown("pixelate", "What is found, pixelated", "detect examples/label.jpg -style pixelate -labels off"),
    Shown("blur", "Blurred", "detect examples/plate.jpg -style blur"),
    Shown("heatmap", "Where the network looks, and how sure it is", "detect examples/scoreboard.jpg -style heatmap"),
    Shown("darknet", "In Darknet's own colours", "detect examples/handwriting.jpg -colors c"),
    Shown("scripts", "Names in any script", "detect examples/plate.jpg -names words.names -labels name"),
)
OTHERS = (
    ("read.jpg", "What `read` prints for the five pictures of `examples/`"),
    ("session.svg", "A session: reading, checking a cfg, summing up a network"),
    ("web.png", "[The page](web.md) of `export -web`, on a desk and on a phone"),
)


def page() -> str:
    """docs/gallery.md."""
    parts = [HEAD]
    for shown in PICTURES:
        before = f"```python\n{PROGRAM}```\n\n" if "words.names" in shown.command else ""
        parts.append(f"\n## {shown.about}\n\n{before}```sh\ndarknet_py {shown.command}\n```\n\n"
                     f"![{shown.about}](gallery/{shown.name}.jpg)\n")  # fmt: skip
    parts.append("\n## Elsewhere\n")
    parts += [f"\n{about}:\n\n![{about.replace('[', '').split(']')[0]}]({file})\n" for file, about in OTHERS]
    return "".join(parts)


def draw(shown: Shown) -> None:
    """The picture of a command, which runs in the working folder; it prints nothing."""
    with contextlib.redirect_stdout(io.StringIO()):
        code = main(shlex.split(shown.command))
    assert code == 0, shown.command
    picture = cv2.imread(f"seen/{DRAWN}" if "-save_dir seen" in shown.command else DRAWN)
    height = round(picture.shape[0] * WIDTH / picture.shape[1])
    small = cv2.resize(picture, (WIDTH, height), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(FOLDER / f"{shown.name}.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


def draw_all() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        shutil.copytree(ROOT / "examples", "examples")
        exec(PROGRAM, {})
        for shown in PICTURES:
            draw(shown)
        os.chdir(ROOT)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    if sys.argv[1:] != ["page"]:
        draw_all()
    PAGE.write_text(page(), encoding="utf-8")
