"""What somebody meant who wrote a word wrongly.

Two measures: ``close`` takes the share of two words that is alike, for names of which many are long and have much in common;
``meant`` counts the characters that differ, for keys and flags, which are short: a share would call most of them alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

__all__ = ["close", "hint", "meant", "suggestion"]

LONGEST = 60  # no word that is meant has more characters; comparing longer ones takes long


def close(word: str, known: Iterable[str], most: int = 1, cutoff: float = 0.6) -> list[str]:
    """Up to ``most`` of the known words that are like it, the most alike first."""
    return get_close_matches(word, list(known), most, cutoff) if len(word) <= LONGEST else []


def hint(word: str, known: Iterable[str], otherwise: str = "", form: str = "{}") -> str:
    """``suggestion`` of the known word that is most like it."""
    return suggestion(next(iter(close(word, known)), None), otherwise, form)


def suggestion(near: str | None, otherwise: str = "", form: str = "{}") -> str:
    """``did you mean leaky?``, the word written in ``form``; ``otherwise`` where there is none."""
    return f"did you mean {form.format(near)}?" if near else otherwise


def meant(word: str, known: Iterable[str]) -> str | None:
    """The known word that differs least from it, capital letters aside, if that is in no more than a third."""
    if len(word) > LONGEST:
        return None
    nearest = min(sorted(known), key=lambda other: _difference(other, word), default=None)
    return nearest if nearest and _difference(nearest, word) <= max(2, len(word) // 3) else None


def _difference(a: str, b: str) -> int:
    """How many characters of two words are in one of them only."""
    blocks = SequenceMatcher(None, a.lower(), b.lower(), autojunk=False).get_matching_blocks()
    return len(a) + len(b) - 2 * sum(block.size for block in blocks)
