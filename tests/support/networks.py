"""Small networks for tests: a cfg text → a graph, and arrays that fit it."""

from __future__ import annotations

import numpy as np

from darknet_py import cfg, fold, graph
from darknet_py.weights import Header, Params, Weights

NET = "[net]\nwidth={}\nheight={}\nchannels={}\n"
YOLO = "[yolo]\nmask=0,1\nanchors=4,6, 10,12\nclasses=2\nnum=2\n"  # of 14 channels


def network(layers: str, shape: tuple[int, int, int] = (3, 12, 16), size: tuple[int, int] | None = None) -> graph.Graph:
    """The graph of ``layers`` on an input of ``shape`` (c, h, w); [net] has 4 lines, so layers begin in line 5."""
    c, h, w = shape
    return graph.build(cfg.parse(NET.format(w, h, c) + layers, "net.cfg"), size)


def random_weights(net: graph.Graph, seed: int = 0) -> Weights:
    """Arrays for every layer; variances are positive and sums stay near 1."""
    random = np.random.RandomState(seed)
    params = []
    for node in net.nodes:
        arrays = {p.name: random.randn(*p.shape) / np.sqrt(np.prod(p.shape[1:])) for p in node.params}
        if "rolling_variance" in arrays:
            arrays["rolling_variance"] = np.abs(arrays["rolling_variance"]) + 0.1
        params.append({name: array.astype(np.float32) for name, array in arrays.items()})
    return Weights(tuple(params), Header(seen=64000))


def fold_batch_norm(net: graph.Graph, params: Params) -> tuple[graph.Graph, tuple[dict[str, np.ndarray], ...]]:
    """The folded graph and all of its arrays at once."""
    return fold.folded_graph(net), tuple(fold.folded_params(net, params))
