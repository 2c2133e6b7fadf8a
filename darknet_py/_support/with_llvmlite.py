"""``from .._support.with_llvmlite import ir, llvm``: the compiler, or a KernelError that says how to get it."""

from __future__ import annotations

from ..errors import KernelError
from .libraries import check

__all__ = ["ir", "llvm"]

AGAIN = "pip install --force-reinstall llvmlite numba"

check("llvmlite.binding", "parse_assembly", lambda _: AGAIN, AGAIN, KernelError)

import llvmlite.binding as llvm  # noqa: E402
from llvmlite import ir  # noqa: E402
