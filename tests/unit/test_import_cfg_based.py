"""State dicts of PyTorch's Darknet classes and their cfgs: Darknet's network has PyTorch's heads, within 1e-4."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from reference import kit

from darknet_py import Network, doctor
from darknet_py.errors import CfgError, CheckpointError, ShapeError
from darknet_py.import_ import convert, save

torch = pytest.importorskip("torch", reason="needs pip install darknet-runtime[train]")
from torch_darknet import Darknet, heads_of, randomize  # noqa: E402

NET = "[net]\nwidth=64\nheight=64\nchannels=3\n"
ANCHORS = "anchors=4,5, 8,9, 12,10, 20,22, 40,30, 50,60\nclasses=2\nnum=6\n"


def conv(filters: int, size: int = 1, stride: int = 1, activation: str = "leaky", more: str = "") -> str:
    return (f"[convolutional]\nbatch_normalize=1\nfilters={filters}\nsize={size}\nstride={stride}\npad=1\n"
            f"activation={activation}\n{more}\n")  # fmt: skip


def head(mask: str, more: str = "") -> str:
    before = "[convolutional]\nsize=1\nstride=1\npad=1\nfilters=21\nactivation=linear\n"
    return f"{before}\n[yolo]\nmask={mask}\n{ANCHORS}{more}\n"


STEM = conv(8, 3) + conv(16, 3, 2)
FINE, COARSE, AGAIN = head("0,1,2"), head("3,4,5"), "[route]\nlayers=-3\n"

# What a body is made of; layers 0 and 1 are the stem, of 8 and 16 channels at strides 1 and 2
WEIGHTED = "[shortcut]\nweights_type=per_feature\nactivation=linear\n"
BODIES = {
    "residual": conv(8) + conv(16, 3) + "[shortcut]\nfrom=-3\nactivation=leaky\n",
    "weighted": conv(16) + WEIGHTED + "from=-2\nweights_normalization=softmax\n",
    "three weighted": conv(16) + conv(16) + WEIGHTED + "from=-2,-3\n" + conv(9),
    "halves": "[route_lhalf]\nlayers=-1\n" + conv(8, 3) + "[route2]\nlayers=-1,-2\n[route3]\nlayers=1,-1,2\n" + conv(8),
    "ignored halves": "[route]\nlayers=-1\ngroups=2\ngroup_id=1\n" + conv(8, 3),
    "pools": "[maxpool]\nsize=5\nstride=1\n[maxpool]\nsize=2\nstride=2\n" + conv(8),
    "even pool": conv(8, activation="linear") + "[maxpool]\nsize=4\nstride=2\n" + conv(8),
    "zeros behind": conv(8, activation="linear") + "[maxpool]\nsize=2\nstride=1\n[route]\nlayers=-1,2,-3\n" + conv(8)
    + "[maxpool]\nstride=1\nsize=2\n[shortcut]\nfrom=5\nactivation=linear\n[route]\nlayers=-1,0\n[route]\nlayers=1,3\n",
    "reorg": "[reorg]\n" + conv(16),
    "excitation": "[avgpool]\n" + conv(16, activation="logistic") + "[scale_channels]\nfrom=1\n",
    "groups": conv(16, 3, more="groups=4"),
    "silence": "[silence]\n[dropout]\nprobability=.5\n",
    "norm": "[BatchNorm2d]\n" + conv(8),
    "curves": conv(8, activation="mish") + conv(8, activation="swish") + conv(8, activation="relu") + conv(8),
}  # fmt: skip
BODIES["zeros behind"] = BODIES["zeros behind"].replace("[route]\nlayers=-1,0\n", "")


def saved(folder: Path, text: str, net: Darknet, **beside: object) -> tuple[str, str]:
    """The paths of a checkpoint and of its cfg."""
    (folder / "net.cfg").write_text(text)
    torch.save({"epoch": 3, "model": net.state_dict(), "optimizer": None, **beside}, folder / "net.pt")
    return str(folder / "net.pt"), str(folder / "net.cfg")


def network(text: str, eps: float = 1e-4, old: bool = False) -> Darknet:
    net = Darknet(text, eps, old)
    randomize(net, 7)
    return net


def assert_equal_heads(net: Darknet, checkpoint: str, cfg: str, new_coords: bool, **said: float | bool) -> str:
    """Saves what is made of it, and returns the name."""
    stem = str(Path(cfg).with_name("out"))
    save(convert(checkpoint, cfg, **said), stem)
    x = np.random.default_rng(3).random((3, 64, 64), dtype=np.float32)
    heads = Network.load(f"{stem}.cfg", f"{stem}.weights").predict(x)
    wanted = heads_of(net, x, new_coords, 7)
    assert len(heads) == len(wanted)
    for ours, theirs in zip(heads, wanted):
        assert np.abs(ours - theirs).max() < 1e-4 * np.abs(theirs).max()
    return stem


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_each_layer_is_as_in_pytorch(body: str, tmp_path: Path) -> None:
    text = f"{NET}{STEM}{body}{FINE}"
    net = network(text)
    stem = assert_equal_heads(net, *saved(tmp_path, text, net), new_coords=True)
    assert not [finding for finding in doctor.check(f"{stem}.cfg").findings if finding.edits]


KINDS = {  # cfg, epsilon, old names, what the checkpoint has beside the model → new coordinates, what is assumed of all this
    "scaled": (f"{NET}{STEM}{FINE}{AGAIN}{COARSE}", 1e-4, False, {"best_fitness_p": 0.1}, True, ["eps"]),
    "silu": (f"{NET}{STEM}{FINE}".replace("leaky", "silu"), 1e-4, False, {}, True, ["eps"]),
    "said": (f"{NET}{STEM}{head('0,1,2', 'new_coords=1')}", 1e-4, False, {}, True, ["eps"]),
    "said not": (f"{NET}{STEM}{head('0,1,2', 'new_coords=0')}", 1e-4, False, {}, False, ["eps"]),
    "fine first": (f"{NET}{STEM}{FINE}{AGAIN}{COARSE}", 1e-4, False, {}, True, ["eps", "coords"]),
    "coarse first": (f"{NET}{STEM}{COARSE}{AGAIN}{FINE}", 1e-4, False, {}, False, ["eps", "coords"]),
    "before 2019": (f"{NET}{STEM}{FINE}{AGAIN}{COARSE}", 1e-5, True, {}, False, []),
}  # fmt: skip


@pytest.mark.parametrize(("text", "eps", "old", "beside", "new", "assumed"), KINDS.values(), ids=KINDS)
def test_what_the_file_tells_of_its_code_is_used(
    text: str, eps: float, old: bool, beside: dict[str, object], new: bool, assumed: list[str], tmp_path: Path
) -> None:
    text = text.replace("num=6", "num=6\nscale_x_y=1.05")
    net = network(text, eps, old)
    files = saved(tmp_path, text, net, **beside)
    assert_equal_heads(net, *files, new_coords=new)
    notes = convert(*files).notes
    assert ["-eps" in notes[i] if word == "eps" else "-new_coords" in notes[i] for i, word in enumerate(assumed)] == (
        [True] * len(notes)
    )


def test_what_the_user_says_counts(tmp_path: Path) -> None:
    text = f"{NET}{STEM}{FINE}{AGAIN}{COARSE}"
    net = network(text, 1e-3)
    files = saved(tmp_path, text, net, best_fitness_p=0.1)
    stem = assert_equal_heads(net, *files, new_coords=True, eps=1e-3)
    assert not convert(*files, eps=1e-3).notes
    assert "new_coords=1" in Path(f"{stem}.cfg").read_text()
    assert "new_coords" not in convert(*files, new_coords=False).cfg


IMPLICIT = "[implicit_add]\nfilters=16\n[implicit_mul]\nfilters=21\n"
YOLOR = FINE.replace("[conv", "[shift_channels]\nfrom=2\n[conv").replace("[yolo]", "[control_channels]\nfrom=3\n[yolo]")


def test_implicit_knowledge_goes_into_the_convolution(tmp_path: Path) -> None:
    text = f"{NET}{STEM}{IMPLICIT}[route]\nlayers=1\n{YOLOR}"
    net = network(text)
    stem = assert_equal_heads(net, *saved(tmp_path, text, net), new_coords=True)
    written = Path(f"{stem}.cfg").read_text()
    assert written.count("[silence]") == 4
    assert "from=" not in written


def test_networks_without_batch_norm_left(tmp_path: Path) -> None:
    """model.fuse() puts batch norm into the convolutions, and names them by number."""
    text = f"{NET}{STEM}{FINE}"
    net = network(text.replace("batch_normalize=1", "batch_normalize=0"))
    state = {name.replace("Conv2d", "0"): tensor for name, tensor in net.state_dict().items()}
    checkpoint, cfg = saved(tmp_path, text, net)
    torch.save(state, checkpoint)
    assert_equal_heads(net, checkpoint, cfg, new_coords=True)


@pytest.mark.parametrize(
    "wrapped",
    [lambda state: state,
     lambda state: {f"module.{name}": tensor for name, tensor in state.items()},
     lambda state: {"model": {name: tensor * 0 for name, tensor in state.items()}, "ema": state},
     lambda state: {"state_dict": state, "epoch": 1}],
    ids=["bare", "parallel", "ema", "state_dict"],
)  # fmt: skip
def test_wherever_the_state_is(wrapped, tmp_path: Path) -> None:
    text = f"{NET}{STEM}{FINE}"
    net = network(text)
    checkpoint, cfg = saved(tmp_path, text, net)
    torch.save(wrapped(net.state_dict()), checkpoint)
    assert_equal_heads(net, checkpoint, cfg, new_coords=True)


def test_half_precision(tmp_path: Path) -> None:
    text = f"{NET}{STEM}{FINE}"
    net = network(text).half().float()
    checkpoint, cfg = saved(tmp_path, text, net)
    torch.save(net.half().state_dict(), checkpoint)
    assert_equal_heads(net.float(), checkpoint, cfg, new_coords=True)


def test_safetensors(tmp_path: Path) -> None:
    text = f"{NET}{STEM}{FINE}"
    net = network(text)
    _, cfg = saved(tmp_path, text, net)
    header, data = {}, b""
    for name, tensor in net.state_dict().items():
        numbers = tensor.numpy().tobytes()
        kind = "F32" if tensor.is_floating_point() else "I64"
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(numbers)]}
        data += numbers
    text = json.dumps(header).encode()
    (tmp_path / "net.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + data)
    assert_equal_heads(net, str(tmp_path / "net.safetensors"), cfg, new_coords=True)


def test_a_cfg_of_darknet_stays_as_it_is(tmp_path: Path) -> None:
    """Its remarks, blanks and ends of lines too; the input alone is said anew, where that is asked for."""
    end = head("0,1,2", "new_coords = 1 \nscale_x_y=2")
    text = f"# mine\r\n{NET}letter_box=1\r\n{STEM}{end}"
    text = text.replace("activation=linear", "activation = logistic\t").replace("[yolo]", "; a remark\n[yolo]")
    files = saved(tmp_path, text, network(text.replace("\t", "").replace("logistic", "linear")))
    (tmp_path / "net.cfg").write_bytes(text.encode())
    assert convert(*files).cfg == text
    assert convert(*files, size=(96, 32)).cfg == text.replace("width=64\nheight=64", "width=96\nheight=32")


WRONG = {
    "another width": ("filters=16", "filters=12", r"net.cfg:13: layer 1 .* 16 x 8 x 3 x 3, but 12 x 8 x 3 x 3 is needed"),
    "classes": ("classes=2", "classes=3", r"layer 3 \[yolo\] classes=3, but .* 21 filters .* write classes=2, and"),
    "no norm": ("batch_normalize=1\nfilters=16", "filters=16", "module_list.1.BatchNorm2d.bias is in the"),
    "one layer less": (conv(8, 3), "", r"layer 1 \[convolutional\] module_list.1.BatchNorm2d.bias"),
    "one layer more": ("[yolo]", conv(21) + "[yolo]", "module_list.3.Conv2d.weight is not in the checkpoint"),
    "no convolution": (conv(16, 3, 2), "[maxpool]\nsize=2\nstride=2\n", "but this layer has no weights"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), WRONG.values(), ids=WRONG)
def test_another_cfg_is_told_with_its_layer(old: str, new: str, message: str, tmp_path: Path) -> None:
    text = f"{NET}{STEM}{FINE}"
    checkpoint, cfg = saved(tmp_path, text, network(text))
    Path(cfg).write_text(text.replace(old, new, 1))
    with pytest.raises((CheckpointError, ShapeError), match=message):
        convert(checkpoint, cfg)


ODD = {
    "another type": (lambda t: t.int(), "module_list.1.Conv2d.weight has numbers of type int32, and floats are needed"),
    "no shape": (lambda t: t.sum(), "module_list.1.Conv2d.weight has the shape of one number, but 16 x 8 x 3 x 3"),
    "flat": (lambda t: t.flatten(), "module_list.1.Conv2d.weight has the shape 1152, but 16 x 8 x 3 x 3"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "message"), ODD.values(), ids=ODD)
@pytest.mark.parametrize("layer", [1, 2])
def test_tensors_that_no_layer_takes(change, message: str, layer: int, tmp_path: Path) -> None:
    text = f"{NET}{STEM}{FINE}"
    net = network(text)
    checkpoint, cfg = saved(tmp_path, text, net)
    name = f"module_list.{layer}.Conv2d.weight"
    torch.save({**net.state_dict(), name: change(net.state_dict()[name])}, checkpoint)
    with pytest.raises(CheckpointError, match=message if layer == 1 else "has the shape|has numbers|layer 3"):
        convert(checkpoint, cfg)


def test_a_variance_below_zero(tmp_path: Path) -> None:
    text = f"{NET}{STEM}{FINE}"
    net = network(text)
    net.module_list[0][1].running_var[3] = -1
    with pytest.raises(CheckpointError, match=r"layer 0 .* module_list.0.BatchNorm2d.running_var is -1, and no"):
        convert(*saved(tmp_path, text, net))


def test_the_last_of_equal_keys_counts_in_pytorch(tmp_path: Path) -> None:
    text = f"{NET}{STEM}{conv(8, 1, 1, 'mish')}{FINE}"
    net = network(text)
    text = text.replace("filters=8\nsize=1", "filters=9\nfilters=8\nsize=1").replace("mish", "leaky\nactivation=mish")
    assert_equal_heads(net, *saved(tmp_path, text, net), new_coords=True)


def test_lines_of_errors_are_those_of_the_cfg_given(tmp_path: Path) -> None:
    text = f"{NET}{STEM}{FINE}"
    checkpoint, cfg = saved(tmp_path, text, network(text))
    Path(cfg).write_text(text.replace("mask=0,1,2", "mask=0,1,9"))
    line = text.splitlines().index("mask=0,1,2") + 1
    with pytest.raises(CfgError, match=rf"net.cfg:{line}: \[yolo\] mask=0,1,9 names an anchor"):
        convert(checkpoint, cfg)
    Path(cfg).write_text("no cfg")
    with pytest.raises(CfgError, match=r"net\.cfg"):
        convert(checkpoint, cfg)


@pytest.mark.parametrize(
    ("text", "message"),
    [(f"{IMPLICIT}[route]\nlayers=1\n{YOLOR.replace('size=1', 'size=3')}", "go into a 1 x 1 convolution"),
     (f"{IMPLICIT}[route]\nlayers=1\n[shift_channels]\nfrom=2\n[silence]\n{FINE}", "beside no convolution"),
     (f"{IMPLICIT}[route]\nlayers=1\n{YOLOR.replace('from=2', 'from=1')}", "module_list.1.implicit is not in")],
)  # fmt: skip
def test_implicit_knowledge_that_has_no_place(text: str, message: str, tmp_path: Path) -> None:
    right = f"{NET}{STEM}{IMPLICIT}[route]\nlayers=1\n{YOLOR}"
    checkpoint, cfg = saved(tmp_path, right, network(right))
    Path(cfg).write_text(f"{NET}{STEM}{text}")
    with pytest.raises(CheckpointError, match=message):
        convert(checkpoint, cfg)


def test_the_authors_own_network(tmp_path: Path) -> None:
    """WongKinYiu/PyTorch_YOLOv4's class, in the folder beside the reference kit."""
    folder = kit().parent / "pt"
    if not (folder / "state-csp.pt").exists():
        pytest.skip("needs the folder pt beside the reference kit")
    save(convert(folder / "state-csp.pt", folder / "state-csp.cfg"), tmp_path / "csp")
    figures = np.load(folder / "state-csp.npz")
    heads = Network.load(tmp_path / "csp.cfg", tmp_path / "csp.weights").predict(figures["x"][0])
    for index, head in enumerate(heads):
        raw = figures[f"raw{index}"][0].astype(np.float64).transpose(0, 3, 1, 2)
        wanted = 1 / (1 + np.exp(-raw))
        wanted[:, :2] = wanted[:, :2] * 2 - 0.5
        assert np.allclose(head, wanted.reshape(head.shape), rtol=1e-4, atol=1e-6)
