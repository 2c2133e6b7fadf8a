"""A doctor for networks: what is wrong with a cfg, its weights and its names, and how to fix it.

A check is a function from a ``Case`` to findings, in the ``CHECKS`` of its file; this file lists the files.  A check asks
the case for what it needs, which may be nothing when an earlier file is broken, and yields a finding for each thing that
it sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from ..files.names import check_encoding
from . import file_kinds, heads, length, names, reference, sizes, texts, values
from .case import Case
from .correction import Correction, correct
from .finding import SEVERITIES, Finding, Place
from .report import Report, facts

__all__ = ["CHECKS", "Case", "Correction", "Finding", "Place", "Report", "check", "correct"]

CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    *file_kinds.CHECKS, *texts.CHECKS, *heads.CHECKS, *sizes.CHECKS, *names.CHECKS, *length.CHECKS, *values.CHECKS,
    *reference.CHECKS,
)  # fmt: skip
MOST = 500  # findings of a check that are told one by one


def check(
    cfg: str, weights: str | None = None, names: str | None = None, data: str | None = None,
    names_encoding: str | None = None,
) -> Report:  # fmt: skip
    """All that is found about files, given by path, or about a network of the zoo, given by name, and files for it.

    ``names_encoding``: of the names, where it is not UTF-8; CfgError when it is not known.
    What is wrong with them is a finding, never an exception.
    """
    encoding = names_encoding and check_encoding(names_encoding)
    case = Case.of({"cfg": cfg, "weights": weights, "names": names, "data": data}, encoding)
    findings = [finding for examine in CHECKS for finding in _first(examine(case))]
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    return Report(case.cfg, tuple(findings), facts(case))


def _first(findings: Iterator[Finding]) -> list[Finding]:
    """The first findings; one more for all others, if there are too many to be read."""
    told = list(islice(findings, MOST))
    if more := sum(1 for _ in findings):
        told.append(replace(told[-1], message=f"{more} more findings like these", remedy="", edits=()))
    return told
