"""Which of several forms a client wants most, by its Accept header."""

from __future__ import annotations

from collections.abc import Sequence

from .jobs import Refusal

__all__ = ["accepted"]


def accepted(header: str, forms: Sequence[str]) -> str:
    """One of ``forms``, of equal ones the first.  Raises Refusal: 406 for none of them."""
    weights = dict(map(_range, (header.strip() or "*/*").split(",")[:50]))

    def weight(form: str) -> float:
        exact_first = form, f"{form.partition('/')[0]}/*", "*/*"
        return next((weights[kind] for kind in exact_first if kind in weights), 0.0)

    best = max(forms, key=weight)
    if weight(best) <= 0:
        raise Refusal(406, f"there is no such answer; Accept may be {', '.join(forms)}")
    return best


def _range(part: str) -> tuple[str, float]:
    kind, *parameters = (word.strip() for word in part.lower().split(";"))
    weight = next((word[2:] for word in parameters if word.startswith("q=")), "1")
    try:
        return kind, float(weight)
    except ValueError:
        return kind, 0.0
