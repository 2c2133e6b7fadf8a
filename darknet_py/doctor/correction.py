"""A cfg without the mistakes that have but one remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from .._support.words import reason
from ..cfg import Change, Edit, Text
from ..errors import CfgError
from ..files.contents import CFG
from . import heads, reference, sizes, texts
from .case import Case
from .finding import Finding

__all__ = ["Correction", "correct", "corrected"]

CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    *texts.CHECKS, *heads.CHECKS, *sizes.CHECKS, *reference.CHECKS,
)  # fmt: skip
MOST = 30  # rounds: what is mended may show what it hid


@dataclass(frozen=True)
class Correction:
    """The cfg, and the lines that are others than before, in the order of the file."""

    text: Text
    changes: tuple[Change, ...]

    @property
    def data(self) -> bytes:
        return self.text.data


def correct(
    cfg: str, weights: str | None = None, names: str | None = None, data: str | None = None,
    names_encoding: str | None = None,
) -> Correction:  # fmt: skip
    """The edits of all findings about a cfg, which is a file, made until there are none.

    The other files as of ``check``: they tell which of two remedies is meant.  Raises CfgError when the cfg cannot be read.
    """
    case = Case.of({"cfg": cfg, "weights": weights, "names": names, "data": data}, names_encoding)
    kind = case.kinds["cfg"]
    if isinstance(kind, OSError):
        raise CfgError(f"{case.cfg}: cannot be read ({reason(kind)}); give the cfg")
    if kind is not CFG:
        raise CfgError(f"{case.cfg}: is no Darknet .cfg file, and there is nothing in it to correct; give the cfg")
    return corrected(case, Text.of(case.bytes_of(case.cfg)))


def corrected(case: Case, text: Text) -> Correction:
    """``correct`` for a case whose cfg has this text."""
    changes = list[Change]()
    case = replace(case, content=text.data)
    for _ in range(MOST):
        edited, told = text.edited(dict.fromkeys(_edits(case)))
        if edited.data == text.data:
            break
        text, case = edited, replace(case, content=edited.data)
        changes += told
    return Correction(text, tuple(sorted(changes, key=lambda change: change.line)))


def _edits(case: Case) -> Iterator[Edit]:
    for examine in CHECKS:
        for finding in examine(case):
            yield from finding.edits
