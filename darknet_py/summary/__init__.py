"""What a network is made of: a table of its layers with their cost, its graph as a picture,
and figures of its weights."""

from __future__ import annotations

from .diagram import dot, svg
from .statistics import Statistics, array_table, has_statistics, statistics, statistics_lines
from .table import Totals, table, totals

__all__ = [
    "Statistics", "Totals", "array_table", "dot", "has_statistics", "statistics", "statistics_lines", "svg", "table",
    "totals",
]  # fmt: skip
