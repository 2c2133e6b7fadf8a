"""All findings about a case, and the facts that they rest on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._support.words import counted
from ..graph import billions
from ..weights import expected_size
from .case import Case
from .finding import SEVERITIES, Finding
from .length import Lengths, zoo_candidates

__all__ = ["Report", "facts"]


@dataclass(frozen=True)
class Report:
    """About a ``cfg``.  ``findings``: errors first.  ``facts``: about "cfg", "weights" and "names", each None when it is not
    known."""

    cfg: str
    findings: tuple[Finding, ...]
    facts: dict[str, Any]

    @property
    def errors(self) -> int:
        """How many findings are errors."""
        return sum(finding.severity == "error" for finding in self.findings)

    @property
    def verdict(self) -> str:
        """One line: the counts, and what they mean."""
        counts = {s: sum(finding.severity == s for finding in self.findings) for s in SEVERITIES}
        texts = ", ".join(counted(count, severity) for severity, count in counts.items())
        if counts["error"]:
            return f"{texts}: fix the errors first, others may go with them"
        if counts["warning"]:
            return f"{texts}: it runs; see whether what is warned of is meant"
        if not self.facts["weights"]:
            return f"{texts}: the cfg is sound; give its weights too to have them checked"
        return f"{texts}: cfg and weights fit"

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "verdict": self.verdict, "errors": self.errors, "findings": [finding.as_data() for finding in self.findings],
            "facts": self.facts,
        }  # fmt: skip


def facts(case: Case) -> dict[str, Any]:
    """What is known for certain, as data."""
    return {"cfg": _network(case), "weights": _weights(case), "names": len(case.class_names) if case.class_names else None}


def _network(case: Case) -> dict[str, Any] | None:
    graph, net = case.graph, case.draft.net
    if not graph or not net:
        return None
    return {
        "file": case.cfg, "layers": len(graph.nodes), "width": net.width, "height": net.height, "channels": net.channels,
        "stride": list(graph.stride), "heads": [head.index for head in case.heads],
        "classes": case.heads[-1].layer.classes if case.heads else None,
        "bflops": round(billions(graph), 3), "weights_size": expected_size(graph),
    }  # fmt: skip


def _weights(case: Case) -> dict[str, Any] | None:
    if not case.file:
        return None
    header, size = case.file
    expected = expected_size(case.graph, header.size) if case.graph else None
    return {
        "file": case.weights, "version": f"{header.major}.{header.minor}.{header.revision}", "header_size": header.size,
        "seen": header.seen, "size": size, "expected_size": expected, "fits": list(_fitting(case, size - header.size)),
    }  # fmt: skip


def _fitting(case: Case, size: int) -> Iterator[dict[str, Any]]:
    """The cfg, then the zoo's networks, with the number of classes or of layers with which they fit."""
    own = Lengths.of(Path(case.cfg).name, case.graph).candidates(size) if case.graph else ()
    for candidate in [*own, *zoo_candidates(size)]:
        yield {"network": candidate.network, "classes": candidate.classes, "layers": candidate.layers}
