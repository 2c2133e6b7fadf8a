"""Sections → Graph: layer numbers resolved, shapes inferred and checked; and the table of layers."""

from __future__ import annotations

from .builder import build
from .drafting import Draft, Problem, draft
from .graph import Graph
from .limits import MAX_ELEMENTS
from .table import HEADER, billions, layer_lines, summary

__all__ = ["HEADER", "MAX_ELEMENTS", "Draft", "Graph", "Problem", "billions", "build", "draft", "layer_lines", "summary"]
