"""Plans whose memory lies between pages that nobody may touch, and a walk of them over all kinds of layers.

Every buffer, every constant and the picture has pages of its own and fills them from their first float on ("start") or
up to their last one ("end"): one float too far is a segmentation fault.  Constants and the picture cannot be written.

``python guard_pages.py walk LANES`` runs all networks, ``boxes`` suppresses boxes, ``pictures LANES ...`` fits pictures,
``broken`` runs networks with a kernel that gets a wrong argument, each in a fork of it.  Each layer is printed before it
runs: the last line tells where the process died.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules
from typing import Any
from unittest import mock

import convolutions as conv
import engine
import layer_cases as forward
import numpy as np
from fenced import SIDES, Fenced, fenced
from random_networks import random_network

from darknet_py.boxes import overlaps, tree
from darknet_py.boxes.decode import decode
from darknet_py.boxes.suppression import non_max_suppression
from darknet_py.boxes.table import Boxes
from darknet_py.engine import kernels, plan
from darknet_py.engine.codegen import calls
from darknet_py.engine.codegen.arguments import Word
from darknet_py.engine.codegen.jit import Kernel
from darknet_py.engine.lower import winograd as winograd_lowering
from darknet_py.engine.lower import winograd_filters
from darknet_py.engine.memory import Buffer, Tensor
from darknet_py.engine.native import executor
from darknet_py.engine.native.host import host
from darknet_py.engine.steps import Step
from darknet_py.image import Fit, from_array
from darknet_py.layers import LAYERS
from darknet_py.layers.activations import ACTIVATIONS
from darknet_py.layers.yolo import Yolo


class Guarded:
    """A plan and a picture, float32 (c, h, w), moved between guard pages."""

    def __init__(self, original: plan.Plan, x: np.ndarray, side: str) -> None:
        values = [value for step in original.steps for _, value in step.arguments]
        buffers = {id(v.buffer): v.buffer for v in values if isinstance(v, Tensor)}
        arrays = {id(v): v for v in values if isinstance(v, np.ndarray)}
        constants = [*arrays.values(), x]
        self.fenced = Fenced([4 * b.size for b in buffers.values()] + [a.nbytes for a in constants], side)
        starts = [start // 4 for start, _ in self.fenced.blocks]
        self.moved: dict[int, Any] = {i: Buffer(b.size, offset=at) for (i, b), at in zip(buffers.items(), starts)}
        for block, array in enumerate(constants, len(buffers)):
            self.moved[id(array)] = self.fenced.put(block, array)
        steps = [step._replace(arguments=tuple((k, self._move(v)) for k, v in step.arguments)) for step in original.steps]
        outputs = {i: self._move(tensor) for i, tensor in original.outputs.items()}
        arena = self.fenced.words.view(np.float32)
        self.plan = replace(original, arena=arena, outputs=outputs, steps=steps, **plan._link(steps, arena))
        self.plan.set_input(self.moved[id(x)])

    def _move(self, value: Word) -> Any:
        if isinstance(value, Tensor):
            return replace(value, buffer=self.moved[id(value.buffer)])
        return self.moved.get(id(value), value)

    def run(self, before: Callable[[int], None]) -> engine.Outputs:
        """Every layer in turn, ``before`` being told its number; what can be read in the end."""
        for layer, steps in itertools.groupby(range(len(self.plan.steps)), lambda i: self.plan.steps[i].layer):
            before(layer)
            executor.run(executor.Program(self.plan.program.steps[list(steps)]), 1)
            self.fenced.check()
        return {i: self.plan.read(i) for i in self.plan.outputs}


def networks() -> Iterator[tuple[engine.Net, dict[str, bool]]]:
    """Networks of all kinds of layers, and the options that they are made for."""
    for shape, layers in [*forward.EXACT, *((shape, layers) for shape, layers, _ in forward.CLOSE)]:
        yield engine.net(forward.bordered(forward.text(layers)), shape), {}
    for layers, _ in forward.HEADS:
        yield engine.net(forward.text(layers), (3, 5, 4)), {}
    for shape, layers, _ in forward.AVX:
        yield engine.net(forward.text(layers), shape), {"avx_maxpool": True}
    for i, (shape, options) in enumerate(conv.DENSE + conv.GROUPS):
        twice = conv.cfg_of(options, "leaky", conv.BLOCKED if i % 2 else "") + conv.cfg_of(options, "leaky")
        yield engine.net(twice, shape), {}
    zeros = conv.cfg_of("filters=9 size=3 padding=600 stride=500")  # too many to be stored
    yield engine.net(zeros + zeros, (2, 3, 4)), {}
    yield engine.net("".join(conv.cfg_of("filters=13", name) for name in ACTIVATIONS), (10, 5, 7)), {}
    for seed in range(4):
        yield engine.net(*random_network(seed)), {}


def modes(n: engine.Net, turn: int) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Ways to compile a network: a name, options, and what must be patched for it; two of each numerics take turns."""
    last = n.layers[-1:]
    yield "exact", {"outputs": last, "threads": 3}, nullcontext()
    direct = mock.patch.dict(winograd_lowering.TILES, clear=True)
    if turn // 2 % 2:
        yield "fast, small tiles, all layers kept", {"outputs": None, "fast": True}, tiles_of(2, True)
        yield "bf16, large tiles", {"outputs": last, "bf16": True, "threads": 3}, tiles_of(4, False)
    else:
        yield "fast, large tiles", {"outputs": last, "fast": True, "threads": 3}, tiles_of(4, False)
        yield "bf16, direct", {"outputs": last, "bf16": True, "threads": 3}, direct


