"""Every network of the reference kit: its input, its layers and its detections against the recorded figures.

Leaky, relu and linear networks owe the reference's bits up to their heads.  Where Mish, swish or the logistic function
come in, the measure is ``spread``: how far the reference's own two builds are apart.  The larger networks take minutes
and gigabytes; they run with ``--slow``.
"""

from __future__ import annotations

import functools
import gzip
import json
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from parity import Figures, crc32, differences, distance, exact_layers, rows_of, same_detections
from reference import kit, kit_weights

from darknet_py import Network, image
from darknet_py.layers.activations import ACTIVATIONS

QUICK = (
    "enet-coco",
    "yolo-fastest-1.1-dog", "yolo-fastest-1.1-horses", "yolo-fastest-1.1-person", "yolo-fastest-1.1-xl-dog",
    "yolo-fastest-1.1-xl-dog-avx", "yolo-fastest-1.1-xl-dog-letterbox", "yolo-fastest-1.1-xl-horses",
    "yolo-fastest-1.1-xl-person", "yolov2-tiny", "yolov3-tiny", "yolov4-tiny",
)  # fmt: skip
SLOW = ("yolov3", "yolov4", "yolov4-csp", "yolov4-csp-swish", "yolov4-p5", "yolov4x-mish")
CASES = [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)]

BOX_BOUND = 1e-5
FAST_BOUND = {True: 1e-5, False: 2e-3}  # trained or not; the largest differences seen are 1e-6 and 1.1e-3
ROUNDING = 5e-7  # a few units in the last place, where two builds of the reference happen to round alike
SPREADS = 2.0  # the distance allowed, in distances of the reference from itself
# Two builds are one sample of how far rounding leads: on yolov4-p5 a Mish within 2 ulp ends 2.15 spreads away, one in
# double precision 2.3
BOX_SPREADS = 2.2
# Sixteen samples say little of a layer: the reference's own two builds differ by up to 3.6 times their spread there
SAMPLED = 3.0


class Case:
    """A recorded case, its network, its picture and the network's input."""

    def __init__(self, name: str, folder: Path) -> None:
        path = kit()
        self.figures: Figures = json.loads(gzip.decompress((path / "golden" / f"{name}.json.gz").read_bytes()))
        self.picture = str(path / "images" / self.figures["image"])
        cfg = path / "cfg" / self.figures["cfg"]
        weights = kit_weights(cfg, self.figures.get("seed", 0), folder)
        assert zlib.crc32(weights.read_bytes()) == self.figures["weights_crc32"]
        self.trained = weights.parent != folder
        self.net = Network.load(cfg, weights, avx_maxpool=name.endswith("-avx"))
        self.fast = Network.load(cfg, weights, avx_maxpool=name.endswith("-avx"), numerics="fast")
        asked = self.figures["letter_box"]
        letter_box = self.net.letter_box if asked is None else bool(asked)
        fit = image.letterbox_image if letter_box else image.resize_image
        self.x = fit(image.load_image(self.picture), self.net.width, self.net.height)

    @functools.cached_property
    def activations(self) -> dict[int, np.ndarray]:
        """All layers' outputs."""
        return self.net.activations(self.x)

    @property
    def is_bit_exact(self) -> bool:
        """Whether nothing before the heads needs an exponential function."""
        names = (getattr(node.layer, "activation", "linear") for node in self.net.graph.nodes)
        return all(ACTIVATIONS[name].bit_exact for name in names)

    @property
    def layer_bounds(self) -> list[float]:
        return [ROUNDING + SAMPLED * SPREADS * s for s in self.figures["spread"]["layers_relative_l2"]]

    @property
    def box_bound(self) -> float:
        """1e-5, or for networks that are not bit exact some times the largest difference of the reference's two builds."""
        return BOX_BOUND if self.is_bit_exact else max(BOX_BOUND, BOX_SPREADS * self.figures["spread"]["detections"]["max"])


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    folder = tmp_path_factory.mktemp("weights")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield Case(request.param, folder)
    for made in folder.iterdir():
        made.unlink()


def test_input_has_the_references_bits(case: Case) -> None:
    assert crc32(case.x) == case.figures["input"]["crc32"]


def test_layers(case: Case) -> None:
    outputs = case.activations
    found = list(differences(case.net, outputs, case.figures["layers"], case.layer_bounds))
    assert not found, f"the first of {len(found)} layers that differ: {found[0].text}"
    if case.is_bit_exact:
        heads = set(case.net.graph.heads)
        assert exact_layers(case.net.graph) == set(outputs) - heads


def test_layers_as_a_whole_are_as_near_as_the_references_two_builds(case: Case) -> None:
    """The middle layer is within twice its spread, without an allowance for the few samples."""
    outputs, spreads = case.activations, case.figures["spread"]["layers_relative_l2"]
    far = [distance(outputs[g["i"]], g) / (ROUNDING + s) for g, s in zip(case.figures["layers"], spreads, strict=True)]
    assert np.median(far) <= SPREADS


def test_detections(case: Case) -> None:
    ours, golden = rows_of(case.net, case.picture, case.figures), case.figures["detections"]["nms"]
    unmatched = 0 if case.is_bit_exact else case.figures["spread"]["detections"]["unmatched"]
    rows = [tuple(row) for row in golden]
    problem = same_detections(ours, rows, case.box_bound, case.figures["thresh"], unmatched)
    assert not problem, problem
    if case.is_bit_exact:
        assert [row[0] for row in ours] == [row[0] for row in rows]


def test_fast_detections(case: Case) -> None:
    """Any order of the arithmetic, Winograd's included: the same boxes, but for those at the threshold."""
    ours, golden = rows_of(case.fast, case.picture, case.figures), case.figures["detections"]["nms"]
    rows, bound = [tuple(row) for row in golden], FAST_BOUND[case.trained]
    unmatched = 0 if case.trained else max(2, case.figures["spread"]["detections"]["unmatched"])
    problem = same_detections(ours, rows, bound, case.figures["thresh"], unmatched)
    assert not problem, problem


def test_heads_before_and_after(case: Case) -> None:
    """Whole arrays, where the kit has them: the input of a head bit for bit, its output to a few units of rounding."""
    path = kit() / "golden" / f"{case.figures['case']}.heads.npz"
    if not path.exists():
        pytest.skip("the kit has no arrays of this case's heads")
    arrays, outputs = np.load(path), case.net.activations(case.x)
    for i, predicted in zip(case.net.graph.heads, case.net.predict(case.x), strict=True):
        assert crc32(outputs[i - 1]) == crc32(arrays[f"in{i}"])
        assert np.array_equal(predicted, outputs[i])
        np.testing.assert_allclose(predicted, arrays[f"out{i}"], rtol=2e-6, atol=1e-7)
