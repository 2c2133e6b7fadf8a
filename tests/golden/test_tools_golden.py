"""partial, average and rgbgr write the reference's files (golden/tools/README.md)."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from reference import GOLDEN
from seeded import seeded_weights

from darknet_py import cfg, graph, weights
from darknet_py.cli import main

FOLDER = GOLDEN / "tools"
FILES = json.loads((FOLDER / "files.json").read_text())


@pytest.mark.parametrize("words", FILES)
def test_files(words, tmp_path, monkeypatch, recwarn):
    monkeypatch.chdir(tmp_path)
    name = words.split()[1]
    shutil.copy(next(path for folder in ("tools", "networks") if (path := GOLDEN / folder / name).exists()), name)
    net = graph.build(cfg.read(name))
    for seed in (1, 2, 3):
        arrays = weights.Weights(seeded_weights(net, seed=seed).params, weights.Header(seen=1234567 + seed))
        weights.save(net, arrays, f"{seed}.weights")
    assert main(words.split()) == 0
    data = Path("OUT").read_bytes()
    assert [len(data), hashlib.sha256(data).hexdigest()] == FILES[words]
