"""What the doctor finds: how bad it is, where, what, and how to fix it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from .._support.words import brief
from ..cfg import Edit
from ..errors import one_line

__all__ = ["SEVERITIES", "Finding", "Place", "error", "note", "brief", "warning"]

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True)
class Place:
    """A file; its line, 0 for all of it; the number of the layer that it is about, None for none; the section's name."""

    file: str = ""
    line: int = 0
    layer: int | None = None
    section: str = ""

    def __str__(self) -> str:
        line = f":{self.line}" if self.line else ""
        layer = "" if self.layer is None else f"layer {self.layer} "
        return f"{self.file}{line}: {layer}[{self.section}]" if self.section else f"{self.file}{line}"


@dataclass(frozen=True)
class Finding:
    """An error stops the network or makes its boxes wrong, a warning probably does, a note is worth knowing.

    ``code`` names the kind of finding and stays the same from version to version.  ``edits`` of the cfg are the remedy,
    where it has but one.
    """

    severity: Severity
    code: str
    place: Place
    message: str
    remedy: str = ""
    edits: tuple[Edit, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "severity": self.severity, "code": self.code, "file": self.place.file or None, "line": self.place.line or None,
            "layer": self.place.layer, "message": self.message, "remedy": self.remedy or None,
            "edits": [edit.as_data() for edit in self.edits],
        }  # fmt: skip


def _finding(
    severity: Severity, code: str, place: Place, message: str, remedy: str = "", edits: Iterable[Edit] = (),
) -> Finding:  # fmt: skip
    return Finding(severity, code, place, one_line(message), one_line(remedy), tuple(edits))


error = partial(_finding, "error")
warning = partial(_finding, "warning")
note = partial(_finding, "note")
