"""Reference files, .npz and JSON: what is understood, what is refused and with which words."""

from __future__ import annotations

import io
import json
import re
import zipfile

import numpy as np
import pytest
from comparing import HEADS

from darknet_py import CompareError, DarknetWarning, compare, image
from darknet_py.compare import frames, npz
from darknet_py.compare.reference import layer_number
from darknet_py.compare.runner import INPUT

# .npz


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("input", INPUT), ("5", 5), ("layer_5", 5), ("layer5", 5), ("out5", 5), ("out_5", 5), ("maxpool_5", 5), ("in6", 5),
        ("in0", INPUT), ("in11", 7), ("convolutional_0", 0), ("conv_0", None), ("maxpool_4", None), ("99", None),
        ("boxes", None), ("layer", None), ("5a", None), ("", None), ("-1", None),
    ],
)  # fmt: skip
def test_names_of_arrays(place, name, number):
    assert layer_number(name, place.net.graph) == number


def test_the_same_array_in_many_forms(place, arrays):
    layer = arrays["layer_5"]
    forms = {
        "5": layer, "layer_5": layer[None], "out5": layer.ravel(), "maxpool_5": layer.reshape(1, -1),
        "in6": layer.astype(np.float64), "out_5": np.asfortranarray(layer),
    }  # fmt: skip
    for name, values in forms.items():
        (array, *_) = place.compare(place.npz({name: values})).results
        assert (array.stage.name, array.verdict) == ("layer 5", "equal"), name
    half = place.compare(place.npz({"5": layer.astype(np.float16)}), tolerance=1e-3)
    assert half.results[0].verdict == "rounding"


def test_heads_as_the_kit_has_them_give_boxes_too(place, arrays):
    names = {f"{word}{i}": arrays[f"layer_{j}"] for i in HEADS for word, j in (("in", i - 1), ("out", i))}
    comparison = place.compare(place.npz(names))
    assert [r.stage.name for r in comparison.results] == ["layer 9", "layer 10", "layer 12", "layer 13", "the boxes"]
    assert comparison.equal
    assert comparison.results[-1].stage.derived


def test_an_output_is_preferred_to_another_layers_input(place, arrays):
    names = {"in6": arrays["layer_5"] + 1, "out5": arrays["layer_5"]}
    assert place.compare(place.npz(names)).equal


def test_strange_names_are_mentioned(place, arrays):
    with pytest.warns(DarknetWarning, match="conv_0, loss: no layer has this name; not compared"):
        place.compare(place.npz({"5": arrays["layer_5"], "conv_0": np.zeros(3), "loss": np.zeros(1)}))


def test_all_that_is_saved_is_read(place, arrays):
    assert set(arrays) == {"input", *(f"layer_{i}" for i in range(14)), "boxes", "about"}
    reference = npz.read(place.npz(arrays), place.net.graph)
    assert list(reference.layers) == [INPUT, *range(14)]
    for i, load in reference.layers.items():
        assert np.array_equal(load(), arrays["input" if i == INPUT else f"layer_{i}"])
    assert "exact numerics" in reference.about
    assert np.array_equal(reference.boxes.rows, arrays["boxes"])


def test_compressed_files(place, arrays):
    path = place.folder / "compressed.npz"
    np.savez_compressed(path, **arrays)
    assert place.compare(str(path)).equal


def test_nothing_is_left_of_a_file_that_cannot_be_written(place, tmp_path):
    target = tmp_path / "folder.npz"
    target.mkdir()
    with pytest.raises(CompareError, match=r"folder\.npz: cannot be written"):
        compare.save(place.net, place.picture, target)
    with pytest.raises(CompareError, match=r"ours\.npz: cannot be written"):
        compare.save(place.net, place.picture, tmp_path / "no" / "ours.npz")
    assert list(tmp_path.iterdir()) == [target]


def saved(**arrays: object) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


WHOLE = saved(layer_5=np.zeros((8, 40, 48), np.float32))
NPZ = {
    "no array of this network in it": saved(loss=np.zeros(3), conv_0=np.zeros(3)),
    "found: none": saved(),
    "layer_5 has the shape (8, 20, 24), but": saved(layer_5=np.zeros((8, 20, 24))),
    "net.cfg:33: layer 5 [maxpool] is (8, 40, 48) here; is it of another network or -size?": saved(out5=np.zeros(7)),
    "transpose it to channels, height, width": saved(layer_5=np.zeros((40, 48, 8))),
    "the network's input is (3, 80, 96) here": saved(input=np.zeros((3, 416, 416))),
    "is an array of object, not of numbers": saved(layer_5=np.array([{}], object)),
    "boxes has the shape (3, 4), not (n, 6)": saved(boxes=np.zeros((3, 4))),
    "damaged, not a whole .npz file": WHOLE[: len(WHOLE) // 2],
    "damaged, layer_5 cannot be read": WHOLE[:500] + bytes([WHOLE[500] ^ 255]) + WHOLE[501:],
}


@pytest.mark.parametrize("words", NPZ)
def test_npz_files_that_are_refused(place, words):
    path = place.folder / "bad.npz"
    path.write_bytes(NPZ[words])
    with pytest.raises(CompareError) as caught:
        place.compare(str(path))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_zip_of_something_else(place):
    path = place.folder / "other.npz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme.txt", "not an array, but long enough to be read as one")
    with pytest.raises(CompareError, match=r"damaged, not a whole \.npz file"):
        place.compare(str(path))


