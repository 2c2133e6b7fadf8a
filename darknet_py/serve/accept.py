"""Which of several forms a client wants most, by its Accept header."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from .jobs import Refusal

__all__ = ["accepted"]


def accepted(header: str, forms: Sequence[str]) -> str:
    """One of ``forms``, whose first is taken where nothing says another.  Raises Refusal: 406 for none of them."""
    if best := _best(header, tuple(forms)):
        return best
    raise Refusal(406, f"there is no such answer; Accept may be {', '.join(forms)}")


@lru_cache(128)
def _best(header: str, forms: tuple[str, ...]) -> str:
    """Of equal ones the first; "" for none."""
    if not header.strip():
        return forms[0]
    ranges = [_range(part) for part in header.split(",")[:50]]
    best = max(forms, key=lambda form: _weight(form, ranges))
    return best if _weight(best, ranges) > 0 else ""


def _range(part: str) -> tuple[str, float]:
    kind, *parameters = (word.strip() for word in part.lower().split(";"))
    weights = [word[2:] for word in parameters if word.startswith("q=")]
    try:
        return kind, min(1.0, float(weights[0])) if weights else 1.0
    except ValueError:
        return kind, 0.0


def _weight(form: str, ranges: Sequence[tuple[str, float]]) -> float:
    """That of the most exact range that holds a form."""
    for wanted in (form, f"{form.partition('/')[0]}/*", "*/*"):
        if found := [weight for kind, weight in ranges if kind == wanted]:
            return max(found)
    return 0.0
