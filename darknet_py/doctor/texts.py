"""Checks of what is written in the texts: encodings, ends of lines, characters; lines, keys, values and section names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from .._support.spelling import suggestion
from ..cfg import Edit, Section
from ..errors import CfgError, DarknetWarning, ShapeError
from ..files.text import WIDTH, encoding
from ..files.text import lines as text_lines
from ..layers import LAYERS, UNSUPPORTED, inference_options, known_options, meant_option
from ..layers.head import DetectionHead
from . import line_edits
from .case import Case
from .finding import Finding, Place, error, note, warning

__all__ = ["CHECKS"]

READ = "it is read here all the same"
SAVE = f"{READ}; for Darknet save it as UTF-8"
HARMLESS = {"batch", "subdivisions"}    # read for what the reference prints
MOST_KEYS = 50


def encodings(case: Case) -> Iterator[Finding]:
    """Texts that Darknet, which knows bytes and line feeds alone, does not read as they are meant."""
    for path in case.texts:
        try:
            data = case.bytes_of(path)
        except CfgError:
            continue
        codec, mark = encoding(data)
        if codec in WIDTH:
            message = f"is in {codec[:6].upper()}, which Darknet does not read"
            yield note("encoding", Place(path, 1), message, SAVE, _whole(case, path, "encoding", "utf-8"))
        elif mark:
            message = "begins with a byte order mark, which Darknet takes for a part of the first line"
            edits = _whole(case, path, "encoding", "utf-8")
            yield note("encoding", Place(path, 1), message, f"{SAVE} without the mark", edits)
        elif line := _first_cr(data):
            message = "this line ends in CR alone, which Darknet takes for no end of a line"
            remedy = f"{READ}; for Darknet let lines end in LF"
            yield note("line-ends", Place(path, line), message, remedy, _whole(case, path, "line-ends", "lf"))


def _whole(case: Case, path: str, key: str, value: str) -> tuple[Edit, ...]:
    """What makes all of a cfg readable for Darknet."""
    return (Edit(0, key, value),) if path == case.cfg else ()


def _first_cr(data: bytes) -> int:
    """The first line that ends in CR alone, 0 for none."""
    rest = data.replace(b"\r\n", b"\n")
    while b"\r\n" in rest:
        rest = rest.replace(b"\r\n", b"\n")
    return len(text_lines(rest[: rest.index(b"\r")].decode("utf-8", "replace"))) if b"\r" in rest else 0


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


def lines(case: Case) -> Iterator[Finding]:
    """Lines that are neither a section, an option nor a comment."""
    for problem in case.scan[1]:
        place = Place(case.cfg, problem.line)
        if problem.read:
            yield note("characters", place, problem.message, "write them as plain ASCII", line_edits.as_plain(case))
        elif problem.fatal:
            remedy = "write [section] or key=value, a section before its options"
            yield error("bad-line", place, problem.message, remedy, line_edits.closed(case, problem.line))
        else:
            yield warning("ignored-line", place, problem.message, "write key=value, or # in front of a comment")


def repeated(case: Case) -> Iterator[Finding]:
    """The first of two equal keys wins, unlike what one who appends to a file expects."""
    for index, section in enumerate(case.sections, -1):
        for key, option in section.repeated:
            first = section.options[key]
            place = replace(case.place(index), line=option.line)
            message = f"{key}={option.value} has no effect: {key}={first.value} in line {first.line} comes first"
            matters = option.value != first.value and key in inference_options(section.name) - HARMLESS
            edits = (Edit(option.line, key, None),) if option.value == first.value else ()
            yield (warning if matters else note)("repeated-key", place, message, "delete the one that is not meant", edits)


def unread(case: Case) -> Iterator[Finding]:
    """Options that nothing reads: misspelt, in another section's place, or of another program."""
    places: dict[tuple[str, str], list[int]] = {}
    for index, section in enumerate(case.sections, -1):
        known = known_options(section.name)
        for key in (key for key in section.options if known and key not in known):
            places.setdefault((section.name, key), []).append(index)
    for (_, key), indices in islice(places.items(), MOST_KEYS):
        make, code, remedy = _about(case.sections[indices[0] + 1], key)
        for index in indices:
            option, meant = case.sections[index + 1].options[key], meant_option(case.sections[index + 1], key)
            edits = (Edit(option.line, meant, option.value),) if meant else ()
            yield make(code, case.place(index, key), f"nothing reads {key}={option.value}", remedy, edits)
    if (more := len(places) - MOST_KEYS) > 0:
        yield note("unknown-option", Place(case.cfg), f"nothing reads {more} more options")


def _about(section: Section, key: str) -> tuple[Callable[..., Finding], str, str]:
    """Severity, code and remedy of an option that nothing reads."""
    if meant := meant_option(section, key):
        return warning, "misspelt-option", suggestion(meant, form="{}= ")
    owners = [name for name in ("net", *LAYERS) if key in inference_options(name)]
    if owners:
        return warning, "misplaced-option", f"it is an option of [{'], ['.join(owners)}]"
    return note, "unknown-option", "it has no effect here, and in Darknet none on detection"


def half_read(case: Case) -> Iterator[Finding]:
    """Numbers with something else in their value."""
    for index, section in enumerate(case.sections, -1):
        for key, read in section.read_as.items():
            place, value = case.place(index, key), section.options[key].value
            if value.split("#")[0].split(";")[0].rstrip(",") == read:
                message, remedy = "the text after the number is passed over", "a comment is safe in a line of its own"
                edits = (case.edit(index, key, read),)
                yield note("comment-after-value", place, message, f"{remedy}, with # in front", edits)
            elif not _equal(value, read):
                message, meant = f"{key}={value} is read as {read}", line_edits.number(case, index, key)
                yield warning("half-read-value", place, message, "write the number alone", meant)


def problems(case: Case) -> Iterator[Finding]:
    """What stops the network from being built, or makes loading it warn, and no other check explains better."""
    explained = {head.index for head in case.heads if head.before}
    for index, problem in case.draft.problems if case.sections else ():
        layer = case.draft.layers[index] if index >= 0 else None
        if isinstance(layer, DetectionHead) and index in explained and isinstance(problem, ShapeError):
            continue
        place = case.place(index)
        place = replace(place, line=problem.line or place.line)
        if isinstance(problem, DarknetWarning):
            yield warning("doubtful-option", place, problem.message, edits=case.meant(index, place.line))
        else:
            yield error(_code(place.section), place, problem.message, edits=case.meant(index, place.line))


def _code(section: str) -> str:
    if section in UNSUPPORTED:
        return "unsupported-section"
    return "bad-layer" if section in LAYERS or section == "net" else "unknown-section"


def _equal(value: str, read: str) -> bool:
    """Whether it is the same number, as 16.0 and 16 are."""
    try:
        return float(value) == float(read)
    except ValueError:
        return False


CHECKS = (encodings, options, backslashes, legacy, lines, problems, unread, repeated, half_read)