# Darknet's JSON


def frame(filename: str, *objects: tuple[int, float, float]) -> dict:
    return {
        "frame_id": 1, "filename": filename,
        "objects": [
            {"class_id": c, "name": "cat", "confidence": p,
             "relative_coordinates": {"center_x": x, "center_y": 0.5, "width": 0.1, "height": 0.2}}
            for c, p, x in objects
        ],
    }  # fmt: skip


def test_the_entry_of_a_picture(tmp_path):
    path = tmp_path / "r.json"
    names = ["a/dog.png", "b/dog.png", "/data/b/cat.png", "C:\\data\\cow.png"]
    path.write_text(json.dumps([frame(name, (i, 0.5, 0.1)) for i, name in enumerate(names)]))
    for asked, entry in {
        "a/dog.png": 0, "/home/a/dog.png": 0, "b/dog.png": 1, "cat.png": 2, "/data/b/cat.png": 2, "x/cow.png": 3,
        "./b/dog.png": 1,
    }.items():  # fmt: skip
        assert frames.read(path, asked).boxes.rows.tolist() == [[entry, 0.5, 0.1, 0.5, 0.1, 0.2]], asked
    with pytest.raises(CompareError, match=re.escape("r.json: 2 entries end in dog.png; -entry NAME chooses one by")):
        frames.read(path, "c/dog.png")
    with pytest.raises(CompareError, match=r"no entry of horse.png; it has a/dog.png, b/dog.png, .*-entry NAME"):
        frames.read(path, "horse.png")


def test_a_picture_that_was_given_twice(tmp_path):
    path = tmp_path / "r.json"
    path.write_text(json.dumps([frame("dog.png", (0, 0.5, 0.1))] * 2))
    assert len(frames.read(path, "dog.png").boxes.rows) == 1


def test_one_frame_alone(tmp_path):
    path = tmp_path / "r.json"
    path.write_text(json.dumps(frame("dog.png")))
    assert frames.read(path, "dog.png").boxes.rows.shape == (0, 6)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_json_as_powershell_redirects_it(tmp_path, encoding):
    path = tmp_path / "r.json"
    path.write_text(json.dumps(frame("dög.png")), encoding=encoding)
    assert frames.read(path, "dög.png").boxes.rows.shape == (0, 6)


C_FRAME = '[\n{{\n "frame_id":1, \n "filename":"{}", \n "objects": [ \n{}\n ] \n}}\n]'
C_OBJECT = (
    '  {"class_id":0, "name":"cat", "relative_coordinates":{"center_x":-nan, "center_y":0.500000, "width":0.100000, '
    '"height":0.100000}, "confidence":0.500000}'
)


@pytest.mark.parametrize("filename", [r"C:\temp\new\dog.png", r"C:\data\dog.png", r"\\server\unit\dog.png", 'the "dog".png'])
def test_paths_as_c_prints_them(tmp_path, filename):
    """The C program escapes nothing."""
    path = tmp_path / "r.json"
    path.write_text(C_FRAME.format(filename, ""))
    assert frames.read(path, filename).about.startswith(f"Darknet's JSON, {filename}")


def test_numbers_as_c_prints_them(tmp_path):
    path = tmp_path / "r.json"
    path.write_text(C_FRAME.format("dog.png", C_OBJECT))
    row = frames.read(path, "dog.png").boxes.rows[0]
    assert np.isnan(row[2])


JSON = {
    "not JSON": C_FRAME.format("net.png", "")[:-1],
    "no pictures with filename and objects in it": '[{"image_id": 1, "bbox": [1, 2, 3, 4]}]',
    "no pictures with filename": "[]",
    "objects are not as detector test -out writes them": '[{"filename": "net.png", "objects": [{"class_id": 1}]}]',
    "net.png: objects are not": '[{"filename": "net.png"}]',
    "no entry of": '[{"filename": "other.png", "objects": []}]',
    "could not be read in that run (cut)": '[{"filename": "net.png", "objects": [], "error": "cut"}]',
}


@pytest.mark.parametrize("words", JSON)
def test_json_files_that_are_refused(place, words):
    path = place.folder / "bad.json"
    path.write_text(JSON[words])
    with pytest.raises(CompareError) as caught:
        place.compare(str(path))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_boxes_of_another_network(place):
    with pytest.raises(CompareError, match=re.escape("npz: has boxes of class 3, but the network has classes=3; is it")):
        place.compare(place.npz({"boxes": np.array([[3, 0.5, 0.5, 0.5, 0.1, 0.1]])}))


def test_our_own_json_is_equal(place):
    rows = place.net.detect_rows(image.load_image(place.picture))
    comparison = place.compare(place.json(rows))
    assert comparison.equal
    assert comparison.results[-1].verdict == "equal"


def test_classes_that_are_not_shown(place):
    """Those whose name begins with dont_show are in no JSON."""
    names = ("cat", "dont_show", "cow")
    rows = place.net.detect_rows(image.load_image(place.picture))
    reference = place.json(rows, names=names)
    assert not place.compare(reference).equal
    net = place.variant()
    net.names = list(names)
    assert place.compare(reference, net).equal
