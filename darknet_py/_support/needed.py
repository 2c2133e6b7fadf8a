"""The packages without which nothing works, each of which may be there and yet not load."""

from __future__ import annotations

import importlib

from ..errors import DarknetError

__all__ = ["problems"]

NEEDED = ("with_cv2", "with_llvmlite", "with_numba")


def problems() -> list[str]:
    """What is wrong with each of them that cannot be loaded, and what to do."""
    found = []
    for name in NEEDED:
        try:
            importlib.import_module(f".{name}", __package__)
        except DarknetError as e:
            found.append(str(e))
    return found
