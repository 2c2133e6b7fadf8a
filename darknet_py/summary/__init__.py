"""What a network is made of: a table of its layers with their cost, and its graph as a picture."""

from __future__ import annotations

from .diagram import dot, svg
from .table import Totals, table, totals

__all__ = ["Totals", "dot", "svg", "table", "totals"]
