"""Checks of class names and of the .data file against the heads' classes=."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from .._support.words import counted
from ..cfg import atoi
from ..errors import CfgError
from ..files.contents import DATA
from ..files.data import Data, scan_data
from ..files.names import coco, scan_names
from .case import Case
from .finding import Finding, Place, brief, error, note, warning

__all__ = ["CHECKS"]

FILES = ("train", "valid", "test", "difficult", "map", "leaves")  # options of C that name a file, beside names= and labels=


def count(case: Case) -> Iterator[Finding]:
    """A name for each class."""
    if not case.heads or case.class_names is None or not case.names_path:
        return
    names, last = case.class_names, case.heads[-1]
    classes, place = last.layer.classes, Place(case.names_path)
    empty = [i for i, name in enumerate(names, 1) if not name.strip()]
    if empty and len(names) - len(empty) == classes:
        message = f"line {brief(empty)} empty, which counts as a name: {counted(len(names), 'name')} for {classes} classes"
        yield error("empty-names", Place(case.names_path, empty[0]), message, "delete the empty lines")
    elif len(names) != classes:
        line = last.section.line_of("classes")
        message = f"{counted(len(names), 'name')} for classes={classes} of {case.cfg}:{line}"
        yield error("names-count", place, message, "give the names that the network was trained with, or fix classes= and "
                    "the filters= before each head")  # fmt: skip


def equal(case: Case) -> Iterator[Finding]:
    """Two classes of one name cannot be told apart in what is printed."""
    names = Counter(name for name in case.class_names or [] if name.strip())
    if twice := [name for name, times in names.items() if times > 1]:
        message = f"more than once there: {brief(twice)}"
        yield warning("equal-names", Place(case.names_path or ""), message, "give each class a name of its own")


def data(case: Case) -> Iterator[Finding]:
    """classes= and names= of the .data file."""
    if not case.data or case.kinds["data"] is not DATA:
        return
    try:
        options = Data(case.data, scan_data(case.data)[0], (case.cfg,))
        if case.names_path:
            scan_names(case.names_path, case.names_encoding)
    except CfgError as e:
        yield error("data", Place(case.data, e.line), e.message.removeprefix(f"{case.data}: "))
        return
    yield from _absent(options)
    classes = {head.layer.classes for head in case.heads}
    if "classes" in options and classes and {atoi(options.get("classes"))} != classes:
        message = f"classes={options.get('classes')}, but classes={brief(sorted(classes))} in {case.cfg}"
        yield warning("data-classes", Place(case.data, options.entries["classes"].line), message, "fix the wrong one")


def _absent(options: Data) -> Iterator[Finding]:
    """Files that are named and not there; one is missed by the commands alone that read it."""
    for key in FILES:
        if key in options:
            try:
                options.locate(key)
            except CfgError as e:
                yield note("data-file", Place(options.path, e.line), e.message, "fix the path; detect does not read it")


def absent(case: Case) -> Iterator[Finding]:
    """Without names, classes are shown as numbers."""
    if case.heads and not case.names and not case.data and case.heads[-1].layer.classes != len(coco()):
        classes = case.heads[-1].layer.classes
        yield note("no-names", Place(case.cfg), f"no names were given for its {counted(classes, 'class')}",
                   "give them here too to have them checked: -names FILE or -data FILE")  # fmt: skip


CHECKS = (count, equal, data, absent)
