"""Work ahead of its time, by threads: results in order, and no more of them than somebody will soon ask for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

from ..errors import KernelError

__all__ = ["ahead"]

T = TypeVar("T")
R = TypeVar("R")


def ahead(
    function: Callable[[T], R], items: Iterable[T], threads: int, most: int, stop: Callable[[], object] = bool
) -> Generator[R, None, None]:
    """``function`` of each item in order, computed by ``threads`` for up to ``most`` items before they are asked for.

    Items are taken on the caller's thread, and a result that is there does not wait for more than one of them.  An error
    that ends the items is raised after the results of those before it.  ``stop`` is called at the end, also when the
    caller leaves early, before the threads are waited for.  Raises KernelError where no thread can be started.
    """
    pool, source = ThreadPoolExecutor(threads, "darknet_py-ahead"), _Items(items)
    waiting: deque[Future[R]] = deque()
    try:
        for item in source:
            waiting.append(_begun(pool, function, item))
            if len(waiting) > most or waiting[0].done():
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
        source.check()
    finally:
        stop()
        pool.shutdown(cancel_futures=True)


def _begun(pool: ThreadPoolExecutor, function: Callable[[T], R], item: T) -> Future[R]:
    try:
        return pool.submit(function, item)
    except RuntimeError as e:
        raise KernelError(f"no thread can be started ({e}); raise the limit of processes, ulimit -u") from e


class _Items(Iterator[T]):
    """Items as far as they come, and the error that ended them."""

    def __init__(self, items: Iterable[T]) -> None:
        self._items = iter(items)
        self._error: Exception | None = None

    def __next__(self) -> T:
        with self:
            return next(self._items)
        raise StopIteration

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        """Keep what went wrong; an interruption is for whoever waits."""
        if isinstance(error, Exception) and not isinstance(error, StopIteration):
            self._error = error
        return self._error is not None

    def check(self) -> None:
        if self._error:
            raise self._error
