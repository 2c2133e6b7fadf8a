"""A property that is computed once, without a lock."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from darknet_py._support.lazy import cached_property


@dataclass(frozen=True)
class Circle:
    radius: int
    calls: list[int] = field(default_factory=list)

    @cached_property
    def area(self) -> int:
        """Of a square, in fact."""
        self.calls.append(self.radius)
        return self.radius**2


def test_it_is_computed_once_for_each_object() -> None:
    small, large = Circle(2), Circle(3)
    assert [small.area, small.area, large.area] == [4, 4, 9]
    assert (small.calls, large.calls) == ([2], [3])
    assert Circle.area.__doc__ == "Of a square, in fact."


def test_a_thread_that_computes_holds_up_no_other() -> None:
    waits, goes_on = threading.Event(), threading.Event()

    class Slow:
        @cached_property
        def value(self) -> str:
            if threading.current_thread() is not threading.main_thread():
                waits.set()
                goes_on.wait()
            return threading.current_thread().name

    slow, found = Slow(), []
    other = threading.Thread(target=lambda: found.append(slow.value))
    other.start()
    waits.wait()
    mine = slow.value
    goes_on.set()
    other.join()
    assert found == [mine]
