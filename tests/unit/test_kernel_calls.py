"""A kernel's call is checked when the plan is made: names, types and constants, each mistake with its own words."""

from __future__ import annotations

import ctypes
import re
from typing import Any

import numpy as np
import pytest

from darknet_py.engine.codegen import arguments
from darknet_py.engine.codegen.arguments import Blocks, Picture
from darknet_py.engine.codegen.calls import call
from darknet_py.engine.codegen.jit import Double, Floats, Function, Int, Ints, Kernel, Real, function, inline, kernel, lanes
from darknet_py.engine.kernels import activations, copies, elementwise, pooling
from darknet_py.engine.kernels.suppression import BOX, DEPTH, grow
from darknet_py.engine.kernels.winograd import Values
from darknet_py.engine.memory import Tensor, place
from darknet_py.engine.options import PlanOptions
from darknet_py.engine.steps import Builder
from darknet_py.errors import KernelError
from darknet_py.shapes import Shape

LANES = lanes()
TENSOR = place(Shape(16, 4, 5), 8, 1)
OTHER = place(Shape(16, 4, 5), 8, 0)
PLANES = place(Shape(16, 4, 5), 1, 0)
ARRAY = np.zeros(3, np.float32)


@kernel
def typed(a: Floats, b: Ints, c: Int, d: Real, e: Double, v: Values, job: Int) -> None:
    """Every type."""


GOOD: dict[str, Any] = {"a": ARRAY, "b": np.zeros(2, np.int64), "c": 3, "d": 0.5, "e": 0.5, "v": Values(ARRAY, 1, 2, 8)}


def bound(kernel: Kernel, /, **given: Any) -> dict[str, Any]:
    """The words of a step that a plan's builder appends."""
    b = Builder([], Shape(3, 4, 5), PlanOptions(lanes=8))
    b.step(kernel, 1, **given)
    return dict(b.steps[-1].arguments)


def fails(message: str, kernel: Kernel, /, **given: Any) -> None:
    with pytest.raises(KernelError) as e:
        bound(kernel, **given)
    assert str(e.value) == f"kernel {kernel.name}: {message}"


COPY: dict[str, Any] = {"x": TENSOR, "x_first": 0, "y": PLANES, "y_first": 0}


@pytest.mark.parametrize("name", COPY)
def test_an_argument_that_is_missing(name: str) -> None:
    """Also one that is named like a stride of a tensor: ``x_first``."""
    fails(f"argument {name} is missing", copies.copy_channels, **{k: v for k, v in COPY.items() if k != name})


def test_an_argument_that_it_does_not_take() -> None:
    fails("it takes no argument y_frist; did you mean y_first?", copies.copy_channels, **COPY, y_frist=0)
    fails("it takes no argument x_row", copies.copy_channels, **COPY, x_row=40)
    fails("it takes no argument job", copies.copy_channels, **COPY, job=0)
    misspelt = {("y_frist" if k == "y_first" else k): v for k, v in COPY.items()}
    fails("it takes no argument y_frist; did you mean y_first?", copies.copy_channels, **misspelt)


def test_constants() -> None:
    with pytest.raises(KernelError, match=r"kernel copies\.copy_channels: constant FROM is missing"):
        copies.copy_channels.address(TO=1)
    with pytest.raises(KernelError, match="it takes no constant LANE; did you mean LANES"):
        copies.copy_blocks.address(LANE=8)
    with pytest.raises(KernelError, match="it takes no constant LOWEST"):
        pooling.max_pool_depth.address(LOWEST=8)
    for wrong in (0, -8, 8.0, True, "8"):
        with pytest.raises(KernelError, match=f"constant LANES must be an int above 0, not {wrong!r}"):
            copies.copy_blocks.address(LANES=wrong)  # type: ignore[arg-type]


def test_constants_are_the_lanes_of_arguments() -> None:
    """Of all, or of one each."""
    b = Builder([], Shape(3, 4, 5), PlanOptions(lanes=8))
    b.step(copies.copy_blocks, 2, x=OTHER, y=TENSOR)
    b.step(copies.copy_channels, 16, **COPY)
    assert [s.address for s in b.steps] == [copies.copy_blocks.address(LANES=8), copies.copy_channels.address(FROM=8, TO=1)]


