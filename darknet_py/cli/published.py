"""Weights of a built-in network that are not here: got where that is asked for, or where a person at the terminal agrees."""

from __future__ import annotations

import logging
import sys

from .. import store
from ..errors import PATH, FetchError, printable
from .fetch import bar
from .stopping import reporting

__all__ = ["size_of", "wanted_weights"]

log = logging.getLogger("darknet_py")
YES = "", "y", "yes"


def wanted_weights(network: str, fetch: bool) -> None:
    """Download the weights of a network by name, unless they are here, nobody wants it or none are published.

    ``fetch``: without asking.  Raises FetchError.
    """
    entry = store.PUBLISHED.get(network)
    if entry is None or not store.is_name(network) or store.find(entry.file) or not (fetch or _agreed(entry)):
        return
    store.need("requests", "filelock", "tqdm")
    with reporting(lambda: "what has come is kept"), bar(entry.name) as report:
        fetched = store.fetch(entry, store.folder(), report=report, elsewhere=f"by darknet_py fetch {entry.name} -mirror")
    log.info("%s: fetched, %d bytes", printable(fetched.path, PATH), entry.size)


def size_of(entry: store.Published) -> str:
    """As people say it: 1.4 MB."""
    return f"{entry.size / 1e6:.3g} MB"


def _agreed(entry: store.Published) -> bool:
    """The answer of whoever sits at the terminal; False where there is none.  Raises FetchError where nobody answers."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    question = f"{entry.file} is not here.  Download {size_of(entry)} from {entry.address}? [Y/n] "
    print(question, end="", file=sys.stderr, flush=True)
    answer = ""
    try:
        answer = sys.stdin.readline()
    finally:
        if not answer:  # Ctrl-C, or the end of the input
            print(file=sys.stderr)
    if not answer:
        raise FetchError(f"{entry.file} is not here, and nobody answers; get it: darknet_py fetch {entry.name}")
    return answer.strip().lower() in YES
