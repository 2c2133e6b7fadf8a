"""The trainer of yolov4-chars: its network is the cfg's, its loss what it says, its scenes labelled where the ink is."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra train")

from darknet_py import Network, cfg, graph, weights, zoo  # noqa: E402
from darknet_py.layers.yolo import Yolo  # noqa: E402
from tools.train_chars import loader, loss, mish, model, muon, train  # noqa: E402

torch.set_num_threads(1)  # other tests run beside these
REPO = Path(__file__).resolve().parent.parent
CFG = REPO / "cfg" / "yolov4-chars.cfg"
TINY = """[net]
width=32
height=32
channels=3
[conv]
batch_normalize=1
filters=6
size=3
stride=2
pad=1
activation=mish
[route]
layers=-1
groups=2
group_id=1
[maxpool]
size=5
stride=1
[conv]
filters=3
activation=leaky
[shortcut]
from=-3
activation=linear
[conv]
batch_normalize=1
filters=4
stride=2
activation=swish
[upsample]
stride=2
[route]
layers=-1,0
[conv]
filters=14
activation=linear
[yolo]
mask=1,0
anchors=4,5,9,8
num=2
classes=2
scale_x_y=1.05
"""


def randomized(network: Any, seed: int) -> Any:
    """The network with batch norm that has seen something."""
    torch.manual_seed(seed)
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.3)
            layer.running_var.uniform_(0.5, 2)
            torch.nn.init.uniform_(layer.weight, 0.5, 1.5)
            torch.nn.init.normal_(layer.bias, 0, 0.3)
    return network.eval()


@pytest.mark.parametrize("numerics", ["exact", "fast"])
@pytest.mark.parametrize("kind", ["chars", "tiny"])
def test_heads_are_the_same_as_in_darknet_py(kind: str, numerics: str, tmp_path: Path) -> None:
    path = CFG
    if kind == "tiny":
        path = tmp_path / "tiny.cfg"
        path.write_text(TINY)
    network = randomized(model.Darknet(graph.build(cfg.read(path))), 3)
    weights.save(network.graph, model.export(network, 77), tmp_path / "x.weights")
    net = Network.load(path, tmp_path / "x.weights", numerics=numerics, threads=1)
    x = np.random.default_rng(5).random(net.graph.net.shape, np.float32)
    with torch.no_grad():
        expected = network(torch.from_numpy(x)[None])
    assert net.seen == 77
    for head, other in zip(net.predict(x), expected, strict=True):
        assert head.std() > 0.01
        np.testing.assert_allclose(head, other[0].numpy(), rtol=0, atol=1e-4)


def test_weights_come_back_as_they_were_saved(tmp_path: Path) -> None:
    network = randomized(model.Darknet(graph.build(cfg.read(CFG))), 4)
    weights.save(network.graph, model.export(network), tmp_path / "x.weights")
    other = model.Darknet(network.graph)
    model.load(other, weights.load(network.graph, tmp_path / "x.weights"))
    for name, tensor in network.state_dict().items():
        if "num_batches" not in name:
            assert torch.equal(tensor, other.state_dict()[name]), name


def test_logits_are_what_the_logistic_function_is_applied_to() -> None:
    network = randomized(model.Darknet(graph.build(cfg.read(CFG), (64, 64))), 5)
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        for logits, output in zip(network(x, logits=True), network(x), strict=True):
            entries = output.shape[1] // 2
            assert torch.allclose(logits.sigmoid()[:, 4:entries], output[:, 4:entries], atol=1e-6)
            assert torch.allclose(logits.sigmoid()[:, :2] * 2 - 0.5, output[:, :2], atol=1e-6)


def test_layers_that_cannot_be_trained_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.cfg"
    path.write_text(TINY.replace("[maxpool]", "[local_avgpool]"))
    with pytest.raises(NotImplementedError, match=r"layer 2 \[local_avgpool\] cannot be trained here"):
        model.Darknet(graph.build(cfg.read(path)))


def naive_ciou(a: list[float], b: list[float]) -> float:
    """Of two boxes, as the paper writes it."""
    (ax, ay, aw, ah), (bx, by, bw, bh) = a, b
    w = max(0.0, min(ax + aw / 2, bx + bw / 2) - max(ax - aw / 2, bx - bw / 2))
    h = max(0.0, min(ay + ah / 2, by + bh / 2) - max(ay - ah / 2, by - bh / 2))
    iou = w * h / (aw * ah + bw * bh - w * h)
    hull_w = max(ax + aw / 2, bx + bw / 2) - min(ax - aw / 2, bx - bw / 2)
    hull_h = max(ay + ah / 2, by + bh / 2) - min(ay - ah / 2, by - bh / 2)
    v = 4 / math.pi**2 * (math.atan(aw / ah) - math.atan(bw / bh)) ** 2
    return iou - ((ax - bx) ** 2 + (ay - by) ** 2) / (hull_w**2 + hull_h**2) - (v * v / (1 - iou + v) if v else 0.0)


def test_ciou_equals_its_naive_twin() -> None:
    rng = np.random.default_rng(1)
    a, b = (np.concatenate([rng.random((50, 2)), rng.uniform(0.1, 2, (50, 2))], 1) for _ in range(2))
    found = loss.ciou(torch.tensor(a), torch.tensor(b))
    np.testing.assert_allclose(found, [naive_ciou(p, q) for p, q in zip(a.tolist(), b.tolist(), strict=True)], atol=1e-6)


def test_a_box_goes_to_its_cell_and_the_two_nearest() -> None:
    targets = torch.tensor([[0, 7, 0.55, 0.35, 0.1, 0.1]])  # centre at (4.4, 2.8) of 8 cells
    anchors = torch.tensor([[0.8, 0.8], [9.0, 9.0]])
    m = loss.matched(targets, anchors, 8, 8)
    cells = set(zip(m.column.tolist(), m.row.tolist(), strict=True))
    assert cells == {(4, 2), (3, 2), (4, 3)}
    assert set(m.anchor.tolist()) == {0}
    for column, row, box in zip(m.column, m.row, m.box, strict=True):
        assert torch.allclose(box, torch.tensor([4.4 - column, 2.8 - row, 0.8, 0.8]), atol=1e-6)
        assert -0.5 <= box[:2].min() <= box[:2].max() <= 1.5, "what new_coords with scale_x_y=2 can say"


def perfect_logits(target: tuple[float, ...], head: Yolo, side: int, cells: int) -> Any:
    """Logits with which a head says exactly what is to be found."""
    kind, *box = target
    targets = torch.tensor([[0.0, kind, *box]])
    anchors = torch.from_numpy(head.masked_anchors) * cells / side
    m = loss.matched(targets, anchors, cells, cells)
    grid = torch.full((1, len(head.mask), cells, cells, head.entries), -15.0)
    for i in range(len(m.picture)):
        values = torch.cat([(m.box[i, :2] + 0.5) / 2, (m.box[i, 2:] / anchors[m.anchor[i]]).sqrt() / 2])
        row = grid[0, m.anchor[i], m.row[i], m.column[i]]
        row[:4], row[4], row[5 + int(kind)] = torch.logit(values), 15.0, 15.0
    return grid.permute(0, 1, 4, 2, 3).reshape(1, -1, cells, cells)


def test_the_loss_of_right_answers_is_nought_and_of_wrong_ones_is_not() -> None:
    network = graph.build(cfg.read(CFG))
    heads = [node.layer for node in network.nodes if isinstance(node.layer, Yolo)]
    target = (3.0, 0.52, 0.31, 0.06, 0.09)
    outputs = [perfect_logits(target, head, 416, cells) for head, cells in zip(heads, (52, 26, 13), strict=True)]
    right = loss.loss(outputs, torch.tensor([[0.0, *target]]), heads, 416)
    assert float(right.total) < 1e-3
    for wrong in ((4.0, *target[1:]), (3.0, 0.52, 0.31, 0.03, 0.09), (3.0, 0.2, 0.8, 0.06, 0.09)):
        assert float(loss.loss(outputs, torch.tensor([[0.0, *wrong]]), heads, 416).total) > 10 * float(right.total)


def test_a_picture_without_characters_has_a_loss_too() -> None:
    network = model.Darknet(graph.build(cfg.read(CFG), (64, 64)))
    found = loss.loss(network(torch.rand(2, 3, 64, 64), logits=True), torch.zeros(0, 6), network.heads, 64)
    assert found.box.item() == found.kind.item() == 0
    assert found.object.item() > 0


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize(("dtype", "rounding"), [(torch.float32, 2**-22), (torch.bfloat16, 2**-8)])
def test_mish_and_its_slope_are_pytorchs(dtype: Any, rounding: float, layout: Any) -> None:
    x = torch.linspace(-40, 40, 2 * 3 * 50 * 7).view(2, 3, 50, 7).to(dtype).to(memory_format=layout).requires_grad_()
    grad = torch.rand(x.shape, generator=torch.Generator().manual_seed(1)).to(dtype)  # laid out otherwise than channels last
    found, expected = mish.Mish()(x), torch.nn.functional.mish(x.float())
    assert torch.allclose(found.float(), expected, rtol=rounding, atol=1e-6)
    (slope,) = torch.autograd.grad(found, x, grad)
    (exact,) = torch.autograd.grad(expected, x, grad.float())
    assert torch.allclose(slope.float(), exact.float(), rtol=2**-20, atol=1e-6)


@pytest.mark.parametrize("shape", [(3, 8, 8), (2, 16, 72), (1, 64, 9)])
def test_orthogonal_matrices_have_the_same_directions(shape: tuple[int, int, int]) -> None:
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(2))
    for found, matrix in zip(muon.orthogonal(matrices), matrices, strict=True):
        u, _, v = torch.linalg.svd(matrix, full_matrices=False)
        sizes = u.T @ found @ v.T
        assert (sizes.diag() > 0.65).all()
        assert (sizes.diag() < 1.2).all()
        assert (sizes - sizes.diag().diag()).abs().max() < 0.05


def test_muon_finds_the_least_of_a_bowl() -> None:
    wanted = torch.randn(4, 3, 3, 3, generator=torch.Generator().manual_seed(3))
    kernel = torch.zeros(4, 3, 3, 3, requires_grad=True)
    optimiser = muon.Muon([kernel], lr=0.05)
    for step in range(300):
        optimiser.param_groups[0]["lr"] = 0.05 * (1 - step / 300)
        optimiser.zero_grad()
        ((kernel - wanted) ** 2).sum().backward()
        optimiser.step()
    assert (kernel - wanted).abs().max() < 0.001


def test_kernels_between_two_norms_are_muons_and_every_parameter_is_somebodys() -> None:
    network = model.Darknet(graph.build(cfg.read(CFG)))
    first, second = train.optimisers(network, argparse.Namespace(rate=0.02, adamw_rate=0.002))
    kernels = [p for group in first.param_groups for p in group["params"]]
    rest = [p for group in second.param_groups for p in group["params"]]
    assert {id(p) for p in kernels} | {id(p) for p in rest} == {id(p) for p in network.parameters()}
    assert len(kernels) + len(rest) == len(list(network.parameters()))
    assert sorted(p.shape[0] for p in rest if p.ndim > 1) == [16, 82, 82, 82]


def test_a_training_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    narrow = tmp_path / "narrow.cfg"
    narrow.write_text(zoo.write("yolov4-chars", width=0.125))
    options = argparse.Namespace(seed=1, threads=1, cfg=narrow, rate=0.1, adamw_rate=0.02, average=0.9, bfloat16=False,
                                 steps=200, batch=2)  # fmt: skip
    rng = torch.Generator().manual_seed(6)
    pictures = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8, generator=rng)
    targets = torch.tensor([[0, 3, 0.5, 0.5, 0.2, 0.3], [1, 30, 0.3, 0.6, 0.4, 0.5]])
    whole, stopped, resumed = (train.Trainer(options) for _ in range(3))
    losses = [whole.train(pictures, targets).total.item() for _ in range(24)]
    assert losses[-1] < 0.8 * losses[0]
    for _ in range(16):
        stopped.train(pictures, targets)
    stopped.save(tmp_path)
    resumed.restore(tmp_path / "state.pt")
    again = [resumed.train(pictures, targets).total.item() for _ in range(8)]
    np.testing.assert_allclose(again, losses[16:], rtol=1e-4)
    for name, mean in whole.mean.state_dict().items():
        assert torch.allclose(resumed.mean.state_dict()[name], mean, atol=1e-4), name
    assert weights.load(whole.network.graph, tmp_path / "yolov4-chars.weights").header.seen == 32


def test_rare_classes_are_drawn_as_often_as_others() -> None:
    boxes = np.zeros((40, 5), np.float32)
    boxes[30:, 0] = 11
    rng = np.random.default_rng(1)
    rarity = loader.rarity(boxes)
    found = [loader.drawn(rng, boxes, rarity)[0] for _ in range(2000)]
    assert 0.45 < np.mean(np.array(found) == 11) < 0.55


@pytest.fixture(scope="module")
def font() -> Any:
    """Pillow's own font, as a font of the renderer."""
    image_font = pytest.importorskip("PIL.ImageFont")
    from tools.train_chars.fonts import Font

    font = Font(Path("default"))
    font.__dict__["face"] = image_font.load_default(130)
    return font


