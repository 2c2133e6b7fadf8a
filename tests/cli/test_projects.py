"""-project, which writes over nothing; -save_txt, -save_crop, -drawn; and what of them excludes each other."""

from __future__ import annotations

import signal
from pathlib import Path

import cv2
import pytest
import stand_in

from darknet_py.cli import main, pictures
from darknet_py.cli.stopping import Stopped

place = stand_in.place
NETWORK = ["detector", "test", "x.data", "x.cfg", "x.weights"]
LABELS = "0 0.5000 0.5000 0.5000 0.5000\n1 0.2500 0.5000 0.2500 0.5000\n"


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_each_run_has_a_folder_of_its_own(place, capsys):
    for _ in range(3):
        assert main([*NETWORK, "a.png", "sub/a.png", "-project", "runs", "-out", "o.csv"]) == 0
    (place / "runs" / "detect4").write_text("a file")
    assert main([*NETWORK, "a.png", "-project", "runs", "-quiet"]) == 0
    assert sorted(p.name for p in (place / "runs").iterdir()) == ["detect", "detect2", "detect3", "detect4", "detect5"]
    assert files(place / "runs" / "detect2") == ["a.jpg", "a_2.jpg", "o.csv"]
    assert files(place / "runs" / "detect5") == ["a.jpg"]
    err = capsys.readouterr().err
    assert err.splitlines() == [f"darknet_py: written: {Path('runs', f'detect{n}')}" for n in ("", 2, 3)]
    assert not (place / "predictions.jpg").exists()


@pytest.mark.parametrize(
    ("flags", "folder", "names"),
    [
        ("-save_txt", "runs/detect", ["a.jpg", "labels/a.txt"]),
        ("-save_crop", "runs/detect", ["a.jpg", "crops/cat/a.jpg", "crops/dog/a.jpg"]),
        ("-save_txt -project new/er -run_name exp", "new/er/exp", ["a.jpg", "labels/a.txt"]),
        ("-save_txt -save_crop -save_dir there -dont_draw -drawn png", "there",
         ["crops/cat/a.png", "crops/dog/a.png", "labels/a.txt"]),
        ("-drawn png -project runs", "runs/detect", ["a.png"]),
        ("-project runs -out some/deep/o.json -dont_draw", "runs/detect", ["some/deep/o.json"]),
        ("-project runs -format yolo -out l/ -dont_draw", "runs/detect", ["l/a.txt"]),
    ],
)  # fmt: skip
def test_where_things_go(place, flags, folder, names):
    before = files(place)
    assert main([*NETWORK, "a.png", *flags.split()]) == 0
    assert files(place / folder) == names
    assert set(files(place)) - set(before) == {f"{folder}/{name}" for name in names}


@pytest.mark.parametrize("flag", ["-save_txt", "-save_crop"])
def test_without_project_out_is_where_it_is_asked(place, flag):
    """Also a path that is not below this folder."""
    assert main([*NETWORK, "a.png", flag, "-out", str(place / "o.json"), "-dont_draw"]) == 0
    assert main([*NETWORK, "a.png", flag, "-out", "p.json", "-dont_draw"]) == 0
    assert (place / "o.json").read_bytes() == (place / "p.json").read_bytes()
    assert files(place / "runs" / "detect2")



def test_labels_in_their_folder_are_those_beside_the_picture(place):
    assert main([*NETWORK, "a.png", "sub/a.png", "-save_txt", "-save_labels"]) == 0
    written = [place / "a.txt", place / "sub" / "a.txt", *(place / "runs" / "detect" / "labels").rglob("*.txt")]
    assert [path.read_text() for path in written] == [LABELS] * 4


def test_crops_are_what_is_in_the_boxes(place, monkeypatch):
    monkeypatch.setattr(stand_in.StandIn, "names", ["a/b", ".."])
    picture = cv2.imread("a.png")
    picture[10:30, 20:60] = (1, 2, 3)
    cv2.imwrite("b.png", picture)
    assert main([*NETWORK, "b.png", "b.png", "-save_crop", "-drawn", "png"]) == 0
    crops = place / "runs" / "detect" / "crops"
    assert files(crops) == ["_/b.png", "_/b_2.png", "a_b/b.png", "a_b/b_2.png"]
    first, other = (cv2.imread(str(crops / name / "b.png")) for name in ("a_b", "_"))
    assert (first.shape, other.shape) == ((20, 40, 3), (20, 20, 3))
    assert (first == (1, 2, 3)).all()  # without what is drawn


def test_no_crop_is_written_over_a_picture_that_is_read(place, capsys):
    (place / "crops" / "cat").mkdir(parents=True)
    (place / "crops" / "cat" / "a.jpg").write_bytes((place / "a.png").read_bytes())
    words = [*NETWORK, "crops/cat/a.jpg", "-save_crop", "-save_dir", ".", "-dont_draw"]
    assert main(words) == 1
    assert "would overwrite crops/cat/a.jpg, which is read" in capsys.readouterr().err.replace("\\", "/")


@pytest.mark.parametrize("words", ["no.txt -project runs", "a.png -project runs -classes bird", "no.png -save_txt"])
def test_a_folder_that_nothing_came_into_goes_again(place, capsys, words):
    assert main([*NETWORK, *words.split()]) == 1
    assert not list((place / "runs").iterdir())
    assert "written" not in capsys.readouterr().err


@pytest.mark.parametrize("name", ["a.png", "a.png/deep"])
def test_a_project_that_cannot_be(place, capsys, name):
    assert main([*NETWORK, "a.png", "-project", name]) == 1
    assert capsys.readouterr().err.startswith(f"darknet_py: error: {Path(name)}")


def test_a_stopped_run_says_where_its_files_are(place, capsys, monkeypatch):
    def stopped(self, asked, seen):
        raise Stopped(signal.SIGINT)

    monkeypatch.setattr(pictures._Job, "_saved", stopped)
    assert main([*NETWORK, "a.png", "a.png", "a.png", "-project", "runs", "-out", "o.csv"]) == 130
    assert capsys.readouterr().err == "darknet_py: stopped by Ctrl-C after 0 of 3 pictures\n"
    assert files(place / "runs" / "detect") == ["o.csv"]
