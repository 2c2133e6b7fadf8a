"""Checks of the numbers in the weights file: not finite, impossible, dead, absurd."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .._support.words import counted
from .case import Case
from .finding import Finding, Place, brief, error, note, warning
from .numbers import Numbers

__all__ = ["CHECKS", "FAULTS", "Fault"]

HUGE = {"rolling_variance": 1e12, "rolling_mean": 1e8}
HUGE_OTHERS = 1e6
DIVERGED = "the training went wrong, or the file is damaged: take an earlier .weights file, or get it again"
FOREIGN = "the arrays are another network's of the same length, or the training went wrong"
EMPTY = "the file was never trained, or a converter left them out"
DEAD = "such channels could be pruned; results are right"


@dataclass(frozen=True)
class Fault:
    """What may be wrong with numbers: how many of an array's ``count`` says, as ``noun`` and ``what`` about them."""

    code: str
    make: Callable[[str, Place, str, str], Finding]
    noun: str
    what: str
    count: Callable[[Numbers], int]
    remedy: str


def _huge(n: Numbers) -> int:
    return int(n.largest > HUGE.get(n.name, HUGE_OTHERS))


def _all_zero(n: Numbers) -> int:
    return int(n.name in ("weights", "scales", "rolling_variance") and n.zero == n.size)


def _constant(n: Numbers) -> int:
    return int(n.name == "weights" and n.size > 1 and n.low == n.high and not n.nan + n.infinite and n.zero == 0)


FAULTS = (
    Fault("nan", error, "NaN", "", lambda n: n.nan, DIVERGED),
    Fault("infinite", error, "infinite number", "", lambda n: n.infinite, DIVERGED),
    Fault("negative-variance", error, "variance", " below zero", lambda n: n.negative, FOREIGN),
    Fault("huge", warning, "array", " with absurdly large numbers", _huge, FOREIGN),
    Fault("all-zero", warning, "array", " of nothing but zeros", _all_zero, EMPTY),
    Fault("constant", warning, "array", " of one number all over", _constant, EMPTY),
    Fault("dead-channels", note, "channel", " without effect, its scale or its weights 0", lambda n: n.dead, DEAD),
)


def faults(case: Case) -> Iterator[Finding]:
    """One finding for each kind of fault, at the first layer that has it."""
    for fault in FAULTS:
        counts = [(numbers, count) for numbers in case.numbers if (count := fault.count(numbers))]
        if counts:
            total, first = sum(count for _, count in counts), counts[0][0]
            arrays = brief(f"{n.name} of layer {n.node.index}" for n, _ in counts)
            place = Place(case.weights or "", layer=first.node.index, section=first.node.layer.kind)
            yield fault.make(fault.code, place, f"{counted(total, fault.noun)}{fault.what}: {arrays}", fault.remedy)


def left_out(case: Case) -> Iterator[Finding]:
    """dontload=1, left over from a training that began with another network's weights."""
    for node in case.graph.nodes if case.graph else ():
        if node.params and not (node.load and node.load_scales):
            key = "dontloadscales" if node.load else "dontload"
            message = f"{key}=1: the weights file has nothing for this layer, and its output is meaningless"
            remedy = "delete the line, if the weights were trained since"
            yield warning("dontload", case.place(node.index, key), message, remedy)


CHECKS = (faults, left_out)
