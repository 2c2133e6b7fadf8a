"""Our own small networks against what the reference made of them (golden/networks/README.md)."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import reference
from parity import crc32, exact_layers, first_difference, rows_of, same_detections
from seeded import picture, seeded_weights

from darknet_py import Network, cfg, graph, image, weights, zoo

FOLDER = reference.GOLDEN / "networks"
CASES = json.loads((FOLDER / "figures.json").read_text())

# A layer that owes no bits may be as far as a few units in the last place, or as twice the distance between the
# reference's two builds; a box as far as a few units of its head, or as twice that distance of theirs
ROUNDING, SPREADS = 5e-7, 2.0
BOX_ROUNDING, BOX_SPREADS = 2e-6, 2.0
SAMPLES = 16


def cfg_file(name: str, folder: Path) -> Path:
    """The cfg of a case: one of ours here, or a network of the zoo, written into ``folder``."""
    figures = CASES[name]
    if "cfg" in figures:
        return FOLDER / figures["cfg"]
    path = folder / f"{name}.cfg"
    path.write_text(zoo.write(**figures["zoo"]))
    return path


class Case:
    """A recorded network with its weights file, its picture file and its input."""

    def __init__(self, name: str, folder: Path) -> None:
        self.figures = CASES[name]
        cfg_path, stem = cfg_file(name, folder), Path(self.figures.get("cfg", name)).stem
        self.graph = graph.build(cfg.read(cfg_path))
        self.arrays = seeded_weights(self.graph, self.figures["gain"], self.figures["shift"])
        self.weights, self.picture = folder / f"{name}.weights", str(folder / f"{name}.png")
        weights.save(self.graph, self.arrays, self.weights)
        cv2.imwrite(self.picture, picture(stem))
        self.net = Network.load(cfg_path, self.weights, avx_maxpool=name.endswith("_avx"))
        letter_box = self.figures["letter_box"] or self.net.letter_box
        fit = image.letterbox_image if letter_box else image.resize_image
        self.x = fit(image.load_image(self.picture), self.net.width, self.net.height)

    @property
    def layers(self) -> list[dict[str, Any] | None]:
        """The recorded layers, with the places of their samples."""
        return [figures and _placed(figures) for figures in self.figures["layers"]]

    @property
    def bounds(self) -> list[float]:
        return [ROUNDING + SPREADS * (layer["spread"] if layer else 0) for layer in self.figures["layers"]]

    @property
    def box_bound(self) -> float:
        return BOX_ROUNDING + BOX_SPREADS * self.figures.get("box_spread", 0.0)


def _placed(figures: dict[str, Any]) -> dict[str, Any]:
    at = np.linspace(0, np.prod(figures["shape"]) - 1, SAMPLES).astype(int)
    return {**figures, "finite": True, "at": at}


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    return Case(request.param, tmp_path_factory.mktemp("networks"))


def test_the_files_are_those_that_the_reference_was_given(case: Case) -> None:
    assert zlib.crc32(case.weights.read_bytes()) == case.figures["weights_crc32"]
    assert crc32(case.x) == case.figures["input_crc32"]


def test_layers(case: Case) -> None:
    problem = first_difference(case.net, case.x, case.layers, case.bounds)
    assert not problem, problem


def test_predict_gives_the_same_heads(case: Case) -> None:
    """A plan that keeps only the heads, and so may fuse and reuse memory, has the bits of the one that keeps all."""
    kept = case.net.activations(case.x)
    for i, head in zip(case.net.graph.heads, case.net.predict(case.x), strict=True):
        assert np.array_equal(head, kept[i])


def test_detections(case: Case) -> None:
    if not case.net.heads:
        pytest.skip("a classifier")
    ours, golden = rows_of(case.net, case.picture, case.figures), [tuple(r) for r in case.figures["detections"]]
    problem = same_detections(ours, golden, case.box_bound, case.figures["thresh"])
    assert not problem, problem
    assert len(ours) == len(golden)


def test_boxes_before_suppression(case: Case) -> None:
    if not case.net.heads:
        pytest.skip("a classifier")
    rows = rows_of(case.net, case.picture, {**case.figures, "nms": 0})
    assert len(rows) == case.figures["before_nms"]
    assert len(rows) > len(case.figures["detections"]), "suppression has nothing to do"


def test_most_layers_owe_bits(tmp_path: Path) -> None:
    """The arithmetic of every kind of layer but the exponential ones is compared bit for bit somewhere."""
    kinds: set[str] = set()
    for name in CASES:
        network = graph.build(cfg.read(cfg_file(name, tmp_path)))
        kinds |= {network.nodes[i].layer.kind for i in exact_layers(network)}
    assert kinds >= {
        "convolutional", "crop", "dropout", "local_avgpool", "maxpool", "reorg", "route", "shortcut", "upsample",
    }  # fmt: skip


HEADERS = {
    "0.1 with seen in 4 bytes": struct.pack("<iiiI", 0, 1, 0, 64),
    "0.2 with seen in 8 bytes": struct.pack("<iiiQ", 0, 2, 0, 64),
    "1.0": struct.pack("<iiiQ", 1, 0, 0, 64),
}


@pytest.mark.parametrize("header", HEADERS)
def test_old_headers(header: str, tmp_path: Path) -> None:
    """The reference read these files as the same network: its layers had the recorded bits."""
    case = Case("classifier", tmp_path)
    case.weights.write_bytes(HEADERS[header] + case.weights.read_bytes()[weights.Header().size :])
    read = weights.load(case.graph, case.weights)
    assert read.header.seen == 64
    assert _same(read.params, case.arrays.params)


def test_header_of_transposed_connected_weights(tmp_path: Path) -> None:
    """So it did with this one, in which the weights of [connected] are transposed."""
    case = Case("classifier", tmp_path)
    body = b"".join(
        (array.T if node.layer.kind == "connected" and array.ndim == 2 else array).tobytes()
        for node, arrays in zip(case.graph.nodes, case.arrays.params, strict=True)
        for array in arrays.values()
    )
    case.weights.write_bytes(struct.pack("<iiiQ", 0, 1001, 0, 64) + body)
    assert _same(weights.load(case.graph, case.weights).params, case.arrays.params)


def _same(some: weights.Params, others: weights.Params) -> bool:
    pairs = ((a[name], b[name]) for a, b in zip(some, others, strict=True) for name in b)
    return all(np.array_equal(a, b) for a, b in pairs)
