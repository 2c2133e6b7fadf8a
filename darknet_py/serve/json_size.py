"""How much JSON is taken: its values take a hundred times their bytes, and while they are made nobody else has a turn."""

from __future__ import annotations

from .jobs import Refusal

__all__ = ["check_json"]

LISTS = 20_000


def check_json(data: bytes, values: int, names: int) -> None:
    """Raises Refusal for JSON that may have more values, names in objects, or lists and objects, by its punctuation."""
    if data.count(b":") > names or data.count(b",") > values:
        raise Refusal(413, f"the JSON has more than {names} names or {values} values; send bytes as they are, not as JSON")
    if data.count(b"[") + data.count(b"{") > min(values, LISTS):
        raise Refusal(413, f"the JSON has more than {min(values, LISTS)} lists and objects")
