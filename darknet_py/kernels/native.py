"""Object code: compile LLVM IR for this processor, keep it on disk, hand out addresses.

It is kept under a hash of the kernels' sources, the compiler's version and the processor, so that an edit, an upgrade or
another machine never meets stale code.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .._support import forks
from .._support.with_llvmlite import llvm
from ..errors import KernelError
from . import cache

__all__ = ["Host", "address", "host"]

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
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("numba")
    except PackageNotFoundError:  # copied or frozen without what pip keeps beside it
        from .._support.with_numba import numba

        return str(numba.__version__)


@functools.cache
def _announce() -> None:
    kept = cache.kept()
    log.info("compiling kernels for %s (%s)", host().cpu, f"once; kept in {kept}" if kept else "for this process alone")


_addresses: dict[str, int] = {}
_loading = forks.held_while_forking()


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
    code = cache.load(key)
    machine, engine = _machine_and_engine()
    if code is None:
        _announce()
        log.debug("compiling %s", name)
        module = build()
        module.verify()
        code = machine.emit_object(module)
        cache.store(key, code)
    engine.add_object_file(llvm.object_file.ObjectFileRef.from_data(code))
    engine.finalize_object()
    found = engine.get_function_address(name)
    if not found:
        raise KernelError(f"kernel {name} could not be loaded; delete the folder {cache.folder()} and try again")
    return found
