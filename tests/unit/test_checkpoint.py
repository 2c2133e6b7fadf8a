"""Files of PyTorch, read without it: what they hold, in each of its formats."""

from __future__ import annotations

import pickle
import sys

import numpy as np
import pytest
import torch_files as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet_py.import_ import Record, Reference, read_checkpoint

RNG = np.random.default_rng(0)
WEIGHT = RNG.normal(size=(4, 3, 2, 2)).astype(np.float32)
VARIANCE = RNG.random(4).astype(np.float16)
MODEL = tf.module(
    "models.yolo.Model",
    {"0": tf.module("models.common.Conv", {
        "conv": tf.module("torch.nn.modules.conv.Conv2d", parameters={"weight": tf.parameter(WEIGHT, "0"), "bias": None}),
        "bn": tf.module("torch.nn.modules.batchnorm.BatchNorm2d", buffers={"running_var": tf.parameter(VARIANCE, "1")},
                        eps=0.001),
        "act": tf.module("mish_cuda.MishCuda"),
    })},
    names=["apple", "two words"], kind=tf.Global("torch.float16"), stride=tf.whole(tf.Stored(np.array([8, 16]), "2")),
)  # fmt: skip
CHECKPOINT = {"epoch": -1, "model": MODEL, "ema": None, "place": tf.Call("pathlib.PosixPath", ("runs", "x"))}


def read(tmp_path, data: bytes, name: str = "x.pt"):
    (tmp_path / name).write_bytes(data)
    return read_checkpoint(tmp_path / name)


@pytest.mark.parametrize("data", [
    tf.zip_bytes(CHECKPOINT), tf.zip_bytes(CHECKPOINT, "two words é", "big"), tf.zip_bytes(CHECKPOINT, order=None),
    tf.legacy_bytes(CHECKPOINT),
], ids=["zip", "big", "no order", "legacy"])  # fmt: skip
def test_modules(tmp_path, data):
    checkpoint = read(tmp_path, data, "any.weights")
    assert list(checkpoint) == ["epoch", "model", "ema", "place"]
    assert (checkpoint["epoch"], checkpoint["ema"], checkpoint["place"]) == (-1, None, "runs/x")
    model = checkpoint["model"]
    assert isinstance(model, Record)
    assert (model.kind, model.name, model.get("names", [])) == ("models.yolo.Model", "Model", ["apple", "two words"])
    assert model.get("kind", None) == Reference("torch.float16")
    assert (model.get("nothing", 7), model.tensor("weight"), model.get("stride", None).tolist()) == (7, None, [8, 16])
    (layer,) = model.modules.values()
    assert {name: module.name for name, module in layer.modules.items()} == {
        "conv": "Conv2d", "bn": "BatchNorm2d", "act": "MishCuda",
    }  # fmt: skip
    conv, norm, act = layer.modules.values()
    np.testing.assert_array_equal(conv.tensor("weight"), WEIGHT)
    np.testing.assert_array_equal(norm.tensor("running_var"), VARIANCE)
    assert (conv.tensor("weight").dtype, norm.tensor("running_var").dtype) == (np.float32, np.float16)
    assert (conv.tensor("bias"), norm.get("eps", 0), act.modules) == (None, 0.001, {})


@pytest.mark.parametrize("write", [tf.zip_bytes, tf.legacy_bytes])
@pytest.mark.parametrize("dtype", [t for t in tf.STORAGES if t != "u2"])
def test_types_of_numbers(tmp_path, write, dtype):
    numbers = RNG.integers(0, 2 if dtype == "b1" else 100, (3, 5)).astype(dtype)
    found = read(tmp_path, write([tf.whole(tf.Stored(numbers))]))[0]
    assert found.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(found, numbers)
    assert not found.flags.writeable


@pytest.mark.parametrize("write", [tf.zip_bytes, tf.legacy_bytes, lambda value: tf.zip_bytes(value, order="big")])
def test_bfloat16_becomes_float32(tmp_path, write):
    numbers = RNG.normal(size=100).astype(np.float32)
    cut = (numbers.view(np.uint32) >> 16).astype(np.uint16)
    (found,) = read(tmp_path, write([tf.whole(tf.Stored(cut))]))
    np.testing.assert_array_equal(found, (cut.astype(np.uint32) << 16).view(np.float32))
    assert found.dtype == np.float32


@pytest.mark.parametrize("write", [tf.zip_bytes, tf.legacy_bytes])
def test_strides_offsets_and_what_is_shared(tmp_path, write):
    stored = tf.Stored(np.arange(24, dtype=np.float32))
    parts = [(0, (2, 3), (3, 1)), (4, (3, 2), (1, 3)), (5, (), ()), (23, (1, 1), (99, 99)), (0, (2, 0), (1, 1)),
             (7, (4, 2), (0, 1)), (24, (0,), (1,))]  # fmt: skip
    found = read(tmp_path, write([tf.tensor(stored, *part) for part in parts]))
    for array, (offset, size, stride) in zip(found, parts, strict=True):
        wanted = np.lib.stride_tricks.as_strided(stored.numbers[offset:], size, [4 * s for s in stride])
        np.testing.assert_array_equal(array, wanted)
        assert array.shape == size
    assert np.shares_memory(found[0], found[1])


