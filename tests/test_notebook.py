"""The notebook of the tutorials is run; as a whole by Jupyter's own client where that is installed."""

from __future__ import annotations

import json
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from reference import REPO

PATH = REPO / "docs" / "tutorials" / "darknet_py.ipynb"
NOTEBOOK: dict[str, Any] = json.loads(PATH.read_text("utf-8"))


def test_it_is_kept_without_outputs() -> None:
    """What a run printed changes with each machine."""
    code = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
    assert len(code) > 5
    assert not [cell for cell in code if cell["outputs"] or cell["execution_count"]]


def test_its_cells_run_in_their_order(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    if find_spec("nbclient") and find_spec("ipykernel"):
        pytest.skip("Jupyter runs it")
    monkeypatch.chdir(REPO)
    names: dict[str, Any] = {}
    for cell in NOTEBOOK["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert "A 95%" in capsys.readouterr().out
    assert {one.name for one in names["found"]} == set("AB1234")


def test_jupyter_runs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the folder where it lies; kernels and settings of the user are left alone."""
    reason = "needs pip install nbclient ipykernel"
    nbclient, nbformat = (pytest.importorskip(name, reason=reason) for name in ("nbclient", "nbformat"))
    pytest.importorskip("ipykernel", reason=reason)
    for variable in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(REPO))
    notebook = nbformat.read(PATH, as_version=4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own packages
        nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(PATH.parent)}}).execute()
    assert any("A 95%" in str(output) for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs)
