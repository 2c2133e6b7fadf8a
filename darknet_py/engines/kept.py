"""Where engines keep what takes them long to make."""

from __future__ import annotations

from pathlib import Path

from ..engine.native import object_cache

__all__ = ["folder"]


def folder(engine: str, *below: str) -> Path | None:
    """A folder of the engine's own beside the kernels' object code, which is made; None where nothing can be kept."""
    place = object_cache.kept()
    if place is None:
        return None
    made = place.joinpath("engines", engine, *below)
    made.mkdir(parents=True, exist_ok=True)
    return made
