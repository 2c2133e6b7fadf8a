"""A network's files as they may be shown to anyone: digests, sizes and figures, no name of a file or a class."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .. import zoo
from .._support.words import reason
from .finding import Finding
from .report import Report

__all__ = ["network"]

LENGTH = 16  # characters of a digest


def network(report: Report, weights: str | None = None) -> dict[str, str]:
    """The facts of a report, and the kinds of its findings, without their texts, which may quote the files."""
    built_in = report.cfg in zoo.NETWORKS and not Path(report.cfg).exists()
    found = {"cfg": f"built in, {report.cfg}" if built_in else _digest(report.cfg)}
    if facts := report.facts["cfg"]:
        found["network"] = _network(facts)
    if weights:
        found["weights"] = _digest(weights)
    if facts := report.facts["weights"]:
        found["weights header"] = _header(facts)
    if report.facts["names"]:
        found["names"] = str(report.facts["names"])
    return found | {"findings": ", ".join(_kinds(report.findings)) or "none"}


def _digest(path: str) -> str:
    hashed = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while part := file.read(1 << 20):
                hashed.update(part)
            size = file.tell()
    except OSError as e:
        return f"cannot be read: {reason(e)}"
    return f"sha256 {hashed.hexdigest()[:LENGTH]}, {size} bytes"


def _network(facts: dict[str, Any]) -> str:
    size = f"{facts['width']} x {facts['height']} x {facts['channels']}"
    return (f"{facts['layers']} layers, input {size}, stride {max(facts['stride'])}, heads at {facts['heads']}, "
            f"{facts['classes']} classes, {facts['bflops']:.3f} BFLOPs")  # fmt: skip


def _header(facts: dict[str, Any]) -> str:
    fits = [f"{_public(fit['network'])} of {fit['classes']} classes" for fit in facts["fits"][:2]]
    others = f"; it fits {' and '.join(fits)}" if fits and facts["size"] != facts["expected_size"] else ""
    return (f"version {facts['version']}, {facts['header_size']} bytes, seen {facts['seen']}; "
            f"{facts['size']} bytes, of {facts['expected_size']} that the cfg needs{others}")  # fmt: skip


def _public(name: str) -> str:
    """Of a network that all know; any other is named like its file."""
    return name if name in zoo.NETWORKS else "the cfg"


def _kinds(findings: tuple[Finding, ...]) -> Iterator[str]:
    kinds = Counter(f"{finding.severity} {finding.code}" for finding in findings)
    yield from (f"{kind} x {count}" if count > 1 else kind for kind, count in kinds.items())