def test_lanes_that_differ() -> None:
    same = "its arguments must have the same number of lanes, but"
    fails(f"{same} x has 8, y has 1", copies.copy_blocks, x=TENSOR, y=PLANES)
    fails(f"{same} x has 8, z has 1, y has 8", elementwise.add, x=TENSOR, z=PLANES, y=TENSOR)
    fails(f"{same} x has 1, y has 8", pooling.average_pool, x=PLANES, y=TENSOR)


def test_planes_are_asked_for() -> None:
    tall = place(Shape(16, 4, 5), 1, 2)
    wrong = "must be a Tensor of one lane, not Tensor of 8 lanes and a border of 1 pixels"
    fails(f"y {wrong}", copies.copy_rows, x=ARRAY, y=TENSOR, rows=1)
    fails(f"x {wrong}", pooling.max_pool_depth, x=TENSOR, y=PLANES)
    fails(f"x {wrong}", elementwise.scaled_sum, x=TENSOR, y=PLANES, w=ARRAY, w_step=0, first=1)
    assert bound(pooling.max_pool_depth, x=tall, y=PLANES)["x.lanes"] == 1


@pytest.mark.parametrize("tensor", [TENSOR, OTHER, place(Shape(16, 4, 5), 1, 1)])
def test_floats_are_contiguous(tensor: Tensor) -> None:
    how = f"Tensor of {tensor.lanes} lanes and a border of {tensor.halo} pixels"
    fails(f"a must be a contiguous Tensor or array of float32, not {how}", typed, **{**GOOD, "a": tensor})
    given = {**GOOD, "v": Values(tensor, 1, 2, 8)}
    fails(f"v.base must be a contiguous Tensor or array of float32, not {how}", typed, **given)


def test_blocks_of_one_pixel_are_contiguous() -> None:
    pixel = place(Shape(20, 1, 1), 8, 0)
    assert bound(typed, **{**GOOD, "a": pixel})["a"] is pixel


@function
def not_a_step(y: Floats, job: Int) -> None:
    """A function may call a parameter ``job``."""


@pytest.mark.parametrize("wrong", [not_a_step, activations.FUNCTIONS["leaky"], activations.FUNCTIONS["mish"]])
def test_only_steps_are_steps(wrong: Any) -> None:
    with pytest.raises(KernelError, match="is not a step of a plan"):
        bound(wrong, y=ARRAY)
    assert not isinstance(wrong, Kernel)


def last(job: Int, y: Floats) -> None: ...
def none(y: Floats) -> None: ...
def real(y: Floats, job: Real) -> None: ...
def nothing() -> None: ...


@pytest.mark.parametrize("python", [last, none, real, nothing])
def test_a_step_takes_its_job_last(python: Any) -> None:
    with pytest.raises(KernelError, match=f"{python.__name__}: the last parameter of a step must be job: Int"):
        kernel(python)


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
    with pytest.raises(KernelError, match="constant LANES is missing"):
        writes.address()
    for count, job in ((6, 3), (5, 3), (6, 2)):
        y = np.zeros(20, np.float32)
        table = np.array([y.ctypes.data], np.int64)
        ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64)(writes.address(LANES=count))(table.ctypes.data, job)
        assert np.flatnonzero(y).tolist() == [count * job]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("a", 5, "a contiguous Tensor or array of float32, not int 5"),
        ("a", ARRAY.astype(np.float64), "a contiguous Tensor or array of float32, not ndarray float64"),
        ("a", np.zeros(8, np.float32)[::2], "a contiguous Tensor or array of float32, not ndarray float32"),
        ("a", [1.0], "a contiguous Tensor or array of float32, not list"),
        ("a", None, "a contiguous Tensor or array of float32, not NoneType"),
        ("b", ARRAY, "a contiguous array of int64, not ndarray float32"),
        ("b", TENSOR, "a contiguous array of int64, not Tensor of 8 lanes and a border of 1 pixels"),
        ("c", 3.0, "an int of 64 bits, not float 3.0"),
        ("c", True, "an int of 64 bits, not bool True"),
        ("c", 2**63, f"an int of 64 bits, not int {2**63}"),
        ("c", np.int32(3), "an int of 64 bits, not int32"),
        ("c", TENSOR, "an int of 64 bits, not Tensor of 8 lanes and a border of 1 pixels"),
        ("d", 16, "a float, not int 16"),
        ("e", 16, "a float, not int 16"),
        ("d", "0.5", "a float, not str"),
        ("v", TENSOR, "a Values, not Tensor of 8 lanes and a border of 1 pixels"),
        ("v", (ARRAY, 1, 2, 8), "a Values, not tuple"),
        ("v.step", Values(ARRAY, 1.5, 2, 8), "an int of 64 bits, not float 1.5"),
        ("v.base", Values(7, 1, 2, 8), "a contiguous Tensor or array of float32, not int 7"),
    ],
)
def test_types(name: str, value: Any, message: str) -> None:
    fails(f"{name} must be {message}", typed, **{**GOOD, name.partition(".")[0]: value})


