"""TAB in real shells: a line is typed, completed and run, and the command stands for one that prints what it got."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from darknet_py.cli import main
from darknet_py.cli.commands import COMMANDS, WORDS, flags
from darknet_py.cli.completing import commands

pty = pytest.importorskip("pty", reason="needs a system with pseudo-terminals")

READY = "ready>"
RC = {
    "bash": ("bashrc", "PS1='{ready}'\nbind 'set bell-style none'\nsource {script}\n"),
    "zsh": (".zshrc", "autoload -Uz compinit && compinit -u -D\nunsetopt beep\nPROMPT='{ready}'\nsource {script}\n"),
}
TYPED = [
    ("summ", ["summary"]),
    ("detector ma", ["detector", "map"]),
    ("help detector ma", ["help", "detector", "map"]),
    ("detect -let", ["detect", "-letter_box"]),
    ("detect --let", ["detect", "--letter_box"]),
    ("detector map -cs", ["detector", "map", "-csv"]),
    ("detect a.png -numerics ex", ["detect", "a.png", "-numerics", "exact"]),
    ("detect a.png --numerics=fa", ["detect", "a.png", "--numerics=fast"]),
    ("detect -model yolo-fastest-1.1-", ["detect", "-model", "yolo-fastest-1.1-xl"]),
    ("fetch yolov4x", ["fetch", "yolov4x-mish"]),
    ("new yolov7-", ["new", "yolov7-tiny"]),
    ("detect my", ["detect", "my dog.png"]),
    ("detect -names cla", ["detect", "-names", "classes.txt"]),
    ("detect -save_dir dr", ["detect", "-save_dir", "drawn/"]),
    ("completion f", ["completion", "fish"]),
]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what completion prints for each shell."""
    folder = tmp_path_factory.mktemp("completion")
    for shell in ("bash", "zsh", "fish"):
        with (folder / shell).open("w", encoding="utf-8") as file, redirect_stdout(file):
            assert main(["completion", shell]) == 0
    return folder


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files to be completed, and a ``darknet_py`` that prints its arguments."""
    for name in ("my dog.png", "classes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "drawn").mkdir()
    (tmp_path / "bin").mkdir()
    stub = tmp_path / "bin" / "darknet_py"
    stub.write_text("#!/bin/sh\nprintf '<%s>' \"$@\"\necho ' end'\n")
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stub.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def needs(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}: apt-get install {shell}")


class Typist:
    """A shell in a terminal of its own."""

    def __init__(self, shell: str, script: Path, folder: Path) -> None:
        name, text = RC[shell]
        (folder / name).write_text(text.format(ready=READY, script=script))
        words = [shell, "--noprofile", "--rcfile", str(folder / name), "-i"] if shell == "bash" else [shell, "-i"]
        environment = {**os.environ, "TERM": "dumb", "ZDOTDIR": str(folder), "LC_ALL": "C.UTF-8", "INPUTRC": "/dev/null"}
        self.left = ""
        self.pid, self.terminal = pty.fork()
        if not self.pid:
            os.execvpe(words[0], words, environment)
        self.until(READY)

    def until(self, text: str, seconds: float = 60) -> str:
        """What is shown before it is there; what comes after it is kept."""
        end = time.monotonic() + seconds
        while text not in self.left:
            assert time.monotonic() < end, self.left
            if select.select([self.terminal], [], [], 0.2)[0]:
                self.left += os.read(self.terminal, 65536).decode("utf-8", "replace")
        shown, _, self.left = self.left.partition(text)
        return shown

    def typed(self, text: str) -> str:
        os.write(self.terminal, f"darknet_py {text}\t\n".encode())
        shown = self.until(" end")
        self.until(READY)
        return shown

    def end(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


@pytest.fixture
def typist(request: pytest.FixtureRequest, scripts: Path, place: Path) -> Iterator[Typist]:
    needs(request.param)
    home = scripts / f"home-{request.param}"
    home.mkdir()
    made = Typist(request.param, scripts / request.param, home)
    yield made
    made.end()


@pytest.mark.parametrize("typist", ["bash", "zsh"], indirect=True)
def test_tab(typist: Typist) -> None:
    for text, arguments in TYPED:
        shown = typist.typed(text).replace("/>", ">")  # zsh takes a folder's last / away
        assert "".join(f"<{word.rstrip('/')}>" for word in arguments) in shown, text


def test_fish(scripts: Path, place: Path) -> None:
    """Which offers words without a terminal."""
    needs("fish")
    lines = [f"source {scripts / 'fish'}"]
    for text, _ in TYPED:
        lines += [f"complete -C 'darknet_py {text}'", "echo ."]
    environment = {**os.environ, "HOME": str(place), "XDG_CONFIG_HOME": str(place), "XDG_DATA_HOME": str(place)}
    done = subprocess.run(
        ["fish", "--no-config", "-c", "\n".join(lines)],
        capture_output=True, text=True, check=True, timeout=120, env=environment,
    )  # fmt: skip
    assert done.stderr == ""
    for (text, arguments), offered in zip(TYPED, done.stdout.split("\n.\n")):
        assert [line.split("\t")[0] for line in offered.splitlines() if line] == arguments[-1:], text


def test_it_knows_all_commands_and_flags(scripts: Path) -> None:
    assert [one.name for one in commands()] == list(COMMANDS)
    for shell in ("bash", "zsh", "fish"):
        script = (scripts / shell).read_text("utf-8")
        assert all(word in script for word in WORDS)
        for name in COMMANDS:
            assert all(flag.name in script for flag in flags(name).values() if not flag.help.startswith("accepted"))


@pytest.mark.parametrize(
    ("words", "says"), [("fich", "did you mean fish?"), ("elvish", "there are bash, zsh, fish"), ("", "usage:")]
)
def test_another_shell(words: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", *words.split()]) == 2
    assert says in capsys.readouterr().err
