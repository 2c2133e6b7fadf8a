"""What inference depends on in a network, as text and as digests, and the figures that users compare.

``python tests/support/zoo_facts.py FOLDER`` writes the golden figures of FOLDER's published cfgs: golden/zoo/README.md.
"""

from __future__ import annotations

import hashlib
import json
import sys
import warnings
from pathlib import Path
from typing import Any

from darknet_py import cfg, graph, weights
from darknet_py.errors import DarknetWarning
from darknet_py.graph import Graph
from darknet_py.layers.base import Node

GOLDEN = Path(__file__).parents[1] / "golden" / "zoo" / "networks.json"
PUBLISHED: dict[str, dict[str, Any]] = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}

FACTS = (
    "kernel_size", "groups", "group_id", "stride", "padding", "dilation", "activation", "batch_normalize", "depth",
    "scale", "weights_type", "weights_normalization", "classes", "mask", "masked_anchors", "scale_x_y", "new_coords",
    "nms_kind", "beta_nms",
)  # fmt: skip


def read(path: Path) -> Graph:
    """The network of a published file, which may have options that are worth a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DarknetWarning)
        return graph.build(cfg.read(path))


def layer_facts(node: Node) -> str:
    """One line: kind, sources, shape of the output, and each option that changes the numbers."""
    facts = {name: getattr(node.layer, name) for name in FACTS if hasattr(node.layer, name)}
    if "masked_anchors" in facts:
        facts["masked_anchors"] = facts["masked_anchors"].tolist()
    texts = [f"{name}={value}" for name, value in facts.items()]
    return " ".join([node.layer.kind, f"sources={node.sources}", f"shape={tuple(node.shape)}", *texts])


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def figures(network: Graph) -> dict[str, Any]:
    """Everything that the golden file holds of a network."""
    net = network.net
    return {
        "input": [net.width, net.height, net.channels, int(net.letter_box)],
        "parameters": sum(param.size for node in network.nodes for param in node.params),
        "weights_size": weights.expected_size(network),
        "bflops": graph.summary(network).split("\n")[-1].split()[-1],
        "layers": " ".join(digest(layer_facts(node)) for node in network.nodes),
    }


def main(folder: Path) -> None:
    golden = {name: figures(read(folder / f"{name}.cfg")) for name in sys.argv[2:] or sorted(PUBLISHED)}
    GOLDEN.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
