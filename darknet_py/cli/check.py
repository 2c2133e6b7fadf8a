"""``darknet_py check cfg [weights]``: what is wrong with a network's files, and how to mend it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from .. import zoo
from ..doctor import Finding, Report, check
from ..doctor.finding import listed, plural
from ..errors import PATH, one_line
from ..store.places import built_in, find
from .flags import NAMES_ENCODING, Command, Flag, UsageError

__all__ = ["COMMAND", "run"]

COMMAND = Command(
    "check",
    "CFG|NAME [WEIGHTS]",
    "Look for everything that is wrong with a network's files, say why, and how to mend it.  An error stops the network or\n"
    "makes its boxes wrong, a warning probably does, a note is worth knowing.  Exit code: 0 without errors, else 1.",
    "darknet_py check my.cfg my_final.weights -names my.names",
    (
        Flag("names", "class names, one a line, to compare with classes=", "FILE"),
        NAMES_ENCODING,
        Flag("data", "the .data file, for its names= and classes=", "FILE"),
        Flag("json", "print findings and facts as JSON"),
    ),
    least=1,
)


def run(argv: Sequence[str]) -> int:
    """The command, without its name; the exit code.  Raises UsageError."""
    if (parsed := COMMAND.parse(argv)) is None:
        return 0
    paths, flags = parsed
    if len(paths) > 2:
        raise UsageError(f"{paths[2]}: check takes CFG and WEIGHTS; a .data file is given as -data FILE", COMMAND.name)
    cfg, weights = paths[0], paths[1] if paths[1:] else _fetched(paths[0])
    report = check(cfg, weights, flags.names, flags.data, flags.names_encoding)
    lines = (one_line(line, PATH) for line in _lines(report))
    print(json.dumps(report.as_data(), indent=1) if flags.json else "\n".join(lines))
    return int(report.errors > 0)


def _fetched(name: str) -> str | None:
    """The weights that were fetched for a network's name, or come with the package."""
    file = f"{name}.weights"
    found = (find(file) or built_in(file)) if name in zoo.NETWORKS else None
    return str(found) if found else None


def _lines(report: Report) -> Iterator[str]:
    if facts := report.facts["cfg"]:
        heads = f", {plural(len(facts['heads']), 'head')}, {plural(facts['classes'], 'class')}" if facts["heads"] else ""
        yield (f"{facts['file']}: {plural(facts['layers'], 'layer')}{heads}, input {facts['width']} x {facts['height']} x "
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
        yield f"{'':8s}also in {'line' if len(others) == 1 else 'lines'} {listed(lines)}"
    if finding.remedy:
        yield f"{'':8s}-> {finding.remedy}"
