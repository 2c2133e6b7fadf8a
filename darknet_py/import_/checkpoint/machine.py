"""The machine that a pickle is a program for, without the operation that makes pickles dangerous: nothing is imported, and
nothing is called but what stands in the table of ``rebuild``.

Python's own ``pickle.Unpickler`` is not used: besides calling what ``find_class`` gives, it sets attributes of whatever is
on its stack, reserves as much memory as a file says, and hashes values as deep as a file nests them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

from .faults import Malformed, Refused
from .values import Record, Reference, key

__all__ = ["Builder", "Machine"]

MOST_COPIED = 5_000_000
LONGEST_NAME = 1000
LINES = 1 << 8, 1 << 16, 1 << 24  # bytes that are looked at for the end of one
OLD_NAMES = {"__builtin__": "builtins", "copy_reg": "copyreg", "numpy._core": "numpy.core"}

SIZED = (list, tuple, dict, set, frozenset, str, bytes)

Builder = Callable[..., Any]


class Machine:
    """The state of one pickle that is run by ``operations.load``; ``at`` is the next byte of ``data``.

    ``builders``: {full name: function} of all that a pickle may call.  ``states``: {type: function of an object and a state}
    which gives the object with that state.  ``persistent``: what a persistent id, such as that of a storage, stands for.
    """

    def __init__(
        self, data: bytes | memoryview, start: int, builders: Mapping[str, Builder],
        states: Mapping[type, Builder], persistent: Callable[[Any], Any],
    ) -> None:  # fmt: skip
        self.data, self.at = memoryview(data), start
        self.builders, self.states, self.persistent = builders, states, persistent
        self.stack: list[Any] = []
        self.marked: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        self.places: dict[int, tuple[Any, list[int]]] = {}  # by id: values whose state makes others of them
        self.copied = 0

    # bytes

    def take(self, size: int) -> memoryview:
        if not 0 <= size <= len(self.data) - self.at:
            raise Malformed(f"ends too soon, {size} more bytes are needed at byte {self.at}")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, form: struct.Struct) -> Any:
        return form.unpack(self.take(form.size))[0]

    def line(self) -> bytes:
        for window in LINES:
            text, end, _ = bytes(self.data[self.at : self.at + window]).partition(b"\n")
            if end:
                self.at += len(text) + 1
                return text
        raise Malformed(f"a line without an end at byte {self.at}")

    # the stack

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def pop(self) -> Any:
        if not self.stack:
            raise Malformed(f"takes a value that is not there at byte {self.at}")
        return self.stack.pop()

    def top(self) -> Any:
        if not self.stack:
            raise Malformed(f"takes a value that is not there at byte {self.at}")
        return self.stack[-1]

    def mark(self) -> None:
        self.marked.append(self.stack)
        self.stack = []

    def pop_mark(self) -> list[Any]:
        """The values since the last mark."""
        if not self.marked:
            raise Malformed(f"goes back to a mark that is not there at byte {self.at}")
        values, self.stack = self.stack, self.marked.pop()
        return values

    # the memo

    def put(self, place: int) -> None:
        value = self.top()
        self.memo[place] = value
        if not isinstance(value, Record) and self.setter(value):
            self.places.setdefault(id(value), (value, []))[1].append(place)

    def get(self, place: int) -> None:
        if place not in self.memo:
            raise Malformed(f"takes value {place}, which was not kept, at byte {self.at}")
        self.push(self.memo[place])

    # containers

    def pairs(self, values: list[Any]) -> dict[Any, Any]:
        if len(values) % 2:
            raise Malformed(f"a key without a value at byte {self.at}")
        return {key(k): v for k, v in zip(values[::2], values[1::2])}

    def set_items(self, pairs: dict[Any, Any]) -> None:
        target = self.top()
        target = target.items if isinstance(target, Record) else target
        if not isinstance(target, dict):
            raise Malformed(f"puts items into what is no dict at byte {self.at}")
        target.update(pairs)

    def extend(self, values: list[Any]) -> None:
        target = self.top()
        target = target.elements if isinstance(target, Record) else target
        if not isinstance(target, list):
            raise Malformed(f"puts values into what is no list at byte {self.at}")
        target.extend(values)

    # what stands for a class, a function, an instance

    def named(self, module: object, name: object) -> None:
        if not isinstance(module, str) or not isinstance(name, str) or len(module) + len(name) > LONGEST_NAME:
            raise Malformed(f"a name that is no text, or too long, at byte {self.at}")
        self.push(Reference(f"{OLD_NAMES.get(module, module).replace('numpy._core', 'numpy.core')}.{name}"))

    def new(self, kind: object, args: object) -> None:
        """An instance of a class, which is not called."""
        if not isinstance(kind, Reference) or not isinstance(args, tuple):
            raise Malformed(f"an instance of what is no class at byte {self.at}")
        self.push(self.call(kind, args) if kind.kind in self.builders else Record(kind.kind, None, args))

    def call(self, function: object, args: object) -> Any:
        """Raises Refused for all but the builders."""
        if not isinstance(function, Reference):
            raise Malformed(f"calls what is no function at byte {self.at}")
        if function.kind not in self.builders:
            raise Refused(function.kind)
        if not isinstance(args, tuple):
            raise Malformed(f"calls {function.kind} without a list of arguments")
        self.pay_for(args)
        try:
            return self.builders[function.kind](*args)
        except (TypeError, ValueError, OverflowError, AttributeError) as e:
            raise Malformed(f"{function.kind} with arguments that it does not take ({e})") from e

    def build(self, state: Any) -> None:
        """Give the value on top its state; where that makes another value of it, that one takes its place."""
        value = self.pop()
        if (setter := self.setter(value)) is None:
            raise Malformed(f"sets the state of a {type(value).__name__} at byte {self.at}")
        self.pay_for(state)
        try:
            made = setter(value, state)
        except (TypeError, ValueError, OverflowError, AttributeError) as e:
            raise Malformed(f"a state that a {type(value).__name__} does not have ({e})") from e
        for place in self.places.pop(id(value), (value, []))[1]:
            self.memo[place] = made
        self.push(made)

    def pay_for(self, values: object) -> None:
        """What is made of values may be a copy of them.  Raises Malformed where the copies are more than the file."""
        several = values if isinstance(values, tuple) else (values,)
        self.copied += sum(len(v) for v in several if isinstance(v, SIZED))
        if self.copied > MOST_COPIED + len(self.data):
            raise Malformed("copies the same values again and again")

    def setter(self, value: object) -> Builder | None:
        return next((self.states[kind] for kind in type(value).__mro__ if kind in self.states), None)

    def set_of(self, values: list[Any]) -> set[Any]:
        return {key(v) for v in values}

