"""``python -m tools.train_chars.train SHARDS OUT``: train the network of cfg/yolov4-chars.cfg; go on where it was stopped.

OUT gets state.pt, to go on from; yolov4-chars.weights, the running mean of the weights; log.txt.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import cv2
import torch
from torch import Tensor, nn

from darknet_py import cfg, graph, weights
from darknet_py._support import whole_file

from . import SIZE, loader, model
from .loss import Loss, loss
from .muon import Muon

__all__ = ["main"]

CFG = Path(__file__).parents[2] / "cfg" / "yolov4-chars.cfg"
WARM_UP = 100           # steps
LAST_RATE = 0.01        # of the first
CLIP = 10.0
MUON_DECAY, ADAMW_DECAY = 0.005, 0.02
ADAMW_BETAS = 0.9, 0.99


class Trainer:
    """A network, its running mean, its optimiser, and the number of steps done."""

    def __init__(self, options: argparse.Namespace) -> None:
        torch.manual_seed(options.seed)
        torch.set_num_threads(options.threads)
        cv2.setNumThreads(0)
        self.options, self.step = options, 0
        self.network = model.Darknet(graph.build(cfg.read(options.cfg))).to(memory_format=torch.channels_last)
        set_prior(self.network)
        self.mean = deepcopy(self.network)
        self.optimisers = optimisers(self.network, options)

    def train(self, pictures: Tensor, targets: Tensor) -> Loss:
        """One step."""
        for group in self._groups():
            group["lr"] = group.setdefault("rate", group["lr"]) * schedule(self.step, self.options.steps)
        x = pictures.float().div_(255).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.options.bfloat16):
            outputs = self.network(x, logits=True)
        found = loss(outputs, targets, self.network.heads, x.shape[3])
        self.network.zero_grad(set_to_none=True)
        (found.total * len(pictures)).backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        for optimiser in self.optimisers:
            optimiser.step()
        self.step += 1
        self._average()
        return found

    def _groups(self) -> list[dict[str, Any]]:
        return [group for optimiser in self.optimisers for group in optimiser.param_groups]

    def _average(self) -> None:
        """The mean follows slowly, but not at the start."""
        keep = self.options.average * (1 - math.exp(-self.step / 500))
        with torch.no_grad():
            for mean, value in zip(self.mean.state_dict().values(), self.network.state_dict().values(), strict=True):
                if mean.dtype.is_floating_point:
                    mean.lerp_(value, 1 - keep)

    def save(self, folder: Path) -> None:
        """state.pt and the mean's .weights, each all at once."""
        state = {"step": self.step, "network": self.network.state_dict(), "mean": self.mean.state_dict(),
                 "optimisers": [o.state_dict() for o in self.optimisers]}  # fmt: skip
        with whole_file(folder / "state.pt") as file:
            torch.save(state, file)
        arrays = model.export(self.mean, seen=self.step * self.options.batch)
        weights.save(self.network.graph, arrays, folder / "yolov4-chars.weights")

    def restore(self, path: Path) -> None:
        """Go on from a state.pt."""
        state: dict[str, Any] = torch.load(path)
        self.step = state["step"]
        self.network.load_state_dict(state["network"])
        self.mean.load_state_dict(state["mean"])
        for optimiser, values in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(values)


def schedule(step: int, steps: int) -> float:
    """Share of the learning rate: up in a line, down in half a cosine."""
    if step < WARM_UP:
        return (step + 1) / WARM_UP
    done = min(1.0, (step - WARM_UP) / max(1, steps - WARM_UP))
    return LAST_RATE + (1 - LAST_RATE) * (1 + math.cos(math.pi * done)) / 2


def optimisers(network: model.Darknet, options: argparse.Namespace) -> list[torch.optim.Optimizer]:
    """Muon for kernels between two norms, AdamW for what is next to the picture or the heads, norms and biases."""
    layers = [layer for layer in network.layers if isinstance(layer, model.Convolution)]
    inner = [isinstance(layer.norm, nn.BatchNorm2d) and layer.conv.in_channels > 3 for layer in layers]
    kernels = [layer.conv.weight for layer, yes in zip(layers, inner, strict=True) if yes]
    outer = [layer.conv.weight for layer, yes in zip(layers, inner, strict=True) if not yes]
    others = [p for p in network.parameters() if p.ndim == 1]
    groups = [{"params": outer, "weight_decay": ADAMW_DECAY}, {"params": others, "weight_decay": 0.0}]
    return [
        Muon(kernels, options.rate, weight_decay=MUON_DECAY),
        torch.optim.AdamW(groups, options.adamw_rate, ADAMW_BETAS, fused=True),
    ]


def set_prior(network: model.Darknet) -> None:
    """Biases before the heads such that objects and classes are rare at the start."""
    for number, head in zip(network.graph.heads, network.heads, strict=True):
        stride = network.graph.net.width / network.graph.nodes[number].shape.w
        conv: Any = network.layers[head.sources[0]].conv
        with torch.no_grad():
            conv.weight.mul_(0.1)
            bias = conv.bias.view(len(head.mask), -1)
            bias.zero_()
            bias[:, 4] = math.log(2 * (stride / SIZE) ** 2)
            bias[:, 5:] = math.log(1 / (head.classes - 1))


@contextmanager
def log(path: Path) -> Iterator[Any]:
    """A file that each line is written to at once."""
    with path.open("a", buffering=1, encoding="utf-8") as file:
        yield file


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shards", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--cfg", type=Path, default=CFG)
    parser.add_argument("--steps", type=int, default=25000)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=0.02, help="of kernels, by Muon")
    parser.add_argument("--adamw-rate", type=float, default=0.002, help="of all else")
    parser.add_argument("--average", type=float, default=0.999)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--every", type=int, default=250, help="steps between checkpoints")
    parser.add_argument("--float32", dest="bfloat16", action="store_false")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(options)
    if (options.out / "state.pt").exists():
        trainer.restore(options.out / "state.pt")
    feed = loader.batches(options.shards, options.batch, trainer.step, options.steps, options.seed)
    with log(options.out / "log.txt") as file:
        sums, start, since = torch.zeros(3), time.time(), 0
        for pictures, targets in feed:
            sums += torch.stack(trainer.train(pictures, targets)).detach()
            since += 1
            if trainer.step % 20 == 0:
                box, obj, kind = (sums / since).tolist()
                rate = since * options.batch / (time.time() - start)
                file.write(f"step {trainer.step} box {box:.4f} object {obj:.4f} class {kind:.4f} pictures/s {rate:.1f}\n")
                sums, start, since = torch.zeros(3), time.time(), 0
            if trainer.step % options.every == 0 or trainer.step == options.steps:
                trainer.save(options.out)


if __name__ == "__main__":
    main()
