"""``darknet_py check cfg [weights]``: what is wrong with a network's files, and how to fix it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import zoo
from .._support.words import counted
from ..doctor import Correction, Finding, Report, check, correct
from ..doctor.finding import brief
from ..errors import PATH, OutputError, one_line
from ..output.files import write
from .command import Command, UsageError
from .examined import Examined, examined
from .flags import switch, valued
from .guard import Guard
from .hints import here
from .options import encoding_flag

__all__ = ["Options", "grouped", "run", "told"]


@dataclass(frozen=True)
class Options(Command):
    name = "check"
    arguments = "CFG|NAME [WEIGHTS]"
    about = """
    Look for everything that is wrong with a network's files, say why, and how to fix it.  An error stops the network or
    makes its boxes wrong, a warning probably does, a note is worth knowing.  Weights, names and .data file that lie beside
    the cfg and have its name are examined with it.  Exit code: 0 without errors, else 1.
    With -write, mistakes of the cfg that have but one remedy are corrected in a new file, whose other lines stay as they
    are; each change is told, and what is left, on which the exit code then rests."""
    example = "darknet_py check my.cfg my_final.weights -names my.names"

    names: str | None = valued("class names, one a line, to compare with classes=", "FILE", str)
    names_encoding: str | None = encoding_flag()
    data: str | None = valued("the .data file, for its names= and classes=", "FILE", str)
    write: str | None = valued("write the cfg with all that has but one remedy corrected", "NEW.cfg", str)
    json: bool = switch("print findings and facts as JSON")


@dataclass(frozen=True)
class Written:
    """A corrected cfg, and what is found about it."""

    file: str
    correction: Correction
    report: Report

    @property
    def left(self) -> list[Finding]:
        return [finding for finding in self.report.findings if finding.severity != "note"]

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        changes = [change._asdict() for change in self.correction.changes]
        return {"file": self.file, "changes": changes, "left": [finding.as_data() for finding in self.left]}


def run(arguments: list[str], options: Options) -> int:
    files = examined(arguments, options, options.names, options.data, options.names_encoding)
    _check_target(files, options)
    report = check(*files, options.names_encoding)
    written = _written(options.write, report, files, options) if options.write else None
    if options.json:
        print(json.dumps(report.as_data() | ({"written": written.as_data()} if written else {}), indent=1))
    else:
        lines = [*told(report, offer=not written), *(_told_of(report.cfg, written) if written else ())]
        print("\n".join(one_line(line, PATH) for line in lines))
    return int((written.report if written else report).errors > 0)


def _check_target(files: Examined, options: Options) -> None:
    """Raises UsageError, OutputError before anything is read."""
    if options.write is None:
        return
    cfg = files.cfg
    if cfg in zoo.NETWORKS and not Path(cfg).exists():
        raise UsageError(f"-write: {cfg} is a built-in network; darknet_py new {cfg} -o NEW.cfg writes it", options.name)
    Guard(*files).target("-write", options.write)
    if Path(options.write).exists():
        raise OutputError(f"{options.write}: is there already; choose another name for -write")


def _written(file: str, report: Report, files: Examined, options: Options) -> Written:
    """Raises CfgError for what is no cfg, OutputError."""
    others = files.weights, files.names, files.data, options.names_encoding
    correction = correct(report.cfg, *others)
    write(file, correction.data)
    return Written(file, correction, check(file, *others))


def told(report: Report, offer: bool = True) -> Iterator[str]:
    """The lines that say what is found; with ``offer``, also how -write corrects what has but one remedy."""
    if facts := report.facts["cfg"]:
        heads = f", {counted(len(facts['heads']), 'head')}, {counted(facts['classes'], 'class')}" if facts["heads"] else ""
        yield (f"{facts['file']}: {counted(facts['layers'], 'layer')}{heads}, input {facts['width']} x {facts['height']} x "
               f"{facts['channels']}, stride {max(facts['stride'])}, {facts['bflops']:.3f} BFLOPs")  # fmt: skip
    yield from grouped(report.findings)
    if offer and (edits := {edit for finding in report.findings for edit in finding.edits}):
        command = f"darknet_py check {report.cfg} -write {Path(report.cfg).stem}_corrected.cfg"
        yield here(f"{counted(len(edits), 'line')} can be corrected: {command}")
    yield report.verdict


def _told_of(cfg: str, written: Written) -> Iterator[str]:
    """What was changed, line by line, and what is left."""
    changes = written.correction.changes
    yield from (f"{cfg}:{change.line}: {change}" if change.line else f"{cfg}: {change}" for change in changes)
    counts = counted(len(changes), "change") if changes else "no change, as nothing in it has but one remedy"
    yield f"{written.file}: written with {counts}; left in it: {written.report.verdict}"
    yield from grouped(written.left)


def grouped(findings: Iterable[Finding]) -> Iterator[str]:
    """Their lines; those that say the same in several places are told once."""
    same: dict[tuple[str, ...], list[Finding]] = {}
    for finding in findings:
        kind = finding.severity, finding.code, finding.message, finding.remedy, finding.place.file, finding.place.section
        same.setdefault(kind, []).append(finding)
    for group in same.values():
        yield from _told(*group)


def _told(finding: Finding, *others: Finding) -> Iterator[str]:
    """A finding, and where else the same was found."""
    yield f"{finding.severity:8s}{finding.place}: {finding.message}"
    if lines := sorted(other.place.line for other in others):
        yield f"{'':8s}also in {'line' if len(others) == 1 else 'lines'} {brief(lines)}"
    if finding.remedy:
        yield f"{'':8s}-> {finding.remedy}"
