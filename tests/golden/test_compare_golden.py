"""What the C program wrote, with its defects and other flags, and the diagnosis that names them from boxes alone."""

from __future__ import annotations

import json

import cv2
import pytest
from comparing import causes
from reference import GOLDEN
from seeded import picture, seeded_weights

from darknet_py import Network, cfg, compare, graph, weights

FIGURES = json.loads((GOLDEN / "networks/figures.json").read_text())
CASES = {
    "spp_avx": ("spp", "", {"AVX max pool"}),
    "spp_avx_letterbox": ("spp", "", {"letterbox", "AVX max pool", "thresh 0.2"}),
    "sam_swish": ("attention", "[sam]\nactivation=swish", {"activation missing in C"}),
}


@pytest.mark.parametrize("case", CASES)
def test_defects_of_the_c_program(tmp_path, case):
    name, sam, expected = CASES[case]
    text = (GOLDEN / f"networks/{name}.cfg").read_text()
    (tmp_path / "net.cfg").write_text(text.replace("[sam]", sam) if sam else text)
    network = graph.build(cfg.read(tmp_path / "net.cfg"))
    arrays = seeded_weights(network, FIGURES[name]["gain"], FIGURES[name]["shift"])
    weights.save(network, arrays, tmp_path / "net.weights")
    cv2.imwrite(str(tmp_path / f"{name}.png"), picture(name))
    net = Network.load(tmp_path / "net.cfg", tmp_path / "net.weights")
    comparison = compare.compare(net, tmp_path / f"{name}.png", GOLDEN / f"compare/{case}.json")
    assert not comparison.equal
    assert set(causes(comparison)) == expected
    last = comparison.diagnosis.explanations[-1]
    assert last.complete
    assert last.after.within(1e-6)
