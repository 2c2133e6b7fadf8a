"""A page's folder: whole, over an earlier page only, and nothing of the user's is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("onnx")

import small_detector
from networks import NET, random_weights

from darknet_py import ExportError, OutputError, cfg, graph, web
from darknet_py.web import folder as folders

RUNTIME = {"runtime/ort.wasm.min.mjs": b"// none"}


def page_of(text: str) -> web.Page:
    network = graph.build(cfg.parse(text, "small.cfg"))
    return web.page_of("small", network, random_weights(network, 5), ["cat", "dog"])


@pytest.fixture(scope="module")
def page() -> web.Page:
    return page_of(small_detector.CFG)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_page_is_there_with_all_that_it_asks_for(page, tmp_path):
    written = web.write(tmp_path / "new" / "page", page, RUNTIME)
    found = contents(tmp_path / "new" / "page")
    assert {name: len(data) for name, data in found.items()} == written.files
    assert {"index.html", "core/darknet.js", "isolate.js", "model.onnx", "runtime/LICENSE.txt"} <= found.keys()
    network = json.loads(found["network.json"])
    assert network["bytes"] == len(found["model.onnx"])
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["page"]


@pytest.mark.parametrize("before", [None, "empty"])
def test_a_second_export_replaces_the_first_and_leaves_other_files(page, tmp_path, before):
    target = tmp_path / "page"
    if before:
        target.mkdir()
    web.write(target, page, RUNTIME | {"runtime/old.wasm": b"old"})
    (target / "CNAME").write_text("example.org")
    web.check(target)
    web.write(target, page, RUNTIME)
    found = contents(target)
    assert found["CNAME"] == b"example.org"
    assert "runtime/old.wasm" not in found
    assert found.keys() - {"CNAME"} == {*json.loads(found["files.json"]), "files.json"}


def foreign(target: Path) -> None:
    (target / "index.html").write_text("mine")


def changed(target: Path) -> None:
    folders.write(target, foreign.page, RUNTIME)
    (target / "style.css").write_text("mine")


def in_the_way(target: Path) -> None:
    folders.write(target, foreign.page, RUNTIME)
    listing = json.loads((target / "files.json").read_text())
    del listing["app.js"]
    (target / "files.json").write_text(json.dumps(listing))


def no_list(target: Path) -> None:
    (target / "files.json").write_text("[1, 2]")


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        (foreign, "is no earlier page, but has other files (index.html)"),
        (changed, "style.css: was changed since it was written"),
        (in_the_way, "app.js: would be written over, but is of no earlier page"),
        (no_list, "files.json: is not the list of a page's files"),
    ],
)
def test_what_no_export_has_written_stays(page, tmp_path, monkeypatch, prepare, says):
    monkeypatch.setattr(foreign, "page", page, raising=False)
    prepare(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(OutputError) as e:
        web.write(tmp_path, page, RUNTIME)
    assert says in str(e.value)
    assert contents(tmp_path) == before


def test_a_file_of_that_name(page, tmp_path):
    (tmp_path / "page").write_text("mine")
    with pytest.raises(OutputError, match="is a file, and the page is a folder"):
        web.check(tmp_path / "page")


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("at", [1, 12, 50])
@pytest.mark.parametrize("new", [False, True])
def test_what_goes_wrong_on_the_way_leaves_the_folder_as_it_was(page, tmp_path, monkeypatch, new, at, error):
    target = tmp_path / "page"
    if not new:
        web.write(target, page, RUNTIME)
    before, move, count = contents(target), folders._move, iter(range(1, 1000))

    def broken(source, goal):
        if next(count) == min(at, 12 if new else at):
            raise error
        move(source, goal)

    monkeypatch.setattr(folders, "_move", broken)
    with pytest.raises(OutputError if isinstance(error, OSError) else KeyboardInterrupt):
        web.write(target, page, RUNTIME | {"runtime/more.wasm": b"more"})
    assert contents(target) == before
    assert target.exists() is not new


def test_a_link_to_a_folder_is_followed(page, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "page").symlink_to(tmp_path / "elsewhere")
    web.write(tmp_path / "page", page, RUNTIME)
    assert (tmp_path / "elsewhere" / "index.html").is_file()
    assert (tmp_path / "page").is_symlink()


def test_what_a_killed_process_left_is_in_nobody_s_way(page, tmp_path):
    (tmp_path / ".darknet_py.abcd").mkdir()
    web.write(tmp_path, page, RUNTIME)
    web.write(tmp_path, page, RUNTIME)


def test_a_listing_leads_to_no_files_outside(page, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    target = tmp_path / "page"
    target.mkdir()
    (target / "files.json").write_text(json.dumps({"../mine.txt": "0", str(tmp_path / "mine.txt"): "0"}))
    web.write(target, page, RUNTIME)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_network_without_boxes_gets_no_page():
    with pytest.raises(ExportError, match="no boxes that a page could draw"):
        page_of(NET.format(32, 24, 3) + "[avgpool]\n[softmax]\n")