def test_a_tensor_is_asked_for() -> None:
    fails("x must be a Tensor, not ndarray float32", copies.copy_channels, **{**COPY, "x": ARRAY})
    fails("x must be a Tensor, not int 7", copies.copy_channels, **{**COPY, "x": 7})


def test_the_words_of_a_call() -> None:
    """Strides and extents are the tensor's; floats are bits of their own precision."""
    assert bound(copies.copy_channels, **COPY) == {
        "x.base": TENSOR, "x.row": 7 * 8, "x.block": 6 * 7 * 8, "x.lanes": 8, "x.channels": 16, "x.height": 4, "x.width": 5,
        "x_first": 0, "y_first": 0,
        "y.base": PLANES, "y.row": 5, "y.block": 20, "y.lanes": 1, "y.channels": 16, "y.height": 4, "y.width": 5,
    }  # fmt: skip
    words = bound(typed, **{**GOOD, "a": PLANES, "d": np.float32(1), "e": -2.0})
    assert words["a"] is PLANES
    assert words["d"] == 0x3F800000
    assert words["e"] % 2**64 == 0xC000000000000000
    assert (words["v.base"], words["v.step"], words["v.block"]) == (ARRAY, 1, 2)
    picture = Picture()
    assert bound(typed, **{**GOOD, "a": picture})["a"] is picture


def test_what_is_called_by_address_has_one_signature() -> None:
    """A row kernel calls any activation with the same arguments."""
    kernels = [f for f in activations.FUNCTIONS.values() if isinstance(f, Function)]
    assert {tuple(k.parameters.types.values()) for k in kernels} == {activations.call_activation.types[1:]}


def test_records_are_declared_by_types_of_words() -> None:
    assert arguments.fields(Blocks) == {"base": "Floats", **dict.fromkeys(Blocks._fields[1:], "Int")}


@function
def stores_fields(y: Floats, n: Int) -> None:
    y[0] = n


def test_functions_check_their_constants_too() -> None:
    with pytest.raises(KernelError, match="it takes no constant LANES"):
        stores_fields.address(LANES=8)
    assert elementwise.add.constants.keys() == {"LANES"}


@pytest.mark.parametrize("jobs", [-1, 2.0, "2"])
def test_the_number_of_jobs(jobs: Any) -> None:
    with pytest.raises(KernelError, match=f"the number of jobs must be an int, not {jobs!r}"):
        Builder([], Shape(3, 4, 5), PlanOptions(lanes=8)).step(copies.copy_blocks, jobs, x=TENSOR, y=TENSOR)


GROW: dict[str, Any] = {
    "boxes": np.zeros((2, BOX), np.float32), "order": np.arange(2), "total": 2, "parts": np.empty(2 * DEPTH, np.int64),
}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (GROW | {"total": 2.0}, "total must be an int of 64 bits, not float 2.0"),
        ({k: v for k, v in GROW.items() if k != "parts"}, "argument parts is missing"),
        (GROW | {"more": 1}, "it takes no argument more"),
        (GROW | {"boxes": GROW["order"]}, "boxes must be a contiguous Tensor or array of float32, not ndarray int64"),
    ],
)
def test_boxes_are_checked_too(given: dict[str, Any], message: str) -> None:
    """What Python calls without a plan."""
    with pytest.raises(KernelError, match=re.escape(f"kernel suppression.grow: {message}")):
        call(grow, **given)
