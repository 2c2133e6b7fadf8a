"""A model for SAHI (sliced inference):

    from darknet_py.compat.sahi import DarknetDetectionModel
    model = DarknetDetectionModel(config_path="yolov4.cfg", model_path="yolov4.weights", confidence_threshold=.3)
    result = sahi.predict.get_sliced_prediction("large.jpg", model, slice_height=640, slice_width=640)
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .._support.optional import from_extra
from ..boxes.geometry import inside
from ..engine_api.options import NumericsName
from ..errors import DarknetError
from ..network import Network
from ..results import Detections

with from_extra("sahi", "darknet_py.compat.sahi needs sahi"):
    from sahi.models.base import DetectionModel
    from sahi.prediction import ObjectPrediction
    from sahi.utils.compatibility import fix_full_shape_list, fix_shift_amount_list

__all__ = ["DarknetDetectionModel"]


class DarknetDetectionModel(DetectionModel):
    """``config_path`` the cfg, ``model_path`` the weights, ``image_size`` an int or (width, height) in place of the cfg's.

    ``names``, ``numerics`` and ``engine`` as in ``Network.load``; or ``model``, a Network.
    """

    def __init__(
        self, *args: Any, names: Any = None, numerics: NumericsName = "exact", engine: str = "native", **kwargs: Any
    ) -> None:  # fmt: skip
        self.names, self.numerics, self.engine = names, numerics, engine
        super().__init__(*args, **kwargs)

    def set_device(self, device: str | None = None) -> None:
        """The processor; another device is an error."""
        if device not in (None, "cpu"):
            raise DarknetError(f"device={device!r} is not possible; another engine is chosen by engine='onnxruntime:cuda'")
        self.device = "cpu"

    def load_model(self) -> None:
        """Read cfg and weights.  Raises DarknetError."""
        if not self.config_path or not self.model_path:
            raise DarknetError("DarknetDetectionModel needs config_path, the .cfg, and model_path, the .weights")
        size = (self.image_size, self.image_size) if isinstance(self.image_size, int) else self.image_size
        paths = self.config_path, self.model_path
        self.set_model(Network.load(*paths, self.numerics, size, names=self.names, engine=self.engine))

    def set_model(self, model: Network, **kwargs: Any) -> None:
        """Use this Network."""
        self.model = model
        self.category_mapping = self.category_mapping or {str(i): name for i, name in enumerate(self.category_names)}

    def unload_model(self) -> None:
        """Let the network go."""
        self.model = None

    @property
    def category_names(self) -> list[str]:
        """A name for each class: its number where there is none."""
        names = self.model.names
        return [names[i] if i < len(names) else str(i) for i in range(self.model.classes)]

    @property
    def num_categories(self) -> int:
        return int(self.model.classes)

    @property
    def has_mask(self) -> bool:
        return False

    def perform_inference(self, image: npt.NDArray[np.uint8]) -> None:
        """Detect in a picture (h, w, 3), RGB as SAHI has it."""
        if self.model is None:
            raise DarknetError("the model is not loaded; call load_model()")
        self._original_predictions = self.model.detect(np.ascontiguousarray(image[..., ::-1]), self.confidence_threshold)

    def _create_object_prediction_list_from_original_predictions(
        self, shift_amount_list: Any = None, full_shape_list: Any = None
    ) -> None:
        detections: Detections = self._original_predictions
        shift = fix_shift_amount_list(shift_amount_list or [[0, 0]])[0]
        shapes = fix_full_shape_list(full_shape_list)
        shape = shapes[0] if shapes else [detections.height, detections.width]
        boxes, mapping = inside(detections.xyxy, detections.size), self.category_mapping or {}
        predictions = [
            ObjectPrediction(bbox=box, category_id=d.class_id, score=d.prob, shift_amount=shift, full_shape=shape,
                             category_name=mapping.get(str(d.class_id), d.name))
            for d, box in zip(detections, boxes.tolist(), strict=True) if box[0] < box[2] and box[1] < box[3]
        ]  # fmt: skip
        self._object_prediction_list_per_image = [predictions]
