"""Pictures that a page offers to those who have none at hand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .._support.words import reason
from ..errors import ExportError

__all__ = ["read_examples"]

FOLDER = "examples"
SHOWN = ".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".avif", ".mp4", ".webm"  # by browsers


def read_examples(paths: Iterable[str | Path]) -> dict[str, bytes]:
    """Pictures and videos by their paths in the page's folder.  Raises ExportError for what a page cannot offer."""
    examples: dict[str, bytes] = {}
    for path in map(Path, paths):
        name = f"{FOLDER}/{path.name}"
        if path.suffix.lower() not in SHOWN:
            raise ExportError(f"{path}: a page can offer pictures that browsers show ({' '.join(SHOWN)}); convert it")
        if name in examples:
            raise ExportError(f"{path}: a page's examples need different names, and there is another {path.name}")
        examples[name] = _read(path)
    return examples


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as e:
        raise ExportError(f"{path}: cannot be read ({reason(e)})") from e
