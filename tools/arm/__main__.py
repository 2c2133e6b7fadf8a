"""``python tools/arm FOLDER``: the tests of what computes, on an emulated ARM processor; see README.md."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
UNIT = (
    "test_activations", "test_channels", "test_convolution", "test_convolution_tile_arm", "test_depthwise",
    "test_detection",
    "test_exponential", "test_guard_pages", "test_heads", "test_image", "test_kernel_calls", "test_layers_forward",
    "test_lower", "test_not_finite", "test_passes", "test_tiling", "test_winograd",
)  # fmt: skip
GOLDEN = (  # not those of pictures that OpenCV resizes: its ARM build rounds a quarter of the pixels otherwise
    "test_chars", "test_compare_golden", "test_evaluate_golden", "test_golden", "test_naive", "test_reference", "test_zoo",
)  # fmt: skip
FILES = (*(f"tests/unit/{name}.py" for name in UNIT), *(f"tests/golden/{name}.py" for name in GOLDEN))
TESTS = (*FILES, "-n", "auto", "--dist", "worksteal")

SYSTEM = ("python3", "libstdc++6")
PACKAGES = ("numpy", "numba", "opencv-python-headless", "pytest", "pytest-xdist", "hypothesis")
EMULATORS = ("qemu-aarch64-static", "qemu-aarch64")
OLDEST_GLIBC = 17  # of manylinux wheels: glibc 2.17
VERSIONS = "import platform, sys; print(*sys.version_info[:2], platform.libc_ver()[1].split('.')[1])"
PYTHON = """#!/bin/sh
# An emulated Python that can start itself again.
export PYTHONHOME='{folder}/root/usr' PYTHONPATH='{folder}/packages:{repo}'"${{PYTHONPATH:+:$PYTHONPATH}}"
exec {qemu} -L '{folder}/root' -0 '{folder}/python' '{folder}/root/usr/bin/python3' "$@"
"""


class Missing(Exception):
    """What this program cannot go on without; the text is for the user."""


@dataclass(frozen=True)
class Place:
    """The folder that everything lies in: ``root``, Debian's files; ``packages``, PyPI's; ``python``, what runs both."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "python"

    def set_up(self, sources: Path | None) -> None:
        """Make what is not there yet.  Raises Missing."""
        qemu = _program(*EMULATORS, remedy="as root: apt-get install qemu-user-static")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._make("root", lambda root: self._unpack(root, sources))
        self.python.write_text(PYTHON.format(folder=self.folder, qemu=qemu, repo=REPO), "utf-8")
        self.python.chmod(0o755)
        self._make("packages", self._install)

    def _make(self, name, fill) -> None:  # type: ignore[no-untyped-def]
        """The folder ``name``, which stands under its name once it is whole."""
        if (self.folder / name).exists():
            return
        unfinished = self.folder / f"{name}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        fill(unfinished)
        unfinished.rename(self.folder / name)

    def _unpack(self, root: Path, sources: Path | None) -> None:
        """Debian's arm64 Python and all that it needs, by an apt whose lists are its own: no root, nothing installed."""
        for program in ("apt-get", "dpkg-deb"):
            _program(program, remedy="this needs Debian, Ubuntu or one of their kind")
        state, cache, status = (self.folder / "apt" / name for name in ("state", "cache", "status"))
        for part in (state / "lists" / "partial", cache / "archives" / "partial"):
            part.mkdir(parents=True, exist_ok=True)
        status.write_text("")
        options = [
            "APT::Architecture=arm64", "APT::Architectures=arm64", "APT::Install-Recommends=false",
            "Acquire::Languages=none", "Debug::NoLocking=true",
            f"Dir::State={state}", f"Dir::State::status={status}", f"Dir::Cache={cache}",
            *(["APT::Sandbox::User=root"] if os.geteuid() == 0 else []),  # its own user cannot read every folder
            *([f"Dir::Etc::sourcelist={sources.resolve()}", "Dir::Etc::sourceparts=/dev/null"] if sources else []),
        ]  # fmt: skip
        apt = ["apt-get", "-q", "-y", *(word for option in options for word in ("-o", option))]
        updated = _run([*apt, "update"])
        loaded = _run([*apt, "--download-only", "install", *SYSTEM])
        if loaded.returncode:
            wrong = [line for line in (updated.stderr + loaded.stderr).splitlines() if line.startswith("E:")]
            raise Missing(f"apt has no {' '.join(SYSTEM)} for arm64: {'; '.join(wrong)}\n"
                          "Ubuntu keeps arm64 in an archive of its own (ports): name it by --sources FILE")  # fmt: skip
        for package in sorted((cache / "archives").glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", str(package), str(root)], check=True)

    def _install(self, packages: Path) -> None:
        """PyPI's wheels for the emulated Python."""
        told = _run([str(self.python), "-c", VERSIONS])
        if told.returncode:
            raise Missing(f"the emulated Python does not start: {_last(told)}")
        major, minor, glibc = map(int, told.stdout.split())
        platforms = [f"--platform=manylinux_2_{n}_aarch64" for n in range(OLDEST_GLIBC, glibc + 1)]
        done = _run([sys.executable, "-m", "pip", "install", "-q", "--target", str(packages), "--only-binary=:all:",
                     "--implementation=cp", f"--python-version={major}.{minor}", *platforms, *PACKAGES])  # fmt: skip
        if done.returncode:
            raise Missing(f"pip: {_last(done)}")


def _program(*names: str, remedy: str) -> str:
    """The path of the first of these programs that is installed."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise Missing(f"{names[0]} is not installed ({remedy})")
    return found


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _last(done: subprocess.CompletedProcess[str]) -> str:
    """The last line that a program complained with."""
    return (done.stderr.strip() or f"it ended with {done.returncode}").splitlines()[-1]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="tools/arm", description=__doc__, allow_abbrev=False,
        usage="%(prog)s [-h] [--sources FILE] FOLDER [argument of pytest ...]",
        epilog="Without arguments for pytest: the tests of kernels, golden figures and detection, on all cores.",
    )  # fmt: skip
    parser.add_argument("folder", type=Path, help="where Python, packages and compiled kernels are kept (500 MB)")
    parser.add_argument("--sources", type=Path, metavar="FILE", help="apt sources that have arm64; the system's without")
    args, words = parser.parse_known_args()
    place = Place(args.folder.resolve())
    try:
        place.set_up(args.sources)
    except (Missing, OSError, subprocess.CalledProcessError) as e:
        sys.exit(f"tools/arm: {e}")
    command = [str(place.python), "-m", "pytest", "-p", "no:cacheprovider", *(words or TESTS)]
    kernels = {"DARKNET_PY_CACHE": str(place.folder / "kernels")}
    sys.exit(subprocess.run(command, cwd=REPO, env={**os.environ, **kernels}, check=False).returncode)


if __name__ == "__main__":
    main()
