"""Detections in notebooks."""

from __future__ import annotations

import base64
import html as markup
import sys
from collections.abc import Sequence
from typing import Any

from .._support.words import counted
from ..boxes.detection import Detection
from ..errors import printable
from ..image import Picture, reduced
from ..image.writing import encoded

__all__ = ["display", "html", "is_running", "png"]

LARGEST = 1024  # pixels of a side
MOST = 100  # rows
COLUMNS = "", "class", "name", "prob", "left", "top", "right", "bottom"


def is_running() -> bool:
    """Whether the program runs in a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None


def display(picture: bytes) -> None:
    """Show a PNG below the cell."""
    package: Any = sys.modules["IPython"]
    package.display.display(package.display.Image(data=picture))


def png(picture: Picture) -> bytes:
    """A BGR picture as a PNG, not larger than a page."""
    return encoded(reduced(picture, LARGEST), "drawn.png")


def html(found: Sequence[Detection], title: str, picture: Picture | None) -> str:
    """The picture, if there is one, and a row for each detection."""
    rows = [(i, d.class_id, d.name, f"{d.prob:.3f}", *(f"{v:.1f}" for v in d.xyxy)) for i, d in enumerate(found[:MOST])]
    more = f"<p>and {len(found) - MOST} more</p>" if len(found) > MOST else ""
    head = "".join(f"<th>{name}</th>" for name in COLUMNS)
    body = "".join(f"<tr>{''.join(f'<td>{_text(value)}</td>' for value in row)}</tr>" for row in rows)
    caption = _text(f"{title}: {counted(len(found), 'detection')}")
    table = f"<table><caption>{caption}</caption><tr>{head}</tr>{body}</table>"
    return f"<div>{_image(picture)}{table}{more}</div>"


def _image(picture: Picture | None) -> str:
    if picture is None:
        return ""
    data = base64.b64encode(encoded(reduced(picture, LARGEST), "drawn.jpg")).decode()
    return f'<img src="data:image/jpeg;base64,{data}" style="max-width: 100%"/>'


def _text(value: object) -> str:
    return markup.escape(printable(value))
