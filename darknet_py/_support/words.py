"""How messages say numbers of things, and why the system refused."""

from __future__ import annotations

__all__ = ["counted", "reason"]


def counted(number: int, one: str) -> str:
    """``1 layer``, ``2 layers``, ``2 classes``."""
    return f"{number} {one if number == 1 else one + ('es' if one.endswith('s') else 's')}"


def reason(error: BaseException) -> object:
    """The system's own words of an OSError; what any other error says of itself."""
    return getattr(error, "strerror", None) or error
