"""``DetectionModel`` and ``ClassificationModel`` as cv2.dnn has them.   OpenCV: model.cpp"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..._support.with_cv2 import cv2
from ...errors import DarknetError, ImageError
from .arguments import Names, Numbers, as_opencv, size_of
from .dnn_layers import BOX
from .errors import missing, opencv_errors
from .input_blob import scalar
from .native import NATIVE
from .net import Net
from .reading import darknet_files, readNet

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["ClassificationModel", "DetectionModel", "Model"]

Array = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Rows = npt.NDArray[np.intp]
Result = tuple[Any, Any, Any]

NONE: Result = (), (), ()
FAR = 2.0**30  # pixels; farther boxes end there


@dataclass(frozen=True)
class Preparation:
    """How a picture becomes a blob: ``scale`` * (resized picture - ``mean``), each a number for each channel."""

    size: tuple[int, int]
    scale: tuple[float, ...] = (1.0,) * 4
    mean: tuple[float, ...] = (0.0,) * 4
    swap: bool = False
    crop: bool = False

    def blob(self, frame: Any) -> Array:
        """(1, c, h, w) of a picture (height, width, channels).  Raises ImageError for what is none."""
        picture = _picture(frame)
        params = NATIVE.Image2BlobParams()
        params.scalefactor, params.size, params.mean, params.swapRB = self.scale, self.size, self.mean, self.swap
        params.paddingmode = NATIVE.DNN_PMODE_CROP_CENTER if self.crop else NATIVE.DNN_PMODE_NULL
        return np.asarray(NATIVE.blobFromImageWithParams(picture, params), np.float32)


def _picture(frame: Any) -> npt.NDArray[Any]:
    picture = frame.get() if isinstance(frame, cv2.UMat) else frame
    if not isinstance(picture, np.ndarray) or picture.ndim not in (2, 3) or not picture.size:
        what = f"of shape {picture.shape}" if isinstance(picture, np.ndarray) else type(picture).__name__
        raise ImageError(f"the frame must be a picture (height, width, channels), not {what}; did reading it fail?")
    return picture


def _is_empty(source: Any) -> bool:
    return source is None or (isinstance(source, str) and not source)


@as_opencv
class Model:
    """A network and the way from a picture to its input, of the cfg's size until another is set.

    Made of a Net, or of paths as ``readNet`` takes them; networks that are not Darknet's give OpenCV's own model.
    Threads may share one.
    """

    native: ClassVar[str] = "Model"

    @opencv_errors()
    def __new__(cls, model: Any = "", config: Any = "", *, network: Any = None) -> Any:
        source = model if network is None else network
        if _is_empty(source):
            raise DarknetError(f"{cls.__name__} needs a network: a Net, or the paths of its weights and cfg")
        if isinstance(source, Net) or darknet_files(source, config):
            return super().__new__(cls)
        try:
            return getattr(NATIVE, cls.native)(*((source,) if _is_empty(config) else (source, config)))
        except SystemError as e:  # OpenCV's own error is its cause
            raise e.__cause__ or e from None

    def __getattr__(self, name: str) -> Any:
        return missing(self, self.native, name)

    @opencv_errors()
    def __init__(self, model: Any = "", config: Any = "", *, network: Any = None) -> None:
        source = model if network is None else network
        self._net: Net = source if isinstance(source, Net) else readNet(source, config)
        self._names = self._net.getUnconnectedOutLayersNames()
        self._preparation = Preparation(self._net.size)

    def setInputParams(
        self, scale: float = 1.0, size: Any = (0, 0), mean: Numbers = (), swapRB: bool = False, crop: bool = False
    ) -> None:
        """All at once; what is not given goes back to its default."""
        self._preparation = Preparation(self._net.size)
        pair = (0, 0) if size is None else size
        self.setInputSize(pair).setInputScale(scale).setInputMean(mean).setInputSwapRB(swapRB).setInputCrop(crop)

    def setInputSize(self, size: Any, height: int | None = None) -> Self:
        """(width, height), or two numbers; 0 for the cfg's."""
        width, high = size_of(size, height)
        return self._prepared(size=(width, high) if width and high else self._net.size)

    def setInputScale(self, scale: Numbers) -> Self:
        """What pictures are multiplied by, for all channels or each."""
        factors = scalar(scale)
        return self._prepared(scale=tuple((factors if factors[1:].any() else np.full(4, factors[0])).tolist()))

    def setInputMean(self, mean: Numbers) -> Self:
        """What is subtracted from pictures, for each channel."""
        return self._prepared(mean=tuple(scalar(mean).tolist()))

    def setInputSwapRB(self, swapRB: bool) -> Self:
        """Whether red and blue change places."""
        return self._prepared(swap=bool(swapRB))

    def setInputCrop(self, crop: bool) -> Self:
        """Whether the middle of the picture is taken, of the size's proportions."""
        return self._prepared(crop=bool(crop))

    def setOutputNames(self, outNames: Names) -> Self:
        """The layers whose outputs count; at first those that nothing reads."""
        self._names = tuple(outNames)
        return self

    def setPreferableBackend(self, backendId: int) -> Self:
        self._net.setPreferableBackend(backendId)
        return self

    def setPreferableTarget(self, targetId: int) -> Self:
        self._net.setPreferableTarget(targetId)
        return self

    def enableWinograd(self, useWinograd: bool) -> Self:
        self._net.enableWinograd(useWinograd)
        return self

    def predict(self, frame: Any, outs: Any = None) -> tuple[Array, ...]:
        """The outputs for a picture (height, width, channels).  ``outs`` is accepted and left alone."""
        return self._net.infer(self._preparation.blob(frame), self._names)

    def _prepared(self, **changes: Any) -> Self:
        self._preparation = replace(self._preparation, **changes)
        return self


