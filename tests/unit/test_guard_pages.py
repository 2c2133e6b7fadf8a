"""No kernel reads or writes outside its buffers: they lie between pages where that is a segmentation fault."""

from __future__ import annotations

import re

import engine
import fenced
import guard_pages
import pytest

pytestmark = pytest.mark.skipif(not fenced.available(), reason="this system cannot protect pages of memory")

WALKS = [("walk", str(lanes)) for lanes in engine.LANES]


@pytest.mark.parametrize("words", WALKS)
def test_every_kind_of_layer_stays_within_its_memory(words: tuple[str, ...]) -> None:
    assert guard_pages.outcome(*words) == ""


def test_suppression_stays_within_its_memory() -> None:
    assert guard_pages.outcome("boxes") == ""


def test_fitting_a_picture_stays_within_its_memory() -> None:
    assert guard_pages.outcome("pictures", *map(str, engine.LANES)) == ""


@pytest.fixture(scope="module")
def caught() -> dict[str, str]:
    """How each broken network ended."""
    return guard_pages.outcomes_of_broken()


@pytest.mark.parametrize("name", guard_pages.BROKEN)
def test_a_kernel_that_leaves_its_memory_is_caught_and_named(name: str, caught: dict[str, str]) -> None:
    how = "it wrote beside a buffer" if name == "writes before a buffer" else "SIGSEGV|SIGBUS"
    assert re.search(rf"layer 1 \[(maxpool|convolutional|upsample)\].*({how})$", caught[name])
