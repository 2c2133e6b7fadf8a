"""Is a file what was published?"""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path

from .. import weights
from ..errors import DarknetWarning, WeightsError
from .manifest import Published

__all__ = ["fault"]

MINOR_VERSIONS = (1, 2)  # of the headers that Darknet writes: 0.1.0, 0.2.0, 0.2.5
CHUNK = 1 << 20


def fault(published: Published, path: Path) -> str | None:
    """What is wrong with a file, None when it is the published one as far as that can be known.

    Its size, its checksum where one is published, its header, and that its numbers are numbers.  Raises OSError when it
    cannot be read.
    """
    size = path.stat().st_size
    if size != published.size:
        return f"it has {size} bytes, but the network needs {published.size}"
    return _wrong_checksum(published.checksum, path) or _unusable(published, path)


def _wrong_checksum(checksum: str, path: Path) -> str | None:
    if not checksum:
        return None
    algorithm, _, expected = checksum.partition(":")
    digest = hashlib.new(algorithm)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return None if digest.hexdigest() == expected else f"its {algorithm} is {digest.hexdigest()}, published is {expected}"


def _unusable(published: Published, path: Path) -> str | None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", DarknetWarning)
        try:
            header = weights.load(published.graph, path).header
        except (WeightsError, DarknetWarning) as e:
            return str(e).removeprefix(f"{path}: ")
    if header.major or header.minor not in MINOR_VERSIONS:
        return f"its header says version {header.major}.{header.minor}, which Darknet has never had"
    return None