@contextmanager
def tiles_of(m: int, kept: bool) -> Iterator[None]:
    """Winograd's method wherever it can be used, by tiles of m where there is a choice, in waves as small as can be; its
    filters are kept, or transformed in chunks as small as can be.
    """
    with (
        mock.patch.multiple(winograd_lowering, WAVE=1, _cycles=lambda _, tile: 2 if tile is None else tile.m != m),
        mock.patch.multiple(winograd_filters, SHARE=0, keeps=lambda *_: kept),
    ):
        yield


def walk(lanes: int) -> None:
    """All networks in all modes, at both ends of the pages: the bits are those of memory without guards."""
    kinds: set[str] = set()
    used: set[str] = set()
    for number, (n, options) in enumerate(networks()):
        kinds |= {node.layer.kind for node in n.graph.nodes}
        for mode, more, patched in modes(n, number + lanes.bit_length()):
            with patched, noted(used):
                compiled = engine.compiled(n, lanes, **options, **more)
            want = engine.run(compiled, n.x)
            for side in SIDES:
                compare(n, Guarded(compiled, n.x, side), want, f"{lanes} lanes, {mode}, at the {side} of the pages")
    assert kinds == set(LAYERS), f"{set(LAYERS) - kinds}: no network has such a layer"
    assert used >= steps(), f"{steps() - used}: no network needs this kernel"


def noted(names: set[str]) -> Any:
    """The kernels that are asked for put their names into ``names``."""
    address = Kernel.address

    def noting(kernel: Kernel, **constants: int) -> int:
        names.add(kernel.name)
        return address(kernel, **constants)

    return mock.patch.object(Kernel, "address", noting)


def steps() -> set[str]:
    """Names of all kernels that are steps of plans."""
    modules = [import_module(f"darknet_py.engine.kernels.{info.name}") for info in iter_modules(kernels.__path__)]
    return {value.name for m in modules for value in vars(m).values() if isinstance(value, Kernel)}


def walk_boxes() -> None:
    """Decoding, and suppression of more and more boxes, the arrays between guard pages."""
    python, head = calls.python, Yolo((0,), 3, ((10.0, 20.0), (30.0, 40.0)), (1, 0))
    for height, width in ((1, 1), (3, 5)):
        output = np.random.RandomState(0).rand(16, height, width).astype(np.float32)
        decoded = decode(head, output, (64, 32), 0.5)
        for side in SIDES:
            say(f"a head of {width} x {height} cells, at the {side} of the pages")
            with mock.patch.object(calls, "python", lambda function: fenced(python(function), side)):  # noqa: B023
                assert str(decode(head, output, (64, 32), 0.5)) == str(decoded)
    for n in (*range(1, 20), 63, 64, 65, 513):
        boxes = crowd(n)
        want = non_max_suppression(boxes, "greedynms", 0.6, 0.2)
        for side, (few, often) in itertools.product(SIDES, ((n * n, 2), (0, 2), (0, 0))):  # pairs, a tree, lists at once
            say(f"{n} boxes, at the {side} of the pages, up to {few} pairs, with lists from {often} on")
            guarded = mock.patch.object(calls, "python", lambda function: fenced(python(function), side))  # noqa: B023
            by_pairs = mock.patch.object(overlaps, "FEW", few)
            with guarded, by_pairs, mock.patch.multiple(tree, OFTEN=often, ROOM=n * n):
                got = non_max_suppression(boxes, "greedynms", 0.6, 0.2)
            assert all(np.array_equal(a, b) for a, b in zip(vars(got).values(), vars(want).values()))


