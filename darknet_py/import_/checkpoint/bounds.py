"""What a pickle may not be: lists that hold themselves, or one another so often that nobody could go through them.

A few bytes make a list of two references to a list of two references …, sixty deep.  It takes no room, but to print it or
to walk through it takes forever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from .faults import Malformed
from .values import Record

__all__ = ["check"]

DEEPEST = 200    # containers within containers, between one Record and the next
MOST = 20_000_000  # values, counted as often as they are met on a walk
CONTAINERS = (list, tuple, dict, set, frozenset)


def check(root: object) -> None:
    """Raises Malformed for containers that cannot be walked through.  Records may hold each other in any way."""
    sizes: dict[int, int] = {}
    roots: list[Any] = [root]
    seen: set[int] = set()
    while roots:
        value = roots.pop()
        if isinstance(value, Record) and id(value) not in seen:
            seen.add(id(value))
            roots += [value.state, value.args, value.items, value.elements]
        elif isinstance(value, CONTAINERS):
            roots += _measured(value, sizes)


def _measured(root: Any, sizes: dict[int, int]) -> Iterator[Record]:
    """Note how many values each container below ``root`` has, by its id; gives the Records in them."""
    waiting, path = [root], set[int]()
    while waiting:
        value = waiting[-1]
        inner = [part for part in _parts(value) if isinstance(part, CONTAINERS)]
        if id(value) not in sizes and id(value) not in path:
            path.add(id(value))
            yield from (part for part in _parts(value) if isinstance(part, Record))
            new = [part for part in inner if id(part) not in sizes]
            if len(path) > DEEPEST or any(id(part) in path for part in new):
                raise Malformed("lists that hold themselves, or nest too deeply")
            waiting += new
            if new:
                continue
        waiting.pop()
        if id(value) in path:
            path.discard(id(value))
            sizes[id(value)] = len(value) + sum(sizes[id(part)] for part in inner)
            if sizes[id(value)] > MOST:
                raise Malformed("lists that hold one another again and again")


def _parts(value: Any) -> Iterable[Any]:
    return chain(value.keys(), value.values()) if isinstance(value, dict) else value
