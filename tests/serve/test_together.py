"""Pictures of one request: a few at the same time, in order, and none goes on where one fails."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")
from darknet_py.serve.inference import AT_ONCE, together
from darknet_py.serve.jobs import Refusal


class Work:
    """``now``: how many are at it; ``most``: how many ever were; ``ended``: those that came to their end."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.ended: list[int] = []

    async def one(self, number: int, bad: int = -1) -> int:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(0.001 * (number % 3))
            if number == bad:
                raise Refusal(503, "full", 1)
            self.ended.append(number)
        finally:
            self.now -= 1
        return number

    def all(self, count: int, bad: int = -1) -> list[int]:
        return asyncio.run(together([partial(self.one, number, bad) for number in range(count)]))


@pytest.mark.parametrize("count", [0, 1, AT_ONCE, 50])
def test_all_come_in_order_a_few_at_a_time(count):
    work = Work()
    assert work.all(count) == list(range(count))
    assert work.most == min(count, AT_ONCE)


@pytest.mark.parametrize("bad", [0, 7, 20])
def test_where_one_fails_the_others_are_left(bad):
    work = Work()
    with pytest.raises(Refusal, match="full"):
        work.all(50, bad)
    assert len(work.ended) < 50 - AT_ONCE
