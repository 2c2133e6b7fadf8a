"""No command writes over a file that it reads, under whatever name; and what cannot be written is said before the work."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import evaluation_set as golden
import pytest
import stand_in

from darknet_py.cli import main
from darknet_py.cli.guard import Guard
from darknet_py.errors import OutputError
from darknet_py.network import Network
from darknet_py.output.results import ResultFiles, open_results

place, nets, sets = stand_in.place, golden.nets, golden.place
needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need rights")
TEST = "detector test x.data x.cfg x.weights"


@pytest.fixture
def files(place):
    """All that the command reads, there; and names for the same files."""
    for name in ("x.cfg", "x.weights"):
        (place / name).write_text(name)
    (place / "list.txt").write_text("sub/a.png\n")
    (place / "predictions.jpg").write_bytes((place / "a.png").read_bytes())
    (place / "list.jpg").write_bytes((place / "a.png").read_bytes())
    return place


def contents(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def refused(words, capsys, code=1):
    """The one line of a command that fails without having done anything."""
    assert main(words.split()) == code
    out, err = capsys.readouterr()
    assert out.count("\n") == 0, "the work had begun"
    assert err.count("\n") == 1
    return err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("detect x.cfg x.weights a.png -out x.weights", "-out x.weights would overwrite x.weights, which is read"),
        ("detect x.cfg x.weights a.png -out ./sub/../x.cfg", "would overwrite x.cfg"),
        ("detect x.cfg x.weights a.png -out a.png -format csv", "would overwrite a.png"),
        ("detect x.cfg x.weights a.png -names x.names -out x.names", "would overwrite x.names"),
        (f"{TEST} a.png -out x.data", "would overwrite x.data"),
        (f"{TEST} a.png -out x.names", "-out x.names would overwrite"),
        (f"{TEST} list.txt -out list.txt", "would overwrite list.txt"),
        (f"{TEST} list.txt -out sub/a.png", "would overwrite sub/a.png"),
        (f"{TEST} sub -out sub/a.png", "would overwrite sub/a.png"),
        (f"{TEST} predictions.jpg", "predictions.jpg would overwrite predictions.jpg, which is read; choose another folder"),
        (f"{TEST} list.txt list.jpg -save_labels", "the labels list.txt would overwrite list.txt"),
        (f"{TEST} list.txt list.jpg -format yolo -out .", "would overwrite list.txt"),
        (f"{TEST} a.png -out predictions.jpg", "-out predictions.jpg would overwrite predictions.jpg, which is a picture"),
    ],
)
def test_pictures(files, capsys, words, says):
    before = contents(files)
    assert says in refused(words, capsys)
    assert contents(files) == before


@needs_links
@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_links(files, capsys, link):
    for name in ("x.weights", "a.png"):
        link(files / name, files / f"other {name}")
        assert main([*TEST.split(), "a.png", "-out", f"other {name}"]) == 1
        assert f"-out other {name} would overwrite {name}" in capsys.readouterr().err
    (files / "predictions.jpg").unlink()
    link(files / "a.png", files / "predictions.jpg")
    assert "predictions.jpg would overwrite a.png" in refused(f"{TEST} a.png", capsys)
    link(files / "x.names", files / "a.txt")
    assert "the labels a.txt would overwrite" in refused(f"{TEST} a.png -dont_draw -save_labels", capsys)


@pytest.mark.skipif(sys.platform == "win32", reason="/dev/stdin")
@pytest.mark.parametrize(
    ("words", "given", "out"),
    [("", "list.txt", "list.txt"), ("", "list.txt", "./sub/../list.txt"), ("/dev/stdin", "a.png", "a.png"),
     ("/dev/fd/0", "a.png", "a.png"), ("a.png -names /dev/stdin", "x.names", "x.names")],
)  # fmt: skip
def test_a_file_that_is_standard_input_is_read_too(files, words, given, out):
    before = contents(files)
    argv = [sys.executable, "-m", "darknet_py", *TEST.split(), *words.split(), "-out", out]
    with (files / given).open("rb") as source:
        done = subprocess.run(argv, stdin=source, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"error: -out {out} would overwrite /dev/" in done.stderr
    assert done.stderr.count("\n") == 1
    assert contents(files) == before


def test_two_pictures_with_one_label_file(files, capsys):
    (files / "a.jpg").write_bytes((files / "a.png").read_bytes())
    assert "are one file" in refused(f"{TEST} a.png a.jpg -save_labels", capsys)
    assert main([*TEST.split(), "a.png", "./a.png", "-save_labels"]) == 0


def test_pictures_from_standard_input(files, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("list.jpg\npredictions_a.jpg\na.png\n"))
    (files / "predictions_a.jpg").write_bytes(before := (files / "a.png").read_bytes())
    assert main([*TEST.split(), "-out", "o.json"]) == 1
    assert "error: predictions_a.jpg would overwrite predictions_a.jpg" in capsys.readouterr().err
    assert (files / "predictions_a.jpg").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (f"{TEST} a.png -out no/o.json", "no/o.json: cannot be written; there is no folder no; make it"),
        (f"{TEST} a.png -out sub", "sub: cannot be written (it is a folder; name a file in it)"),
        (f"{TEST} a.png -out new/", "new/: cannot be written (it is a folder"),
        (f"{TEST} a.png -out {'o' * 300}", "o: cannot be written (File name too long)"),
        (f"{TEST} a.png -save_dir a.png", "a.png: cannot be made a folder"),
        (f"{TEST} a.png -out a.png/o.json", "a.png/o.json: cannot be written"),
    ],
)
def test_what_cannot_be_written(files, capsys, words, says):
    assert says in refused(words, capsys)


@needs_links
def test_a_link_to_where_there_is_no_folder(files, capsys):
    (files / "o.json").symlink_to("gone/o.json")
    assert f"o.json: cannot be written; there is no folder {files / 'gone'};" in refused(f"{TEST} a.png -out o.json", capsys)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_what_opens_but_cannot_be_read_is_no_fault_of_standard_output(files, capsys):
    assert main([*TEST.split(), "/proc/self/mem"]) == 1
    assert "standard output" not in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_a_folder_that_takes_no_file(files, capsys):
    assert "cannot be written" in refused(f"{TEST} a.png -out /proc/self/o.json", capsys)
    assert "cannot be written" in refused(f"{TEST} a.png -save_dir /proc/self", capsys)


@pytest.fixture
def labelled(sets, capsys):
    Network.load("spp.cfg", "spp.weights")  # so that nothing is said of kernels
    capsys.readouterr()
    golden.write_data(sets, 4, more="train=list.txt\n")
    golden.write_labels(sets, "spp")
    (sets / "v.mkv").write_bytes((sets / "spp.cfg").read_bytes())
    return sets


@pytest.mark.parametrize(
    ("words", "says", "rename"),
    [
        ("export spp.cfg spp.weights -names my.names -o spp.weights", "-o spp.weights would overwrite spp.weights", ""),
        ("export spp.cfg x.data -names my.names -o x", "-o x.data would overwrite x.data", "spp.weights x.data"),
        ("summary spp.cfg -svg ./spp.cfg", "-svg ./spp.cfg would overwrite spp.cfg", ""),
        ("summary spp.cfg -dot a -svg ./a", "-svg ./a and -dot a are one file", ""),
        ("new yolov4-tiny --names my.names -o my.names --force", "-o my.names would overwrite my.names", ""),
        ("new yolov4-tiny --names my.data -o my.cfg --force", "the .data file my.data would overwrite my.data",
         "my.names my.data"),
        ("new yolov4-tiny --names my.names -o my.data --force", "are one file", ""),
        ("new yolov4-tiny --classes 2 --anchors a.txt -o a.txt --force", "-o a.txt would overwrite a.txt", "anchors a.txt"),
        ("new yolov4-tiny --classes 2 -o no/a.cfg", "no/a.cfg: cannot be written", ""),
        ("compare spp.cfg spp.weights pictures/1.png -save my.names -names my.names", "-save my.names would overwrite", ""),
        ("compare spp.cfg spp.weights pictures/1.png -save no/x.npz -names my.names", "no/x.npz: cannot be written", ""),
        ("detector calc_anchors my.data -width 9 -height 9 -plot pictures/1.png", "would overwrite pictures/1.png", ""),
        ("detector calc_anchors my.data -width 9 -height 9 -plot pictures/1.txt", "would overwrite pictures/1.txt", ""),
        ("detector calc_anchors my.data -width 9 -height 9 -plot a.xyz", "a.xyz: no such picture format", ""),
        ("detector calc_anchors my.data -width 9 -height 9 -plot anchors.txt", "are one file", ""),
        ("detector calc_anchors my.data -width 9 -height 9", "anchors.txt would overwrite", "list.txt anchors.txt"),
        ("detector valid my.data spp.cfg spp.weights -out ../spp", "would overwrite", "my.names spp.json"),
        ("read spp.cfg spp.weights predictions.jpg -save_dir . -names my.names", "would overwrite predictions.jpg",
         "pictures/1.png predictions.jpg"),
        ("detector demo my.data spp.cfg spp.weights pictures/%d.png -json_file_output pictures/2.png", "overwrite", ""),
        ("detector demo my.data spp.cfg spp.weights p_%08d.jpg -prefix p", "p_00000001.jpg would overwrite",
         "pictures/1.png p_00000001.jpg"),
        ("detector demo my.data spp.cfg spp.weights v.mkv -json_file_output o -out_filename ./o", "are one file", ""),
        ("detector demo my.data spp.cfg spp.weights v.mkv -json_file_output no/o", "no/o: cannot be written", ""),
        ("detector demo my.data spp.cfg spp.weights v.part.mp4 -out_filename v.mp4", "v.part.mp4 would overwrite",
         "v.mkv v.part.mp4"),
        ("detector demo my.data spp.cfg spp.weights v.mkv -out_filename my.names", "would overwrite", ""),
    ],
)  # fmt: skip
def test_other_commands(labelled, capsys, words, says, rename):
    (labelled / "anchors").write_text("10,14, 23,27, 37,58, 81,82, 135,169, 344,319")
    if rename:
        before, after = rename.split()
        (labelled / before).rename(labelled / after)
        data = labelled / "my.data"
        data.write_text(data.read_text().replace(before, after) + ("eval=coco\n" if "valid" in words else ""))
    before = contents(labelled)
    assert main(words.split()) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert says in err
    assert {k: v for k, v in contents(labelled).items() if k in before} == before
    assert not {"anchors.txt", "cloud.png", "e.onnx"} & (contents(labelled).keys() - before.keys())


def test_two_pictures_of_one_name_have_one_file_in_kitti(tmp_path):
    guard = Guard()
    files = ResultFiles(lambda path, owner: guard.writes(str(path), path, owner), ["a/1.png", "b/2.png", "b/1.png"])
    with pytest.raises(OutputError, match=r"1\.txt are one file, for b/1\.png and a/1\.png"):
        open_results("kitti", str(tmp_path), None, ["car"], files)


def test_what_is_no_file_is_no_input(tmp_path):
    Guard("/dev/stdin", "-", os.devnull).target("-out", os.devnull)
    Guard(tmp_path).writes("x", tmp_path / "x", "-out")


def test_files_that_are_not_there_yet_are_told_apart_by_their_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    guard = Guard("a.txt", None)
    with pytest.raises(OutputError, match=r"would overwrite a\.txt"):
        guard.target("-out", tmp_path / "a.txt")
    guard.target("-out", "b.txt")
    guard.target("-out", "./b.txt")
    with pytest.raises(OutputError, match="are one file"):
        guard.target("-o", tmp_path / "b.txt")
