"""A line of text that was read, as data."""

from __future__ import annotations

from ..boxes.lines import Line

__all__ = ["line_data"]


def line_data(line: Line) -> dict[str, object]:
    """As ``read -json`` prints it."""
    return {
        "text": line.text, "confidence": round(line.prob, 6), "box": [round(side, 6) for side in line.box],
        "characters": [{"name": c.name, "confidence": round(c.prob, 6), "box": [round(side, 6) for side in c.box]}
                       for c in line.characters],
    }  # fmt: skip
