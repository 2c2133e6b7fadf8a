"""Characters that a text editor shows as what they are not: blanks, fullwidth forms, dashes, quotes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

__all__ = [
    "BLANK", "COMMENT", "COMMENT_BEGINS", "CONTROL", "QUOTES", "bare", "disguised", "named", "option_line", "plain",
    "report", "told", "trimmed", "unquoted",
]  # fmt: skip

BLANK = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\udca0\U000e0000-\U000e0fff]"
)
CONTROL = re.compile("[\0-\x08\x0e-\x1f\x7f]")
COMMENT = "#;\uff03\uff1b"
COMMENT_BEGINS = re.compile(f"[{COMMENT}]")
SHOWN = 6  # numbers of lines
QUOTES = "\"'`\u00ab\u00bb\u2018-\u201f\u2032\u2033\u2039\u203a\u300c-\u300f\uff02\uff07"

_IN_C = re.compile("[ \t\r]")  # blanks of the reference
_ODD = re.compile("[\"'`\v\f\x1c-\x1f]")  # in ASCII
_EQUALS = re.compile("[=\ufe66\uff1d]")
_REMARK = re.compile(f"[{COMMENT}].*", re.DOTALL)
_QUOTED = re.compile(f"[{QUOTES}]([^{QUOTES}]+)[{QUOTES}]")
_LIKE = {
    **{chr(c): chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F)},
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63", "-"),
    **dict.fromkeys("\u060c\u3001\ufe50\ufe51", ","),
    "\u3002": ".", "\u3010": "[", "\u3011": "]", "\ufe66": "=",
}  # fmt: skip


def bare(text: str) -> str:
    """A text without blanks, those that cannot be seen too."""
    return BLANK.sub("", text)


def trimmed(text: str) -> str:
    """A text without blanks at its ends, those that cannot be seen too."""
    if text.isascii():
        return text.strip()
    seen = [i for i, c in enumerate(text) if not BLANK.match(c)]
    return text[seen[0] : seen[-1] + 1] if seen else ""


def plain(text: str) -> str:
    """ASCII in place of what looks like it, such as fullwidth digits, up to where nothing of ASCII does."""
    if text.isascii():
        return text
    like = [_LIKE.get(c) or str(unicodedata.decimal(c, c)) for c in text]
    end = next((i for i, c in enumerate(like) if not c.isascii()), len(like))
    return "".join(like[:end]) + text[end:]


def unquoted(text: str) -> str:
    """A text without the quotes around it, if there are any."""
    match = _QUOTED.fullmatch(text)
    return match[1] if match else text


def option_line(raw: str) -> tuple[str, list[str]]:
    """A line of a cfg without blanks, as ASCII where it can be without doubt, its value without quotes around it.

    Returns the characters too that were replaced or left out, other than the reference does it.
    """
    if raw.isascii() and not _ODD.search(raw):
        return _IN_C.sub("", raw), []
    said = _IN_C.sub("", _REMARK.sub("", raw))
    key, *value = _EQUALS.split(bare(said), maxsplit=1)
    line = "=".join([plain(key), *(plain(unquoted(v)) for v in value)])
    kept = set(line)
    return line + bare(raw)[len(bare(said)) :], [c for c in dict.fromkeys(said) if c not in kept]


def disguised(name: str) -> str:
    """The first character, as ``named`` has it, of a name in ASCII that only looks like being all of it."""
    return "" if name.isascii() or not any(c.isascii() and c.isalpha() for c in name) else named(name)


def named(text: str) -> str:
    """The first character of a text that is not ASCII, as in ``U+201C “ (left double quotation mark)``; else nothing."""
    return "" if text.isascii() else next(told(c) for c in text if not c.isascii())


def report(odd: Sequence[tuple[int, str]]) -> str:
    """What to say, at the line of the first, of (line, character) that were read as what they look like; nothing of none."""
    if not odd:
        return ""
    kinds = len({character for _, character in odd})
    others = f" and {kinds - 1} other{'s' if kinds > 2 else ''}" if kinds > 1 else ""
    numbers = list(dict.fromkeys(str(number) for number, _ in odd))[1:]
    places = f" (also in line {', '.join(numbers[:SHOWN])}{' …' if numbers[SHOWN:] else ''})" if numbers else ""
    return f"{told(odd[0][1])}{others} read as what it looks like{places}; Darknet does not read it so"


def told(character: str) -> str:
    """A character by its number, what it looks like if it can be seen, and its name."""
    if character == "\ufffd":
        return "bytes that are not UTF-8"
    if "\udc80" <= character <= "\udcff":
        return f"byte {ord(character) - 0xDC00:02X}, which is not UTF-8,"
    name = unicodedata.name(character, "").lower()
    seen = "" if BLANK.match(character) or not character.isprintable() else f" {character}"
    return f"U+{ord(character):04X}{seen}" + (f" ({name})" if name else "")
