"""Load on a service: so many connections that ask again as soon as they have an answer, or so many questions a second."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from service_clients import Address, Connection, Lost, Reply

__all__ = ["Load", "at_rate", "by_connections"]

LOST = (Lost, OSError)


@dataclass
class Load:
    """What came of it: ``offered`` questions within ``seconds``; ``waits``: seconds of each that was answered.

    ``refused``: with 503 and a Retry-After, as an overload should be.  ``failed``: how many, by what was wrong.
    """

    offered: int = 0
    seconds: float = 0
    waits: list[float] = field(default_factory=list)
    refused: int = 0
    failed: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.waits) / self.seconds if self.seconds else 0.0

    def wait(self, percent: float) -> float:
        """The milliseconds within which so many percent of the answers came."""
        return float(np.percentile(self.waits, percent)) * 1e3 if self.waits else float("nan")

    def add(self, reply: Reply, seconds: float) -> None:
        if reply.status == 200:
            self.waits.append(seconds)
        elif reply.busy:
            self.refused += 1
        else:
            self.failed[f"{reply.status} {reply.body[:80]!r}"] += 1


async def by_connections(address: Address, requests: Sequence[bytes], connections: int, seconds: float) -> Load:
    """Each of the connections asks, and asks again when it has its answer."""
    load, loop, turn = Load(), asyncio.get_running_loop(), itertools.cycle(requests)
    start = loop.time()

    async def one() -> None:
        connection = await Connection.to(address)
        while (before := loop.time()) < start + seconds:
            load.offered += 1
            try:
                load.add(await connection.ask(next(turn)), loop.time() - before)
            except Lost as e:
                load.failed[str(e)] += 1
                connection = await Connection.to(address)
        connection.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    load.seconds = loop.time() - start
    return load


async def at_rate(address: Address, requests: Sequence[bytes], rate: float, seconds: float) -> Load:
    """Questions come when they are due, however many are waiting: each on a connection that is free, or on a new one.

    An answer's wait counts from when its question was due.
    """
    load, loop, free = Load(), asyncio.get_running_loop(), list[Connection]()
    start = loop.time()

    async def one(request: bytes, due: float) -> None:
        try:
            connection = free.pop() if free else await Connection.to(address)
            load.add(await connection.ask(request), loop.time() - due)
        except LOST as e:
            load.failed[str(e)] += 1
        else:
            free.append(connection)

    tasks = []
    for due, request in _due(start, requests, rate, seconds):
        await asyncio.sleep(max(0.0, due - loop.time()))
        tasks.append(asyncio.create_task(one(request, due)))
    await asyncio.gather(*tasks)
    load.seconds, load.offered = loop.time() - start, len(tasks)
    for connection in free:
        connection.close()
    return load


def _due(start: float, requests: Sequence[bytes], rate: float, seconds: float) -> Iterator[tuple[float, bytes]]:
    for number, request in zip(range(int(rate * seconds)), itertools.cycle(requests)):
        yield start + number / rate, request
