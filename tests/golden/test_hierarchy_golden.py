"""YOLO9000's kind of network, from Darknet's own folder, against what the C program said (golden/hierarchy/README.md)."""

from __future__ import annotations

from pathlib import Path

import hierarchy
import numpy as np
import pytest

from darknet_py import Network
from darknet_py.cli import main

NETWORK = ["cfg/many.data", "cfg/many.cfg", "many.weights"]
ROUNDING = 3e-5


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hierarchy") / "darknet"
    hierarchy.write(folder)
    (folder / "elsewhere").mkdir()
    return folder


@pytest.mark.parametrize("name", ["a", "b"])
@pytest.mark.parametrize("beside", ["", "elsewhere"])
def test_boxes(
    place: Path, beside: str, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One class a box, the deepest that is sure; from another folder too, tree and names being found."""
    monkeypatch.chdir(place / beside)
    up = "../" if beside else ""
    words = [up + word for word in [*NETWORK, f"{name}.png"]]
    assert main(["detector", "test", *words, "-dont_show", "-dont_draw", "-thresh", "0.3", "-hier", ".5"]) == 0
    out = capsys.readouterr().out
    assert out.partition("milli-seconds.\n")[2].strip() == hierarchy.answers()[f"test {name}"].strip()


def test_classes_of_another_set(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    assert main(["detector", "valid", *NETWORK]) == 0
    ours, golden = (np.array([line.split() for line in text.splitlines()], np.float64) for text in (
        (place / "results" / "imagenet-detection.txt").read_text(), hierarchy.answers()["valid"],
    ))  # fmt: skip
    assert np.array_equal(ours[:, :2], golden[:, :2]), "pictures and classes"
    np.testing.assert_allclose(ours[:, 2], golden[:, 2], rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(ours[:, 3:], golden[:, 3:], rtol=0, atol=100 * ROUNDING)


def test_a_short_map_gives_its_classes_alone(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    net = Network.load(NETWORK[1], NETWORK[2], names=NETWORK[0])
    assert net.names[7] == "name 7"
    all_classes = net.detect("a.png", thresh=0.3, nms=0)
    net.map_classes([190, 3, 154])
    found = net.detect("a.png", thresh=0.3, nms=0)
    assert {d.class_id for d in found} <= {0, 1, 2}
    assert {d.class_id for d in all_classes} == {154, 190}
