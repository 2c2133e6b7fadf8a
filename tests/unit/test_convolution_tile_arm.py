"""The row kernel's assembly on ARM, written by any host's LLVM: products by an element, no broadcast, nothing spilled."""

from __future__ import annotations

import re
from unittest import mock

import pytest

from darknet_py._support.with_llvmlite import llvm
from darknet_py.engine.codegen.convolution_tile import RowKernel
from darknet_py.engine.native.host import host

NEON = "aarch64-unknown-linux-gnu"
PRODUCT = r"(?:fmul|fmla)\s+v\d+\.4s, v\d+\.4s, v\d+\.(\S+)"


def product_loop(kernel: RowKernel, cpu: str) -> str:
    """The instructions of a kernel that are repeated for each tap."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    try:
        target = llvm.Target.from_triple(NEON)
    except RuntimeError:
        pytest.skip("this LLVM has no AArch64")
    machine = target.create_target_machine(cpu=cpu, opt=3, reloc="default", codemodel="jitdefault")
    with mock.patch.object(host(), "triple", NEON):
        blocks = re.split(r"^\.L\w+:.*$", machine.emit_assembly(kernel.module()), flags=re.MULTILINE)
    return max((block.partition("\tb.")[0] for block in blocks), key=lambda loop: len(re.findall(PRODUCT, loop)))


@pytest.mark.parametrize("cpu", ["cortex-a72", "neoverse-n1", "apple-m1"])
@pytest.mark.parametrize("fma", [False, True], ids=["exact", "fused"])
@pytest.mark.parametrize(("blocks", "pixels"), [(2, 5), (2, 12), (4, 4), (4, 5)])
def test_products_are_by_an_element(blocks: int, pixels: int, fma: bool, cpu: str) -> None:
    loop = product_loop(RowKernel(4, blocks, pixels, fma=fma), cpu)
    products = re.findall(PRODUCT, loop)
    assert len(products) == blocks * pixels
    assert products.count("s[0]") >= blocks * (pixels - 1)  # a pixel may be loaded by ld1r, which steps on as well
    assert len(re.findall("ld1r|dup", loop)) <= 1
    assert "[sp" not in loop, "something is spilled"
    assert loop.count("fadd") == (0 if fma else blocks * pixels)
