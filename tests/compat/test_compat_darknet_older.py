"""darknet.py as it was from 2018 to 2020: performDetect, performBatchDetect, names as bytes, its variables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from darknet_module import data_file, files, image_of, low_level, rgb

from darknet_py import DarknetError, ImageError, OutputError
from darknet_py.compat import darknet, display

NAMES = ["n0", "n1", "n2", "n3"]


@pytest.fixture(autouse=True)
def untouched(monkeypatch):
    """The module's variables as after its import; no window."""
    for name in ("netMain", "metaMain", "altNames"):
        monkeypatch.setattr(darknet, name, None)
    monkeypatch.setattr(display, "available", lambda: False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("older")
    data_file(path, 4)
    cv2.imwrite(str(path / "p.png"), np.ascontiguousarray(rgb("csp_groups")[..., ::-1]))
    return path


@pytest.fixture
def paths(folder) -> dict[str, str]:
    """The arguments of performDetect that are files."""
    config, model = map(str, files("csp_groups", folder))
    picture = str(folder / "p.png")
    return {"imagePath": picture, "configPath": config, "weightPath": model, "metaPath": str(folder / "n.data")}


def as_found(found: list[Any], names: list[Any]) -> list[Any]:
    """What low_level found, with these names, the best first."""
    return sorted([(names[int(label[1:])], prob, box) for label, prob, box in found], key=lambda one: -one[1])


def low(net: Any, thresh: float) -> list[Any]:
    return low_level(net, image_of(rgb("csp_groups")), NAMES, darknet.do_nms_sort, thresh)[0]


def test_a_list_of_names_probabilities_and_boxes(paths):
    found = darknet.performDetect(thresh=0.25, showImage=False, **paths)
    assert found == as_found(low(darknet.netMain, 0.25), NAMES)
    assert found
    assert (darknet.metaMain.names[3], darknet.altNames) == (b"n3", NAMES)


def test_the_network_is_read_once_and_kept(paths, capsys):
    assert darknet.performDetect(initOnly=True, **paths) is None
    assert capsys.readouterr().out == "Initialized detector\n"
    net = darknet.netMain
    darknet.performDetect(showImage=False, **paths)
    assert darknet.netMain is net
    darknet.netMain = None
    darknet.performDetect(initOnly=True, **paths)
    assert darknet.netMain is not net


def test_a_picture_with_frames(paths, capsys):
    result = darknet.performDetect(thresh=0.25, makeImageOnly=True, **paths)
    found, drawn, plain = result["detections"], result["image"], rgb("csp_groups")
    assert found == as_found(low(darknet.netMain, 0.25), NAMES)
    lines = [f"{label}: {np.rint(100 * prob)}%" for label, prob, _ in found]
    assert result["caption"] == "\n<br/>".join(lines)
    assert capsys.readouterr().out.splitlines() == [f"*** {len(found)} Results, color coded by confidence ***", *lines]
    assert (drawn.shape, drawn.dtype) == (plain.shape, np.uint8)
    changed = (drawn != plain).any(2)
    near = np.zeros_like(changed)
    for _, _, (x, y, w, h) in found:
        left, top = int(x - w / 2), int(y - h / 2)
        box = np.zeros(near.shape, np.uint8)
        cv2.rectangle(box, (left, top), (left + int(w), top + int(h)), 1, 3)
        near |= box > 0
    assert changed.any()
    assert not (changed & ~near).any()


def test_the_picture_is_shown_where_there_is_a_display(paths, monkeypatch):
    shown = []
    monkeypatch.setattr(display, "available", lambda: True)
    monkeypatch.setattr(cv2, "imshow", lambda title, picture: shown.append(picture))
    monkeypatch.setattr(cv2, "waitKey", lambda: -1)
    result = darknet.performDetect(**paths)
    np.testing.assert_array_equal(shown[0], result["image"][..., ::-1])
    darknet.performDetect(makeImageOnly=True, **paths)
    assert len(shown) == 1


@pytest.mark.parametrize("name", ["imagePath", "configPath", "weightPath", "metaPath"])
def test_files_that_do_not_exist(paths, name):
    with pytest.raises(DarknetError, match=r"Invalid .* path `/.*nowhere`: there is no such file") as e:
        darknet.performDetect(**{**paths, name: "nowhere"})
    assert isinstance(e.value, ValueError), "as its documentation says"


@pytest.mark.parametrize("thresh", [0, 1, -0.5, 25, float("nan")])
def test_thresholds_out_of_range(paths, thresh):
    with pytest.raises(DarknetError, match="between 0 and 1") as e:
        darknet.performDetect(thresh=thresh, **paths)
    assert isinstance(e.value, AssertionError), "as it was"


def batch_of(paths: dict[str, str]) -> dict[str, str]:
    return {name: path for name, path in paths.items() if name != "imagePath"}


def test_a_batch(paths, folder, tmp_path, monkeypatch):
    pictures = [np.roll(rgb("csp_groups"), 9 * i, axis=1)[..., ::-1] for i in range(2)]
    (tmp_path / "data").mkdir()
    samples = [str(tmp_path / "data" / f"{i}.png") for i in range(2)]
    for path, picture in zip(samples, pictures, strict=True):
        cv2.imwrite(path, picture)
    monkeypatch.chdir(tmp_path)
    boxes, scores, classes = darknet.performBatchDetect(0.25, **batch_of(paths), batch_size=2, img_samples=samples)
    net = darknet.load_net(*batch_of(paths).values())
    for i, path in enumerate(samples):
        small = cv2.resize(pictures[i], (96, 64), interpolation=cv2.INTER_NEAREST)[..., ::-1]
        darknet.predict_image(net, image_of(np.ascontiguousarray(small)))
        num = darknet.c_int()
        rows = darknet.get_network_boxes(net, *pictures[i].shape[1::-1], 0.25, 0.5, None, 0, num, 0)
        darknet.do_nms_obj(rows, num.value, 4, 0.45)
        best = [(max(rows[j].prob[:4]), rows[j]) for j in range(num.value) if max(rows[j].prob[:4]) > 0.25]
        assert scores[i] == [prob for prob, _ in best]
        assert classes[i] == [row.prob[:4].index(prob) for prob, row in best]
        edges = [(b.y - b.h / 2, b.x - b.w / 2, b.y + b.h / 2, b.x + b.w / 2) for b in (row.bbox for _, row in best)]
        assert boxes[i] == [tuple(map(int, box)) for box in edges]
        assert (cv2.imread(f"{i}.png") != cv2.imread(path)).any(), "with boxes, in the working directory"
    assert scores[0]


def test_a_drawing_that_cannot_be_written(paths, folder, tmp_path, monkeypatch):
    """The reference says nothing."""
    (tmp_path / "data").mkdir()
    (tmp_path / "0.png").mkdir()
    cv2.imwrite(sample := str(tmp_path / "data" / "0.png"), rgb("csp_groups"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError, match=r"^0\.png: cannot be written"):
        darknet.performBatchDetect(**batch_of(paths), batch_size=1, img_samples=[sample])


def test_a_batch_that_cannot_be(paths, folder, tmp_path, monkeypatch):
    picture = Path(paths["imagePath"])
    before = picture.read_bytes()
    monkeypatch.chdir(folder)
    with pytest.raises(DarknetError, match="would take the picture's place"):
        darknet.performBatchDetect(**batch_of(paths), batch_size=1, img_samples=[str(picture)])
    assert picture.read_bytes() == before
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ImageError, match="batch_size=3 does not fit 1 pictures"):
        darknet.performBatchDetect(**batch_of(paths), img_samples=[str(picture)])
    cv2.imwrite("small.png", np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(ImageError, match="not of one size"):
        darknet.performBatchDetect(**batch_of(paths), batch_size=2, img_samples=[str(picture), "small.png"])
    with pytest.raises(ImageError, match=r"data/person\.jpg"):
        darknet.performBatchDetect(**batch_of(paths))


def test_detect_image_of_a_metadata(paths):
    """As darknet_video.py called it: the names that load_meta read are bytes."""
    net = darknet.load_net_custom(paths["configPath"].encode(), paths["weightPath"].encode(), 0, 1)
    meta, im = darknet.load_meta(paths["metaPath"].encode()), image_of(rgb("csp_groups"))
    found = darknet.detect_image(net, meta, im, 0.25, 0.5, 0.45, True)
    assert found == as_found(low(net, 0.25), [b"n0", b"n1", b"n2", b"n3"])
    assert found == darknet.detect(net, meta, paths["imagePath"].encode(), thresh=0.25, debug=True)
    darknet.altNames = ["a", "b", "c", "d"]
    assert [one[0] for one in darknet.detect_image(net, meta, im, 0.25)] == ["abcd"[int(one[0][1:])] for one in found]


def test_small_helpers():
    assert list(darknet.c_array(darknet.c_float, [1, 2.5])) == [1, 2.5]
    assert [darknet.sample([0, 2, 0]) for _ in range(5)] == [1] * 5
    assert darknet.network_predict_custom is darknet.network_predict_batch
    assert darknet.hasGPU is False


def test_all_of_ctypes_came_along():
    scope: dict[str, Any] = {}
    exec("from darknet_py.compat.darknet import *", scope)
    for name in ("CDLL", "RTLD_GLOBAL", "c_char", "sizeof", "math", "performDetect", "netMain"):
        assert name in scope
    assert darknet.c_double(2).value == 2


def test_functions_of_the_library_that_are_not_there():
    assert not hasattr(darknet.lib, "train_detector")
    with pytest.raises(AttributeError, match=r"costum, .* is not here; did you mean load_network_custom\?"):
        darknet.lib.load_network_costum  # noqa: B018
    with pytest.raises(AttributeError, match=r"there are .*network_predict_image"):
        darknet.lib.x  # noqa: B018
    darknet.lib.network_width.argtypes = [darknet.c_void_p]  # as scripts declare them


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("winGPUdll", "no compiled library"),
        ("detect_images", "did you mean detect_image?"),
        ("performDetec", "did you mean performDetect?"),
        ("yolo", r"call detect_image\(network, class_names, image\)"),
    ],
)
def test_names_that_are_not_there(name, says):
    assert not hasattr(darknet, name)
    with pytest.raises(AttributeError, match=says):
        getattr(darknet, name)
