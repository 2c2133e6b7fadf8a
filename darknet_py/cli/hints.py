"""Commands in messages and help, as they work where the user is: of a clone or an index, in this environment."""

from __future__ import annotations

import re

from .._support.installation import program
from .._support.optional import pip_install
from .commands import WORDS

__all__ = ["here"]

OURS = re.compile(rf"(?<![\w./\\-])(?<!from )(?<!-m )darknet_py(?= (?:{'|'.join(WORDS)}|help|-h)\b)")
EXTRA = re.compile(r'(?<!-m )pip install "?darknet-runtime\[(\w+)\]"?')


def here(text: str) -> str:
    """A text whose ``darknet_py fetch yolov4`` and ``pip install darknet-runtime[fetch]`` are what works here."""
    if OURS.search(text):
        name = program()
        text = OURS.sub(lambda _: name, text)
    return EXTRA.sub(lambda found: pip_install(found[1]), text)