def walk_pictures(lanes: int) -> None:
    """Pixels and planes to smaller and larger sizes, the arrays between guard pages."""
    python, random = calls.python, np.random.RandomState(0)
    with mock.patch.object(host(), "lanes", lanes):
        for w, size, letter_box in itertools.product((1, 5, 33), ((1, 1), (7, 5), (64, 3), (17, 40)), (False, True)):
            picture, fit = random.randint(0, 256, (4, w, 3), np.uint8), Fit((w, 4), size, letter_box)  # 4: in whole words
            wanted = fit.input(from_array(picture))
            for side in SIDES:
                say(f"{lanes} lanes, {w} x 4 to {size}, letter_box {letter_box}, at the {side} of the pages")
                with mock.patch.object(calls, "python", lambda function: fenced(python(function), side)):  # noqa: B023
                    assert np.array_equal(fit.input_of(picture), wanted)
                    assert np.array_equal(fit.input(from_array(picture)), wanted)


def crowd(n: int) -> Boxes:
    """Boxes of three classes, some of equal probability, some below 0."""
    r = np.random.RandomState(n)
    probs = np.stack([r.rand(n), r.randint(-1, 3, n) / 4, r.rand(n) > 0.5], 1).astype(np.float32)
    return Boxes(r.rand(n, 4).astype(np.float32), np.ones(n, np.float32), probs, np.zeros((n, 4), np.float32))


def say(line: str) -> None:
    """Print at once: the process may die the next moment."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def compare(n: engine.Net, guarded: Guarded, want: engine.Outputs, how: str) -> None:
    """Run layer by layer; the outputs must have the bits that they have without guards."""
    labels = {-1: "the picture", **{node.index: f"{node.label}, {node.layer}" for node in n.graph.nodes}}
    got = guarded.run(lambda layer: say(f"{how}: {labels[layer]}"))
    for i, y in got.items():
        assert np.array_equal(y.view(np.uint32), want[i].view(np.uint32)), f"{labels[i]} has other bits"


def _with(name: str, change: Callable[[Any], Any]) -> Callable[[Step], Step]:
    """A step with another value of one of its arguments."""
    return lambda step: step._replace(arguments=tuple((k, change(v) if k == name else v) for k, v in step.arguments))


CONV = "[convolutional]\nfilters=9\nactivation=linear\n"
# By a name: what layer 1 is, its wrong argument, the end of the pages where it shows
BROKEN: dict[str, tuple[str, Callable[[Step], Step], str]] = {
    "reads after a buffer": ("[maxpool]\nsize=3\n", _with("x.height", lambda rows: rows + 1), "end"),
    "reads before a buffer": ("[maxpool]\nsize=3\n", _with("x.base", lambda x: x.shifted(0, -1)), "start"),
    "reads after the weights": (CONV, _with("w", lambda w: w[:, :-1].copy()), "end"),
    "writes after a buffer": ("[upsample]\n", _with("x.height", lambda rows: rows + 1), "end"),
    "writes before a buffer": ("[upsample]\n", _with("y.base", lambda y: y.shifted(0, -1)), "end"),
}


def broken() -> None:
    """Each of them in a fork, ``NAME\\tREASON`` being printed behind its last line."""
    for name in BROKEN:
        if (child := os.fork()) == 0:
            try:
                run_broken(name)
            except AssertionError as e:
                say(f"{name}\t{e}")
            os._exit(0)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if ended < 0:
            say(f"{name}\t{signal.Signals(-ended).name}")


def run_broken(name: str) -> None:
    """A network with a kernel that gets a wrong argument."""
    layer, change, side = BROKEN[name]
    n = engine.net(CONV + layer, (3, 6, 5))
    compiled = engine.compiled(n, 8)
    want = engine.run(compiled, n.x)
    steps = [change(step) if step.layer == 1 else step for step in compiled.steps]
    compare(n, Guarded(replace(compiled, steps=steps), n.x, side), want, name)


def outcome(*arguments: str) -> str:
    """Run this file as a program: "" if all went well, else the layer that it died in and of what."""
    ended = subprocess.run([sys.executable, __file__, *arguments], capture_output=True, text=True, check=False)
    lines, errors = ["nothing ran", *ended.stdout.splitlines()], ["", *ended.stderr.splitlines()]
    if ended.returncode == 0 and lines[-1] == "done":
        return ""
    reason = signal.Signals(-ended.returncode).name if ended.returncode < 0 else errors[-1]
    return f"{lines[-1]}: {reason}"


def outcomes_of_broken() -> dict[str, str]:
    """By the name of a broken network, the layer that it ended in and of what."""
    ended = subprocess.run([sys.executable, __file__, "broken"], capture_output=True, text=True, check=True)
    found, line = dict[str, str](), ""
    for said in ended.stdout.splitlines():
        name, tab, reason = said.partition("\t")
        if tab:
            found[name] = f"{line}: {reason}"
        line = said
    return found


if __name__ == "__main__":
    walks = {"walk": walk, "pictures": walk_pictures, "boxes": walk_boxes, "broken": broken}
    walked = walks[sys.argv[1]]
    for lanes in sys.argv[2:]:
        walked(int(lanes))
    if not sys.argv[2:]:
        walked()
    say("done")
