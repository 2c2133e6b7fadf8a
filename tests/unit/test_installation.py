"""Commands of hints, as they work where the user is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from darknet_py._support import installation
from darknet_py._support.installation import pip, program, requirement
from darknet_py.cli.hints import here

INDEX = '"darknet-runtime[coco]"'


@pytest.fixture
def origin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, object]:
    """What pip has noted, of a package that does not lie in a clone."""
    noted: dict[str, object] = {}
    monkeypatch.setattr(installation, "_origin", lambda: noted)
    monkeypatch.setattr(installation, "PACKAGE", tmp_path / "site-packages" / "darknet_py")
    return noted


def test_of_the_index(origin: dict[str, object]) -> None:
    assert requirement("coco") == INDEX


@pytest.mark.parametrize(
    ("noted", "wanted"),
    [
        ({"url": "https://x.org/a.whl", "archive_info": {}}, '"darknet-runtime[coco] @ https://x.org/a.whl"'),
        ({"url": "https://x.org/a.git", "vcs_info": {"vcs": "git"}}, '"darknet-runtime[coco] @ git+https://x.org/a.git"'),
        ({"url": "file:///nowhere/at/all", "dir_info": {}}, INDEX),
    ],
)
def test_of_an_address(origin: dict[str, object], noted: dict[str, object], wanted: str) -> None:
    origin.update(noted)
    assert requirement("coco") == wanted


@pytest.mark.parametrize("name", ["clone", "my clone", "a&b", "ключ"])
def test_of_a_clone_from_elsewhere(origin: dict[str, object], tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    origin.update(url=(tmp_path / name).as_uri(), dir_info={})
    assert requirement("coco") in (f'"{tmp_path / name}[coco]"', f"'{tmp_path / name}[coco]'")


def test_in_the_clone(origin: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    origin.update(url=tmp_path.as_uri(), dir_info={})
    assert requirement("coco") == '".[coco]"'


def test_what_is_installed_in_place_stays_so(
    origin: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(installation, "PACKAGE", tmp_path / "darknet_py")
    (tmp_path / "pyproject.toml").touch()
    assert requirement("coco") == '".[coco]"'
    origin.update(dir_info={"editable": True})
    assert requirement("coco") == '-e ".[coco]"'


@pytest.mark.parametrize("text", [None, "", "null", json.dumps({"url": "file:///x", "dir_info": {}})])
def test_what_pip_notes(monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
    from importlib import metadata

    class Distribution:
        def read_text(self, name: str) -> str | None:
            return text if name == "direct_url.json" else None

    class Nothing(Distribution):
        def read_text(self, name: str) -> None:
            return None

    monkeypatch.setattr(metadata, "distributions", lambda name: [Nothing(), Distribution()])
    assert installation._origin() == (json.loads(text or "{}") or {})


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh", "fish"])
@pytest.mark.parametrize("name", ["clone", "my clone", "a$HOME", "it's"])
def test_shells_take_it_as_one_word(
    origin: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: str, name: str
) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    (tmp_path / name).mkdir()
    origin.update(url=(tmp_path / name).as_uri(), dir_info={})
    line = f"printf '<%s>' {requirement('coco')}"
    done = subprocess.run([shell, "-c", line], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == f"<{tmp_path / name}[coco]>"


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The programs of an environment, and another pip before them."""
    for place in ("bin", "other"):
        (tmp_path / place).mkdir()
        for name in ("python", "pip", "darknet_py"):
            (tmp_path / place / name).write_text("#!/bin/sh\n")
            (tmp_path / place / name).chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "other"))
    return tmp_path


@pytest.mark.skipif(os.name == "nt", reason="programs there are .exe files")
def test_the_environments_own_programs(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pip() == f"{environment}/bin/pip install"
    assert program() == f"{environment}/bin/darknet_py"
    monkeypatch.chdir(environment)
    assert (pip(), program()) == ("bin/pip install", "bin/darknet_py")
    (environment / "bin" / "darknet_py").unlink()
    (environment / "bin" / "pip").rename(environment / "bin" / "not now")
    assert (pip(), program()) == ("bin/python -m pip install", "bin/python -m darknet_py")
    (environment / "bin" / "not now").rename(environment / "bin" / "pip")
    monkeypatch.setenv("PATH", f"{environment / 'bin'}{os.pathsep}{environment / 'other'}")
    assert pip("uninstall") == "pip uninstall"


@pytest.mark.skipif(os.name == "nt", reason="there a folder in use cannot be removed")
def test_in_a_folder_that_is_gone(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (environment / "gone").mkdir()
    monkeypatch.chdir(environment / "gone")
    (environment / "gone").rmdir()
    assert pip() == f"{environment}/bin/pip install"
    assert requirement("coco").endswith('[coco]"')


@pytest.mark.skipif(os.name == "nt", reason="programs there are .exe files")
def test_an_environment_whose_path_has_to_be_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "my (new) env" / "python"))
    assert program() == f"'{tmp_path}/my (new) env/python' -m darknet_py"


@pytest.mark.skipif(os.name == "nt", reason="programs there are .exe files")
def test_an_environment_that_uv_has_made(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In which there is no pip."""
    monkeypatch.setattr(installation, "_has", lambda module: False)
    (environment / "bin" / "pip").unlink()
    assert pip() == f"{environment}/bin/python -m pip install"
    shutil.copy(environment / "other" / "pip", environment / "other" / "uv")
    assert pip() == f"uv pip install --python {environment}/bin/python"


@pytest.mark.skipif(os.name == "nt", reason="programs there are .exe files")
def test_messages_of_the_command(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(environment)
    assert here("get it: darknet_py fetch yolov4") == "get it: bin/darknet_py fetch yolov4"
    assert here(here("see darknet_py check A")) == "see bin/darknet_py check A"
    for text in ("from darknet_py import Network", "darknet_py: error", "has no darknet_py in it", "/darknet_py fetch"):
        assert here(text) == text
    assert "bin/pip install" in here('Needs: pip install "darknet-runtime[fetch]".')
    assert here(here(installation.pip())) == installation.pip()
