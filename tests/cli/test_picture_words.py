"""PICTURE of the commands: addresses, patterns, folders below folders, standard input; nothing is listed before its turn,
and no picture that is still to come is drawn over."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import processes
import pytest
import small_detector
import stand_in
import webserver

from darknet_py.cli import main
from darknet_py.cli.picture_words import PictureWords
from darknet_py.errors import DatasetError
from darknet_py.files.addresses import local_name

place = stand_in.place
TEST = "detector", "test", "x.data", "x.cfg", "x.weights"


@pytest.fixture
def pictures(place: Path) -> Path:
    """a.png, sub/a.png and sub/deep/b.PNG."""
    (place / "sub" / "deep").mkdir()
    (place / "sub" / "deep" / "b.PNG").write_bytes((place / "a.png").read_bytes())
    return place


def seen(capsys: Any, *words: str, code: int = 0) -> list[str]:
    assert main([*TEST, *words]) == code
    return [line.split(": ")[0].replace(os.sep, "/") for line in capsys.readouterr().out.splitlines() if "Predicted" in line]


@pytest.mark.parametrize(
    ("words", "want"),
    [
        (["*.png"], "a.png"),
        (["**/*.png"], "a.png sub/a.png"),
        (["s?b/**"], "sub/a.png sub/deep/b.PNG"),
        (["sub"], "sub/a.png"),
        (["sub", "-recursive"], "sub/a.png sub/deep/b.PNG"),
        ([".", "--recursive", "-dont_draw"], "a.png sub/a.png sub/deep/b.PNG"),
        (["a.png", "[st]*/*", "sub/deep/b.PNG"], "a.png sub/a.png sub/deep/b.PNG"),
    ],
)
def test_patterns_and_folders(pictures: Path, capsys: Any, words: list[str], want: str) -> None:
    assert seen(capsys, *words) == want.split()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["*.jpg"], "*.jpg: no picture is found by this pattern"),
        (["no/**/*.jpg"], "no/**/*.jpg: no picture is found"),
        (["a.png", "-"], "- stands for what comes on standard input, and has no other pictures beside it"),
        (["sub/deep/none"], "sub/deep/none: cannot be read"),
        (["http://me:secret@127.0.0.1:1/v.mp4"], "http://127.0.0.1:1/v.mp4 is a video; videos and streams: darknet_py"),
        (["file://elsewhere/a.png"], "a file of another machine"),
    ],
)
def test_words_that_name_nothing(pictures: Path, capsys: Any, words: list[str], says: str) -> None:
    assert main([*TEST, *words]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert says in err
    assert "secret" not in err


def test_addresses(pictures: Path, capsys: Any) -> None:
    """Files are named after the last part; a password is shown nowhere."""
    with webserver.served((pictures / "a.png").read_bytes()) as site:
        address = site.url.replace("//", "//me:secret@") + "/x/dog%201.png?size=3"
        shown = f"{site.url}/x/dog%201.png?size=3"
        assert main([*TEST, address, "-save_labels", "-out", "o.json"]) == 0
        assert f"{shown}: Predicted in" in capsys.readouterr().out
        assert json.loads(Path("o.json").read_text())[0]["filename"] == shown
        assert main([*TEST, address, "-dont_draw", "-out", "o.json", "-resume"]) == 0
        assert "1 picture passed over" in capsys.readouterr().err
        assert main([*TEST, address, "a.png", "-format", "yolo", "-out", "labels/"]) == 0
        (pictures / "list.txt").write_text(f"{address}\nsub/a.png\n")
        assert main([*TEST, "list.txt", "-dont_draw", "-save_txt", "-save_dir", "l"]) == 0
        (pictures / "list.txt").write_text(f"{site.url}/1/a.png\n{site.url}/2/a.png\n")
        assert main([*TEST, "list.txt", "-dont_draw", "-save_txt", "-save_dir", "m"]) == 0
    names = {p.relative_to(pictures).as_posix() for p in pictures.rglob("*") if p.suffix in (".jpg", ".txt")}
    assert {"predictions.jpg", "dog 1.txt", "predictions_dog 1.jpg", "predictions_a.jpg", "labels/dog 1.txt"} <= names
    assert {"l/labels/dog 1.txt", "l/labels/sub/a.txt", "m/labels/a.txt", "m/labels/a_2.txt"} <= names


def test_labels_of_an_address_are_written_over_nothing(pictures: Path, capsys: Any) -> None:
    (pictures / "requirements.txt").write_text("numpy\n")
    with webserver.served((pictures / "a.png").read_bytes()) as site:
        words = [*TEST, f"{site.url}/requirements.jpg", "-dont_draw", "-save_labels"]
        assert main(words) == 1
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert "its labels requirements.txt would overwrite a file that is there" in err
        (pictures / "list.txt").write_text(f"{site.url}/requirements.jpg\n{site.url}/b.jpg\n")
        assert main([*TEST, "list.txt", "-dont_draw", "-save_labels"]) == 1
        assert "requirements.txt would overwrite" in capsys.readouterr().err
        assert (pictures / "requirements.txt").read_text() == "numpy\n"
        assert (pictures / "b.txt").exists()
        (pictures / "requirements.txt").unlink()
        assert main([*words, f"{site.url}/requirements.jpg"]) == 0
        (pictures / "requirements.txt").unlink()
        assert main([*words, "-out", "o.json"]) == 0
        assert main([*words, "-out", "o.json", "-append"]) == 0
        assert main([*words, "-out", "o.json", "-resume"]) == 0


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("dog%201.png", "dog 1.png"),
        ("a%0Ab%1B%5B2J.jpg", "a_b__2J.jpg"),
        (".hidden.jpg", "hidden.jpg"),
        ("..%2F..%2Fx.jpg", "x.jpg"),
        ("..%5Cx%3F.jpg", "x_.jpg"),
        ("%2E%2E", "picture"),
        ("%20", "picture"),
        ("%E2%80%AEgpj.png", "_gpj.png"),
        ("%FF%00.jpg", "\ufffd_.jpg"),
        ("x" * 3000 + ".jpg", "x" * 160 + ".jpg"),
        ("%C3%A4" * 300 + ".jpg", "ä" * 80 + ".jpg"),
        ("a." + "b" * 300, "a." + "b" * 15),
        ("", "picture"),
    ],
)
def test_names_that_addresses_give(part: str, name: str) -> None:
    assert local_name(f"http://host/{part}?a=1").replace("[", "_") == name


def given(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


@pytest.mark.parametrize("command", [[*TEST, "-"], ["detect", "x.cfg", "-"], ["detect", "x.cfg", "x.weights", "-"]])
def test_a_picture_on_standard_input(
    pictures: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    (pictures / "x.cfg").write_text("[net]\n")
    (pictures / "x.weights").write_bytes(b"")
    given(monkeypatch, (pictures / "a.png").read_bytes())
    assert main([*command, "-out", "o.json", "-save_labels"]) == 0
    assert "stdin: Predicted in" in capsys.readouterr().out
    assert (pictures / "predictions.jpg").exists()
    assert (pictures / "stdin.txt").exists()


def test_labels_of_a_picture_on_standard_input_are_written_over_nothing(
    pictures: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (pictures / "stdin.txt").write_text("mine")
    given(monkeypatch, (pictures / "a.png").read_bytes())
    assert main([*TEST, "-", "-save_labels", "-dont_draw"]) == 1
    assert "its labels stdin.txt would overwrite a file that is there" in capsys.readouterr().err
    assert (pictures / "stdin.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("data", "code", "want"),
    [
        (b"a.png\nsub/a.png\n", 0, "a.png sub/a.png"),
        ("\ufeffa.png\r\n\r\nsub/a.png".encode("utf-16-le"), 0, "a.png sub/a.png"),
        (b"no.png\na.png", 1, "a.png"),
        (b"", 1, ""),
        (b"\x89PNG\r\n\x1a\n", 1, ""),
        (b"\0\1\2\3", 1, ""),
    ],
)
def test_a_list_on_standard_input_without_prompts(
    pictures: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch, data: bytes, code: int, want: str
) -> None:
    given(monkeypatch, data)
    assert main([*TEST, "-"]) == code
    out, err = capsys.readouterr()
    assert [line.split(": ")[0] for line in out.splitlines() if "Predicted" in line] == want.split()
    assert "Enter" not in out
    assert err.count("\n") == code


def test_other_commands_take_the_same(pictures: Path, tmp_path: Path, capsys: Any) -> None:
    small_detector.write(tmp_path)
    command = "detect", "small.cfg", "small.weights", "-dont_draw", "-quiet"
    shell = f'"{sys.executable}" -m darknet_py {" ".join(command)} - < sub/a.png'
    done = processes.run(["/bin/sh", "-c", shell], tmp_path)
    assert "stdin: Predicted in" in done.stdout, done.stderr


# ------------------------------------------------------------------------------------------ nothing before its turn


def test_of_a_long_list_little_is_read(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "list.txt").write_text("a.png\n" * 200_000)
    asked = []
    monkeypatch.setattr("os.path.lexists", lambda path: asked.append(path) or True)
    words = PictureWords(["list.txt"])
    paths = words.paths()
    assert [next(paths) for _ in range(3)] == ["a.png"] * 3
    assert len(asked) < 10
    assert words.total is None
    assert words.count() == 200_000


def test_folders_are_listed_when_their_turn_comes(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = PictureWords(["sub"], recursive=True).paths()
    assert next(paths) == os.path.join("sub", "a.png")
    (pictures / "sub" / "deep" / "c.png").write_bytes(b"")
    assert list(paths) == [os.path.join("sub", "deep", "b.PNG"), os.path.join("sub", "deep", "c.png")]


def test_what_is_known_of_pictures_to_come(pictures: Path) -> None:
    (pictures / "list.txt").write_text('a.png\n "sub\\deep/b.PNG"\nsub/Drawn.jpg\n')
    words = PictureWords(["list.txt", "sub"], recursive=True)
    files = "drawn.jpg", "sub/deep/x.jpg", "y.jpg", "sub/notes.txt"
    for name in files:
        (pictures / name).write_bytes(b"")
    assert [words.may_come(path) for path in files] == [True, True, False, False]
    assert words.count() == 3 + 3
    assert sorted(words.names()) == ["Drawn.jpg", "a.png", "a.png", "b.PNG", "b.PNG", "x.jpg"]
    assert set(words.folders()) == {"", os.path.join("sub", "deep"), "sub"}
    pattern = PictureWords(["s*/**/*.PNG"])
    assert [pattern.may_come(p) for p in ("sub/deep/b.PNG", "sub/deep/x.jpg")] == [True, False]


def test_a_coco_set_keeps_the_numbers_of_pictures_to_come(place: Path, capsys: Any) -> None:
    for name in ("1.png", "2.png"):
        (place / name).write_bytes((place / "a.png").read_bytes())
    (place / "list.txt").write_text("a.png\n1.png\n2.png\n")
    assert main([*TEST, "list.txt", "-format", "coco", "-dont_draw"]) == 0
    assert [image["id"] for image in json.loads(capsys.readouterr().out)["images"]] == [3, 1, 2]


def test_errors_in_the_midst_come_after_what_was_seen(place: Path, capsys: Any) -> None:
    (place / "list.txt").write_bytes(b"a.png\nsub/a.png\n\0\1\2\n")
    assert main([*TEST, "list.txt"]) == 1
    out, err = capsys.readouterr()
    assert out.count("Predicted") == 2
    assert "list.txt: binary data" in err
    with pytest.raises(DatasetError):
        PictureWords(["none.txt"])


# ------------------------------------------------------------------------------------------ nothing is drawn over


@pytest.fixture
def drawn(place: Path) -> Path:
    """A picture that an earlier run has drawn, which is named after a.png."""
    (place / "predictions_a.jpg").write_bytes((place / "a.png").read_bytes())
    return place


@pytest.mark.parametrize("words", [["list.txt"], ["."], ["*.*"], [".", "-recursive"]])
def test_pictures_that_are_still_to_come_are_not_drawn_over(drawn: Path, capsys: Any, words: list[str]) -> None:
    """The others are, and what was found is printed all the same."""
    (drawn / "list.txt").write_text("a.png\npredictions_a.jpg\n")
    before = (drawn / "predictions_a.jpg").read_bytes()
    assert main([*TEST, *words]) == 1
    out, err = capsys.readouterr()
    assert "a.png: Predicted" in out
    assert "predictions_a.jpg: Predicted" in out
    says = "predictions_a.jpg would overwrite predictions_a.jpg, which may be one of the pictures; choose another folder"
    assert err.count(says) == err.count("\n") == 1
    assert (drawn / "predictions_a.jpg").read_bytes() == before
    assert (drawn / "predictions_predictions_a.jpg").exists()


@pytest.mark.parametrize("words", [["list.txt"], ["sub"], ["sub/*.png"], ["a.png", "sub"]])
def test_what_is_no_picture_of_the_line_is_drawn_over(drawn: Path, words: list[str]) -> None:
    (drawn / "list.txt").write_text("a.png\n")
    before = (drawn / "predictions_a.jpg").read_bytes()
    assert main([*TEST, *words]) == 0
    assert (drawn / "predictions_a.jpg").read_bytes() != before
    assert main([*TEST, *words]) == 0
    assert len(list(drawn.glob("predictions*"))) == 1 + ("sub" in words[1:])


def test_through_a_pipe_no_file_of_others_is_drawn_over(drawn: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (drawn / "predictions_a.jpg").read_bytes()
    for text in ("a.png\npredictions_a.jpg\n", "a.png\n"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        assert main([*TEST]) == 0
    assert (drawn / "predictions_a.jpg").read_bytes() == before
    assert sorted(p.name for p in drawn.glob("*.jpg")) == [
        "predictions_a.jpg", "predictions_a_2.jpg", "predictions_a_3.jpg", "predictions_predictions_a.jpg",
    ]  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "pread"), reason="needs pread")
@pytest.mark.parametrize(("text", "code"), [("a.png\n", 0), ("a.png\npredictions_a.jpg\n", 1)])
def test_a_file_on_standard_input_is_looked_at(
    drawn: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch, text: str, code: int
) -> None:
    (drawn / "list.txt").write_text(text)
    before = (drawn / "predictions_a.jpg").read_bytes()
    with (drawn / "list.txt").open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        assert main([*TEST]) == code
    assert ((drawn / "predictions_a.jpg").read_bytes() == before) == bool(code)


def test_what_the_command_writes_is_no_picture_that_a_folder_has(pictures: Path, capsys: Any) -> None:
    assert seen(capsys, "sub", "-recursive", "-save_dir", "sub/deep/out") == ["sub/a.png", "sub/deep/b.PNG"]
    assert seen(capsys, "a.png", "**", "-dont_draw")[0] == "a.png"


@pytest.mark.parametrize("words", ["list.txt -out sub/a.png", "sub -out a.png", "sub/*.png -out a.png -format csv"])
def test_results_are_never_written_over_a_picture(place: Path, capsys: Any, words: str) -> None:
    (place / "list.txt").write_text("a.png\n")
    before = (place / "a.png").read_bytes()
    assert main([*TEST, *words.split()]) == 1
    out, err = capsys.readouterr()
    assert "which is a picture; choose another file" in err
    assert "Predicted" not in out
    assert (place / "a.png").read_bytes() == (place / "sub" / "a.png").read_bytes() == before


def test_labels_are_never_written_over_a_picture(place: Path, capsys: Any) -> None:
    (place / "a.txt").write_bytes((place / "a.png").read_bytes())
    (place / "list.txt").write_text("a.png\nsub/a.png\n")
    assert main([*TEST, "list.txt", "-save_labels", "-dont_draw"]) == 1
    assert "the labels a.txt would overwrite a.txt, which is a picture; rename one of them" in capsys.readouterr().err
    assert (place / "a.txt").read_bytes() == (place / "a.png").read_bytes()
    assert (place / "sub" / "a.txt").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_to_itself_is_told_and_the_others_follow(pictures: Path, capsys: Any) -> None:
    os.symlink("loop.png", "sub/loop.png")
    assert main([*TEST, "sub", "-recursive", "-dont_draw"]) == 1
    out, err = capsys.readouterr()
    assert [line.split(":")[0] for line in out.splitlines() if "Predicted" in line] == ["sub/a.png", "sub/deep/b.PNG"]
    assert err.count("sub/loop.png: cannot be read") == 1


@pytest.mark.parametrize("word", ["sub", "sub/**/*.png"])
def test_a_folder_that_cannot_be_read_is_told_once(
    place: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    """Also where its pictures are counted, and looked for by name, on other ways through it."""
    (place / "sub" / "locked").mkdir()
    real = os.scandir

    def scandir(folder: Any) -> Any:
        if str(folder).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    assert main([*TEST, word, "a.png", "-recursive", "-out", "o.json"]) == 0
    assert capsys.readouterr().err.count("locked: cannot be read (Permission denied); passed over") == 1
