"""How commands declare their flags, and which word of a line is taken for a command's name."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import typing
from pathlib import Path

import pytest

from darknet_py import cli
from darknet_py.cli import main
from darknet_py.cli.command import Command
from darknet_py.cli.commands import COMMANDS, FAMILIES, WORDS, flags, module
from darknet_py.cli.flags import flags_of, group, idle, options_from, switch, valued

PROBES = "getattr", "hasattr", "setattr", "vars"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_gets_the_options_that_it_declares(name):
    found = module(name)
    assert found.Options.name == name
    arguments, options = inspect.signature(found.run).parameters.values()
    assert (arguments.annotation, options.annotation) == ("list[str]", "Options")
    made = found.Options()
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.name = None


@pytest.mark.parametrize("path", sorted(Path(cli.__file__).parent.glob("*.py")), ids=lambda path: path.name)
def test_options_are_read_and_not_probed(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert "SimpleNamespace" not in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) in PROBES]
    assert not [ast.unparse(call) for call in calls if "options" in ast.unparse(call.args[0])]


@pytest.mark.parametrize("name", COMMANDS)
def test_defaults_are_what_the_types_say(name):
    check_defaults(module(name).Options())


def check_defaults(options):
    for field in dataclasses.fields(options):
        value = getattr(options, field.name)
        if dataclasses.is_dataclass(value):
            check_defaults(value)
        elif not field.metadata["flag"].value:
            assert value is False or field.type == "object", field.name
        else:
            assert value is not None or "None" in field.type or field.type == "object", field.name


@pytest.mark.parametrize("name", COMMANDS)
def test_no_flag_hides_another_or_a_word_of_the_command(name):
    names = [flag.name for flag in flags_of(module(name).Options)]
    assert len(names) == len(set(names))
    assert not set(names) & {*vars(Command), *Command.__annotations__, "help", "h"}


def test_a_flag_has_a_value_with_all_commands_or_with_none_but_two():
    taking: dict[str, set[bool]] = {}
    for name in COMMANDS:
        for flag in flags(name).values():
            taking.setdefault(flag.name, set()).add(bool(flag.value))
    assert {name for name, found in taking.items() if len(found) > 1} == {"json", "report"}  # files of map, text of others


def test_a_flag_with_a_value_with_some_commands_stands_before_any(capsys):
    assert main(["-json", "check", "nowhere.cfg"]) == 1
    assert "nowhere.cfg" in "".join(capsys.readouterr())
    assert main(["-json", "o.json", "detector", "map", "nowhere.data"]) in (1, 2)
    assert "no command o.json" not in capsys.readouterr().err


def test_the_words_of_help_are_the_commands():
    assert set(WORDS) == {name.split()[0] for name in COMMANDS}
    assert set(FAMILIES) == {name.split()[0] for name in COMMANDS if " " in name}


@dataclasses.dataclass(frozen=True)
class Inner:
    size: int | None = valued("a size", "N", int)
    quiet: bool = switch("say nothing")


@dataclasses.dataclass(frozen=True)
class Outer:
    thresh: float = valued("a threshold", "P", float, 0.5)
    inner: Inner = group(Inner)  # noqa: RUF009
    old: object = idle("X")


def test_groups_are_flags_of_one_line():
    assert [flag.spelling for flag in flags_of(Outer)] == ["-thresh P", "-size N", "-quiet", "-old X"]
    assert options_from(Outer, {"size": 7, "thresh": 0.25}) == Outer(0.25, Inner(7))
    assert options_from(Outer, {}) == Outer()
    assert typing.get_type_hints(Outer)["inner"] is Inner


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("x.cfg detect a.png", 2, "no command x.cfg: files come after a command"),
        ("detct read a.png", 2, "no command detct; did you mean detect?"),
        ("- detect a.png", 2, "no command -"),
        ("-thresh detect", 2, "no command -thresh"),
        ("-thresh=detect", 2, "no command -thresh=detect"),
        ("detector x.data test x.cfg x.weights", 2, "no command detector x.data"),
        ("detector tset map", 2, "no command detector tset; did you mean test?"),
        ("detector -thresh test", 2, "no command detector -thresh"),
        ("classifier x.data predict x.cfg", 2, "no command classifier x.data"),
        ("-zzz detect a.png", 2, "unknown flag -zzz"),
    ],
)
def test_a_name_that_is_not_in_first_place_is_none(capsys, words, code, says):
    assert main(words.split()) == code
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("detect -out detector -h", "detect"), ("detect test map -h", "detect"),
        ("-out detect detector test -h", "detector test"),
        ("-i 0 detector -thresh .5 map -h", "detector map"), ("--names read check -h", "check"),
        ("-names=detect -quiet read -h", "read"), ("-h classifier predict", "classifier predict"),
        ("help detector map", "detector map"),
    ],
)  # fmt: skip
def test_flags_and_their_values_are_no_names(capsys, words, name):
    assert main(words.split()) == 0
    assert capsys.readouterr().out.startswith(f"usage: darknet_py {name} ")


@pytest.mark.parametrize("words", ["--version", "-V", "-h", "--help", "help", "detector -h", "detect -h", "V", "detct"])
def test_what_needs_no_command_loads_none(capsys, monkeypatch, words):
    monkeypatch.setattr("darknet_py.cli.dispatch.flags", None)
    assert main(words.split()) == (2 if words in ("V", "detct") else 0)
