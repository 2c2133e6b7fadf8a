"""``Network``: a cfg and weights ready to run, each stage of the way at hand as an attribute."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from . import cfg, engines, export, feed, fold, image, model_files, weights
from ._support.words import counted
from .detecting import PictureDetection
from .engine_api.options import NumericsName, Options
from .engine_api.options import options as _options
from .engine_api.profile import Profile
from .errors import ExportError, WeightsError
from .files.inputs import Inputs
from .files.names import class_names, name_files
from .graph import Graph, build, summary
from .layers.head import DetectionHead

if TYPE_CHECKING:
    from .export.file import Written

__all__ = ["Network"]

Array = image.Planes
AnyNames: TypeAlias = str | Path | Sequence[str] | None
NO_INPUTS = Inputs()
NO_NAME = "", "<cfg>"  # of a cfg that is no file


class Network(PictureDetection):
    """A Darknet network.  Make one with ``Network.load``.

    ``graph`` (layers and shapes), ``weights`` (as in the file), ``compiled`` (what the engine made of them), ``names`` (of
    the classes) may be read.  One Network may be used from several Python threads: they take turns.
    """

    def __init__(
        self, graph: Graph, arrays: weights.Weights, options: Options, names: Sequence[str],
        inputs: Inputs = NO_INPUTS, engine: str = "native",
    ) -> None:  # fmt: skip
        super().__init__(graph, names)
        self.weights, self.options, self.engine, self._inputs = arrays, options, engine, inputs
        params = fold.folded_params(graph, arrays.params)
        self.compiled = engines.compiled(engine, fold.folded_graph(graph), params, options)

    def __repr__(self) -> str:
        """Which network it is, and how it is computed: another engine than the native one has numerics of its own."""
        name, options = Path(self._inputs.cfg_path).stem, self.options
        native = engines.spec(self.engine).name == "native"
        facts = [repr(name)] * (name not in NO_NAME) + [f"{self.width} x {self.height}", counted(self.classes, "class")]
        facts += [f"numerics={options.numerics.value!r}"] * native
        facts += [f"engine={self.engine!r}", f"threads={options.threads}"]
        return f"Network({', '.join(facts)})"

    @classmethod
    def load(
        cls,
        cfg_path: str | Path | Sequence[cfg.Section],
        weights_path: str | Path | None = None,
        numerics: NumericsName = "exact",
        size: tuple[int, int] | None = None,
        threads: int | None = None,
        names: AnyNames = None,
        avx_maxpool: bool = False,
        names_encoding: str | None = None,
        engine: str = "native",
    ) -> Network:
        """Read a network and compile it for this machine.   C: network.c load_network_custom

        ``cfg_path``: the cfg's; or ``cars``, for cars.cfg or a folder that holds one cfg; or its sections as ``cfg.parse``
        gives them.  ``weights_path``: None for those beside it, by its name: cars.weights, else cars_best, cars_final,
        cars_last, the highest cars_4000, of which those that have not the network's length are left out.
        ``numerics``: "exact" gives the reference's bits, "fast" may round differently, "bf16" rounds what convolutions
        multiply to 8 bits, where the processor has AVX512_BF16.  ``size``: (width, height) of
        the input in place of [net]'s.  ``threads``: None for one a processor.  ``names``: class names, as a list, a
        .names file or a .data file; None for those beside the cfg (cars.names, cars.data, obj.names, obj.data), else 80
        classes are COCO's; ``names_encoding``: of that file, where it is not UTF-8.  ``avx_maxpool``: as ``Options`` has it.
        ``engine``: what computes it, ``NAME[:PROVIDER][,fp16][,FILE.onnx]``: "native", or ONNX Runtime or OpenVINO, whose
        bits are not the reference's: "onnxruntime:cuda"; FILE.onnx: run in place of a model made from the weights.

        Raises CfgError, ShapeError, WeightsError, DarknetError for an engine that is not there; warns (DarknetWarning)
        of options that nothing reads.
        """
        options, spec = _options(numerics, threads, avx_maxpool), engines.spec(engine)
        cfg_path, weights_path, names = _files(cfg_path, weights_path, names, names_encoding)
        sections = cfg.read(cfg_path)
        graph = build(sections, size)
        arrays, files = weights.load(graph, weights_path), name_files(names, sections[0].path)
        read = _names(files[-1] if files else names, graph, names_encoding)
        inputs = Inputs.of(sections[0].path, files, _said(sections, graph), spec.model)
        return cls(graph, arrays, options, read, inputs, engine)

    @classmethod
    def of(
        cls, graph: Graph, arrays: weights.Weights, numerics: NumericsName = "exact", threads: int | None = None,
        engine: str = "native",
    ) -> Network:  # fmt: skip
        """Compile a graph with its weights; ``numerics``, ``threads`` and ``engine`` as in ``load``."""
        return cls(graph, arrays, _options(numerics, threads), _names(None, graph), engine=engine)

    @property
    def seen(self) -> int:
        """Pictures that the weights were trained on, as their file says."""
        return self.weights.header.seen

    def predict(self, x: image.AnyArray) -> list[Array]:
        """Run the network.   C: network.c network_predict

        ``x``: float32 (c, h, w) or (n, c, h, w) of the network's size, RGB in [0, 1].  Returns the output of each
        detection layer (without any, of the last layer), float32 (c, h, w) or (n, c, h, w): the reference's l.output.
        Raises ShapeError for another shape.
        """
        return self.outputs(x)[: len(self.graph.heads)]

    def outputs(self, x: image.AnyArray) -> list[Array]:
        outputs = self.compiled.predict(image.as_batch(x, self.graph.net.shape))
        return outputs if np.ndim(x) == 4 else [output[0] for output in outputs]

    def activations(self, x: image.AnyArray) -> dict[int, Array]:
        """Run the network and return every layer's output: {layer number: float32 (c, h, w)}.

        ``x``: float32 (c, h, w).  Batch norm is folded, as in the reference's detection commands.
        """
        return self.compiled.activations(image.as_picture(x, self.graph.net.shape))

    @property
    def batch(self) -> int:
        """How many pictures ``predict`` does best at once."""
        return self.compiled.batch

    def alone(self) -> Network:
        return self.computed_by(engines.Alone(self.compiled))

    def computed_by(self, compiled: engines.Compiled) -> Network:
        """The same network, whose outputs something else gives."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__, compiled=compiled)
        return twin

    def profile(self, x: image.AnyArray, runs: int | None = None) -> Profile:
        """What each layer costs on the picture x, float32 (c, h, w); ``runs``: how many are timed, None for two seconds.

        Raises ShapeError for another shape.   C: network_kernels.cu forward_network_gpu, benchmark_layers
        """
        return self.compiled.profile(image.as_picture(x, self.graph.net.shape), runs)

    def summary(self) -> str:
        """The table of layers that Darknet prints."""
        return summary(self.graph)

    def save_weights(self, path: str | Path) -> None:
        """Write the weights, not folded, as a file that Darknet reads.   C: parser.c save_weights

        Raises WeightsError, also where the network's own cfg or class names are.
        """
        self._inputs.check(path, WeightsError)
        weights.save(self.graph, self.weights, path)

    def calibrate(self, pictures: Iterable[feed.AnyPicture]) -> export.Calibration:
        """What layers are on pictures, a hundred or so, for ``export(int8=...)``.  Raises ImageError, ExportError."""
        feed.check_several(pictures, "calibrate")
        calibration = export.Calibration(self.graph)
        for x in (feed.load(self, picture, self.fit).x for picture in pictures):
            calibration.add(x, self.activations(x))
        return calibration

    def export(
        self, path: str | Path, outputs: export.Outputs = "heads", batch: export.Batch = 1,
        int8: export.Calibration | None = None, **asked: Any,
    ) -> Written:  # fmt: skip
        """Write the network as an ONNX model; see ``darknet_py.export`` for what goes in and comes out.

        ``int8``: what ``calibrate`` gave, for a model whose convolutions are int8; ``asked``: other fields of
        ``export.Form``, such as ``opset=13``.  Returns shapes and size of what was written.
        Raises ExportError, also where one of the network's own files is.
        """
        self._inputs.check(path, ExportError)
        if self.weights.is_from(path):
            raise ExportError(f"{path}: holds the weights of this network; choose another file")
        about = export.About(self.names, self._inputs.cfg, (self._inputs.cfg_path, *self._inputs.name_paths))
        model = export.to_onnx(self.graph, self.weights, outputs, batch, about, **asked)
        return export.save(path, export.to_int8(model, self.graph, int8).model if int8 is not None else model)

    @property
    def plan(self) -> Any:
        """The native engine's program; another engine has none."""
        return getattr(self.compiled, "plan", None)

    def __deepcopy__(self, memo: dict[int, Any]) -> Network:
        """Another network with the same weights, and memory of its own."""
        return copy.copy(self)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled are the graph, the path and check sum of the weights' file, and the options.

        Where it is unpickled the file must be in the same place; the network is compiled for the processor there.
        """
        return type(self), (self.graph, self.weights, self.options, self.names, self._inputs, self.engine)


def _files(
    network: str | Path | Sequence[cfg.Section], weights_path: str | Path | None, names: AnyNames, encoding: str | None
) -> tuple[str | Sequence[cfg.Section], str | Path, AnyNames]:
    """The cfg, its weights and class names: those that are given or, for a cfg that is a file, found."""
    if isinstance(network, (str, Path)):
        path, found = model_files.find(network, weights_path)
        names = model_files.names_of(path, encoding) if names is None else names
        return path, found if weights_path is None else weights_path, names
    if weights_path is None:
        raise WeightsError("sections of a cfg need their weights file named")
    return network, weights_path, names


def _said(sections: Sequence[cfg.Section], graph: Graph) -> str:
    """What the cfg of a network says, with the size that its input has."""
    return cfg.written(sections, {"width": graph.net.width, "height": graph.net.height})


def _names(given: AnyNames, graph: Graph, encoding: str | None = None) -> list[str]:
    head = graph.nodes[graph.heads[-1]].layer
    return class_names(given, head.classes if isinstance(head, DetectionHead) else 0, encoding)
