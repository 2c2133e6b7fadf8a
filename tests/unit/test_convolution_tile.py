"""The row kernel's assembly: where products have an operand in memory that is spread, pixels are read by them."""

from __future__ import annotations

import re
from unittest import mock

import engine
import pytest
from convolutions import BLOCKED, DENSE, GROUPS, cfg_of

from darknet_py._support.with_llvmlite import llvm
from darknet_py.engine.codegen.convolution_tile import RowKernel
from darknet_py.engine.native import host as host_module
from darknet_py.engine.native.host import Host, host
from darknet_py.engine.options import PlanOptions
from darknet_py.engine_api.options import Numerics

X86 = pytest.mark.skipif("x86" not in host().triple, reason="reads x86's words")
AVX512 = ("znver4", "skylake-avx512")


def product_loop(kernel: RowKernel, cpu: str) -> str:
    """The instructions of a kernel that are repeated for each tap: the innermost loop, with the products and no store."""
    target = llvm.Target.from_triple(host().triple)
    machine = target.create_target_machine(cpu=cpu, opt=3, reloc="default", codemodel="jitdefault")
    blocks = re.split(r"^\.L\w+:.*$", machine.emit_assembly(kernel.module()), flags=re.MULTILINE)
    loops = [block[: block.index("\tj")] for block in blocks if "mulps" in block]
    return next(loop for loop in loops if "vmaxps" not in loop)


@X86
@pytest.mark.parametrize("cpu", AVX512)
@pytest.mark.parametrize("kernel", [
    RowKernel(16, 2, 6), RowKernel(16, 4, 6, stride=2), RowKernel(16, 3, 8, source="planar"),
    RowKernel(16, 4, 6, taps=False), RowKernel(16, 2, 6, taps=False, fills_blocks=True),
], ids=lambda kernel: kernel.name)  # fmt: skip
def test_products_read_pixels_from_memory(kernel: RowKernel, cpu: str) -> None:
    channels = kernel.lanes if kernel.fills_blocks else 1
    products = kernel.blocks * kernel.pixels * channels
    plain = product_loop(kernel, cpu)
    assert plain.count("vbroadcastss") == kernel.pixels * channels
    assert "{1to16}" not in plain
    loop = product_loop(RowKernel(**{**vars(kernel), "embedded": True}), cpu)
    assert "vbroadcastss" not in loop
    assert len(re.findall(r"vmulps.*\{1to16\}, %zmm", loop)) == products
    assert "rsp" not in loop, "something is spilled"


def test_names_tell_what_is_read_from_memory() -> None:
    """Of what comes to the same code the name is the same."""
    assert RowKernel(16, 2, 6, embedded=True).name == RowKernel(16, 2, 6).name + "_embedded"
    for blocks, pixels in ((1, 6), (6, 2)):
        kernels = [RowKernel(16, blocks, pixels, embedded=embedded) for embedded in (False, True)]
        assert kernels[0].name == kernels[1].name
        assert str(kernels[0].module()) == str(kernels[1].module())


@pytest.mark.parametrize(("features", "embedded"), [
    ("+sse4.2,+avx,+avx2,+fma,+avx512f,+avx512vl", True), ("+sse4.2,+avx,+avx2,+fma,-avx512f", False),
    ("+sse4.2", False), ("+neon", False), ("", False),
])  # fmt: skip
def test_the_processor_decides(features: str, embedded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_module, "_host_features", lambda: features)
    assert Host().embedded_broadcast is embedded


@pytest.mark.parametrize(("shape", "options", "lanes"),
                         [*((*case, 16) for case in DENSE + GROUPS), (*DENSE[0], 4), (*GROUPS[0], 8)])  # fmt: skip
def test_the_bits_are_the_same(shape: tuple[int, int, int], options: str, lanes: int) -> None:
    with mock.patch.object(host(), "embedded_broadcast", True):
        assert PlanOptions(Numerics.EXACT).embedded
        for before in ("", BLOCKED):
            engine.assert_exact(engine.net(cfg_of(options, "leaky", before), shape), lanes)


def test_fused_products_do_not() -> None:
    with mock.patch.object(host(), "embedded_broadcast", True), mock.patch.object(host(), "fma", True):
        assert not PlanOptions(Numerics.FAST).embedded
