"""A demo's text and boxes against the reference's own demo (golden/demo/README.md)."""

from __future__ import annotations

import json

import cv2
import pytest
import reference
from reference import REPO, kit, kit_file
from videos import untimed

from darknet_py.cli import main

GOLDEN = reference.GOLDEN / "demo"


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """A folder with the eight lossless frames of golden/demo/README.md."""
    folder = tmp_path_factory.mktemp("walk")
    (folder / "seq").mkdir()
    dog = cv2.imread(str(kit() / "images" / "dog.png"))
    for k in range(8):
        cv2.imwrite(str(folder / "seq" / f"{k:02d}.png"), dog[22 * k : 22 * k + 400, 36 * k : 36 * k + 480])
    return folder


@pytest.mark.parametrize(("case", "flags"), [("resized", []), ("letterboxed", ["-letter_box"])])
def test_golden(walk, monkeypatch, capsys, case, flags):
    """Text and boxes are those of the reference's own demo, which skips the first frame's and loses the last frame."""
    monkeypatch.chdir(walk)
    (walk / "coco.data").write_text(f"names={REPO / 'cfg' / 'coco.names'}\n")
    files = ["coco.data", *(str(kit_file(f"{kind}/yolo-fastest-1.1.{kind}")) for kind in ("cfg", "weights"))]
    words = ["seq/%02d.png", "-ext_output", "-json_file_output", "o.json", "-dont_show", *flags]
    assert main(["detector", "demo", *files, *words]) == 0
    head, first, *blocks = untimed(capsys.readouterr().out).split("Objects:\n\n")
    golden_head, golden_first, *golden = untimed((GOLDEN / f"{case}.txt").read_text()).split("\033[H\033[JObjects:\n\n")
    assert (head, golden_first) == (golden_head, "\nFPS\n")
    assert first.endswith(golden_first)
    assert blocks[:-2] == golden[:-1]
    assert [b + "Stream closed.\ninput video stream closed. \n" for b in blocks[-2:-1]] == golden[-1:]
    same_frames(json.loads((walk / "o.json").read_text()), json.loads((GOLDEN / f"{case}.json").read_text()))


def same_frames(frames, golden):
    """Equal to the last printed digit or the one beside it."""
    assert len(frames) == len(golden) + 1
    for frame, expected in zip(frames, golden):
        assert frame["frame_id"] == expected["frame_id"]
        assert [o["name"] for o in frame["objects"]] == [o["name"] for o in expected["objects"]]
        for a, b in zip(frame["objects"], expected["objects"]):
            assert a["confidence"] == pytest.approx(b["confidence"], abs=1.5e-6)
            assert a["relative_coordinates"] == pytest.approx(b["relative_coordinates"], abs=1.5e-6)
