"""Object code: compile LLVM IR for this processor, keep it on disk, hand out addresses.

One file a function, named by a hash of the kernels' sources, the compiler's version and the processor, so that an edit,
an upgrade or another machine never meets stale code.  Two processes may compile at once: files appear whole or not.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import os
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm

from ..errors import DarknetWarning, KernelError

__all__ = ["Host", "address", "folder", "host"]

log = logging.getLogger("darknet_py")


class Host:
    """What the kernels need to know of the processor: its vector width and how many vectors it can hold."""

    def __init__(self) -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        self.cpu = os.environ.get("NUMBA_CPU_NAME") or llvm.get_host_cpu_name()
        self.features = _host_features()
        flags = set(self.features.split(","))
        wide, middle = "+avx512f" in flags, "+avx" in flags
        self.lanes = 16 if wide else 8 if middle else 4
        arm = llvm.get_process_triple().startswith(("aarch64", "arm64"))
        self.registers = 32 if wide or arm else 16
        self.fma = wide or arm or "+fma" in flags
        self.level2 = _level2_cache()
        self.triple = llvm.get_process_triple() + ("-elf" if sys.platform == "win32" else "")

    def machine(self) -> Any:
        """A new LLVM target machine for this host."""
        target = llvm.Target.from_triple(self.triple)
        return target.create_target_machine(
            cpu=self.cpu, features=self.features, opt=3, reloc="default", codemodel="jitdefault", jit=True
        )


def _level2_cache() -> int:
    """Bytes of second-level cache that a core has, as Linux tells; a common size elsewhere."""
    try:
        text = Path("/sys/devices/system/cpu/cpu0/cache/index2/size").read_text("ascii").strip()
    except OSError:
        text = ""
    return int(text[:-1]) * 1024 if text.endswith("K") and text[:-1].isdigit() else 512 * 1024


def _host_features() -> str:
    try:
        return llvm.get_host_cpu_features().flatten()
    except RuntimeError:  # LLVM does not know this processor: its baseline will do
        return ""


@functools.cache
def host() -> Host:
    return Host()


@functools.cache
def _machine_and_engine() -> tuple[Any, Any]:
    machine = host().machine()
    return machine, llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)


@functools.cache
def _fingerprint() -> bytes:
    """A hash of all that object code depends on, but for the function itself."""
    h = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        h.update(source.read_bytes())
    compiler = (llvm.llvm_version_info, host().cpu, host().features, sys.platform, _numba_version())
    h.update(repr(compiler).encode())
    return h.digest()


def _numba_version() -> str:
    from importlib.metadata import version

    return version("numba")


def folder() -> Path:
    """Where object code is kept: DARKNET_PY_CACHE, or the user's cache folder."""
    if os.environ.get("DARKNET_PY_CACHE"):
        return Path(os.environ["DARKNET_PY_CACHE"])
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "darknet_py"


def _load(path: Path) -> bytes | None:
    """The cached object, None if there is none or it is damaged."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data[32:] if hashlib.sha256(data[32:]).digest() == data[:32] else None


def _store(path: Path, code: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as f:
            temporary = Path(f.name)
        try:
            temporary.write_bytes(hashlib.sha256(code).digest() + code)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as e:
        _warn_once(f"{path.parent}: kernels cannot be kept there ({e.strerror}) and are compiled anew in every process; "
                   f"set DARKNET_PY_CACHE to a folder that can be written")  # fmt: skip


@functools.cache
def _warn_once(message: str) -> None:
    warnings.warn(message, DarknetWarning, stacklevel=2)


@functools.cache
def _announce() -> None:
    log.info("compiling kernels for %s (once; kept in %s)", host().cpu, folder())


_addresses: dict[str, int] = {}
_loading = threading.Lock()


def address(name: str, build: Callable[[], Any]) -> int:
    """The address of the function ``name``, from the cache or from the LLVM module that ``build()`` returns.

    Each name is loaded once in a process, by one thread: the engine refuses a second function of the same name.
    """
    with _loading:
        if name not in _addresses:
            _addresses[name] = _loaded(name, build)
        return _addresses[name]


def _loaded(name: str, build: Callable[[], Any]) -> int:
    key = hashlib.sha256(_fingerprint() + name.encode()).hexdigest()[:32]
    path = folder() / key
    code = _load(path)
    machine, engine = _machine_and_engine()
    if code is None:
        _announce()
        log.debug("compiling %s", name)
        module = build()
        module.verify()
        code = machine.emit_object(module)
        _store(path, code)
    engine.add_object_file(llvm.object_file.ObjectFileRef.from_data(code))
    engine.finalize_object()
    found = engine.get_function_address(name)
    if not found:
        raise KernelError(f"kernel {name} could not be loaded; delete the folder {folder()} and try again")
    return found
