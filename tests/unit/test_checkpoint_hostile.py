"""Files that want to have something run, are damaged, or are something else: one line each, and nothing has happened."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import struct
import zipfile

import numpy as np
import pytest
import torch_files as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet_py._support.machine import MemoryLimit
from darknet_py.errors import CheckpointError
from darknet_py.import_ import Reference, model_of, read_checkpoint
from darknet_py.import_.checkpoint import reading


class Runs:
    """A pickle of this makes a folder when it is loaded by Python."""

    def __init__(self, call):
        self.call = call

    def __reduce__(self):
        return self.call


CALLS = {
    "posix.mkdir": (os.mkdir, ("made",)),
    "builtins.exec": (exec, ("import os; os.mkdir('made')",)),
    "builtins.eval": (eval, ("__import__('os').mkdir('made')",)),
    "posix.system": (os.system, ("mkdir made",)),
    "builtins.__import__": (__import__, ("antigravity",)),
}


@pytest.mark.parametrize(
    "write",
    [
        lambda data: tf.zip_bytes(None, pickle_=data),
        lambda data: data,
        lambda data: tf.legacy_bytes(1)[:14] + data,
        lambda data: tf.tar_bytes([], [], data),
    ],
)
@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize("name", CALLS)
def test_what_wants_to_run_is_refused_by_its_name(tmp_path, monkeypatch, name, protocol, write):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.pt").write_bytes(write(pickle.dumps({"model": Runs(CALLS[name])}, protocol)))
    with pytest.raises(CheckpointError, match=rf"x\.pt: refused: it wants to run {name}, .* nothing of it was run;") as e:
        read_checkpoint("x.pt")
    assert "\n" not in str(e.value)
    assert [path.name for path in tmp_path.iterdir()] == ["x.pt"]


FOUR = np.arange(4, dtype=np.float32)


def said(tmp_path, data: bytes, name: str = "x.pt") -> str:
    """The one line of a file that cannot be read, without its name."""
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(CheckpointError) as e:
        read_checkpoint(path)
    text = str(e.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    return text.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("offset", "size", "stride", "says"),
    [
        (0, (5,), (1,), "a tensor of 5 reaches beyond its storage"),
        (1, (2, 2), (2, 1), "a tensor of 2 x 2 reaches beyond"),
        (4, (), (), "one number reaches beyond"),
        (0, (2, 2), (4, 1), "reaches beyond"),
        (-1, (1,), (1,), "no numbers from 0"),
        (0, (-1,), (1,), "no numbers from 0"),
        (0, (2,), (-1,), "no numbers from 0"),
        (0, (1 << 70,), (0,), "no numbers from 0"),
        (0, (2, 2), (1,), "2 dimensions with 1 strides"),
        (0, (1,) * 33, (0,) * 33, "33 dimensions"),
        (0, (1 << 40,), (0,), "repeats the 4 numbers of its storage"),
        (0, (1 << 20, 1 << 20), (0, 0), "repeats the 4 numbers"),
        (0.5, (1,), (1,), "no numbers from 0"),
        (0, ("a",), (1,), "no numbers from 0"),
        (0, 3, 1, "arguments that it does not"),
        (None, (1,), (1,), "no numbers from 0"),
        (1 << 80, (1,), (1,), "no numbers from 0"),
    ],
)
@pytest.mark.parametrize("write", [tf.zip_bytes, tf.legacy_bytes])
def test_tensors_that_reach_beyond_their_numbers(tmp_path, write, offset, size, stride, says):
    assert says in said(tmp_path, write([tf.tensor(tf.Stored(FOUR), offset, size, stride)]))


@pytest.mark.parametrize("count", [5, -1, 1 << 60])
@pytest.mark.parametrize("write", [tf.zip_bytes, tf.legacy_bytes])
def test_a_storage_that_is_shorter_than_the_pickle_says(tmp_path, write, count):
    assert f"{count} " in said(tmp_path, write([tf.whole(tf.Stored(FOUR, count=count))]))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (tf.Call("torch._utils._rebuild_qtensor", (1, 2)), "quantised weights"),
        (tf.whole(tf.Stored(FOUR, kind="torch.QUInt8Storage")), "quantised weights (of the type torch.QUInt8Storage)"),
        (tf.Call("torch._utils._rebuild_meta_tensor_no_storage", (1,)), "tensors without numbers"),
        (tf.Call("torch._utils._rebuild_tensor_v2", (7, 0, (1,), (1,), False, {})), "a tensor without a storage"),
        (tf.Call("torch._utils._rebuild_tensor_v2", (7,)), "arguments that it does not take"),
        (tf.Call("builtins.getattr", (tf.Global("os"), 5)), "arguments that it does not take"),
        (
            tf.Call("torch._tensor._rebuild_from_type_v2", (tf.Global("os.system"), 0, ("x",), 0)),
            "it wants to run os.system, which",
        ),
        (tf.Call("codecs.encode", ("x", "rot13")), "the encoding rot13"),
        (tf.Call("numpy.core.multiarray._reconstruct", (), (1, (9,), 5, False)), "a state that a NumpyShell does not have"),
        (tf.Call("torch._utils._rebuild_tensor_v2", (7, 0, (1,), (1,), False, {}, {"neg": True})), "still to be negated"),
        (tf.Call("os.system", ("x",)), "it wants to run os.system"),
    ],
)
def test_calls_that_are_not_granted(tmp_path, value, says):
    for write in (tf.zip_bytes, tf.legacy_bytes):
        assert says in said(tmp_path, write({"model": [value]}))


def test_an_attribute_is_not_looked_up_and_what_it_names_not_called(tmp_path):
    attribute = tf.Call("builtins.getattr", (tf.Global("os"), "system"))
    (tmp_path / "x.pt").write_bytes(tf.zip_bytes([attribute]))
    assert read_checkpoint(tmp_path / "x.pt") == [Reference(".os.system")]
    call = tf.pickled(attribute, stop=False) + b"(X\4\0\0\0truetR."
    assert "it wants to run .os.system" in said(tmp_path, tf.zip_bytes(None, pickle_=call))


NEST = 60_000


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"r\xff\xff\xff\xff.", "takes a value that is not there"),
        (b"Nr\xff\xff\xff\xff.", ""),
        (b"h\5.", "takes value 5"),
        (b"\x8d" + b"\xff" * 8, "more bytes are needed"),
        (b"\x8e\0\0\0\0\0\1\0\0", "more bytes are needed"),
        (b"\x96" + b"\x7f" * 8, "more bytes are needed"),
        (b"\x8b\xff\xff\xff\x7f", "more bytes are needed"),
        (b"\x8b\0\0\x10\0" + b"\1" * (1 << 20) + b".", "a number that is too long"),
        (b"L" + b"9" * 3000 + b"L\n.", "too long"),
        (b"I" + b"9" * 5000, "a line without an end"),
        (b"t.", "goes back to a mark"),
        (b".", "a value that is not there"),
        (b"N", "more bytes are needed"),
        (b"\xff.", "no operation of a pickle"),
        (b"N)R.", "calls what is no function"),
        (b"}]}s.", ""),
        (b"NNa.", "into what is no list"),
        (b"NNNs.", "into what is no dict"),
        (b"}(Nu.", "a key without a value"),
        (b"\x82\1.", "a class by its number"),
        (b"\x97.", "a buffer"),
        (b"N}b.", "sets the state of a NoneType"),
        (b"cos\nsystem\n}b.", "sets the state of a Reference"),
        (b"NQ.", "a persistent id that is no storage's"),
        (b"X\3\0\0\0a\nbP.", "line without an end"),
        (b"N\x93.", "a value that is not there"),
        (b"NN\x93.", "a name that is no text"),
        (b"(cos\nsystem\nX\1\0\0\0xo.", "it wants to run os.system"),
        (b"(X\1\0\0\0xios\nsystem\n.", "it wants to run os.system"),
        (b"NN\x81.", "an instance of what is no class"),
        (b"F1e\n.", "a number that is none"),
        (b"S'\\x4'\n.", "a text that is none"),
        (b"V\\ud8\n.", "a text that is none"),
        (b"]N(N\x90.", "into what is no set"),
        (b"\x80\x63.", "a pickle of protocol 99"),
    ],
)
def test_pickles_that_are_none(tmp_path, body, says):
    data = tf.zip_bytes(None, pickle_=b"\x80\2" + body)
    if says:
        assert says in said(tmp_path, data)
    else:
        (tmp_path / "x.pt").write_bytes(data)
        read_checkpoint(tmp_path / "x.pt")


@pytest.mark.parametrize(
    "body",
    [
        b"]" * NEST + b"a" * (NEST - 1),
        b"}" + b")" + b"\x85" * NEST + b"Ns",
        b")" + b"\x85" * NEST + b"0\x8f(" + b")" + b"\x85" * NEST + b"\x90",
        b"N" + b"\x85" * NEST + b"cbuiltins\nset\n(](" + b")" + b"\x85" * NEST + b"etR",
        b"(" * NEST + b"t" * NEST,
    ],
    ids=["lists", "key", "members", "set", "marks"],
)
def test_nests_that_are_too_deep_to_be_walked(tmp_path, body):
    assert "or nest too deeply" in said(tmp_path, tf.zip_bytes(None, pickle_=b"\x80\2" + body + b"."))


DOUBLED = b"".join(b"](h%bh%beq%b" % ((bytes((i,)),) * 2 + (bytes((i + 1,)),)) for i in range(60))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"]q\0" + DOUBLED, "lists that hold one another again and again"),
        (b"]q\0" + DOUBLED + b"cmy\nModel\n)\x81}X\1\0\0\0ah\x3csb", "lists that hold one another again and again"),
        (b"]q\0h\0a", "lists that hold themselves"),
        (b"}q\0X\1\0\0\0ah\0s", "lists that hold themselves"),
        (b"]q\0(h\0ta", "lists that hold themselves"),
    ],
)
def test_lists_that_nobody_could_walk_through(tmp_path, body, says):
    assert says in said(tmp_path, tf.zip_bytes(None, pickle_=b"\x80\2" + body + b"."))


def test_copies_of_copies_are_refused(tmp_path):
    """Each of 4 bytes of the file would be a set of 100,000 members."""
    body = b"](" + b"K\1" * 100_000 + b"eq\0" + b"cbuiltins\nlist\nq\1" + b"0h\1h\0\x85R" * 5000 + b"."
    assert "copies the same values again and again" in said(tmp_path, tf.zip_bytes(None, pickle_=b"\x80\2" + body))


def test_numbers_of_one_hash_are_no_keys(tmp_path):
    """A dict of them would take as long as the square of their number."""
    same = b"".join(b"\x8a\x0b" + (i * (2**61 - 1)).to_bytes(11, "little", signed=True) + b"N" for i in range(1, 100))
    (tmp_path / "x.pt").write_bytes(tf.zip_bytes(None, pickle_=b"\x80\2}(" + same + b"u."))
    found = read_checkpoint(tmp_path / "x.pt")
    assert len({hash(key) for key in found}) == 99


def test_names_that_grow_and_copies_by_state(tmp_path):
    names = b"\x80\2cbuiltins\ngetattr\nq\0cx\ny\n" + (b"q\1h\0h\1X\x64\0\0\0" + b"n" * 100 + b"\x86R") * 20 + b"."
    assert "a name that is too long" in said(tmp_path, tf.zip_bytes(None, pickle_=names))
    raw = b"B" + struct.pack("<I", 1 << 20) + bytes(1 << 20)
    shape = b"K\1J\0\0\2\0\x85cnumpy\ndtype\nX\2\0\0\0f8\x85R(K\3X\1\0\0\0>NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89"
    state = b"(" + shape + raw + b"tq\0"
    copies = b"cnumpy.core.multiarray\n_reconstruct\n)Rh\0b" * 100
    assert "again and again" in said(tmp_path, tf.zip_bytes(None, pickle_=b"\x80\2" + state + copies + b"."))


def test_a_file_that_is_larger_than_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "memory_limit", lambda: MemoryLimit(100, "memory of this machine"))
    assert "bytes, but at most 0.0 GiB (memory of this machine) may be used" in said(tmp_path, tf.zip_bytes(None))


def test_modules_that_hold_themselves(tmp_path):
    body = b"\x80\2cmodels.yolo\nModel\n)\x81q\0}X\x08\0\0\0_modules}X\1\0\0\x000h\0ssb."
    (tmp_path / "x.pt").write_bytes(tf.zip_bytes(None, pickle_=body))
    model = read_checkpoint(tmp_path / "x.pt")
    assert model.modules["0"] is model
    with pytest.raises(CheckpointError, match=r"the modules of models\.yolo\.Model hold .* themselves"):
        model_of(model)


ZIP = tf.zip_bytes([tf.whole(tf.Stored(np.arange(64, dtype=np.float32)))])


def patched(data: bytes, before: bytes, after: bytes) -> bytes:
    assert before in data
    return data.replace(before, after)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (ZIP[: len(ZIP) // 2], "a zip archive that is not whole"),
        (ZIP[:-30], "a zip archive that is not whole"),
        (patched(ZIP, FOUR.tobytes(), FOUR[::-1].tobytes()), "data/0 is not what its checksum says"),
        (
            tf.zip_bytes([tf.whole(tf.Stored(FOUR))], compression=zipfile.ZIP_DEFLATED),
            "is compressed, which PyTorch does not do",
        ),
        (tf.zip_bytes(None, compression=zipfile.ZIP_LZMA), "is compressed"),
        (tf.zip_bytes(None, order="middle"), "the byte order middle"),
        (
            tf.zip_bytes(None, more={"archive/constants.pkl": b""}),
            "is a TorchScript archive, a program with its weights; give",
        ),
        (tf.zip_bytes(None, more={"archive/code/model.py": b""}), "is a TorchScript archive"),
        (tf.zip_bytes(None, more={"archive/version": b"3"}), "two members of one name"),
        (tf.zip_bytes(None, more={"archive/../../x": b"3"}), "a member archive/../../x"),
        (tf.zip_bytes(None, more={"/x": b"3"}), "a member /x"),
        (patched(tf.zip_bytes(None), b"3\n", b"99"), "version"),
    ],
)
def test_archives(tmp_path, data, says):
    assert says in said(tmp_path, data)


def zipped(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
    return made.getvalue()


def test_archives_of_something_else(tmp_path):
    program = zipped({"x/archive_format": b"pt2", "x/a.pt": b""})
    assert "is a program of torch.export (.pt2), a program" in said(tmp_path, program)
    assert "is a zip archive of something else" in said(tmp_path, zipped({"a.txt": b"a"}))
    assert "unpack it and give weights/best.pt" in said(tmp_path, zipped({"weights/best.pt": b"a"}))
    assert "is a zip archive of something else" in said(tmp_path, zipped({}))
    encrypted = bytearray(tf.zip_bytes(None))
    encrypted[encrypted.index(b"PK\1\2") + 8] |= 1
    assert "is an encrypted zip archive" in said(tmp_path, bytes(encrypted))


LEGACY = tf.legacy_bytes([tf.whole(tf.Stored(FOUR))])


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (LEGACY[:-1], "ends within storage 0"),
        (LEGACY[:-20], "ends within storage 0"),
        (LEGACY[:60], "more bytes are needed"),
        (tf.legacy_bytes(1, magic=5), "is a pickle, but none that torch.save wrote"),
        (tf.legacy_bytes(1, protocol=7), "a version of PyTorch's format that is not known"),
        (LEGACY[:-24] + struct.pack("<q", 5) + LEGACY[-16:], "storage 0 has 5 numbers, but 4 are to be in it"),
        (pickle.dumps({"a": 1}), "is a pickle, but none that torch.save wrote"),
        (pickle.dumps([1], 0), "is a pickle, but none"),
        (tf.tar_bytes([FOUR], [(0, 2, (4,), (1,))], tf.pickled(1)), "a tensor of 4 reaches beyond its storage 0 of 4"),
        (tf.tar_bytes([FOUR], [(3, 0, (4,), (1,))], tf.pickled(1)), "a tensor without a storage"),
        (tf.tar_bytes([FOUR], [], tf.pickled(1))[:1536], "a tar archive"),
    ],
)
def test_older_formats(tmp_path, data, says):
    assert says in said(tmp_path, data)


@pytest.mark.parametrize("name", ["x.pt", "x.safetensors", "x.onnx", "x.weights", "x"])
@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (bytes(100), "is empty"),
        (b"<!DOCTYPE html><html>", "is a web page, saved in place of the file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "is a git-lfs pointer"),
        (b"[net]\nwidth=32\n", "is a Darknet .cfg file"),
        (struct.pack("<iiiq", 0, 2, 5, 0) + bytes(64), "is a .weights file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(9), "is a picture"),
        (b"person\ncar\n", "is a text"),
        (b"\x1f\x8b" + bytes(20), "is compressed with gzip"),
        (b"\x89HDF\r\n\x1a\n" + bytes(99), "is an HDF5 (Keras) file"),
    ],
)
def test_what_is_something_else_is_told_by_its_content(tmp_path, data, says, name):
    assert said(tmp_path, data, name).startswith(says)


def test_what_cannot_be_read(tmp_path):
    with pytest.raises(CheckpointError, match=r"no\.pt: cannot be read \(No such file"):
        read_checkpoint(tmp_path / "no.pt")
    with pytest.raises(CheckpointError, match=r"cannot be read \(it is a folder"):
        read_checkpoint(tmp_path)
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_checkpoint("a\0b.pt")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(CheckpointError, match="it is a pipe"):
            read_checkpoint(tmp_path / "pipe")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path):
    (tmp_path / "x.pt").write_bytes(ZIP)
    (tmp_path / "x.pt").chmod(0)
    with pytest.raises(CheckpointError, match="Permission denied"):
        read_checkpoint(tmp_path / "x.pt")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_as_a_pickle_end_in_a_value_or_one_line(tmp_path_factory, body):
    path = tmp_path_factory.getbasetemp() / "bytes.pt"
    path.write_bytes(tf.zip_bytes(None, pickle_=b"\x80\2" + body + b"."))
    with contextlib.suppress(CheckpointError):
        read_checkpoint(path)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_changed_byte_ends_in_a_value_or_one_line(tmp_path_factory, data):
    whole = data.draw(st.sampled_from([ZIP, LEGACY, tf.tar_bytes([FOUR], [(0, 0, (4,), (1,))], tf.pickled(1))]))
    changed = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "changed.pt"
    path.write_bytes(bytes(changed))
    with contextlib.suppress(CheckpointError):
        read_checkpoint(path)
