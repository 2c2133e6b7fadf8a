"""``darknet_py doctor``: what this installation is made of, and what is wrong with it; a report for those who help."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..doctor import check
from ..doctor.digest import network
from ..doctor.installation import findings, installation
from ..errors import PATH, DarknetWarning, one_line
from .check import grouped, told
from .command import Command
from .examined import Examined, examined
from .flags import switch, valued
from .options import encoding_flag

__all__ = ["Options", "run"]


@dataclass(frozen=True)
class Options(Command):
    name = "doctor"
    arguments = "[CFG|NAME [WEIGHTS]]"
    about = """
    What this installation is made of, and what is wrong with it; with a network's files, what `check` finds in them too.
    -report prints a text for a bug report: versions, processor, digests and figures of the files, the header of the weights
    and the kinds of findings.  No user, host, path, file or class is named in it.  Exit code: 0 without errors, else 1."""
    example = "darknet_py doctor my.cfg my_final.weights -report"
    least = 0

    report: bool = switch("print a text to paste into a bug report, with nothing private in it")
    names: str | None = valued("class names, one a line, to compare with classes=", "FILE", str)
    names_encoding: str | None = encoding_flag()
    data: str | None = valued("the .data file, for its names= and classes=", "FILE", str)


def run(arguments: list[str], options: Options) -> int:
    given = (options.names, options.data, options.names_encoding)
    files = examined(arguments, options, *given) if arguments else None
    return _report(files, options) if options.report else _tell(files, options)


def _tell(files: Examined | None, options: Options) -> int:
    found = list(findings())
    errors = [finding for finding in found if finding.severity == "error"]
    lines = [*_facts(installation()), *grouped(found), *([] if found else ["nothing is wrong with this installation"])]
    if files:
        report = check(*files, options.names_encoding)
        lines += told(report)
    print("\n".join(one_line(line, PATH) for line in lines))
    return int(bool(errors) or (files is not None and report.errors > 0))


def _report(files: Examined | None, options: Options) -> int:
    """Of findings about the installation their kinds alone too: their texts name folders."""
    found = list(findings())
    facts = installation() | ({"not sound": ", ".join(finding.code for finding in found)} if found else {})
    errors = sum(finding.severity == "error" for finding in found)
    if files:
        with warnings.catch_warnings():  # they name files; what they warn of is among the findings
            warnings.simplefilter("ignore", DarknetWarning)
            report = check(*files, options.names_encoding)
        facts |= network(report, files.weights)
        errors += report.errors
    print("\n".join(_facts(facts)))
    return int(errors > 0)


def _facts(facts: Mapping[str, str]) -> Iterator[str]:
    wide = max(map(len, facts)) + 1
    return (f"{f'{fact}:':{wide}s} {text}" for fact, text in facts.items())
