"""Files of trained models: a tiny one in each form, and changes that a checksum does not catch."""

from __future__ import annotations

import io
import random
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parents[2] / "tests" / "support"))
import torch_files as tf

__all__ = ["MODELS", "SEEDS", "STATE_CFG", "mutated"]

WEIGHT = tf.whole(tf.Stored(np.arange(8, dtype=np.float16)))
LAYER = tf.module("models.common.Conv", parameters={"weight": WEIGHT}, eps=0.001)
MODEL = {"epoch": 1, "ema": None, "model": tf.module("models.yolo.Model", {"0": LAYER}, names=["a"], nc=1),
         "best": tf.Call("numpy.core.multiarray.scalar", (tf.Call("numpy.dtype", ("f8", False, True)), bytes(8))),
         "where": tf.Call("pathlib.PosixPath", ("a", "b"))}  # fmt: skip
HEADER = b'{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}'
TENSOR = b"\x08\2\x10\1B\1wJ\x08" + bytes(8)
GRAPH = b"\n\n\n\1x\x12\1y\x22\2No*" + bytes((len(TENSOR),)) + TENSOR
SEEDS = (
    tf.zip_bytes(MODEL), tf.legacy_bytes(MODEL), struct.pack("<Q", len(HEADER)) + HEADER + bytes(24),
    tf.tar_bytes([np.ones(6, "f4")], [(0, 0, (2, 3), (3, 1))], tf.pickled({"w": 1})),
    b"\x08\x08\x12\1p\x3a" + bytes((len(GRAPH),)) + GRAPH,
)  # fmt: skip


def _numbers(key: str, *shape: int) -> tf.Call:
    return tf.whole(tf.Stored(np.ones(shape, np.float32), key))


def _norm(key: str, channels: int) -> dict[str, tf.Call]:
    return {name: _numbers(f"{key}{name}", channels) for name in ("weight", "bias", "running_mean", "running_var")}


def _modules() -> dict[str, tf.New]:
    """A network of one convolution and a head of one scale."""
    norm = tf.module("torch.nn.modules.batchnorm.BatchNorm2d", buffers=_norm("n", 2), eps=0.001)
    first = tf.module("models.common.Conv", {"conv": tf.conv("c", 2, 3, 3, 3), "bn": norm,
                                             "act": tf.module("torch.nn.modules.activation.SiLU")}, f=-1, i=0)  # fmt: skip
    last = tf.module("torch.nn.modules.container.ModuleList", {"0": tf.conv("d", 6, 2, 1, 1)})
    head = tf.module("models.yolo.Detect", {"m": last}, buffers={"anchors": _numbers("a", 1, 1, 2)}, f=[0], i=1, nc=1, no=6,
                     nl=1, na=1, stride=tf.whole(tf.Stored(np.full(1, 4, np.float32), "s")))  # fmt: skip
    inner = tf.module("torch.nn.modules.container.Sequential", {"0": first, "1": head})
    return {"model": tf.module("models.yolo.Model", {"model": inner}, names=["a"], yaml_file="a.yaml", save=[])}


STATE = {"module_list.0.Conv2d.weight": _numbers("w", 2, 3, 3, 3), "module_list.1.Conv2d.weight": _numbers("h", 6, 2, 1, 1),
         "module_list.1.Conv2d.bias": _numbers("b", 6),
         **{f"module_list.0.BatchNorm2d.{name}": value for name, value in _norm("m", 2).items()}}  # fmt: skip
STATE_CFG = """[net]
width=32
height=32
channels=3
[convolutional]
batch_normalize=1
filters=2
size=3
pad=1
activation=leaky
[convolutional]
filters=6
size=1
activation=linear
[yolo]
mask=0
anchors=1,2
classes=1
num=1
"""
MODELS = tf.zip_bytes(_modules()), tf.zip_bytes(STATE)
# Pieces of pickles, alone and such that a value is there afterwards
PIECES = (
    b"N", b"]", b"}", b")", b"(", b"0", b"1", b"2", b"a", b"e", b"s", b"u", b"t", b"l", b"d", b"\x85", b"\x86", b"\x87",
    b"R", b"b", b"\x81", b"\x8f", b"\x90", b"\x91", b"\x93", b"\x94", b"Q", b"q\0", b"h\0", b"j\xff\xff\xff\xff",
    b"r\xff\xff\xff\xff", b"K\xff", b"J\xff\xff\xff\xff", b"J\0\0\0\x7f", b"\x8a\x09" + b"\xff" * 9,
    b"G\x7f\xf8\0\0\0\0\0\0", b"X\2\0\0\0f8", b"B\1\0\0\0a", b"cos\nsystem\n", b"cbuiltins\nset\n",
    b"cbuiltins\nlist\n", b"ccollections\nOrderedDict\n)R", b"cnumpy\ndtype\n", b"ctorch._utils\n_rebuild_tensor_v2\n",
    b"cmodels\nX\n)\x81}b", b"(K\1K\2t", b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7f", b"\x82\1", b"\x97",
    b"cnumpy.core.multiarray\n_reconstruct\n)R", b"cbuiltins\ngetattr\n", b"(NNNNNt", b"I99999999999999999999\n",
    b"cbuiltins\ncomplex\n",
)  # fmt: skip


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Other pieces of a pickle, or other bytes, in one member of an archive, which is whole again; else in the file."""
    members = _members(data)
    if not members:
        return _pieces(data, chance)
    name = chance.choice([*members, *[n for n in members if n.endswith(".pkl")] * 4])
    members[name] = _pieces(members[name], chance)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for each, content in members.items():
            file.writestr(zipfile.ZipInfo(each), content)  # dated 1980: a seed gives the same bytes at any time
    return made.getvalue()


def _members(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            return {i.filename: file.read(i) for i in file.infolist() if i.file_size < 1 << 20}
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, RuntimeError, EOFError, struct.error):
        return {}


def _pieces(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.randrange(len(data) + 1)
        cut = chance.choice((0, 0, 1, 1, 2, 5, 40))
        data = data[:at] + chance.choice(PIECES) * chance.choice((1, 1, 1, 2, 300)) + data[at + cut :]
    return data
