"""What a service gives its page: with the page's threshold and suppression it is what ``detect`` finds."""

from __future__ import annotations

import numpy as np
import pytest
import web_core
from small_detector import CFG, picture, write

from darknet_py import Network
from darknet_py.serve import candidates

LEAST = 0.005
KINDS = ["default", "greedynms", "diounms"]


def read(packed: bytes, classes: int) -> dict[str, np.ndarray]:
    """By the layout that ``core/candidates.js`` goes by."""
    rows, columns, width, height = np.frombuffer(packed, "<u4", 4).tolist()
    assert columns == classes
    numbers = np.frombuffer(packed, "<f4", offset=16)
    return {"boxes": numbers[: 4 * rows], "scores": numbers[4 * rows :], "size": (width, height)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("letter_box", [False, True])
def test_detections_of_candidates_are_those_of_detect(tmp_path, kind, letter_box):
    text = CFG.replace("[net]", f"[net]\nletter_box={int(letter_box)}") + f"nms_kind={kind}\nbeta_nms=0.8\n"
    net = Network.load(*write(tmp_path, text), names=["cat", "dog"])
    fit, array = net.fit((70, 50)), picture(2)
    rows = net.boxes(net.outputs(fit.input_of(array)), fit, LEAST)
    outputs = read(candidates.packed(rows, fit.picture_size), 2)
    assert outputs.pop("size") == (70, 50)
    network = {"names": net.names, "nms_kind": kind, "beta_nms": 0.8}
    asked = [(thresh, nms) for thresh in (LEAST, 0.24, 0.5, 0.7) for nms in (0, 0.2, 0.45, 1)]
    calls = [("boxes", "detectionsInPicture", outputs, network, {"thresh": thresh, "nms": nms}) for thresh, nms in asked]
    for (thresh, nms), found in zip(asked, web_core.run(calls), strict=True):
        wanted = net.detect(array, thresh=thresh, nms=nms)
        assert [(d["class_id"], d["prob"], *d["box"]) for d in found] == [(d.class_id, d.prob, *d.box) for d in wanted]
    assert len(outputs["scores"]) > 100
