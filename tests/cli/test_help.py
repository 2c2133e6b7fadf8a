"""Help: as wide as the terminal, by whatever words it is asked for."""

from __future__ import annotations

import shlex

import pytest

from darknet_py.cli import layout, main
from darknet_py.cli.commands import COMMANDS, FAMILIES, WORDS, flags, module


def text(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return str(out)


@pytest.mark.parametrize(("columns", "width"), [("40", 40), ("57", 57), ("200", 200), ("5", 40), ("999", 200), ("x", 80)])
def test_no_line_is_wider_than_the_terminal(
    columns: str, width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert layout.width() == width
    for name in ["", *FAMILIES, *COMMANDS]:
        lines = text(capsys, *name.split(), "-h").splitlines()
        assert max(map(len, lines)) <= width, name
        assert any(len(line) > width - 25 for line in lines) or width == 200, name


def test_without_a_terminal_it_has_80_columns(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert layout.width() == 80
    assert max(map(len, text(capsys, "detect", "-h").splitlines())) <= 80


@pytest.mark.parametrize("columns", ["40", "80"])
def test_nothing_is_lost_by_the_width(
    columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    for name in COMMANDS:
        shown = "".join(text(capsys, *name.split(), "-h").replace("\\\n", "").split())
        for flag in flags(name).values():
            assert "".join(flag.spelling.split()) in shown, (name, flag.name)
            assert "".join(flag.help.split())[:25] in shown, (name, flag.name)


@pytest.mark.parametrize("columns", ["40", "66"])
def test_examples_can_be_copied(columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A shell takes up the line where it was broken."""
    monkeypatch.setenv("COLUMNS", columns)
    for name in COMMANDS:
        example = text(capsys, *name.split(), "-h").rpartition("example: ")[2]
        assert shlex.split(example.replace("\\\n", "")) == shlex.split(module(name).Options.example), name


def test_a_list_in_the_text_stays_one() -> None:
    told = "Two\nsentences.\n  .npz  arrays that\n        are named\n  .json  boxes\nAnd\nmore."
    assert layout.prose(told, 80).splitlines() == [
        "Two sentences.", "  .npz  arrays that are named", "  .json  boxes", "And more.",
    ]  # fmt: skip
    assert layout.prose("  .npz  arrays that are named", 20).splitlines() == ["  .npz  arrays that", "        are named"]


@pytest.mark.parametrize("name", ["detect", "detector map", "detector", "fetch", "yolo valid"])
def test_help_of_a_command_by_its_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert text(capsys, "help", *name.split()) == text(capsys, *name.split(), "-h")


@pytest.mark.parametrize("words", [["help"], ["help", "help"], ["-h"], ["--help"]])
def test_help_of_all(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    shown = text(capsys, *words)
    assert [word for word in WORDS if f"\n  {word} " not in shown] == []
    assert "help COMMAND" in shown


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("help detct", "no command detct; did you mean detect?"),
        ("help detector maap", "no command detector maap; did you mean map?"),
        ("help map", "it is darknet_py detector map"),
        ("help nonsense", "no command nonsense; there are detect, read, "),
        ("help train", "training"),
    ],
)
def test_help_of_what_does_not_exist(words: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.split()) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert says in err
