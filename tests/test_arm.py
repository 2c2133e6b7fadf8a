"""tools/arm: what it says when it cannot go on, and that the tests that it runs are there.  Nothing is emulated."""

from __future__ import annotations

import runpy
import sys

import pytest
from reference import REPO

ARM = REPO / "tools" / "arm" / "__main__.py"


def told(monkeypatch, *words):
    """What the program ends with."""
    monkeypatch.setattr(sys, "argv", ["tools/arm", *map(str, words)])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(ARM), run_name="__main__")
    return end.value.code


def program(folder, name, text="exit 1"):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_tests_that_it_runs_exist():
    names = [word for word in runpy.run_path(str(ARM))["TESTS"] if word.startswith("tests/")]
    assert names
    assert not [name for name in names if not (REPO / name).exists()]


def test_without_an_emulator(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert told(monkeypatch, tmp_path / "arm").endswith("not installed (as root: apt-get install qemu-user-static)")
    assert not (tmp_path / "arm").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="programs are scripts of the shell")
def test_without_apt(monkeypatch, tmp_path):
    program(tmp_path, "qemu-aarch64")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "apt-get is not installed (this needs Debian" in told(monkeypatch, tmp_path / "arm")


@pytest.mark.skipif(sys.platform == "win32", reason="programs are scripts of the shell")
def test_apt_without_arm64_says_what_apt_said(monkeypatch, tmp_path):
    program(tmp_path, "qemu-aarch64")
    program(tmp_path, "dpkg-deb")
    program(tmp_path, "apt-get", "echo 'E: Unable to locate package python3' >&2; exit 100")
    monkeypatch.setenv("PATH", str(tmp_path))
    text = told(monkeypatch, tmp_path / "arm")
    assert "for arm64: E: Unable to locate package python3" in text
    assert "--sources FILE" in text


@pytest.mark.skipif(sys.platform == "win32", reason="programs are scripts of the shell")
def test_a_folder_that_cannot_be_made(monkeypatch, tmp_path):
    program(tmp_path, "qemu-aarch64")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "File exists" in told(monkeypatch, tmp_path / "qemu-aarch64")