def test_the_tar_archive_of_the_first_versions(tmp_path):
    numbers = np.arange(12, dtype=np.float32)
    pickle_ = b"\x80\2}(X\1\0\0\0wX\3\0\0\x00100QX\1\0\0\0bX\3\0\0\x00101Qu."
    data = tf.tar_bytes([numbers, numbers.astype(np.float64)], [(0, 2, (2, 3), (3, 1)), (1, 0, (12,), (1,))], pickle_)
    found = read(tmp_path, data)
    np.testing.assert_array_equal(found["w"], numbers[2:8].reshape(2, 3))
    assert found["b"].dtype == np.float64


SMALL = st.integers(-(1 << 59), 1 << 59)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 80), 1 << 80) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner)
    | st.sets(st.text() | SMALL) | st.frozensets(SMALL),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(PLAIN, st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_plain_values_are_what_pickle_says(tmp_path_factory, value, protocol):
    path = tmp_path_factory.getbasetemp() / "plain.pt"
    path.write_bytes(tf.zip_bytes(None, pickle_=pickle.dumps(value, protocol)))
    assert read_checkpoint(path) == value


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_arrays_and_numbers_of_numpy(tmp_path, protocol):
    numbers = np.arange(6, dtype=np.float32).reshape(2, 3)
    values = [numbers, np.asfortranarray(numbers), np.float64(0.5), np.int64(7), np.array(["a", "bc"]),
              numbers.astype(">f8"), np.bool_(True)]  # fmt: skip
    data = pickle.dumps([*values, values[0]], protocol)
    found = read(tmp_path, tf.zip_bytes(None, pickle_=data))
    for there, wanted in zip(found, values):
        np.testing.assert_array_equal(there, wanted)
    assert found[-1] is found[0]


def test_a_class_that_is_a_dict_or_a_list_keeps_what_is_in_it(tmp_path):
    body = b"\x80\2(cmy\nDict\n)\x81X\1\0\0\0aK\1scmy\nList\n)\x81K\2aK\3al."
    found = read(tmp_path, tf.zip_bytes(None, pickle_=body))
    assert (found[0].kind, found[0].items, found[1].elements) == ("my.Dict", {"a": 1}, [2, 3])


def test_parts_of_a_storage(tmp_path):
    numbers = np.arange(12, dtype=np.float32)
    part = tf.Stored(numbers, view=("1", 4, 6))
    found = read(tmp_path, tf.legacy_bytes([tf.tensor(part, 1, (2,), (3,)), tf.whole(tf.Stored(numbers))]))
    assert found[0].tolist() == [5, 8]
    assert np.shares_memory(*found)


def test_an_archive_without_checksums(tmp_path):
    """``torch.serialization.set_crc32_options(False)`` leaves them 0."""
    data = bytearray(tf.zip_bytes(CHECKPOINT))
    for signature, place in ((b"PK\3\4", 14), (b"PK\1\2", 16)):
        at = -1
        while (at := data.find(signature, at + 1)) >= 0:
            data[at + place : at + place + 4] = bytes(4)
    assert read(tmp_path, bytes(data))["model"].get("names", []) == ["apple", "two words"]


def test_legacy_files_of_the_first_protocols(tmp_path):
    head = b"L119547037146038801333356L\n.I1001\n.(d."
    data = head + tf.pickled([1, "a"], legacy=True) + tf.pickled([])
    assert read(tmp_path, data) == [1, "a"]


def test_neither_torch_nor_pickles_own_reader_is_used(tmp_path, monkeypatch):
    data = [tf.zip_bytes(CHECKPOINT), tf.legacy_bytes(CHECKPOINT)]
    for name in ("torch", "onnx", "safetensors"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in ("Unpickler", "_Unpickler", "load", "loads"):
        monkeypatch.setattr(pickle, name, None)
    for each in data:
        assert read(tmp_path, each)["model"].name == "Model"


def test_what_torch_saves(tmp_path):
    torch = pytest.importorskip("torch")
    layer = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4, eps=0.03))
    layer.half()
    layer.tied = layer[0].weight
    layer.permuted = layer[0].weight.detach().permute(1, 2, 3, 0)[1:]
    layer.brain = torch.randn(5).bfloat16()
    for new in (True, False):
        torch.save({"model": layer, "state": layer.state_dict(), "type": torch.float16, "device": torch.device("cpu")},
                   tmp_path / "t.pt", _use_new_zipfile_serialization=new)  # fmt: skip
        found = read_checkpoint(tmp_path / "t.pt")
        model = found["model"]
        assert model.modules["1"].get("eps", 0) == 0.03
        weight = model.modules["0"].tensor("weight")
        assert np.shares_memory(weight, model.tensor("tied"))
        np.testing.assert_array_equal(weight, layer[0].weight.detach().numpy())
        np.testing.assert_array_equal(model.get("permuted", None), layer.permuted.numpy())
        np.testing.assert_array_equal(model.get("brain", None), layer.brain.float().numpy())
        for name, value in layer.state_dict().items():
            np.testing.assert_array_equal(found["state"][name], value.numpy())