def ink_box(ink: Any, left: float, right: float) -> list[int]:
    """Left, top, right, bottom of the ink between two columns."""
    ys, xs = np.nonzero(ink[:, int(left) : int(right)] > 100)
    return [int(left) + int(xs.min()), int(ys.min()), int(left) + int(xs.max()) + 1, int(ys.max()) + 1]


@pytest.mark.parametrize("cap", [24, 48, 96])
def test_marks_lie_around_the_ink(font: Any, cap: int) -> None:
    from tools.train_chars.blocks import lay_out

    ink, marks = lay_out(["AZ 7"], font, cap, spacing=0.3)
    assert [m.kind for m in marks] == [10, 35, 7]
    edges = [0, *(marks[i].outline[:, 0].max() + 0.1 * cap for i in (0, 1)), ink.shape[1]]
    for i, mark in enumerate(marks):
        found = [*mark.outline.min(0), *mark.outline.max(0)]
        np.testing.assert_allclose(found, ink_box(ink, edges[i], edges[i + 1]), atol=1)


def test_what_is_no_class_is_drawn_without_a_mark(font: Any) -> None:
    from tools.train_chars.blocks import lay_out

    ink, marks = lay_out(["a:r"], font, 48)
    assert not marks
    assert (ink > 100).sum() > 200


