"""Files that want to have something run, are damaged, or are something else: one line each, and nothing has happened."""

from __future__ import annotations

import os
import pickle

import pytest
import torch_files as tf

from darknet_py.errors import CheckpointError
from darknet_py.import_ import read_checkpoint


class Runs:
    """A pickle of this makes a folder when it is loaded by Python."""

    def __init__(self, call):
        self.call = call

    def __reduce__(self):
        return self.call


CALLS = {"posix.mkdir": (os.mkdir, ("made",)), "builtins.exec": (exec, ("import os; os.mkdir('made')",)),
         "builtins.eval": (eval, ("__import__('os').mkdir('made')",)), "posix.system": (os.system, ("mkdir made",)),
         "builtins.__import__": (__import__, ("antigravity",))}  # fmt: skip


@pytest.mark.parametrize("write", [
    lambda data: tf.zip_bytes(None, pickle_=data), lambda data: data,
    lambda data: tf.legacy_bytes(1)[:14] + data, lambda data: tf.tar_bytes([], [], data),
])  # fmt: skip
@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize("name", CALLS)
def test_what_wants_to_run_is_refused_by_its_name(tmp_path, monkeypatch, name, protocol, write):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.pt").write_bytes(write(pickle.dumps({"model": Runs(CALLS[name])}, protocol)))
    with pytest.raises(CheckpointError, match=rf"x\.pt: refused: it wants to run {name}, .* nothing of it was run;") as e:
        read_checkpoint("x.pt")
    assert "\n" not in str(e.value)
    assert [path.name for path in tmp_path.iterdir()] == ["x.pt"]
