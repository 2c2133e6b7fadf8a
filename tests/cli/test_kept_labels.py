"""Labels that are there are never written over but by -save_labels; class names become names of files."""

from __future__ import annotations

import io

import evaluation_set as golden
import pytest
import stand_in

from darknet_py.cli import main
from darknet_py.files.filenames import MOST, distinct_names, file_name
from darknet_py.files.labels import is_label_file

place, nets, sets = stand_in.place, golden.nets, golden.place
NETWORK = ["detector", "test", "x.data", "x.cfg", "x.weights"]
MINE = "7 0.1 0.2 0.3 0.4\n"
FOLDER = "-format yolo -out data/labels"
WAYS = ["-save_txt -save_dir data", f"{FOLDER}/", f"{FOLDER} -save_txt -save_dir data"]


@pytest.fixture
def dataset(place):
    """Two pictures, of which one has labels."""
    for folder in ("images", "labels"):
        (place / "data" / folder).mkdir(parents=True)
    for name in ("cat", "dog"):
        (place / "data" / "images" / f"{name}.png").write_bytes((place / "a.png").read_bytes())
    (place / "data" / "labels" / "cat.txt").write_text(MINE)
    return place / "data"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("words", [["data/images"], ["data/images/cat.png", "data/images/dog.png"]])
def test_labels_are_kept_and_the_others_go_on(dataset, capsys, way, words):
    for _ in range(2):  # what the first run wrote is what the second would
        assert main([*NETWORK, *words, "-dont_draw", *way.split()]) == 1
        assert (dataset / "labels" / "cat.txt").read_text() == MINE
        assert (dataset / "labels" / "dog.txt").read_text().count("\n") == 2
        err = capsys.readouterr().err.replace("\\", "/").splitlines()
        flag = "-save_dir" if "-save_txt" in way else "-out"
        assert f"data/labels/cat.txt: is there with other labels, and kept; choose another folder with {flag}" in err[0]
        assert all("cat.txt" in line for line in err)


def test_labels_are_kept_of_pictures_that_stdin_names(dataset, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("data/images/cat.png\ndata/images/cat.png\ndata/images/dog.png\n"))
    labels = dataset / "images" / "cat.txt"
    labels.write_text(MINE)
    assert main([*NETWORK, "-dont_draw", "-format", "yolo", "-out", "."]) == 1
    assert labels.read_text() == MINE
    assert (dataset / "images" / "dog.txt").read_text().count("\n") == 2
    assert capsys.readouterr().err.count("cat.txt: is there with other labels") == 2


@pytest.mark.parametrize("form", ["csv", "jsonl", "json"])
def test_a_run_that_was_cut_off_goes_on(dataset, capsys, form):
    command = [*NETWORK, "data/images", "-dont_draw", "-save_txt", "-save_dir", "data", "-out", f"o.{form}", "-resume"]
    (dataset / "labels" / "cat.txt").unlink()
    assert main([*NETWORK, "data/images/cat.png", *command[6:]]) == 0
    if form == "json":  # which is not there after a kill
        (dataset.parent / "o.json").unlink()
    assert main(command) == 0
    assert sorted(path.name for path in (dataset / "labels").iterdir()) == ["cat.txt", "dog.txt"]
    assert "error" not in capsys.readouterr().err


def test_the_rest_of_a_picture_is_written(dataset):
    assert main([*NETWORK, "data/images/cat.png", "-save_txt", "-save_crop", "-save_dir", "data"]) == 1
    assert (dataset / "predictions.jpg").is_file()
    assert len(list((dataset / "crops").iterdir())) == 2


def test_save_labels_writes_over_labels(place):
    (place / "a.txt").write_text(MINE)
    assert main([*NETWORK, "a.png", "-dont_draw", "-save_labels"]) == 0
    assert (place / "a.txt").read_text() != MINE


@pytest.mark.parametrize("data", ["", "eval=imagenet\n"])
@pytest.mark.parametrize("mine", [MINE, ""])
def test_valid_keeps_labels(sets, capsys, data, mine):
    golden.write_data(sets, 4, more=data)
    (sets / "labels").mkdir()
    (sets / "images").mkdir()
    (sets / "pictures" / "1.png").rename(sets / "images" / "dog.png")
    (sets / "list.txt").write_text("images/dog.png\n")
    (sets / "my.names").write_text("cat\ndog\nbird\nhorse\n")
    labels = sets / "labels" / "dog.txt"
    labels.write_text(mine)
    name = "../labels/dog" if data else "../labels/"
    assert main(["detector", "valid", "my.data", "spp.cfg", "spp.weights", "-out", name]) == 1
    err = capsys.readouterr().err.replace("\\", "/").splitlines()[-1]
    assert "labels/dog.txt would overwrite the labels of a picture; choose another name with -out" in err
    assert labels.read_text() == mine
    assert [path.name for path in (sets / "labels").iterdir()] == ["dog.txt"]


def test_valid_replaces_its_results(sets):
    golden.write_data(sets, 4)
    long = "x" * 300
    (sets / "my.names").write_text(f"../a\ttoo\nCON\n{long}1\n{long}2\n")
    for _ in range(2):
        assert main(["detector", "valid", "my.data", "spp.cfg", "spp.weights"]) == 0
        names = sorted(path.name for path in (sets / "results").iterdir())
        assert names[:2] == ["comp4_det_test_.._a_too.txt", "comp4_det_test_CON.txt"]
        assert len(names) == 4
        assert all(len(name) == MOST for name in names[2:])


def test_labels_by_their_first_line(tmp_path):
    texts = {MINE: True, "0 1 1 1 1": True, "": False, "2007_01 0.5 1 2 3 4\n": False, "a 1 1 1 1": False}
    for text, answer in texts.items():
        (tmp_path / "x.txt").write_text(text)
        assert is_label_file(tmp_path / "x.txt") == answer, text
    assert not is_label_file(tmp_path / "no.txt")


def test_names_of_files():
    usual = ["dog", "traffic light", "кот", "a.b", "it's", "Dog", "x" * 200]
    assert [file_name(name, "comp4_det_test_", ".txt") for name in usual] == [f"comp4_det_test_{name}.txt" for name in usual]
    odd = {"a/b": "a_b", "..": "_", "CON": "_CON", "nul.x": "_nul.x", "a\x1b[0m\\": "a_[0m_", "": "_", "com": "com"}
    assert {name: file_name(name) for name in odd} == odd
    assert distinct_names(["a/b", "a_b", "a:b", "c"], "", ".txt") == ["a_b_2.txt", "a_b.txt", "a_b_3.txt", "c.txt"]
    long = [file_name("ж" * 300 + end, after=".txt") for end in "ab"]
    assert long[0] != long[1]
    assert all(len(name.encode()) <= MOST and name.endswith(".txt") for name in long)


def test_crops_of_long_class_names(place, monkeypatch):
    monkeypatch.setattr(stand_in.StandIn, "names", ["x" * 300, "NUL"])
    assert main([*NETWORK, "a.png", "-save_crop", "-dont_draw"]) == 0
    names = sorted(path.name for path in (place / "runs" / "detect" / "crops").iterdir())
    assert names[0] == "_NUL"
    assert len(names[1]) == MOST
