"""Where things are: this repository, and the reference kit for tests that can use it.

The kit is in DARKNET_PY_REFERENCE, or in ../shared/reference beside the repository.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
SUPPORT = REPO / "tests" / "support"
GOLDEN = REPO / "tests" / "golden"


def kit() -> Path:
    """The kit's folder; skips the test when there is none."""
    folder = Path(os.environ.get("DARKNET_PY_REFERENCE", REPO.parent / "shared" / "reference"))
    if not (folder / "golden").is_dir():
        pytest.skip("needs the reference kit: set DARKNET_PY_REFERENCE")
    return folder


def kit_file(name: str) -> Path:
    """A file of the repository, or else of the kit; skips the test when neither has it."""
    return REPO / name if (REPO / name).is_file() else kit() / name


def kit_weights(cfg: Path, seed: int, folder: Path) -> Path:
    """A network's trained weights from the kit, or synthetic ones of this seed, made into the folder."""
    path = kit()
    trained = path / "weights" / f"{cfg.stem}.weights"
    if trained.exists():
        return trained
    made, calibration = folder / trained.name, path / "calibration" / f"{cfg.stem}.calibration.npz"
    subprocess.run([sys.executable, path / "tools" / "synth_weights.py", cfg, str(seed), made,
                    "--calibration", calibration], check=True)  # fmt: skip
    return made
