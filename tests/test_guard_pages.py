"""No kernel reads or writes outside its buffers: they lie between pages where that is a segmentation fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import engine
import fenced
import guard_pages
import pytest

from darknet_py._support.machine import cpu_count

pytestmark = pytest.mark.skipif(not fenced.available(), reason="this system cannot protect pages of memory")

Outcome = Callable[[tuple[str, ...]], str]
WALKS = [("walk", str(lanes)) for lanes in engine.LANES]
BROKEN = [("broken", name) for name in guard_pages.BROKEN]


@pytest.fixture(scope="module")
def outcome() -> Iterator[Outcome]:
    """What ends with each of the programs, which run beside each other."""
    with ThreadPoolExecutor(cpu_count()) as pool:
        programs = {words: pool.submit(guard_pages.outcome, *words) for words in (*WALKS, ("boxes",), *BROKEN)}
        yield lambda words: programs[words].result()


@pytest.mark.parametrize("words", WALKS)
def test_every_kind_of_layer_stays_within_its_memory(words: tuple[str, ...], outcome: Outcome) -> None:
    assert outcome(words) == ""


def test_suppression_stays_within_its_memory(outcome: Outcome) -> None:
    assert outcome(("boxes",)) == ""


@pytest.mark.parametrize("words", BROKEN)
def test_a_kernel_that_leaves_its_memory_is_caught_and_named(words: tuple[str, ...], outcome: Outcome) -> None:
    how = "it wrote beside a buffer" if "writes before a buffer" in words else "SIGSEGV|SIGBUS"
    assert re.search(rf"layer 1 \[(maxpool|convolutional|upsample)\].*({how})$", outcome(words))
