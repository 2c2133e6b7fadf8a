"""benchmarks/serve.py: what it counts and how it says it.  The service is a stand-in; no time is asserted."""

from __future__ import annotations

import asyncio

import pytest
from reference import REPO
from service_clients import post
from stand_in_service import BUSY, GOOD, answer, answering

REQUESTS = [post("/v1/detect", b"picture")]


@pytest.fixture
def benchmark(monkeypatch):
    """Import a module of benchmarks/ as its programs do."""
    monkeypatch.syspath_prepend(str(REPO / "benchmarks"))
    return __import__


def loaded(reply, load):
    async def run():
        async with answering(reply) as address:
            return await load(address)

    return asyncio.run(asyncio.wait_for(run(), 20))


@pytest.mark.parametrize("how", ["by_connections", "at_rate"])
def test_answers_refusals_and_failures_are_counted_apart(benchmark, how):
    replies = {0: GOOD, 1: BUSY, 2: answer(503, {}), 3: b""}
    function = getattr(benchmark("load"), how)
    load = loaded(lambda number: replies[number % 4], lambda address: function(address, REQUESTS, 100, 1.5))
    assert load.offered >= 8
    assert load.offered == len(load.waits) + load.refused + sum(load.failed.values())
    assert len(load.waits) >= 3
    assert load.refused >= 3
    assert {text[:3] for text in load.failed} == {"503", "clo"}
    assert load.rate == pytest.approx(len(load.waits) / load.seconds)


def test_questions_come_when_they_are_due_though_none_is_answered(benchmark):
    """As many as the rate says, each on a connection of its own, as nobody gets one back in time."""

    async def late(address):
        return await benchmark("load").at_rate(address, REQUESTS, 200, 0.1)

    held = []

    def hold(number):
        held.append(number)
        return GOOD if number == 20 else b""

    assert loaded(hold, late).offered == 20
    assert held == [*range(1, 21)]


def test_a_row_says_how_it_stands_to_detect(benchmark):
    serve, load = benchmark("serve"), benchmark("load")
    found = load.Load(offered=300, seconds=2.0, waits=[0.1] * 180 + [0.25] * 20, refused=99)
    found.failed["500 b'no'"] += 1
    row = str(serve.Row("serve native", "2x", found, folder=125.0))
    assert row.split() == ["serve", "native", "2x", "150.0", "100.0", "80%", "100.0", "250.0", "2.50", "33.0%", "1",
                           "1", "x", "500", "b'no'"]  # fmt: skip
    assert serve.HEADER.index("failed") + len("failed") == row.index("  1 x")
