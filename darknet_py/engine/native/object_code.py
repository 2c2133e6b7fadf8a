"""Object code: compile LLVM IR for this processor, keep it on disk, hand out addresses."""

from __future__ import annotations

import functools
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from ..._support import forks
from ..._support.with_llvmlite import llvm
from ...errors import KernelError
from . import object_cache
from .host import host

__all__ = ["Generated", "address"]

log = logging.getLogger("darknet_py")


@functools.cache
def _machine_and_engine() -> tuple[Any, Any]:
    machine = host().machine()
    return machine, llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)


@functools.cache
def _announce() -> None:
    kept = object_cache.kept()
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


class Generated(ABC):
    """A function of which LLVM code is generated; its ``name`` tells all that the code depends on."""

    @property
    @abstractmethod
    def name(self) -> str: ...

    @abstractmethod
    def module(self) -> llvm.ModuleRef:
        """The function as a parsed LLVM module."""

    def address(self) -> int:
        """The compiled function's address."""
        return address(self.name, self.module)


def _loaded(name: str, build: Callable[[], Any]) -> int:
    key = object_cache.key(name)
    code = object_cache.load(key)
    machine, engine = _machine_and_engine()
    if code is None:
        _announce()
        log.debug("compiling %s", name)
        module = build()
        module.verify()
        code = machine.emit_object(module)
        object_cache.store(key, code)
    engine.add_object_file(llvm.object_file.ObjectFileRef.from_data(code))
    engine.finalize_object()
    if not (place := engine.get_function_address(name)):
        raise KernelError(f"kernel {name} could not be loaded; delete the folder {object_cache.folder()} and try again")
    return place
