"""``darknet_py check cfg [weights]``: what is wrong with a network's files, and how to fix it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from .. import zoo
from .._support.words import counted
from ..doctor import Finding, Report, check
from ..doctor.finding import brief
from ..errors import PATH, one_line
from ..store.places import built_in, find
from .command import Command, UsageError
from .flags import switch, valued
from .options import encoding_flag

__all__ = ["Options", "run"]


@dataclass(frozen=True)
class Options(Command):
    name = "check"
    arguments = "CFG|NAME [WEIGHTS]"
    about = """
    Look for everything that is wrong with a network's files, say why, and how to fix it.  An error stops the network or
    makes its boxes wrong, a warning probably does, a note is worth knowing.  Exit code: 0 without errors, else 1."""
    example = "darknet_py check my.cfg my_final.weights -names my.names"

    names: str | None = valued("class names, one a line, to compare with classes=", "FILE", str)
    names_encoding: str | None = encoding_flag()
    data: str | None = valued("the .data file, for its names= and classes=", "FILE", str)
    json: bool = switch("print findings and facts as JSON")


def run(arguments: list[str], options: Options) -> int:
    if len(arguments) > 2:
        raise UsageError(f"{arguments[2]}: check takes CFG and WEIGHTS; a .data file is given as -data FILE", options.name)
    cfg, *given = arguments
    weights = given[0] if given else _fetched(cfg)
    report = check(cfg, weights, options.names, options.data, options.names_encoding)
    lines = (one_line(line, PATH) for line in _lines(report))
    print(json.dumps(report.as_data(), indent=1) if options.json else "\n".join(lines))
    return int(report.errors > 0)


def _fetched(name: str) -> str | None:
    """The weights that were fetched for a network's name, or come with the package."""
    file = f"{name}.weights"
    path = (find(file) or built_in(file)) if name in zoo.NETWORKS else None
    return str(path) if path else None


def _lines(report: Report) -> Iterator[str]:
    if facts := report.facts["cfg"]:
        heads = f", {counted(len(facts['heads']), 'head')}, {counted(facts['classes'], 'class')}" if facts["heads"] else ""
        yield (f"{facts['file']}: {counted(facts['layers'], 'layer')}{heads}, input {facts['width']} x {facts['height']} x "
               f"{facts['channels']}, stride {max(facts['stride'])}, {facts['bflops']:.3f} BFLOPs")  # fmt: skip
    same: dict[tuple[str, ...], list[Finding]] = {}
    for finding in report.findings:
        kind = finding.severity, finding.code, finding.message, finding.remedy, finding.place.file, finding.place.section
        same.setdefault(kind, []).append(finding)
    for findings in same.values():
        yield from _told(*findings)
    yield report.verdict


def _told(finding: Finding, *others: Finding) -> Iterator[str]:
    """A finding, and where else the same was found."""
    yield f"{finding.severity:8s}{finding.place}: {finding.message}"
    if lines := sorted(other.place.line for other in others):
        yield f"{'':8s}also in {'line' if len(others) == 1 else 'lines'} {brief(lines)}"
    if finding.remedy:
        yield f"{'':8s}-> {finding.remedy}"