def test_letters_like_digits_stay_in_words_alone() -> None:
    from tools.train_chars import texts

    rng = np.random.default_rng(1)
    found = [texts.text(rng, frozenset("OI")) for _ in range(2000)]
    runs = [run for text in found for run in text.split(" ") if set(run) & set("OI")]
    assert len(runs) > 100
    assert all(len(run) >= 3 and run.isalpha() for run in runs)


def test_a_place_in_the_picture_keeps_its_box_when_the_scene_is_varied() -> None:
    from tools.train_chars import SIZE

    picture = np.full((SIZE, SIZE, 3), 90, np.uint8)
    picture[100:140, 200:220] = 255
    boxes = np.array([[3, 210 / SIZE, 120 / SIZE, 20 / SIZE, 40 / SIZE]], np.float32)
    for seed in range(20):
        out, (box,) = loader.varied(np.random.default_rng(seed), picture, boxes, np.ones(36))
        difference = np.abs(out.astype(int) - np.median(out, axis=(0, 1)).astype(int)).sum(2)
        x, y, w, h = box[1:] * loader.CROP
        rows, columns = (np.arange(loader.CROP) for _ in range(2))
        expected = (abs(rows + 0.5 - y) < h / 2 - 1)[:, None] & (abs(columns + 0.5 - x) < w / 2 - 1)
        assert expected.sum() > 200
        assert difference[expected].min() > 60, seed


def test_boxes_that_are_mostly_outside_are_not_labelled() -> None:
    boxes = np.array([[1, 0.5, 0.5, 0.2, 0.2], [2, 0.0, 0.5, 0.2, 0.2], [3, 0.09, 0.5, 0.2, 0.2]], np.float32)
    found = loader.inside(boxes, 1.0, 0.0, 0.0)
    assert found[:, 0].tolist() == [1, 3]
    np.testing.assert_allclose(found[1, 1:], [0.095, 0.5, 0.19, 0.2], atol=1e-6)