@as_opencv
class ClassificationModel(Model):
    """Classes of pictures."""

    native = "ClassificationModel"
    _softmax = False

    def setEnableSoftmaxPostProcessing(self, enable: bool) -> Self:
        """Whether the network's output goes through softmax."""
        self._softmax = bool(enable)
        return self

    def getEnableSoftmaxPostProcessing(self) -> bool:
        return self._softmax

    def classify(self, frame: Any) -> tuple[int, float]:
        """The best class and its value."""
        outputs = self.predict(frame)
        if len(outputs) != 1:
            raise DarknetError(f"a ClassificationModel needs a network with one output, not {', '.join(self._names)}")
        values = outputs[0].ravel()
        if self._softmax:
            powers = np.exp(values - values.max())
            values = powers / powers.sum()
        best = int(values.argmax())
        return best, float(values[best])


@as_opencv
class DetectionModel(Model):
    """Boxes in pictures.  Its suppression takes the place of the one in the network's heads."""

    native = "DetectionModel"
    _across = False

    def __init__(self, model: Any = "", config: Any = "", *, network: Any = None) -> None:
        super().__init__(model, config, network=network)
        self._net.region_nms = False

    def setNmsAcrossClasses(self, value: bool) -> Self:
        """Whether a box may suppress those of other classes."""
        self._across = bool(value)
        return self

    def getNmsAcrossClasses(self) -> bool:
        return self._across

    def detect(self, frame: Any, confThreshold: float = 0.5, nmsThreshold: float = 0.0) -> Result:
        """Classes (n,) int32, their probabilities (n,) float32 and boxes (n, 4) int32: left, top, width, height in pixels.

        ``nmsThreshold`` 0: no suppression.  Without boxes three empty tuples, as OpenCV gives them.
        """
        height, width = _picture(frame).shape[:2]
        outputs = zip(self._names, self.predict(frame), strict=True)
        heads = [rows for name, rows in outputs if self._net.gives_boxes(name)]
        if not heads:
            raise DarknetError(f"a DetectionModel needs a network with a head such as [yolo], not {', '.join(self._names)}")
        candidates = [_candidates(rows, width, height, np.float32(confThreshold)) for rows in heads]
        classes, confidences, boxes = (np.concatenate(parts) for parts in zip(*candidates, strict=True))
        if nmsThreshold:
            kept = self._kept(classes, confidences, boxes, (confThreshold, nmsThreshold))
            classes, confidences, boxes = classes[kept], confidences[kept], boxes[kept]
        return (classes, confidences, boxes) if len(classes) else NONE

    def _kept(self, classes: Ints, confidences: Array, boxes: Ints, thresholds: tuple[float, float]) -> Rows:
        """Numbers of the boxes that stay: class by class, in each the best first."""
        kept = [np.zeros(0, np.intp)]
        groups = np.zeros_like(classes) if self._across else classes
        for group in (np.flatnonzero(groups == number) for number in np.unique(groups)):
            best = NATIVE.NMSBoxes(boxes[group].astype(np.float64), confidences[group], *thresholds)
            kept.append(group[np.array(best, np.intp)])
        return np.concatenate(kept)


def _candidates(rows: Array, width: int, height: int, least: np.float32) -> tuple[Ints, Array, Ints]:
    """The best class of each row, its probability and the box in pixels, cut to the picture; where not below ``least``."""
    classes = rows[:, BOX:].argmax(1)
    confidences = rows[np.arange(len(rows)), BOX + classes]
    passes = confidences >= least
    with np.errstate(all="ignore"):
        pixels = rows[passes, :4] * np.array([width, height, width, height], np.float32)
        x, y, w, h = np.clip(pixels, -FAR, FAR).astype(np.int32).T
    left, top = np.clip(x - w // 2, 0, width - 1), np.clip(y - h // 2, 0, height - 1)
    boxes = np.stack([left, top, np.clip(w, 1, width - left), np.clip(h, 1, height - top)], 1)
    return classes[passes].astype(np.int32), confidences[passes], boxes.astype(np.int32)
