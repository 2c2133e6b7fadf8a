"""ONNX Runtime's execution providers: their names, what installs them, how each is asked for, and why one cannot be had."""

from __future__ import annotations

import ctypes
import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from ..._support.installation import pip, quoted
from ...engine_api.spec import Spec
from ...errors import DarknetError
from ..kept import folder

__all__ = ["Choice", "Provider", "chosen", "no_device", "prepare"]

Choice: TypeAlias = list[tuple[str, dict[str, str]]]  # (provider, options), the best first
SUFFIX = "ExecutionProvider"
ALIASES = {"dml": "directml"}
NO_ENGINE = {"azure", "js", "webnn"}  # a server's, and browsers'
PACKAGES = {
    "cpu": "onnxruntime", "cuda": "onnxruntime-gpu[cuda,cudnn]", "tensorrt": "onnxruntime-gpu[cuda,cudnn] tensorrt",
    "directml": "onnxruntime-directml", "openvino": "onnxruntime-openvino", "rocm": "onnxruntime-rocm",
    "migraphx": "onnxruntime-migraphx", "qnn": "onnxruntime-qnn",
}  # fmt: skip
NVIDIA = ("cuda", "tensorrt")  # in the build even where their libraries cannot be loaded


@dataclass(frozen=True)
class Provider:
    """``name`` as a user writes it, ``full`` as ONNX Runtime does."""

    name: str
    full: str

    @property
    def on_device(self) -> bool:
        """Whether arrays are kept in its own memory between runs."""
        return self.name in NVIDIA

    def choice(self, fp16: bool, digest: str, recorded: bool) -> Choice:
        """What a session is asked to use.

        ``digest``: of the model, under which is kept what the provider makes of it; its own names for that may not tell
        weights apart.  ``recorded``: the calls to the device are recorded once.
        """
        if self.name == "tensorrt":
            return [(self.full, _tensorrt(fp16, digest, recorded)), ("CUDAExecutionProvider", _cuda(fp16, False))]
        if self.name == "cuda":
            return [(self.full, _cuda(fp16, recorded))]
        return [(self.full, _coreml(digest) if self.name == "coreml" else {})]


def chosen(runtime: Any, spec: Spec) -> Provider:
    """The provider that is asked for; the processor if none is.  Raises DarknetError where this ONNX Runtime lacks it."""
    there, known = _named(runtime.get_available_providers()), _named(runtime.get_all_providers()).keys() | PACKAGES.keys()
    name = ALIASES.get(spec.provider, spec.provider) or "cpu"
    if name in there:
        return Provider(name, there[name])
    listed = f"this ONNX Runtime, {runtime.__version__}, has {', '.join(there)}"
    if name not in known:
        raise DarknetError(f"engine={str(spec)!r}: there is no provider {spec.provider}; {listed}, others have "
                           f"{', '.join(sorted(known - there.keys()))}")  # fmt: skip
    raise DarknetError(f"engine={str(spec)!r} is not possible: {listed}; {_install(name)}")


def prepare(runtime: Any, provider: Provider) -> None:
    """Load the libraries of NVIDIA's that pip puts where no loader looks.

    Raises DarknetError where the provider's own library cannot be loaded then.
    """
    if provider.name not in NVIDIA:
        return
    if hasattr(runtime, "preload_dlls"):
        with redirect_stdout(io.StringIO()):  # what it prints is said below
            runtime.preload_dlls()
    for library in _tensorrt_libraries() if provider.name == "tensorrt" else ():
        _load(library)  # without one that is needed the provider's own does not load, and says so
    for name in ("shared", provider.name):
        for library in Path(runtime.__file__).parent.glob(f"capi/*onnxruntime_providers_{name}.*"):
            if reason := _load(library):
                raise DarknetError(f"engine onnxruntime:{provider.name}: {reason}; {_install(provider.name)}")


def no_device(runtime: Any, provider: Provider) -> DarknetError:
    """The error for a provider whose session uses another one."""
    problem = f"ONNX Runtime {runtime.__version__} finds no device for it"
    remedy = "see that there is one, and that its driver is not older than the libraries (nvidia-smi)"
    return DarknetError(f"engine onnxruntime:{provider.name}: {problem}; {remedy}")


def _tensorrt_libraries() -> Iterator[Path]:
    """Those of the package tensorrt, in an order in which they load."""
    for form in ("libnvinfer.so.*", "libnvinfer_plugin.so.*", "libnvonnxparser.so.*"):
        for place in sys.path:
            yield from Path(place).glob(f"tensorrt_libs/{form}")


def _load(library: Path) -> str:
    """Load a library; what the system says against it, "" where it is loaded."""
    try:
        ctypes.CDLL(str(library), ctypes.RTLD_GLOBAL)
    except OSError as e:
        return str(e)
    return ""


def _install(name: str) -> str:
    package = PACKAGES.get(name)
    if package is None:
        return f"a build of ONNX Runtime with {name} is needed"
    words = " ".join(quoted(word) if "[" in word else word for word in package.split())
    return f"{pip('uninstall')} onnxruntime, then {pip()} {words}"


def _named(providers: Sequence[str]) -> Mapping[str, str]:
    """{short name: full name}, in alphabetical order."""
    short = {full.removesuffix(SUFFIX).lower(): full for full in providers}
    return {ALIASES.get(name, name): short[name] for name in sorted(short) if name not in NO_ENGINE}


def _cuda(fp16: bool, recorded: bool) -> dict[str, str]:
    """In single precision factors keep their bits: TF32 has 10 of them.  Half precision is faster with channels last."""
    wanted = {"use_tf32": fp16, "prefer_nhwc": fp16 and recorded, "enable_cuda_graph": recorded}
    return {name: str(int(value)) for name, value in wanted.items() if value or name == "use_tf32"}


def _tensorrt(fp16: bool, digest: str, recorded: bool) -> dict[str, str]:
    wanted = {"trt_fp16_enable": fp16, "trt_cuda_graph_enable": recorded}
    options = {name: "1" for name, value in wanted.items() if value}
    if (engines := folder("tensorrt", digest)) and (times := folder("tensorrt")):
        options |= {"trt_engine_cache_enable": "1", "trt_engine_cache_path": str(engines), "trt_timing_cache_enable": "1",
                    "trt_timing_cache_path": str(times)}  # fmt: skip
    return options


def _coreml(digest: str) -> dict[str, str]:
    kept = folder("coreml", digest)
    return {"ModelFormat": "MLProgram", **({"ModelCacheDirectory": str(kept)} if kept else {})}
