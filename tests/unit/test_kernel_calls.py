"""A kernel's call is checked when the plan is made: names, types and constants, each mistake with its own words."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pytest

from darknet_py.boxes import tree
from darknet_py.engine.codegen import arguments
from darknet_py.engine.codegen.arguments import Blocks, Picture
from darknet_py.engine.codegen.jit import Double, Floats, Int, Ints, Kernel, Real, constant, function, inline, kernel
from darknet_py.engine.kernels import activations, copies, elementwise, pooling
from darknet_py.engine.kernels.suppression import BOX, DEPTH, grow
from darknet_py.engine.kernels.winograd import Values
from darknet_py.engine.memory import place
from darknet_py.engine.options import PlanOptions
from darknet_py.engine.steps import Builder
from darknet_py.errors import KernelError
from darknet_py.shapes import Shape

LANES = constant()
TENSOR = place(Shape(16, 4, 5), 8, 1)
PLANES = place(Shape(16, 4, 5), 1, 0)
ARRAY = np.zeros(3, np.float32)


@kernel
def typed(a: Floats, b: Ints, c: Int, d: Real, e: Double, v: Values, job: Int) -> None:
    """Every type."""


GOOD: dict[str, Any] = {"a": ARRAY, "b": np.zeros(2, np.int64), "c": 3, "d": 0.5, "e": 0.5, "v": Values(ARRAY, 1, 2, 8)}


def bound(kernel: Kernel, constants: dict[str, int] | None = None, /, **given: Any) -> dict[str, Any]:
    """The words of a step that a plan's builder appends."""
    b = Builder([], Shape(3, 4, 5), PlanOptions(lanes=8))
    b.step(kernel, 1, constants, **given)
    return dict(b.steps[-1].arguments)


def fails(message: str, kernel: Kernel, constants: dict[str, int] | None = None, /, **given: Any) -> None:
    with pytest.raises(KernelError) as e:
        bound(kernel, constants, **given)
    assert str(e.value) == f"kernel {kernel.name}: {message}"


COPY: dict[str, Any] = {"x": TENSOR, "x_first": 0, "y": PLANES, "y_first": 0}
SIDES = {"FROM": 8, "TO": 1}


@pytest.mark.parametrize("name", COPY)
def test_an_argument_that_is_missing(name: str) -> None:
    """Also one that is named like a stride of a tensor: ``x_first``."""
    fails(f"argument {name} is missing", copies.copy_channels, SIDES, **{k: v for k, v in COPY.items() if k != name})


def test_an_argument_that_it_does_not_take() -> None:
    fails("it takes no argument y_frist; did you mean y_first?", copies.copy_channels, SIDES, **COPY, y_frist=0)
    fails("it takes no argument x_row", copies.copy_channels, SIDES, **COPY, x_row=40)
    fails("it takes no argument job", copies.copy_channels, SIDES, **COPY, job=0)
    misspelt = {("y_frist" if k == "y_first" else k): v for k, v in COPY.items()}
    fails("it takes no argument y_frist; did you mean y_first?", copies.copy_channels, SIDES, **misspelt)


def test_constants() -> None:
    fails("constant FROM is missing", copies.copy_channels, {"TO": 1}, **COPY)
    fails("constant LANES is missing", copies.copy_blocks, x=TENSOR, y=TENSOR)
    fails("it takes no constant LANE; did you mean LANES?", copies.copy_blocks, {"LANE": 8}, x=TENSOR, y=TENSOR)
    fails("it takes no constant LANES", copies.copy_channels, SIDES | {"LANES": 8}, **COPY)
    fails("it takes no constant LOWEST", pooling.max_pool_depth, {"LOWEST": 8}, x=PLANES, y=PLANES)
    for wrong in (0, -8, 8.0, True, "8"):
        message, constants = f"constant LANES must be an int above 0, not {wrong!r}", {"LANES": wrong}
        fails(message, copies.copy_blocks, constants, x=TENSOR, y=TENSOR)  # type: ignore[arg-type]


@inline
def inner(i: Int) -> Int:
    return i * LANES


@inline
def outer(i: Int) -> Int:
    return inner(i)


@kernel
def writes(y: Floats, job: Int) -> None:
    """By way of a helper's helper, which alone knows the constant."""
    y[outer(job)] = 1


