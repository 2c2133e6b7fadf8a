"""What to write beside a figure: processor, instruction set, cores, versions, date."""

from __future__ import annotations

import datetime
import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from darknet_py.engine.native import executor
from darknet_py.engine.native.host import host

__all__ = ["facts"]

PACKAGES = ("numpy", "numba", "llvmlite")
EXTENSIONS = ("sse4.2", "avx", "avx2", "fma", "avx512f", "avx512bf16", "neon", "sve")


def facts() -> dict[str, str]:
    """One line of text by name, in the order to print."""
    processor = host()
    return {
        "date": datetime.date.today().isoformat(),
        "processor": f"{_model()} ({processor.cpu}), {executor.cpu_count()} of {os.cpu_count()} cores",
        "instructions": f"{_extensions(processor.features)}; {processor.lanes} lanes of float32, "
                        f"{processor.registers} registers, {processor.level2 >> 10} KB of second-level cache a core",
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "versions": ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
    }  # fmt: skip


def _extensions(features: str) -> str:
    """Those of LLVM's features that matter to float32 arithmetic."""
    has = features.split(",")
    return " ".join(name.upper() for name in EXTENSIONS if f"+{name}" in has) or "baseline"


def _model() -> str:
    """The processor's name, as Linux tells; what Python knows elsewhere."""
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        text = ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found.group(1) if found else platform.processor() or platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
