"""A file on its way."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

__all__ = ["PartialFile"]


@dataclass(frozen=True)
class PartialFile:
    """What has come so far of ``target``, in a file beside it; and in another one, which version of it that is.

    The version is the mark that the server puts on it: only the same version's rest may be added.
    """

    target: Path

    @property
    def path(self) -> Path:
        """The file for what has come."""
        return self.target.with_name(f"{self.target.name}.part")

    @property
    def size(self) -> int:
        """Bytes that have come."""
        return self.path.stat().st_size if self.path.is_file() else 0

    @property
    def version(self) -> str:
        """The version that they are of, "" if that is not known."""
        return self._mark.read_text("utf-8") if self._mark.is_file() else ""

    def open(self, start: int, version: str) -> BinaryIO:
        """The file, to be written from byte ``start`` on; from 0 it begins anew, with this version."""
        file: BinaryIO = self.path.open("r+b" if start else "wb")
        file.seek(start)
        if not start:  # the file is empty by now: no bytes ever stand beside another version's mark
            self._mark.write_text(version, "utf-8")
        return file

    def finish(self) -> None:
        """All has come and is right: it becomes the target."""
        os.replace(self.path, self.target)
        self._mark.unlink(missing_ok=True)

    def discard(self) -> None:
        """Forget what has come."""
        self.path.unlink(missing_ok=True)
        self._mark.unlink(missing_ok=True)

    @property
    def _mark(self) -> Path:
        return self.path.with_name(f"{self.path.name}.version")