def test_constants_of_helpers_are_the_kernels() -> None:
    """Also where the same helper was compiled for others."""
    fails("constant LANES is missing", writes, y=ARRAY)
    for lanes, job in ((6, 3), (5, 3), (6, 2)):
        y = np.zeros(20, np.float32)
        table = np.array([y.ctypes.data], np.int64)
        ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64)(writes.address(LANES=lanes))(table.ctypes.data, job)
        assert np.flatnonzero(y).tolist() == [lanes * job]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("a", 5, "a Tensor or a contiguous array of float32, not int 5"),
        ("a", ARRAY.astype(np.float64), "a Tensor or a contiguous array of float32, not ndarray float64"),
        ("a", np.zeros(8, np.float32)[::2], "a Tensor or a contiguous array of float32, not ndarray float32"),
        ("a", [1.0], "a Tensor or a contiguous array of float32, not list"),
        ("a", None, "a Tensor or a contiguous array of float32, not NoneType"),
        ("b", ARRAY, "a contiguous array of int64, not ndarray float32"),
        ("b", TENSOR, "a contiguous array of int64, not Tensor"),
        ("c", 3.0, "an int of 64 bits, not float 3.0"),
        ("c", True, "an int of 64 bits, not bool True"),
        ("c", 2**63, f"an int of 64 bits, not int {2**63}"),
        ("c", np.int32(3), "an int of 64 bits, not int32"),
        ("c", TENSOR, "an int of 64 bits, not Tensor"),
        ("d", 16, "a float, not int 16"),
        ("e", 16, "a float, not int 16"),
        ("d", "0.5", "a float, not str"),
        ("v", TENSOR, "a Values, not Tensor"),
        ("v", (ARRAY, 1, 2, 8), "a Values, not tuple"),
        ("v.step", Values(ARRAY, 1.5, 2, 8), "an int of 64 bits, not float 1.5"),
        ("v.base", Values(7, 1, 2, 8), "a Tensor or a contiguous array of float32, not int 7"),
    ],
)
def test_types(name: str, value: Any, message: str) -> None:
    fails(f"{name} must be {message}", typed, **{**GOOD, name.partition(".")[0]: value})


def test_a_tensor_is_asked_for() -> None:
    fails("x must be a Tensor, not ndarray float32", copies.copy_channels, SIDES, **{**COPY, "x": ARRAY})
    fails("x must be a Tensor, not int 7", copies.copy_channels, SIDES, **{**COPY, "x": 7})


def test_the_words_of_a_call() -> None:
    """Strides and extents are the tensor's; floats are bits of their own precision."""
    assert bound(copies.copy_blocks, {"LANES": 8}, x=TENSOR, y=PLANES) == {
        "x.base": TENSOR, "x.row": 7 * 8, "x.block": 6 * 7 * 8, "x.lanes": 8, "x.channels": 16, "x.height": 4, "x.width": 5,
        "y.base": PLANES, "y.row": 5, "y.block": 20, "y.lanes": 1, "y.channels": 16, "y.height": 4, "y.width": 5,
    }  # fmt: skip
    words = bound(typed, **{**GOOD, "a": TENSOR, "d": np.float32(1), "e": -2.0})
    assert words["a"] is TENSOR
    assert words["d"] == 0x3F800000
    assert words["e"] % 2**64 == 0xC000000000000000
    assert (words["v.base"], words["v.step"], words["v.block"]) == (ARRAY, 1, 2)
    picture = Picture()
    assert bound(typed, **{**GOOD, "a": picture})["a"] is picture


def test_what_is_called_by_address_has_one_signature() -> None:
    """A row kernel calls any activation with the same arguments."""
    kernels = [f for f in activations.FUNCTIONS.values() if isinstance(f, Kernel)]
    assert {tuple(k.parameters.types.values()) for k in kernels} == {activations.call_activation.types[1:]}


def test_records_are_declared_by_types_of_words() -> None:
    assert arguments.fields(Blocks) == {"base": "Floats", **dict.fromkeys(Blocks._fields[1:], "Int")}


@function
def stores_fields(y: Floats, n: Int) -> None:
    y[0] = n


def test_functions_check_their_constants_too() -> None:
    with pytest.raises(KernelError, match="it takes no constant LANES"):
        stores_fields.address(LANES=8)
    assert elementwise.add.constants == {"LANES"}


@pytest.mark.parametrize("jobs", [-1, 2.0, "2"])
def test_the_number_of_jobs(jobs: Any) -> None:
    with pytest.raises(KernelError, match=f"the number of jobs must be an int, not {jobs!r}"):
        Builder([], Shape(3, 4, 5), PlanOptions(lanes=8)).step(copies.copy_blocks, jobs, {"LANES": 8}, x=TENSOR, y=TENSOR)


def test_boxes_are_checked_too() -> None:
    """What Python calls without a plan."""
    with pytest.raises(KernelError, match=r"kernel suppression\.grow: total must be an int of 64 bits, not float 2\.0"):
        tree._call(grow, np.zeros((2, BOX), np.float32), np.arange(2), 2.0, np.empty(2 * DEPTH, np.int64))
    with pytest.raises(KernelError, match="argument parts is missing"):
        tree._call(grow, np.zeros((2, BOX), np.float32), np.arange(2), 2)
