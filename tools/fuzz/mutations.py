"""Inputs: files as they are published, and what becomes of them when parts are exchanged for others."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

import checkpoints

__all__ = ["SEEDS", "mutated"]

NET = "[net]\nwidth=16\nheight=16\nchannels=3\nbatch=1\nsubdivisions=1\n"
CONV = "[convolutional]\nbatch_normalize=1\nfilters=8\nsize=3\nstride=1\npad=1\nactivation=leaky\n"
LAST = "[convolutional]\nfilters=18\nsize=1\nactivation=linear\n"
YOLO = "[yolo]\nmask=0,1,2\nanchors=1,2, 3,4, 5,6\nclasses=1\nnum=3\nscale_x_y=1.05\nnms_kind=greedynms\nbeta_nms=0.6\n"
GAUSSIAN = "[Gaussian_yolo]\nmask=0\nanchors=1,2\nclasses=1\nnum=1\nyolo_point=left_top\n"
REGION = "[region]\nanchors=1,2,3,4,5,6\nclasses=1\nnum=3\nsoftmax=1\nclassfix=-1\n"
GROUPED = "[convolutional]\nfilters=8\ngroups=4\nsize=3\ndilation=2\npad=1\nactivation=swish\n"
CFGS = (
    NET + CONV + LAST + YOLO,
    NET + CONV + "[maxpool]\nsize=2\nstride=2\n" + CONV + "[upsample]\nstride=2\n[route]\nlayers=-1,0\n" + LAST + YOLO,
    NET + CONV + CONV + "[shortcut]\nfrom=-2\nactivation=linear\nweights_type=per_channel\n" + LAST + REGION,
    NET + CONV + "[route]\nlayers=-1\ngroups=2\ngroup_id=1\n" + GROUPED + "[avgpool]\n[convolutional]\nfilters=8\n"
    "[scale_channels]\nfrom=0\n" + LAST + YOLO,
    NET + "[reorg3d]\nstride=2\n[local_avgpool]\nsize=2\n[crop]\ncrop_height=2\ncrop_width=2\n[connected]\noutput=14\n"
    "[softmax]\ngroups=2\n[dropout]\nprobability=.5\n[cost]\n",
    NET + "[local]\nsize=3\nstride=4\npad=1\nfilters=2\nactivation=leaky\n[connected]\noutput=28\n"
    "[detection]\nside=2\nnum=1\ncoords=4\nclasses=2\nsqrt=1\nsoftmax=1\n",
    NET + CONV + "[sam]\nfrom=-1\n[batchnorm]\n[activation]\nactivation=mish\n[convolutional]\nfilters=10\n" + GAUSSIAN,
)  # fmt: skip
BMP = b"BM" + struct.pack("<IHHIIiiHHIIiiII", 66, 0, 0, 54, 40, 2, 2, 1, 24, 0, 16, 1, 1, 0, 0) + bytes(range(16))
GIF = b"GIF89a\2\0\2\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\2\0\2\0\0\2\3\x0c\x10\5\0;"
PPM = b"P6\n2 2\n255\n" + bytes(range(12))
TGA = bytes((0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2, 0, 24, 0)) + bytes(range(12))
WEIGHTS = struct.pack("<iiiQ", 0, 2, 5, 64) + struct.pack("<8f", *(i / 8 for i in range(8))) * 160

SEEDS: dict[str, tuple[bytes, ...]] = {
    "cfg": tuple(text.encode() for text in CFGS),
    "weights": tuple(bytes((i,)) + WEIGHTS for i in range(3)),
    "data": (b"classes = 2\ntrain = train.txt\nvalid = valid.txt\nnames = obj.names\nbackup = backup/\n",),
    "names": (b"person\nbicycle\ncar\n", "人\n自転車\n".encode(), "Привет\nмир\n".encode("cp1251")),
    "labels": (b"0 0.5 0.5 0.25 0.25\n1 .1 .2 .3 .4\n",),
    "list": (b"a.jpg\ndata/b.png\n/c/d.jpeg\n",),
    "picture": (BMP, GIF, PPM, TGA),
    "checkpoint": checkpoints.SEEDS, "import": checkpoints.MODELS,
}

NUMBERS = (
    "0", "1", "-1", "2", "3", "7", "8", "16", "255", "1000", "65535", "65536", "46341", "2147483647", "-2147483648",
    "2147483648", "4294967296", "9" * 30, "1e9", "1e38", "1e39", "1e308", "1e-320", "-1e9", ".5", "-0", "nan", "inf", "",
    "0x10", "1.5", "1,2", "0,0,0", "-1,-2", "3-", "+-1", "1e", "\u0661", "١",
)  # fmt: skip
WORDS = (
    "[net]", "[convolutional]", "[yolo]", "[region]", "[Gaussian_yolo]", "[route]", "[shortcut]", "[maxpool]", "[upsample]",
    "[local]", "[detection]", "[local_avgpool]", "[reorg]", "[reorg3d]", "[connected]", "[softmax]", "[batchnorm]", "[sam]",
    "[scale_channels]", "[crop]", "[activation]", "[avgpool]", "[dropout]", "[empty]", "[cost]", "[crnn]", "[", "]", "[]",
    "[[", "=", "#", ";", "==", "\r", "\0", "\ufeff", "\u200b", "\u3000", "\uff1d", "\ud800", "\x1b[31m", "\t", "\"", "'",
    "~/", "../",
)  # fmt: skip
OPTIONS = (
    "activation=mish", "activation=silu", "activation=h_swish", "activation=normalize_channels_softmax",
    "activation=hard_mish", "avx=1", "antialiasing=1", "batch_normalize=1", "classes=3", "coords=4", "dilation=2",
    "dontload=1", "dontloadscales=1", "dropblock=1", "filters=18", "flipped=1", "from=-2", "groups=2", "group_id=1",
    "inputs=768", "letter_box=1", "mask=0", "maxpool_depth=1", "new_coords=1", "noadjust=1", "num=3", "out_channels=2",
    "output=9", "pad=1", "padding=2", "per_pixel=1", "reverse=1", "scale=2", "scale_wh=1", "scale_x_y=1.2", "share_index=0",
    "size=3", "softmax=1", "spatial=1", "stride=2", "stride_x=2", "stride_y=2", "temperature=2", "tree=9k.tree",
    "weights_normalization=softmax", "weights_type=per_feature", "xnor=1", "anchors=1,2,3,4,5,6",
)  # fmt: skip

BINARY = "weights", "picture", "checkpoint", "import"
Lines = list[str]


def mutated(target: str, data: bytes, seed: int) -> bytes:
    """``data``, or a seed of the target if there is none, after a few changes that ``seed`` chooses."""
    chance = random.Random(seed)
    data = data if data and chance.random() < 0.9 else chance.choice(SEEDS[target])
    if target in ("checkpoint", "import") and chance.random() < 0.6:
        return checkpoints.mutated(data, chance)
    for _ in range(chance.choice((1, 1, 2, 3, 5, 9))):
        change = chance.choice(BYTES if target in BINARY or chance.random() < 0.15 else (_text,))
        data = change(data, chance)
    return data


def _text(data: bytes, chance: random.Random) -> bytes:
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    lines = chance.choice(TEXTS)(lines, chance)
    return "\n".join(lines).encode("utf-8", "surrogatepass" if "\ud800" in "".join(lines) else "surrogateescape")


def _number(lines: Lines, chance: random.Random) -> Lines:
    """Another value for an option."""
    at = _place(lines, chance, "=")
    key, _, value = lines[at].partition("=")
    items = value.split(",")
    items[chance.randrange(len(items))] = chance.choice(NUMBERS)
    lines[at] = f"{key}={','.join(items)}"
    return lines


def _option(lines: Lines, chance: random.Random) -> Lines:
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(OPTIONS))
    return lines


def _word(lines: Lines, chance: random.Random) -> Lines:
    """A word somewhere in a line, or as one."""
    at, word = chance.randrange(len(lines)), chance.choice(WORDS)
    cut = chance.randrange(len(lines[at]) + 1)
    lines[at] = lines[at][:cut] + word + lines[at][cut:]
    return lines if chance.random() < 0.5 else [*lines[:at], word, *lines[at:]]


def _block(lines: Lines, chance: random.Random) -> Lines:
    """A part once more, elsewhere; sometimes many times."""
    first = chance.randrange(len(lines))
    part = lines[first : first + chance.randint(1, 9)]
    at = chance.randrange(len(lines) + 1)
    return lines[:at] + part * chance.choice((1, 1, 1, 2, 30)) + lines[at:]


def _cut(lines: Lines, chance: random.Random) -> Lines:
    first = chance.randrange(len(lines))
    return lines[:first] + lines[first + chance.randint(1, 5) :] or [""]


def _long(lines: Lines, chance: random.Random) -> Lines:
    """A line, key or list that is much too long."""
    at = chance.randrange(len(lines))
    lines[at] += chance.choice(("9", "0,", "x", " ", "1 ", "[", "\u4e00")) * chance.choice((100, 5000, 200_000))
    return lines


def _bits(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data or b"\0")
    for _ in range(chance.randint(1, 8)):
        changed[chance.randrange(len(changed))] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
    return bytes(changed)


def _shorter(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _floats(data: bytes, chance: random.Random) -> bytes:
    """NaN, Inf and large numbers where float32 stand."""
    at = chance.randrange(len(data) // 4 + 1) * 4 + chance.choice((0, 1))
    number = chance.choice((float("nan"), float("inf"), -float("inf"), 1e38, -1e38, 1e-45, 0.0, 12345678.0))
    return data[:at] + struct.pack("<f", number) * chance.choice((1, 1, 8, 500)) + data[at + 4 :]


def _doubled(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at : at + chance.choice((1, 4, 100))] * 2 + data[at:]


def _place(lines: Lines, chance: random.Random, what: str) -> int:
    found = [i for i, line in enumerate(lines) if what in line]
    return chance.choice(found or range(len(lines)))


TEXTS: tuple[Callable[[Lines, random.Random], Lines], ...] = (
    _number, _number, _number, _number, _option, _option, _word, _block, _cut, _long,
)  # fmt: skip
BYTES: tuple[Callable[[bytes, random.Random], bytes], ...] = (_bits, _bits, _shorter, _floats, _doubled)
