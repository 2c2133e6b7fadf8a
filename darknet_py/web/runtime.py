"""ONNX Runtime for browsers: the package of the npm registry, of which the page takes a few files."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .._support.words import reason
from ..engine.native.object_cache import folder as cache_folder
from ..errors import FetchError
from ..store.download import Report, download
from ..store.fetching import locked, silent
from ..store.needs import need
from ..store.partial_file import PartialFile

__all__ = ["PACKAGE", "fetch_runtime", "read_runtime"]

REGISTRY = "https://registry.npmjs.org"
VARIABLES = "npm_config_registry", "NPM_CONFIG_REGISTRY"  # as npm has it, which spells them in either case
FOLDER = "runtime"
FILES = (
    "ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm",
    "ort.webgpu.min.mjs", "ort-wasm-simd-threaded.asyncify.mjs", "ort-wasm-simd-threaded.asyncify.wasm",
)  # fmt: skip


@dataclass(frozen=True)
class Package:
    """One release; ``size`` in bytes and ``integrity`` are of its archive, as the registry has them."""

    name: str
    version: str
    size: int
    integrity: str

    @property
    def file(self) -> str:
        return f"{self.name}-{self.version}.tgz"

    @property
    def label(self) -> str:
        return f"{self.name} {self.version}"

    def fault(self, data: bytes) -> str | None:
        """What is wrong with an archive, None when it is the one."""
        if len(data) != self.size:
            return f"it has {len(data)} bytes, and {self.label} {self.size}"
        algorithm, _, expected = self.integrity.partition("-")
        found = base64.b64encode(hashlib.new(algorithm, data).digest()).decode()
        return None if found == expected else f"its {algorithm} is {found}, and that of {self.label} {expected}"


PACKAGE = Package(
    "onnxruntime-web", "1.30.0", 33106585,
    "sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ==",
)  # fmt: skip


def fetch_runtime(report: Report = silent) -> Mapping[str, bytes]:
    """The files by their paths in the page's folder; the archive is fetched unless it is in the user's cache folder.

    From the npm registry, or the one that npm's variable NPM_CONFIG_REGISTRY names.  ``report`` is told bytes that are
    there, and of all.  Raises FetchError.
    """
    need("requests", "filelock")
    if (cache := cache_folder()) is None:
        with tempfile.TemporaryDirectory(prefix="darknet_py.") as folder:
            return _unpacked(_fetched(Path(folder), report))
    return _unpacked(_fetched(cache / "npm", report))


def read_runtime(path: str | Path) -> Mapping[str, bytes]:
    """``fetch_runtime`` from the archive as ``npm pack`` has saved it.  Raises FetchError when it is not that one."""
    try:
        data = Path(path).read_bytes()
    except OSError as e:
        raise FetchError(f"{path}: cannot be read ({reason(e)}); {_remedy()}") from e
    if problem := PACKAGE.fault(data):
        raise FetchError(f"{path}: is not the archive of {PACKAGE.label}: {problem}; {_remedy()}")
    return _unpacked(data)


def _remedy() -> str:
    return f"npm pack {PACKAGE.name}@{PACKAGE.version} saves it"


def _fetched(folder: Path, report: Report) -> bytes:
    target = folder / PACKAGE.file
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(target):
            if target.is_file() and not PACKAGE.fault(data := target.read_bytes()):
                return data
            return _download(target, report)
    except OSError as e:
        raise FetchError(f"{e.filename or target}: {reason(e)}; set DARKNET_PY_CACHE to a folder that can be written") from e


def _download(target: Path, report: Report) -> bytes:
    part, address = PartialFile(target), f"{_registry()}/{PACKAGE.name}/-/{PACKAGE.file}"
    download(address, part, PACKAGE.size, report, f"with -runtime {PACKAGE.file}, which npm pack saves elsewhere")
    data = part.path.read_bytes()
    if problem := PACKAGE.fault(data):
        part.discard()
        raise FetchError(f"{address}: is not what was published: {problem}; try another registry with NPM_CONFIG_REGISTRY")
    part.finish()
    return data


def _registry() -> str:
    return next(filter(None, map(os.environ.get, VARIABLES)), REGISTRY).rstrip("/")


def _unpacked(archive: bytes) -> Mapping[str, bytes]:
    """The files that the page needs, and their licence."""
    files = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for name in FILES:
            member = tar.extractfile(f"package/dist/{name}")
            assert member is not None  # the archive is the one that has them
            files[f"{FOLDER}/{name}"] = member.read()
    return files
