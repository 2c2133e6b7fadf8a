"""Pictures that a page offers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("onnx")

import small_detector
from networks import random_weights

from darknet_py import ExportError, cfg, graph, web

NAMES = "a b.jpg", "c#1.PNG", "d%20.webm"


def test_they_lie_in_the_page_and_are_named(tmp_path):
    for name in NAMES:
        (tmp_path / name).write_bytes(name.encode())
    network = graph.build(cfg.parse(small_detector.CFG, "small.cfg"))
    examples = web.read_examples([tmp_path / name for name in NAMES])
    page = web.page_of("small", network, random_weights(network, 5), ["cat", "dog"], examples=examples)
    written = web.write(tmp_path / "page", page, {"runtime/ort.wasm.min.mjs": b"// none"})
    assert json.loads((written.folder / "network.json").read_text())["examples"] == [f"examples/{name}" for name in NAMES]
    assert {f"examples/{name}" for name in NAMES} <= written.files.keys()
    assert (written.folder / "examples" / "c#1.PNG").read_bytes() == b"c#1.PNG"


@pytest.mark.parametrize(
    ("paths", "says"),
    [
        (["letter.txt"], "convert it"),
        (["photo.tga"], "pictures that browsers show (.jpg"),
        (["gone.jpg"], "gone.jpg: cannot be read"),
        (["a.jpg", "folder/a.jpg"], "there is another a.jpg"),
    ],
)
def test_what_a_page_cannot_offer(tmp_path, monkeypatch, paths, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    for path in ("a.jpg", "folder/a.jpg", "letter.txt", "photo.tga"):
        (tmp_path / path).write_bytes(b"picture")
    with pytest.raises(ExportError) as e:
        web.read_examples(map(Path, paths))
    assert says in str(e.value)


@pytest.mark.parametrize(("names", "thresh"), [([*"0123456789AB"], 0.6), (["cat", "dog"], 0.24), ([*"ab"], 0.24)])
def test_a_page_begins_as_read_or_detect(names, thresh):
    assert web.first_thresh(names) == thresh
