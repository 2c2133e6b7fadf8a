"""Text of scripts that run from right to left, as it is to be written from left to right, its letters joined."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from itertools import accumulate, groupby, pairwise

__all__ = ["in_order"]

RIGHT_TO_LEFT = "R", "AL"
SURE = (*RIGHT_TO_LEFT, "L", "EN", "AN", "ET")  # kinds of characters that have a way of their own
MIRRORED = str.maketrans("()[]{}<>", ")(][}{><")
FORMS = (0xFB50, 0xFDFC), (0xFE80, 0xFEFD)  # where Unicode has letters as they look when joined


def in_order(text: str, has: Callable[[str], bool]) -> str:
    """The characters from left to right; ``has``: which joined ones may be used.  Text of other scripts stays what it is.

    A rule of thumb in place of Unicode's: stretches change sides where the text begins from the right, signs and spaces
    between two of one direction are of theirs.
    """
    if not any(map(_turned, text)):
        return text
    ways = _ways(text)
    runs = [(way, "".join(c for _, c in run)) for way, run in groupby(zip(ways, text, strict=True), lambda pair: pair[0])]
    shown = [_joined(part, has)[::-1].translate(MIRRORED) if way else part for way, part in runs]
    return "".join(reversed(shown) if _backwards(text) else shown)


def _turned(character: str) -> bool:
    return unicodedata.bidirectional(character) in RIGHT_TO_LEFT


def _ways(text: str) -> list[bool]:
    """Of each character whether it runs from right to left."""
    ways = [_turned(c) if unicodedata.bidirectional(c) in SURE else None for c in text]
    base = _backwards(text)
    before, after = _carried(ways, base), _carried(ways[::-1], base)[::-1]
    return [a if a == b or unicodedata.combining(c) else base for c, a, b in zip(text, before, after, strict=True)]


def _backwards(text: str) -> bool:
    return _turned(next(c for c in text if unicodedata.bidirectional(c) in (*RIGHT_TO_LEFT, "L")))


def _carried(ways: Sequence[bool | None], first: bool) -> list[bool]:
    """Where a way is not known, the last that was."""
    return list(accumulate(ways, lambda last, way: last if way is None else way, initial=first))[1:]  # type: ignore[arg-type]


def _joined(text: str, has: Callable[[str], bool]) -> str:
    """Letters in the forms that their neighbours give them."""
    forms = _forms()
    letters = [i for i, c in enumerate(text) if not unicodedata.combining(c)]
    ties = {a for a, b in pairwise(letters) if ("initial", text[a]) in forms and ("final", text[b]) in forms}
    before = dict(zip(letters[1:], letters, strict=False))
    shown = (forms.get((_NAMES[before.get(i) in ties, i in ties], c), c) for i, c in enumerate(text))
    return "".join(form if has(form) else c for form, c in zip(shown, text, strict=True))


_NAMES = {(False, False): "isolated", (False, True): "initial", (True, True): "medial", (True, False): "final"}


@cache
def _forms() -> dict[tuple[str, str], str]:
    """{("initial", letter): how it looks there}."""
    found = {}
    for first, last in FORMS:
        for number in range(first, last):
            kind, *letters = unicodedata.decomposition(chr(number)).split() or [""]
            if len(letters) == 1:
                found[kind.strip("<>"), chr(int(letters[0], 16))] = chr(number)
    return found
