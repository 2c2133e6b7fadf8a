"""Files of models that change while they are served."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from darknet_py.errors import CfgError
from darknet_py.serve import watching
from darknet_py.store import Model

FILES = "a.cfg", "a.weights", "a.names"


@pytest.fixture
def watched(tmp_path, monkeypatch) -> Callable[..., list[str]]:
    """Loads that changes of a model's files cause."""
    monkeypatch.setattr(watching, "SECONDS", 0.01)
    for name in FILES:
        (tmp_path / name).write_text("1")
    cfg, weights, names = (str(tmp_path / name) for name in FILES)
    models = {"a": Model(cfg, cfg, weights, names), "left": Model("left", str(tmp_path / "none.cfg"), weights)}

    looks: list[object] = []
    look = watching.signatures
    monkeypatch.setattr(watching, "signatures", lambda given: looks.append(given) or look(given))

    def run(
        *changes: Callable[[Path], object], error: Exception | None = None, served: dict[str, int] | None = None
    ) -> list[str]:
        loads: list[str] = []
        there = {"a": 1} if served is None else served

        async def load(name: str) -> None:
            loads.append(name)
            if error:
                raise error

        async def watch() -> None:
            task = asyncio.ensure_future(watching.watch(models, watching.signatures(models), load, lambda: there))
            for change in changes:
                change(tmp_path)
                end = len(looks) + 4
                while len(looks) < end:
                    await asyncio.sleep(0.01)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

        asyncio.run(asyncio.wait_for(watch(), 60))
        return loads

    return run


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_changes_is_loaded_once(watched, name):
    assert watched(lambda folder: (folder / name).write_text("22")) == ["a"]


def test_files_that_stay_are_not_loaded(watched):
    assert watched(lambda _: None) == []


def test_a_file_that_goes_is_waited_for(watched):
    changes = [lambda folder: (folder / "a.weights").unlink(), lambda folder: (folder / "a.weights").write_text("3")]
    assert watched(*changes) == ["a"]


def test_what_changes_while_no_worker_lives_is_loaded_when_one_does(watched):
    served: dict[str, int] = {}
    assert watched(lambda folder: (folder / "a.cfg").write_text("22"), lambda _: served.update(a=1), served=served) == ["a"]


def test_what_cannot_be_loaded_is_told_once_and_tried_when_it_changes_again(watched, caplog):
    changes = [lambda folder: (folder / "a.cfg").write_text("no"), lambda folder: (folder / "a.cfg").write_text("none")]
    assert watched(*changes, error=CfgError("no layers")) == ["a", "a"]
    told = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(told) == 2
    assert "the model stays as it was: no layers" in caplog.text
