"""``functools.cached_property`` as it is from Python 3.12 on: before, it takes a lock, which a fork can leave closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

__all__ = ["cached_property"]

T = TypeVar("T")


class cached_property(Generic[T]):  # noqa: N801
    """A method that is called once for each object; its result takes its place among the object's attributes."""

    def __init__(self, function: Callable[[Any], T]) -> None:
        self.function, self.name, self.__doc__ = function, function.__name__, function.__doc__

    @overload
    def __get__(self, owner: None, kind: type | None = None) -> cached_property[T]: ...

    @overload
    def __get__(self, owner: object, kind: type | None = None) -> T: ...

    def __get__(self, owner: object | None, kind: type | None = None) -> cached_property[T] | T:
        if owner is None:
            return self
        return owner.__dict__.setdefault(self.name, self.function(owner))
