"""How messages say numbers of things, why the system refused, and where home is."""

from __future__ import annotations

import os
from collections.abc import Iterable

__all__ = ["brief", "counted", "home", "reason"]

SHOWN = 6


def counted(number: int, one: str) -> str:
    """``1 layer``, ``2 layers``, ``2 classes``, ``2 boxes``."""
    return f"{number} {one if number == 1 else one + ('es' if one.endswith(('s', 'x')) else 's')}"


def brief(items: Iterable[object]) -> str:
    """``1, 2, 3``; of many the first and how many more there are."""
    texts = [str(item) for item in items]
    more = f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return ", ".join(texts[:SHOWN]) + more


def reason(error: BaseException) -> object:
    """The system's own words of an OSError; what any other error says of itself."""
    return getattr(error, "strerror", None) or error


def home() -> str:
    """The variable that names the user's home folder."""
    return f"HOME={os.environ['HOME']}" if "HOME" in os.environ else "HOME is not set"
