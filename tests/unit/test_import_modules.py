"""Models of modules as Darknet networks: their heads are PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest
from reference import kit

from darknet_py import Network
from darknet_py.import_ import convert, save


def decoded(raw: np.ndarray) -> np.ndarray:
    """A head's output in PyTorch before any sigmoid, (1, anchors, h, w, 5 + classes), as Darknet's l.output."""
    values = 1 / (1 + np.exp(-raw[0].astype(np.float64)))
    values[..., :2] = 2 * values[..., :2] - 0.5
    return values.transpose(0, 3, 1, 2)


def assert_heads(folder, checkpoint, picture: np.ndarray, raws: list[np.ndarray]) -> str:
    """Import a checkpoint and run it.  Returns the cfg."""
    model = convert(checkpoint, size=picture.shape[:1:-1])
    cfg, weights, *_ = save(model, folder / "net").files
    outputs = Network.load(cfg, weights).predict(picture)
    assert len(outputs) == len(raws)
    for output, raw in zip(outputs, raws, strict=True):
        wanted = decoded(raw)
        np.testing.assert_allclose(np.asarray(output).reshape(wanted.shape), wanted, rtol=1e-4, atol=1e-6)
    return model.cfg


def test_a_checkpoint_of_the_authors_code(tmp_path):
    path = kit().parent / "pt"
    if not path.is_dir():
        pytest.skip("needs the folder pt beside the reference kit")
    answers = np.load(path / "yolov4-csp.npz")
    raws = [answers[name] for name in sorted(answers) if name.startswith("raw")]
    cfg = assert_heads(tmp_path, path / "yolov4-csp.pt", answers["x"], raws)
    assert cfg.count("[convolutional]") == 115 + 5  # a depthwise norm in each BottleneckCSP2 and SPPCSP
    assert convert(path / "yolov4-csp.pt").names == ("apple", "bread", "two words")
