"""safetensors and ONNX: what they hold, and files of them that are damaged."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from darknet_py.errors import CheckpointError
from darknet_py.import_ import read_checkpoint
from darknet_py.import_.checkpoint import OnnxGraph

TYPES = {"F64": "f8", "F32": "f4", "F16": "f2", "I64": "i8", "I32": "i4", "I16": "i2", "I8": "i1", "U8": "u1", "BOOL": "b1",
         "U64": "u8", "U32": "u4", "U16": "u2", "C64": "c8"}  # fmt: skip
A = np.arange(6, dtype="<f4").reshape(2, 3)


def safe(header: object, numbers: bytes = b"", size: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if size is None else size) + text + numbers


def entry(start: int, end: int, shape=(2, 3), dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


def read(tmp_path, data: bytes, name: str = "m.safetensors"):
    (tmp_path / name).write_bytes(data)
    return read_checkpoint(tmp_path / name)


def test_safetensors(tmp_path):
    header = {"__metadata__": {"format": "pt"}, "b": entry(24, 48), "a": entry(0, 24), "none": entry(48, 48, (0, 5)),
              "one": entry(48, 52, ())}  # fmt: skip
    found = read(tmp_path, safe(header, A.tobytes() + (A + 9).tobytes() + struct.pack("<f", 7)), "m.onnx")
    assert list(found) == ["a", "b", "none", "one"]
    np.testing.assert_array_equal(found["b"], A + 9)
    assert (found["none"].shape, found["one"].shape, found["one"]) == ((0, 5), (), 7)


@pytest.mark.parametrize("dtype", TYPES)
def test_types_of_safetensors(tmp_path, dtype):
    numbers = np.array([[0, 1, 1], [1, 0, 1]], TYPES[dtype])
    found = read(tmp_path, safe({"a": entry(0, numbers.nbytes, dtype=dtype)}, numbers.tobytes()))["a"]
    np.testing.assert_array_equal(found, numbers)
    assert found.dtype == numbers.dtype


def test_bfloat16_of_safetensors(tmp_path):
    found = read(tmp_path, safe({"a": entry(0, 12, dtype="BF16")}, (A.view("<u4") >> 16).astype("<u2").tobytes()))["a"]
    np.testing.assert_array_equal(found, A)
    assert found.dtype == np.float32


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (safe({"a": entry(0, 24)}, A.tobytes()[:-1]), "at 0 to 24, where 0 is next and 23 the end"),
        (safe({"a": entry(0, 24)}, A.tobytes() + b"\0"), "1 bytes that belong to no tensor"),
        (safe({"a": entry(0, 24), "b": entry(20, 44)}, bytes(44)), "the tensor b at 20 to 44, where 24 is next"),
        (safe({"a": entry(4, 28)}, bytes(28)), "where 0 is next"),
        (safe({"a": entry(0, 20)}, bytes(20)), "the tensor a of 6 numbers in 20 bytes"),
        (safe({"a": entry(0, 24, (1 << 62, 1 << 62))}, bytes(24)), "in 24 bytes"),
        (safe({"a": entry(0, 24, (2, -3))}, bytes(24)), "without a type, shape or place"),
        (safe({"a": entry(24, 0)}, bytes(24)), "without a type, shape or place"),
        (safe({"a": {"dtype": "F32"}}, bytes(24)), "without a type, shape or place"),
        (safe({"a": 7}), "without a type, shape or place"),
        (safe({"a": entry(0, 3, (1, 3), "F8_E4M3")}, bytes(3)), "quantised weights (a of the type F8_E4M3)"),
        (safe(b'{"a": 1, "a": 2}'), "two tensors of one name"),
        (safe(b'{"a": '), "a header that is no JSON"),
        (safe(b'{"a": "\xff"}'), "a header that is no JSON"),
        (safe(b'{"a":' + b"[" * 100000), "nests too deeply"),
        (safe({"a": entry(0, 24)}, b"", 10**6), "a header of 1000000 bytes in a file of"),
    ],
)
def test_damaged_safetensors(tmp_path, data, says):
    with pytest.raises(CheckpointError) as e:
        read(tmp_path, data)
    assert says in str(e.value)
    assert str(e.value).startswith(f"{tmp_path / 'm.safetensors'}: ")


def test_onnx(tmp_path):
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    tensors = {"f": A, "h": A.astype(np.float16), "i": np.arange(-3, 3), "b": np.array([True, False]), "d": A.astype("f8")}
    listed = [helper.make_tensor("lf", TensorProto.FLOAT, (2, 3), A.ravel()),
              helper.make_tensor("lh", TensorProto.FLOAT16, (6,), A.ravel()),
              helper.make_tensor("li", TensorProto.INT32, (2,), [-1, 5]),
              helper.make_tensor("lb", TensorProto.BFLOAT16, (3,), [0.5, 1, -2])]  # fmt: skip
    node = helper.make_node("Conv", ["x", "f"], ["y"], "c0", strides=[2, 2], alpha=0.5, auto_pad="SAME_UPPER", group=-1)
    graph = helper.make_graph(
        [node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, 64, 32])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])],
        [*(numpy_helper.from_array(array, name) for name, array in tensors.items()), *listed],
    )  # fmt: skip
    model = helper.make_model(graph, producer_name="darknet_py")
    model.metadata_props.add(key="k", value="v")
    found = read(tmp_path, model.SerializeToString(), "m.pt")
    assert isinstance(found, OnnxGraph)
    assert (found.producer, found.inputs, found.outputs, found.metadata) == (
        "darknet_py", {"x": (0, 3, 64, 32)}, {"y": (1,)}, {"k": "v"},
    )  # fmt: skip
    (only,) = found.nodes
    assert (only.kind, only.name, only.inputs, only.outputs) == ("Conv", "c0", ("x", "f"), ("y",))
    assert only.attributes == {"strides": [2, 2], "alpha": 0.5, "auto_pad": "SAME_UPPER", "group": -1}
    tensors |= {"lf": A, "lh": A.ravel().astype(np.float16), "li": np.array([-1, 5], np.int32),
                "lb": np.array([0.5, 1, -2], np.float32)}  # fmt: skip
    for name, wanted in tensors.items():
        np.testing.assert_array_equal(found.tensors[name], wanted)
        assert found.tensors[name].dtype == wanted.dtype
    onnx.save_model(model, tmp_path / "e.onnx", save_as_external_data=True, location="e.onnx.data", size_threshold=0)
    np.testing.assert_array_equal(read_checkpoint(tmp_path / "e.onnx").tensors["f"], A)
    (tmp_path / "e.onnx.data").unlink()
    with pytest.raises(CheckpointError, match=r"has its weights in e\.onnx\.data, which is not beside it; copy both"):
        read_checkpoint(tmp_path / "e.onnx")


def length(data: bytes) -> bytes:
    """The number of bytes as protocol buffers have it, and they."""
    size, out = len(data), b""
    while size > 127:
        out, size = out + bytes((size & 127 | 128,)), size >> 7
    return out + bytes((size,)) + data


def onnx_of(tensor: bytes) -> bytes:
    """A model with a node without fields, and this initializer."""
    return b"\x08\x08\x3a" + length(b"\x0a\0" + b"\x2a" + length(tensor))


NAME = b"\x42\1w"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (onnx_of(b"\x08\2\x10\1\x4a\4\0\0\0\0" + NAME), "the tensor w of 2 with 1 numbers"),
        (onnx_of(b"\x08" + b"\xff" * 9 + b"\1\x10\1\x4a\4\0\0\0\0" + NAME), "the tensor w of -1 with 1 numbers"),
        (onnx_of(b"\x10\x11\x4a\4\0\0\0\0" + NAME), "quantised weights (w of ONNX's type 17)"),
        (onnx_of(b"\x10\1\x4a\x7f\0" + NAME), "a field of 127 bytes where 4 are left"),
        (onnx_of(b"\x10" + b"\xff" * 12), "a number of more than 64 bits"),
        (onnx_of(b"\x13\1"), "a field of the kind 3"),
        (onnx_of(b"\x10\1\x6a" + length(b"\x0a\x08location\x12\x0b/etc/passwd") + NAME), "which is no file beside it"),
        (onnx_of(b"\x10\1\x6a" + length(b"\x0a\x08location\x12\4../x") + NAME), "in ../x, which is no file beside it"),
        (b"\x08\x08\x3a\0", "an ONNX model without nodes"),
        (b"\x08\x08\x3a", "ends within a number"),
    ],
)
def test_damaged_onnx(tmp_path, data, says):
    with pytest.raises(CheckpointError) as e:
        read(tmp_path, data, "m.onnx")
    assert says in str(e.value)
    assert str(e.value).startswith(f"{tmp_path / 'm.onnx'}: ")
