"""Files that a cfg and a .data name as they lie in Darknet's folder, from wherever the programs run."""

from __future__ import annotations

from pathlib import Path

import pytest

from darknet_py import cfg, graph
from darknet_py.errors import CfgError
from darknet_py.files.data import names_file

TREE = "a -1\nb -1\nc 0\nd 0\n"
CONV = "[convolutional]\nfilters=9\nactivation=linear\n"
HEAD = f"[net]\nwidth=32\nheight=32\nchannels=3\n{CONV}[region]\nclasses=4\ntree={{}}\n"
PLACES = {
    "Darknet's folder": ("cfg/nine.cfg", "data/nine.tree", "cfg/nine.data"),
    "data beside the cfg": ("net/nine.cfg", "net/data/nine.tree", "net/nine.data"),
    "all in one folder": ("net/nine.cfg", "net/nine.tree", "net/nine.data"),
    "the .data among the data": ("cfg/nine.cfg", "data/nine.tree", "data/nine.data"),
}


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder beside the one that programs run in."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "darknet"


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("written", ["data/nine.tree", "nine.tree", r"data\nine.tree"])
def test_a_tree_is_found(elsewhere: Path, place: str, written: str) -> None:
    own, tree, _ = PLACES[place]
    put(elsewhere / tree, TREE)
    net = graph.build(cfg.read(put(elsewhere / own, HEAD.format(written))))
    assert net.nodes[-1].layer.tree.parents == (-1, -1, 0, 0)  # type: ignore[attr-defined]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("written", ["data/nine.tree", "nine.tree"])
def test_names_are_found(elsewhere: Path, place: str, written: str) -> None:
    _, names, data = PLACES[place]
    put(elsewhere / names, "a\nb\n")
    assert names_file(put(elsewhere / data, f"names = {written} # of all classes\n")).read_text() == "a\nb\n"


def test_names_are_found_beside_the_cfg(elsewhere: Path, tmp_path: Path) -> None:
    names = put(elsewhere / "data" / "nine.names", "a\n")
    data = put(tmp_path / "my" / "own" / "nine.data", "names = data/nine.names\n")
    assert names_file(data, beside=[elsewhere / "cfg" / "nine.cfg"]).samefile(names)
    with pytest.raises(CfgError, match="is not there"):
        names_file(data)


def test_the_working_folder_comes_first(elsewhere: Path) -> None:
    put(elsewhere / "data" / "nine.names", "theirs\n")
    put(Path("data/nine.names"), "mine\n")
    data = put(elsewhere / "cfg" / "nine.data", "names = data/nine.names\n")
    assert names_file(data).read_text() == "mine\n"


def test_where_it_was_looked_for_is_told_in_one_line(elsewhere: Path) -> None:
    own = put(elsewhere / "cfg" / "nine.cfg", HEAD.format("data/none.tree"))
    with pytest.raises(CfgError) as caught:
        graph.build(cfg.read(own))
    places = ", ".join(str(elsewhere.resolve() / folder) for folder in ("cfg", "", "cfg/data", "data"))
    said = f"{own}:10: [region] tree=data/none.tree is not there; looked in the working folder, {places}: "
    assert str(caught.value) == f"{said}put the file of classes into one of them, or write its whole path"
