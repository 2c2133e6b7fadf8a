"""The processor as code generators see it: vector width, registers, cache, and LLVM's machine for it."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path
from typing import Any

from ..._support.with_llvmlite import llvm

__all__ = ["Host", "host"]


class Host:
    """What the kernels need to know of the processor: its vector width, how many vectors it can hold, and whether it has
    fused products and sums, and those of pairs of bfloat16.
    """

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
        self.embedded_broadcast = wide  # an operand in memory may be one float, spread over the vector
        self.fma = wide or arm or "+fma" in flags
        self.bf16 = wide and "+avx512bf16" in flags
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
