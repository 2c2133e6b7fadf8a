"""Checks of how the texts are written: encodings, ends of lines, characters that look like others."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import CfgError
from ..files.text import WIDTH, encoding, lines, read_bytes
from .case import Case
from .finding import Finding, Place, note, warning

__all__ = ["CHECKS"]

READ = "it is read here all the same"
SAVE = f"{READ}; for Darknet save it as UTF-8"


def encodings(case: Case) -> Iterator[Finding]:
    """Texts that Darknet, which knows bytes and line feeds alone, does not read as they are meant."""
    for path in case.texts:
        try:
            data = read_bytes(path)
        except CfgError:
            continue
        codec, mark = encoding(data)
        if codec in WIDTH:
            yield note("encoding", Place(path, 1), f"is in {codec[:6].upper()}, which Darknet does not read", SAVE)
        elif mark:
            message = "begins with a byte order mark, which Darknet takes for a part of the first line"
            yield note("encoding", Place(path, 1), message, f"{SAVE} without the mark")
        elif line := _first_cr(data):
            message = "this line ends in CR alone, which Darknet takes for no end of a line"
            yield note("line-ends", Place(path, line), message, f"{READ}; for Darknet let lines end in LF")


def _first_cr(data: bytes) -> int:
    """The first line that ends in CR alone, 0 for none."""
    rest = data.replace(b"\r\n", b"\n")
    while b"\r\n" in rest:
        rest = rest.replace(b"\r\n", b"\n")
    return len(lines(rest[: rest.index(b"\r")].decode("utf-8", "replace"))) if b"\r" in rest else 0


def options(case: Case) -> Iterator[Finding]:
    """Lines of the .data file that are left out or read otherwise than Darknet does."""
    for problem in case.options[1]:
        place, ignored = Place(case.data or "", problem.line), problem.message.startswith("ignored")
        if ignored:
            yield warning("ignored-line", place, problem.message, "write key = value, or # in front of a remark")
        else:
            yield note("characters", place, problem.message, "write them as plain ASCII")


def backslashes(case: Case) -> Iterator[Finding]:
    """A names= that is found with / in place of backslashes."""
    data = case.options[0]
    if data and case.names_read[0] is not None and not case.names and (problem := data.locate(data.names_key())[1]):
        yield note("backslashes", Place(data.path, problem.line), problem.message, "write / between folders")


def legacy(case: Case) -> Iterator[Finding]:
    """Names that are not UTF-8."""
    if problem := case.names_read[1]:
        place = Place(case.names_path or "", problem.line)
        message = problem.message.partition("; save it")[0]
        yield warning("names-encoding", place, message, "save it as UTF-8, or give -names_encoding NAME")


CHECKS = (encodings, options, backslashes, legacy)
