"""A doctor for networks: what is wrong with a cfg, its weights and its names, and how to mend it.

A check is a function from a ``Case`` to findings, in the ``CHECKS`` of its file; this file lists the files.  A check asks
the case for what it needs, which may be nothing when an earlier file is broken, and yields a finding for each thing that
it sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from . import anchors, files, heads, length, names, reference, sizes, text, values
from .case import Case
from .finding import SEVERITIES, Finding, Place
from .report import Report, facts

__all__ = ["CHECKS", "Case", "Finding", "Place", "Report", "check"]

CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    *files.CHECKS, *text.CHECKS, *heads.CHECKS, *anchors.CHECKS, *sizes.CHECKS, *names.CHECKS, *length.CHECKS,
    *values.CHECKS, *reference.CHECKS,
)  # fmt: skip


MOST = 500  # findings of a check that are told one by one


def check(cfg: str, weights: str | None = None, names: str | None = None, data: str | None = None) -> Report:
    """All that is found about files, given by path, or about a network of the zoo, given by name, and files for it.

    What is wrong with them is a finding, never an exception.
    """
    case = Case.of({"cfg": cfg, "weights": weights, "names": names, "data": data})
    findings = [finding for examine in CHECKS for finding in _first(examine(case))]
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    return Report(tuple(findings), facts(case))


def _first(findings: Iterator[Finding]) -> list[Finding]:
    """The first findings; one more for all others, if there are too many to be read."""
    told = list(islice(findings, MOST))
    if more := sum(1 for _ in findings):
        told.append(replace(told[-1], message=f"{more} more findings like these", remedy=""))
    return told
