"""The command ``compare``: what it prints, its exit codes and its complaints."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import processes
import pytest
from comparing import Place
from reference import REPO

from darknet_py import image
from darknet_py.cli import main


def words(place: Place, *more: object) -> list[str]:
    return ["compare", place.cfg, place.weights, place.picture, *map(str, more)]


def test_the_command(place, arrays, capsys):
    reference = place.npz(arrays)
    assert main(words(place, "--against", reference)) == 0
    out, err = capsys.readouterr()
    assert out.endswith("Everything compared is equal.\n")
    assert err == ""
    assert main(words(place, "-letter_box", "-against", reference)) == 1
    out, _ = capsys.readouterr()
    assert "First difference: the input, beyond the tolerance of 0.0001" in out
    assert "Likely cause: resize: the reference stretches the picture" in out
    assert "  remedy: leave -letter_box" in out
    assert main(words(place, "-letter_box", "-against", reference, "-quiet")) == 1
    assert capsys.readouterr().out.startswith("First difference: the input")


def test_data_for_programs(place, arrays, capsys):
    assert main(words(place, "-json", "-against", place.npz(arrays), "-thresh", ".3")) == 1
    data = json.loads(capsys.readouterr().out)
    assert (data["equal"], data["tolerance"], data["first"]) == (False, 1e-4, "the boxes")
    assert [(cause["name"], cause["complete"], cause["stages"]) for cause in data["causes"]] == [
        ("thresh 0.25", True, ["the boxes"])
    ]
    boxes = data["stages"][-1]
    assert boxes["missing"]
    assert set(boxes["missing"][0]) == {"class_id", "name", "confidence", "box"}


def test_saving_and_comparing_two_machines(place, capsys):
    """-save here, -against there: with other numerics, equal within rounding."""
    target = place.folder / "fast.npz"
    assert main(words(place, "-save", target, "-numerics", "fast", "-threads", 1)) == 0
    assert capsys.readouterr().out == f"{target}: 14 layers, {target.stat().st_size} bytes\n"
    assert main(words(place, "-against", target)) == 0
    out = capsys.readouterr().out
    assert "fast numerics" in out
    assert "Everything compared agrees within the tolerance of 0.0001." in out
    assert main(words(place, "-against", target, "-tolerance", 0)) == 1
    assert "Likely cause: fast numerics" in capsys.readouterr().out


def test_flags_of_networks(place, capsys):
    target = place.folder / "size.npz"
    flags = ["-size", "64x32", "-avx_maxpool", "-letter_box", "-exif", "-names", REPO / "cfg/voc.names", "-threads", "1"]
    assert main(words(place, "-save", target, *flags)) == 0
    with np.load(target) as arrays:
        assert arrays["input"].shape == (3, 32, 64)
        assert "letterboxed" in str(arrays["about"])
        assert "AVX max pool" in str(arrays["about"])
    capsys.readouterr()
    assert main(words(place, "-against", target)) == 1
    error = capsys.readouterr().err
    assert "input has the shape (3, 32, 64), but the network's input is (3, 80, 96) here" in error


def test_an_entry_of_another_name(place, capsys):
    rows = place.net.detect_rows(image.load_image(place.picture))
    reference = place.json(rows, filename="photos/other.png")
    assert main(words(place, "-against", reference)) == 1
    assert "no entry of" in capsys.readouterr().err
    assert main(words(place, "-against", reference, "-entry", "other.png")) == 0


@pytest.mark.parametrize(
    ("more", "code", "says"),
    [
        ("", 2, "nothing to compare with: give -against FILE or -engine NAME, or -save FILE"),
        ("-against", 2, "-against needs a value"),
        ("-agianst x.npz", 2, "did you mean -against?"),
        ("other.png -against x.npz", 2, "other.png: compare takes CFG WEIGHTS|NAME PICTURE -against FILE and no more"),
        ("-against x.npz -tolerance -1", 2, "-tolerance -1: not a number from 0"),
        ("-against x.npz -numerics quick", 2, "not one of exact, fast"),
        ("-against no.npz", 1, "no.npz: cannot be read (No such file or directory)"),
        ("-against .", 1, ".: cannot be read (Is a directory)"),
        ("-against empty.npz", 1, "empty.npz: the file is empty"),
        ("-against notes.txt", 1, "notes.txt: not a reference; give an .npz of layers, the JSON of detector test -out"),
        ("-save net.png", 1, "-save net.png would overwrite net.png"),
        ("-save net.weights", 1, "-save net.weights would overwrite net.weights"),
        ("-against net.npz -save net.npz", 1, "-save net.npz would overwrite net.npz"),
        ("-save no/ours.npz", 1, "no/ours.npz: cannot be written"),
    ],
)
def test_complaints_are_one_line(place, capsys, monkeypatch, more, code, says):
    monkeypatch.chdir(place.folder)
    Path("empty.npz").write_bytes(b"")
    Path("notes.txt").write_text("what I saw\n")
    Path("net.npz").write_bytes(b"PK")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert main(["compare", "net.cfg", "net.weights", "net.png", *more.split()]) == code
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(("i", "says"), [(1, "no.cfg"), (2, "no.weights"), (3, "no.png")])
def test_files_that_are_not_there(place, arrays, capsys, i, says):
    given = words(place, "-against", place.npz(arrays))
    given[i] = says
    assert main(given) == 1
    assert capsys.readouterr().err.startswith(f"darknet_py: error: {says}: cannot be read")


def test_process(place, arrays, tmp_path):
    """From another folder, with no terminal."""
    given = words(place, "-against", place.npz(arrays), "-letter_box")
    p = processes.run(processes.command(*given), tmp_path)
    assert p.returncode == 1
    assert "Likely cause: resize" in p.stdout
    assert "Traceback" not in p.stderr
    assert list(tmp_path.iterdir()) == []


def test_help_names_the_files(capsys):
    assert main(["compare", "-h"]) == 0
    out = capsys.readouterr().out
    assert all(word in out for word in (".npz", ".json", ".onnx", "-against FILE", "-tolerance T", "Exit codes"))
