"""Models of modules as Darknet networks: their heads are PyTorch's."""

from __future__ import annotations

import re

import numpy as np
import pytest
from reference import kit

from darknet_py import Network
from darknet_py.errors import CheckpointError
from darknet_py.import_ import convert, save


def decoded(raw: np.ndarray) -> np.ndarray:
    """A head's output in PyTorch before any sigmoid, (1, anchors, h, w, 5 + classes), as Darknet's l.output."""
    values = 1 / (1 + np.exp(-raw[0].astype(np.float64)))
    values[..., :2] = 2 * values[..., :2] - 0.5
    return values.transpose(0, 3, 1, 2)


def assert_heads(folder, checkpoint, picture: np.ndarray, raws: list[np.ndarray]) -> str:
    """Import a checkpoint and run it.  Returns the cfg."""
    model = convert(checkpoint, size=picture.shape[:1:-1])
    cfg, weights, *_ = save(model, folder / "net").files
    outputs = Network.load(cfg, weights).predict(picture)
    assert len(outputs) == len(raws)
    for output, raw in zip(outputs, raws, strict=True):
        wanted = decoded(raw)
        np.testing.assert_allclose(np.asarray(output).reshape(wanted.shape), wanted, rtol=1e-4, atol=1e-6)
    return model.cfg


def test_a_checkpoint_of_the_authors_code(tmp_path):
    path = kit().parent / "pt"
    if not path.is_dir():
        pytest.skip("needs the folder pt beside the reference kit")
    answers = np.load(path / "yolov4-csp.npz")
    raws = [answers[name] for name in sorted(answers) if name.startswith("raw")]
    cfg = assert_heads(tmp_path, path / "yolov4-csp.pt", answers["x"], raws)
    assert cfg.count("[convolutional]") == 115 + 5  # a depthwise norm in each BottleneckCSP2 and SPPCSP
    assert convert(path / "yolov4-csp.pt").names == ("apple", "bread", "two words")


def mish():
    from torch import nn

    return nn.Mish()


def leaky():
    from torch import nn

    return nn.LeakyReLU(0.1)


# {what: the layers before a head of 16 channels at stride 8, from a module of definitions}
STEM = "Conv(3, 8, 3, 2)", "Conv(8, 16, 3, 2)"
NETWORKS = {
    "csp": (*STEM, "BottleneckCSP(16, mish())", "Conv(16, 16, 3, 2)", "BottleneckCSP2(16, mish())", "SPPCSP(16, leaky())"),
    "yolov7": (*STEM, "SPPCSPC(16)", "RepConv(16, 16, 2)", "RepConv(16, 16)"),
    "w6": ("ReOrg()", "Conv(12, 16, 3)", "DownC(16)", "VoVCSP(16)", "MP()", "Conv(16, 16, 3, g=16)"),
    "focus": ("Focus(3, 16, 3)", "Conv(16, 16, 3, 2)", "Conv(16, 16, 3, 2, g=4, act=leaky())"),
    "squares of features": (*STEM, "ReOrg()", "MP()", "nn.Upsample(scale_factor=2)", "Conv(64, 16, act=nn.Identity())"),
    "tiny": (*STEM, "Conv(16, 16, 3, 2, act=leaky())", "nn.ZeroPad2d((0, 1, 0, 1))", "nn.MaxPool2d(2, 1)"),
}  # fmt: skip
JOINED = {"concat": "Concat()", "shortcut": "Shortcut()", "halves": "Chuncat()"}


def built(layers, head="IDetect", sources=None):
    """A model of these layers, one behind the other, and a head."""
    pytest.importorskip("torch")
    import torch_models

    names = {**vars(torch_models), "mish": mish, "leaky": leaky}
    modules = [(-1, eval(text, names)) for text in layers]
    modules.append((sources or [len(layers) - 1], getattr(torch_models, head)([16], [8])))
    return torch_models.Model(modules)


