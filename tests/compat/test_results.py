"""Detections in the forms of other libraries."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest

from darknet_py import DarknetError, Detection, Detections
from darknet_py._support.optional import pip_install

FOUND = Detections(
    [Detection(2, "car", 0.75, 0.9, (0.5, 0.5, 0.5, 0.25)), Detection(0, "dog", 0.5, 0.6, (0.0, 0.25, 0.25, 0.5))], 80, 40
)
XYXY = [[20, 15, 60, 25], [-10, 0, 10, 20]]


def test_a_list_of_detections() -> None:
    assert isinstance(FOUND, list)
    assert [d.name for d in FOUND] == ["car", "dog"]
    np.testing.assert_array_equal(FOUND.xyxy, np.array(XYXY, np.float32))
    assert Detections([], 80, 40).xyxy.shape == (0, 4)


def test_coco() -> None:
    assert FOUND.to_coco(7)[0] == {"image_id": 7, "category_id": 2, "bbox": [20, 15, 40, 10], "score": 0.75}
    assert [row["category_id"] for row in FOUND.to_coco(7, category_ids=[11, 12, 13])] == [13, 11]


def test_coco_cuts_boxes_at_the_edges_of_the_picture() -> None:
    beyond = [(0.0, 0.25, 0.25, 0.5), (1.0, 1.0, 0.5, 0.5), (0.5, 0.5, 3.0, 3.0), (2.0, 0.5, 0.5, 0.5)]
    found = Detections([Detection(0, "dog", 0.5, 0.6, box) for box in beyond], 80, 40)
    boxes = [row["bbox"] for row in found.to_coco(7)]
    assert boxes == [[0, 0, 10, 20], [60, 30, 20, 10], [0, 0, 80, 40], [80, 10, 0, 20]]
    assert found.xyxy.min() < 0


def test_supervision() -> None:
    pytest.importorskip("supervision")
    sv = FOUND.to_supervision()
    np.testing.assert_array_equal(sv.xyxy, XYXY)
    assert (sv.class_id.tolist(), sv.confidence.tolist()) == ([2, 0], [0.75, 0.5])
    assert sv.data["class_name"].tolist() == ["car", "dog"]
    assert len(Detections([], 80, 40).to_supervision()) == 0


def test_pandas() -> None:
    pytest.importorskip("pandas")
    frame = FOUND.to_pandas()
    assert frame.columns.tolist() == ["xmin", "ymin", "xmax", "ymax", "confidence", "class", "name"]
    assert frame.iloc[1].tolist() == [-10, 0, 10, 20, 0.5, 0, "dog"]
    empty = Detections([], 80, 40).to_pandas()
    assert (len(empty), empty.dtypes.to_dict()) == (0, frame.dtypes.to_dict())
    assert [str(t) for t in frame.dtypes[:6]] == ["float32"] * 4 + ["float64", "int64"]


@pytest.mark.parametrize("name", ["supervision", "pandas"])
def test_a_library_that_is_not_there(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(DarknetError, match=rf"needs {name}: {re.escape(pip_install(name))}"):
        getattr(FOUND, f"to_{name}")()
