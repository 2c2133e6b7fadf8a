"""Marks drawn into pictures: boxes with labels, hidden places, heat.

    drawn = draw(picture, [Mark((60, 40, 210, 180), 16, "dog", .93)], Style(line_width=3))
"""

from __future__ import annotations

from .boxes import draw
from .colors import class_color
from .heat import Heat, heat_of_rows, heatmap
from .marks import Mark, Style
from .overlay import lay_over

__all__ = ["Heat", "Mark", "Style", "class_color", "draw", "heat_of_rows", "heatmap", "lay_over"]