def saved(model, folder, half=False, wrap=lambda model: {"model": model, "ema": None, "epoch": -1}, **how):
    """The checkpoint of a model, a picture, and what the heads of the model make of it."""
    import torch

    model = model.half().float()
    picture = torch.rand(1, 3, 32, 48, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        raws = [raw.numpy() for raw in model(picture)]
    torch.save(wrap(model.half() if half else model), folder / "best.pt", **how)
    return folder / "best.pt", picture.numpy(), raws


@pytest.mark.parametrize("layers", NETWORKS.values(), ids=NETWORKS)
def test_heads_are_those_of_pytorch(tmp_path, layers):
    cfg = assert_heads(tmp_path, *saved(built(layers), tmp_path))
    for text in ("new_coords=1\n", "activation=logistic\n\n[yolo]", "anchors=4,5,6,7\n"):
        assert text in cfg


@pytest.mark.filterwarnings("ignore:Couldn't retrieve source code")
@pytest.mark.parametrize("how", [
    {"half": True}, {"_use_new_zipfile_serialization": False}, {"wrap": lambda model: model},
    {"wrap": lambda model: {"model": None, "ema": model}},
], ids=["half", "legacy", "the model alone", "ema"])  # fmt: skip
def test_forms_of_checkpoints(tmp_path, how):
    assert_heads(tmp_path, *saved(built(NETWORKS["yolov7"], "Detect"), tmp_path, **how))


@pytest.mark.parametrize("join", JOINED.values(), ids=JOINED)
def test_layers_that_join_others(tmp_path, join):
    model = built((*STEM, "Conv(16, 16, 3, 2)", "Conv(16, 16)", join, f"Conv({16 if 'Short' in join else 32}, 16)"))
    model.model[4].f = [-1, 2]
    assert_heads(tmp_path, *saved(model, tmp_path))


def test_squares_of_a_picture_are_one_convolution_of_it(tmp_path):
    for name in ("w6", "focus"):
        cfg = assert_heads(tmp_path, *saved(built(NETWORKS[name]), tmp_path))
        assert "filters=16\nsize=6\nstride=2\npadding=2\n" in cfg.split("\n\n")[2]


def test_layers_for_the_auxiliary_head_are_left_out(tmp_path):
    model = built((*STEM, "Conv(16, 16, 3, 2)", "Conv(16, 16, 3)"), "IAuxDetect", [2, 3])
    cfg = assert_heads(tmp_path, *saved(model, tmp_path))
    assert cfg.count("[convolutional]") == 4


def test_batch_norm_that_is_fused_already(tmp_path):
    torch = pytest.importorskip("torch")
    model = built((*STEM, "Conv(16, 16, 3, 2)"))
    for module in list(model.model)[:-1]:
        module.conv, module.bn = torch.nn.utils.fuse_conv_bn_eval(module.conv, module.bn), None
    cfg = assert_heads(tmp_path, *saved(model, tmp_path))
    assert "batch_normalize" not in cfg


def test_branches_and_implicit_layers_that_are_fused_already(tmp_path):
    model = built(NETWORKS["yolov7"])
    picture, before = saved(model, tmp_path)[1:]
    for module in (*list(model.model)[-3:],):
        module.fuse()
    checkpoint, _, after = saved(model, tmp_path)
    np.testing.assert_allclose(after[0], before[0], rtol=1e-3, atol=1e-4)
    assert_heads(tmp_path, checkpoint, picture, after)


def test_anchors_are_those_that_the_model_uses(tmp_path):
    torch = pytest.importorskip("torch")
    model = built((*STEM, "Conv(16, 16, 3, 2)"))
    model.model[-1].register_buffer("anchor_grid", torch.tensor([10.0, 13, 16, 30.5]).reshape(1, 1, 2, 1, 1, 2))
    assert "anchors=10,13,16,30.5\n" in assert_heads(tmp_path, *saved(model, tmp_path))


def test_names_by_number_and_wrapped_models(tmp_path):
    torch = pytest.importorskip("torch")
    model = built((*STEM, "Conv(16, 16, 3, 2)"))
    model.names = {2: "two words", 0: "apple", 1: "bread"}
    checkpoint, picture, raws = saved(model, tmp_path, wrap=lambda model: {"model": torch.nn.DataParallel(model)})
    assert_heads(tmp_path, checkpoint, picture, raws)
    assert convert(checkpoint).names == ("apple", "bread", "two words")
    model.names = ["apple"]
    assert convert(saved(model, tmp_path)[0]).names == ()


def test_what_state_dicts_need_is_not_used_for_models(tmp_path):
    checkpoint = saved(built((*STEM, "Conv(16, 16, 3, 2)")), tmp_path)[0]
    assert [note.split()[0] for note in convert(checkpoint, eps=1e-5, new_coords=False).notes] == ["-eps", "-new_coords"]


@pytest.mark.parametrize(("layer", "message"), [
    ("Conv(16, 16, act=nn.Hardswish())", "model.3.act (Hardswish) is a function that Darknet does not have"),
    ("Conv(16, 16, act=nn.LeakyReLU(0.2))", "model.3.act (LeakyReLU) has negative_slope 0.2; that of Darknet's leaky"),
    ("nn.Upsample(scale_factor=2, mode='bilinear')", "model.3 (Upsample) has mode 'bilinear'"),
    ("nn.PixelShuffle(2)", "model.3 (PixelShuffle) is a module that is not known here"),
    ("nn.Conv2d(16, 16, (1, 3), padding=(0, 1))", "model.3 (Conv2d) has weights of the shape (16, 16, 1, 3)"),
    ("MP()", "model.4 (IDetect) says that scale 0 has stride 8, but its layers make it 16"),
])  # fmt: skip
def test_what_darknet_cannot_do_names_the_module(tmp_path, layer, message):
    torch = pytest.importorskip("torch")
    model = built((*STEM, "Conv(16, 16, 3, 2)", layer))
    torch.save({"model": model}, tmp_path / "best.pt")
    with pytest.raises(CheckpointError, match=re.escape(message)):
        convert(tmp_path / "best.pt")


def test_a_variance_below_darknets_epsilon_stays_exact(tmp_path):
    model = built(("Conv(3, 8, 3, 2)", "Conv(8, 16, 3, 2)", "Conv(16, 16, 3, 2)"))
    for module in list(model.model)[:-1]:
        module.bn.eps, module.bn.running_var = 1e-6, module.bn.running_var * 0 + 2e-6
        module.bn.weight.data *= 1e-3
    assert_heads(tmp_path, *saved(model, tmp_path))
