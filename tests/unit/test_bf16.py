"""bfloat16 numerics, emulated, against their naive twin: bit for bit, at every vector width."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Callable
from unittest import mock

import engine
import naive
import naive_bf16
import numpy as np
import pytest
from convolutions import BLOCKED, DENSE, cfg_of, in_double
from engine import LANES
from random_networks import random_network

from darknet_py._support.with_llvmlite import llvm
from darknet_py.engine.codegen.bfloat import RoundingRow
from darknet_py.engine.codegen.bfloat_tile import PairKernel
from darknet_py.engine.lower import bfloat, winograd
from darknet_py.engine.native.host import host

EVEN = [(shape, options) for shape, options in DENSE if shape[0] % 2 == 0] + [
    ((2, 3, 4), "filters=16 size=1"),
    ((16, 5, 7), "filters=40 size=1"),
    ((18, 6, 5), "filters=33 size=3 pad=1"),
    ((32, 4, 9), "filters=32 size=3 pad=1 stride=2"),
]


def expected(n: engine.Net, activation: str, x: np.ndarray | None = None) -> np.ndarray:
    """Layer 1; ``x``: its input, if that is not the picture."""
    layer, p, x = n.graph.nodes[1].layer, n.params[1], n.x if x is None else x
    window = layer.stride, layer.padding, layer.dilation
    return naive.activate(naive_bf16.convolution(x, p["weights"], p["biases"], *window), activation)


def assert_the_twin_s(shape: tuple[int, int, int], options: str, lanes: int) -> None:
    n = engine.net(cfg_of(options, "leaky", BLOCKED), shape)
    with mock.patch.dict(winograd.TILES, clear=True):
        got = engine.forward(n, lanes, bf16=True)
    engine.assert_same_bits({1: got[1]}, {1: expected(n, "leaky")}, n)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize(("shape", "options"), EVEN)
def test_convolutions(shape: tuple[int, int, int], options: str, lanes: int) -> None:
    assert_the_twin_s(shape, options, lanes)


@pytest.mark.parametrize("lanes", LANES)
def test_every_width(lanes: int) -> None:
    for width in range(1, 31):
        assert_the_twin_s((2, 2, width), "filters=9 size=3 pad=1", lanes)


SPECIAL = np.array(
    [0, 0x80000000, 1, 0x807FFFFF, 0x00800000, 0x00FF8000, 0x3F808000, 0x3F818000, 0x3F808001, 0x3F807FFF, 0xBF80FFFF,
     0x7F7FFFFF, 0xFF7F8000, 0x7F800000, 0xFF800000, 0x7F800001, 0x7FC01234, 0xFFFFFFFF],
    np.uint32,
)  # fmt: skip


def floats(count: int = 4096) -> np.ndarray:
    """Of every size, beside those where rounding is easily wrong."""
    bits = np.random.RandomState(0).randint(0, 2**32, count - len(SPECIAL), np.uint32)
    return np.concatenate([SPECIAL, bits]).view(np.float32)


def same(a: np.ndarray, b: np.ndarray) -> bool:
    """The same bits; NaN is NaN."""
    return bool(((a.view(np.uint32) == b.view(np.uint32)) | np.isnan(a) & np.isnan(b)).all())


def rounding(lanes: int, emulated: bool) -> Callable[[int, int, int], None]:
    signature = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)
    return signature(RoundingRow(lanes, emulated).address())


@pytest.mark.parametrize("lanes", LANES)
def test_rounding_of_a_row(lanes: int) -> None:
    x = floats()
    halves = np.zeros(len(x), np.uint16)
    rounding(lanes, True)(len(x) // lanes, x.ctypes.data, halves.ctypes.data)
    assert same((halves.astype(np.uint32) << 16).view(np.float32), naive_bf16.rounded(x))


def test_rounding_of_weights() -> None:
    x = floats().reshape(8, -1, 4, 4)
    words = bfloat.pairs_of(x).view(np.uint32)
    assert words.shape == (8, x.shape[1] // 2, 4, 4)
    want = naive_bf16.rounded(x)
    assert same((words << 16).view(np.float32), want[:, 0::2])
    assert same((words & 0xFFFF0000).view(np.float32), want[:, 1::2])


@pytest.mark.parametrize("lanes", LANES)
def test_numbers_that_are_subnormal_large_or_none(lanes: int) -> None:
    linear = "[activation]\nactivation=relie\n"  # gives blocks, and keeps NaN
    n = engine.net(cfg_of("filters=16 size=1", "linear", linear), (32, 6, 9))
    size = np.exp2(np.random.RandomState(1).uniform(-140, 127, n.x.shape)).astype(np.float32)
    with np.errstate(all="ignore"):
        n.x[:] = n.x * size
        n.x[3, 0, :4] = [np.inf, -np.inf, np.nan, 3e38]
        got = engine.forward(n, lanes, bf16=True)
        engine.assert_same_bits({1: got[1]}, {1: expected(n, "linear", got[0])}, n)
    assert np.isnan(got[1][:, 0, 2]).all()


FLOATS = [
    ("the first layer", "", (4, 5, 6), "filters=16 size=3 pad=1"),
    ("an odd number of channels", BLOCKED, (13, 5, 6), "filters=16 size=3"),
    ("depthwise", BLOCKED, (16, 5, 6), "filters=16 size=3 pad=1 groups=16"),
    ("groups", BLOCKED, (24, 5, 6), "filters=16 size=3 groups=2"),
]


@pytest.mark.parametrize(("before", "shape", "options"), [row[1:] for row in FLOATS], ids=[row[0] for row in FLOATS])
def test_of_others_the_numbers_are_those_of_fast(before: str, shape: tuple[int, int, int], options: str) -> None:
    n = engine.net(cfg_of(options, "leaky", before), shape)
    engine.assert_same_bits(engine.forward(n, 8, bf16=True), engine.forward(n, 8, fast=True), n)


@pytest.mark.parametrize("seed", range(24))
def test_random_networks(seed: int) -> None:
    """Neither threads nor which outputs are read change a bit; they are near the exact ones."""
    text, shape = random_network(seed)
    n, lanes = engine.net(text, shape), LANES[seed % len(LANES)]
    kept = engine.forward(n, lanes, bf16=True)
    few = sorted({int(i) for i in np.random.RandomState(seed).choice(n.layers, 3)})
    for threads in (1, 3):
        engine.assert_same_bits(engine.forward(n, lanes, few, bf16=True, threads=threads), kept, n)
    for i, exact in engine.forward(n, lanes).items():
        assert np.abs(kept[i] - exact).max() <= 0.1 * np.abs(exact).max(), n.graph.nodes[i].label


def test_a_layer_takes_winograd_s_method_where_that_is_faster_still() -> None:
    """In float32, of the input before it is rounded."""
    n = engine.net(cfg_of("filters=64 size=3 pad=1", "leaky", BLOCKED), (64, 12, 12))
    rounded = engine.forward(n, 8, bf16=True)
    with mock.patch.object(winograd, "TRANSFORM", 0), mock.patch.object(winograd, "STREAM", 1e9):
        transformed = engine.forward(n, 8, bf16=True)
        engine.assert_same_bits(transformed, engine.forward(n, 8, fast=True), n)
    assert (rounded[1] != transformed[1]).any()


NATIVE = pytest.mark.skipif(not host().bf16, reason="this processor has no AVX512_BF16")


@NATIVE
@pytest.mark.parametrize(("shape", "options"), EVEN)
def test_the_processor_s_own_products(shape: tuple[int, int, int], options: str) -> None:
    """In whichever order it adds a pair: n roundings in each, of sums that do not exceed that of |products| by much."""
    n = engine.net(cfg_of(options, "linear", BLOCKED), shape)
    with mock.patch.dict(winograd.TILES, clear=True):
        got, want = (engine.forward(n, 16, bf16=True, emulated=emulated)[1] for emulated in (False, True))
    x, layer, p = naive_bf16.rounded(n.x), n.graph.nodes[1].layer, n.params[1]
    weights = naive_bf16.rounded(p["weights"])
    magnitude = in_double(np.abs(x), np.abs(weights), np.abs(p["biases"]), layer)
    assert (np.abs(got - want) <= 2 * (weights[0].size + 2) * np.finfo(np.float32).eps / 2 * magnitude).all()


@NATIVE
def test_the_processor_s_own_rounding() -> None:
    x = floats()
    ours, own = (np.zeros(len(x), np.uint16) for _ in range(2))
    for halves, emulated in ((ours, True), (own, False)):
        rounding(16, emulated)(len(x) // 16, x.ctypes.data, halves.ctypes.data)
    assert (ours == own).all()


CPUS = ["sapphirerapids", "znver4"][: 1 + (llvm.llvm_version_info >= (16, 0, 0))]  # that LLVM knows
X86 = pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="LLVM is there for this processor alone")


def assembly(module: object, cpu: str) -> list[str]:
    target = llvm.Target.from_triple(host().triple)
    machine = target.create_target_machine(cpu=cpu, features="", opt=3, reloc="default", codemodel="jitdefault", jit=True)
    return machine.emit_assembly(module).splitlines()


@X86
@pytest.mark.parametrize("cpu", CPUS)
@pytest.mark.parametrize(("taps", "pairs"), [(True, 1), (False, 8)])
def test_a_product_is_one_instruction(taps: bool, pairs: int, cpu: str) -> None:
    """For each block and pixel; no sum is spilled."""
    kernel = PairKernel(16, 2, 12, taps=taps, fills_blocks=not taps, embedded=True)
    lines = assembly(kernel.module(), cpu)
    products = [i for i, line in enumerate(lines) if "vdpbf16ps" in line and "{1to16}" in line]
    assert len(products) == sum("vdpbf16ps" in line for line in lines) == 2 * 12 * pairs
    inside = lines[products[0] : products[-1]]
    assert not [line for line in inside if "(%rsp" in line and "zmm" in line]


@X86
def test_a_row_is_rounded_by_one_instruction_a_vector() -> None:
    lines = assembly(RoundingRow(16, False).module(), "sapphirerapids")
    assert sum("vcvtneps2bf16" in line for line in lines) == 1


@pytest.mark.parametrize("lanes", LANES)
def test_shared_weights_and_layers_that_read_nothing(lanes: int) -> None:
    """A convolution that shares weights is the one that has them, on another input; the rest is not rounded."""
    conv = "[convolutional]\nfilters=16\nsize=3\npad=1\nactivation=linear\n"
    text = f"{conv}{conv}{conv}share_index=1\n[normalization]\n[avgpool]\n[implicit]\nfilters=16\n[scale_channels]\nfrom=3\n"
    n = engine.net(text, (16, 6, 7))
    plain = engine.Net(engine.net(text.replace("share_index=1\n", ""), (16, 6, 7)).graph, n.params, n.x)
    got, exact = engine.forward(n, lanes, bf16=True), engine.forward(n, lanes)
    engine.assert_same_bits(got, engine.forward(plain, lanes, bf16=True), n)
    assert np.array_equal(got[5], exact[5])
    for i, y in exact.items():
        assert np.abs(got[i] - y).max() <= 0.1 * np.abs(y).max(), n.graph.nodes[i].label
