"""ONNX Runtime as an engine, on any of its providers: the model is that of ``darknet_py export``."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...engine.engine import SMALL
from ...engine_api.options import Options
from ...engine_api.profile import Profile
from ...engine_api.spec import Spec
from ...errors import DarknetError, DarknetWarning
from ...graph import Graph
from ...weights import Params
from ..batches import Batches, Run, in_parts
from ..late import Late
from ..model import check_fits, digest, refuse_numerics, stored
from ..profiling import Times, measured
from . import providers
from .session import Bound, Session, package, times_of_runs

__all__ = ["OnnxRuntime"]

Array = npt.NDArray[np.float32]
NOT_RECORDED = "graph capture"  # in ONNX Runtime's refusal of that alone
MOST = 8  # pictures at once on the processor, which gains nothing by more, and whose memory they take


class OnnxRuntime:
    """A network as a model that ONNX Runtime has loaded."""

    def __init__(self, graph: Graph, params: Params, options: Options, spec: Spec) -> None:
        refuse_numerics(options, spec)
        self.graph, self.params, self.options, self.spec = graph, params, options, spec
        runtime = package()
        self.provider = providers.chosen(runtime, spec)
        providers.prepare(runtime, self.provider)
        on_host = self.provider.name == "cpu"
        self.batch = options.threads if on_host and graph.flops < SMALL else 1
        self._together = Late(partial(self._run_of, options.threads))
        self._alone = Late(partial(self._run_of, 1)) if on_host else self._together
        self._keeping = Late(partial(self._session, range(len(graph.nodes)), options.threads))
        self._together()

    def predict(self, x: Array) -> list[Array]:
        """The outputs of ``graph.outputs``, (n, c, h, w) each, for x, (n, c, h, w)."""
        return self._together()(x)

    def alone(self, x: Array) -> list[Array]:
        """``predict`` on the caller's thread only, where the processor computes; others may do the same at the same time."""
        return self._alone()(x)

    def activations(self, x: Array) -> dict[int, Array]:
        """{layer: its output (c, h, w)} for x, (c, h, w); a second model has them all as outputs."""
        if self.spec.model:
            raise DarknetError(f"{self.spec.model}: has no outputs of all layers; leave the file out of engine={self.spec}")
        return {i: y[0] for i, y in enumerate(self._keeping()(x[None]))}

    def profile(self, x: Array, runs: int | None = None) -> Profile:
        """What each layer costs on a picture (c, h, w), by ONNX Runtime's own profiler."""
        if self.provider.on_device:
            raise DarknetError(f"engine {self.spec} has no times of layers: ONNX Runtime does not wait for the device; its "
                               "maker's tools, nsys, have them")  # fmt: skip
        run = partial(self.predict, x[None])
        return measured(self.graph, self.options.threads, runs, run, partial(self._stamped, x[None]))

    def _stamped(self, x: Array, runs: int) -> list[Times]:
        """The times of the nodes in so many runs, after one that does not count."""
        with tempfile.TemporaryDirectory(prefix="darknet_py_") as folder:
            session = self._session(self.graph.outputs, self.options.threads, profiled=str(Path(folder, "run")))
            for _ in range(runs + 1):
                session(np.repeat(x, session.size or 1, axis=0))
            return times_of_runs(session.ort.end_profiling())[1:]

    def _run_of(self, threads: int) -> Run:
        """What computes the outputs of any number of pictures."""
        if self.provider.on_device:
            return self._recorded(threads)
        session = self._session(self.graph.outputs, threads)
        return Batches(lambda _: session, session.size) if session.size else partial(in_parts, session, MOST)

    def _recorded(self, threads: int) -> Run:
        """A session for each number of pictures: what one has recorded may call code that is unloaded for another number."""
        layers = self.graph.outputs
        load = partial(self._session, layers, threads, recorded=True)
        first = load(1)
        size = first.size if self.spec.model else None
        runs = Batches(lambda pictures: Bound(load(pictures), self.graph, layers, pictures), size)
        runs.keep(size or 1, Bound(first, self.graph, layers, size or 1))
        return runs

    def _session(
        self, layers: Sequence[int], threads: int, size: int | None = None, recorded: bool = False, profiled: str = ""
    ) -> Session:  # fmt: skip
        """The model that gives the outputs of ``layers``, loaded; ``size``: pictures at once, None for any number.

        ``recorded``: with the device's calls recorded, where the provider can do that for the whole of the model.
        """
        with stored(self.graph, self.params, layers, size, self.spec, self.spec.fp16) as model:
            load = partial(self._loaded, model, threads, profiled)
            if not (recorded and self.provider.on_device):
                return load(False)
            try:
                return load(True)
            except DarknetError as e:
                if NOT_RECORDED not in str(e):
                    raise
                told = DarknetWarning(f"engine {self.spec}: slower than it could be: its calls cannot be recorded ({e})")
                warnings.warn(told, stacklevel=2)
                return load(False)

    def _loaded(self, model: bytes | str, threads: int, profiled: str, recorded: bool) -> Session:
        choice = self.provider.choice(self.spec.fp16, digest(model), recorded)
        session = Session(model, self.spec.model or f"engine {self.spec}", threads, choice, profiled)
        if self.provider.full not in session.ort.get_providers():
            raise providers.no_device(session.runtime, self.provider)
        if self.spec.model:
            session.check_types()
            session.names = check_fits(self.spec.model, self.graph, session.inputs, session.outputs)
        return session
