"""How much JSON is taken: its values take a hundred times their bytes, and while they are made nobody else has a turn."""

from __future__ import annotations

from .jobs import Refusal

__all__ = ["check_json"]

LISTS = 20_000
PIECE = 1 << 18  # bytes; others have their turns in between


def check_json(data: bytes, values: int, names: int) -> None:
    """Raises Refusal for JSON that may have more values, names in objects, or lists and objects, by its punctuation."""
    if _count(data, b":") > names or _count(data, b",") > values:
        raise Refusal(413, f"the JSON has more than {names} names or {values} values; send bytes as they are, not as JSON")
    if _count(data, b"[") + _count(data, b"{") > min(values, LISTS):
        raise Refusal(413, f"the JSON has more than {min(values, LISTS)} lists and objects")


def _count(data: bytes, mark: bytes) -> int:
    return sum(data.count(mark, at, at + PIECE) for at in range(0, len(data), PIECE))
