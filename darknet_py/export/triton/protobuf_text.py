"""Text of protobuf, such as Triton's config.pbtxt, as fields by name; no message's description is needed."""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Mapping, Sequence
from typing import TypeAlias, Union

__all__ = ["Fields", "read"]

Fields: TypeAlias = Mapping[str, Sequence[Union[str, "Fields"]]]

TOKEN = re.compile(r"""\#[^\n]* | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' | [^\s{}<>\[\]:,;"'\#]+ | \S""", re.VERBOSE)
CLOSING = {"{": "}", "<": ">"}
END, DEEPEST = "", 50


def read(text: str) -> Fields:
    """{name: values}, each of them text or fields.  Raises ValueError, with the line, where it cannot be understood."""
    return _Reader(text).fields(END)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [(match[0], match.start()) for match in TOKEN.finditer(text) if not match[0].startswith("#")]
        self.tokens.append((END, len(text)))
        self.at = self.depth = 0

    def fields(self, end: str) -> Fields:
        """All up to ``end``, which is taken too."""
        found: dict[str, list[str | Fields]] = {}
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._wrong("it is nested too deep")
        while (name := self._take()) != end:
            if not name.isidentifier():
                raise self._wrong(f"{name or 'its end'} stands where a name belongs")
            if not self._skip(":") and self.tokens[self.at][0] not in (*CLOSING, "["):
                raise self._wrong(f"no : stands behind {name}")
            found.setdefault(name, []).extend(self._values())
            self._skip(",", ";")
        self.depth -= 1
        return found

    def _values(self) -> list[str | Fields]:
        if not self._skip("["):
            return [self._value()]
        found = []
        while not self._skip("]"):
            found.append(self._value())
            self._skip(",")
        return found

    def _value(self) -> str | Fields:
        token = self._take()
        if token in CLOSING:
            return self.fields(CLOSING[token])
        if _is_text(token):
            return self._text(token)
        if not re.fullmatch(r"[\w.+-]+", token):
            raise self._wrong(f"{token or 'its end'} stands where a value belongs")
        return token

    def _text(self, token: str) -> str:
        """Texts one after the other are one."""
        while _is_text(self.tokens[self.at][0]):
            token += f" {self._take()}"
        try:
            return str(literal_eval(token))
        except (SyntaxError, ValueError) as e:
            raise self._wrong(f"{token} is no text") from e

    def _take(self) -> str:
        token = self.tokens[self.at][0]
        self.at += token != END
        return token

    def _skip(self, *tokens: str) -> bool:
        """Take the next one if it is one of these."""
        skipped = self.tokens[self.at][0] in tokens
        self.at += skipped
        return skipped

    def _wrong(self, what: str) -> ValueError:
        line = self.text.count("\n", 0, self.tokens[max(self.at - 1, 0)][1]) + 1
        return ValueError(f"line {line}: {what}")


def _is_text(token: str) -> bool:
    return len(token) > 1 and token[0] in "\"'"
