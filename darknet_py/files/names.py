"""The file of class names."""

from __future__ import annotations

from pathlib import Path

from .text import read_text

__all__ = ["read_names"]


def read_names(path: str | Path) -> list[str]:
    """Class names, one a line.   C: data.c get_labels_custom"""
    lines = read_text(path).split("\n")
    if lines[-1] == "":
        lines.pop()
    return [line.rstrip("\r") for line in lines]
