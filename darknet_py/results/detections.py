"""What ``Network.detect`` returns, and its forms in other programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .forms import coco, darknet_json, fiftyone_labels, labelme, tables, voc, yolo
from .forms.reading import Parts, Text, names_of
from .pictures import InPicture

if TYPE_CHECKING:
    import fiftyone
    import pandas
    import supervision
    from typing_extensions import Self

__all__ = ["Detections"]


class Detections(InPicture):
    """The detections of one picture of ``width`` by ``height`` pixels, in the reference's order.

    A list of Detection: what is taken from it (slices, masks, ``of``, ``within``, ``sort_by``) or added to it is of the same
    picture; see ``DetectionList``, ``Choosing`` and ``InPicture``.  Boxes may reach beyond the picture, as Darknet's do,
    in all forms but COCO's and VOC's.

    ``from_...`` read what ``to_...`` writes, and what other programs do.  They take a path (a text that ends in .json,
    .xml or .txt is one), the text itself or, for JSON, what json.loads gives.  What a form lacks is: probability 1, the
    objectness that of the class, its name by ``names`` or its number.  They raise DatasetError, in one line, for what
    is no such form.
    """

    def to_json(self, frame_id: int = 1) -> str:
        """Darknet's JSON, the file that -out writes for a picture; classes whose names start with dont_show are left out."""
        return darknet_json.to_json(self, frame_id)

    @classmethod
    def from_json(cls, data: Any, width: int | None = None, height: int | None = None) -> Self:
        """Darknet's JSON of one picture, which does not tell its size; or a line of ``-format jsonl``, which does."""
        return cls._of_parts(darknet_json.from_json(data, width, height))

    def to_yolo(self, prob: bool = False, digits: int = 6) -> str:
        """Lines of a label file, ``class x y width height`` and, if wanted, the probability; relative to the picture.

        ``digits`` after the point; Darknet's own label files have 4.
        """
        return yolo.to_yolo(self, prob, digits)

    @classmethod
    def from_yolo(cls, data: Text, width: int, height: int, names: Sequence[str] | None = None) -> Self:
        """A label file of a picture of this size; lines that begin with # are remarks."""
        return cls._of_parts(yolo.from_yolo(data, width, height, names_of(names)))

    def to_coco(self, image_id: int, category_ids: Sequence[int] | None = None) -> list[dict[str, Any]]:
        """As COCO's results: dicts of image_id, category_id, bbox (left, top, width, height in pixels) and score.

        Boxes are cut off at the picture's edges, as the reference does for COCO.   C: detector.c print_cocos
        ``category_ids``: the id of each class; the number of the class itself, if not given.
        """
        return coco.to_coco(self, image_id, category_ids)

    @classmethod
    def from_coco(
        cls, data: Any, width: int | None = None, height: int | None = None, image_id: int | str | None = None,
        names: Sequence[str] | None = None, category_ids: Sequence[int] | None = None,
    ) -> Self:  # fmt: skip
        """COCO's results, or a file of annotations, whose ``images`` tell the size; ``image_id``: which one of several.

        Classes are the places of ``category_ids``, else of the file's categories (in the order of ``names``, if given), else
        the categories themselves.
        """
        return cls._of_parts(coco.from_coco(data, width, height, image_id, names_of(names), category_ids))

    def to_pandas(self) -> pandas.DataFrame:
        """A row a detection: xmin, ymin, xmax, ymax in pixels, confidence, class, name; without any the same columns.

        Raises DarknetError without pandas.
        """
        return tables.to_pandas(self)

    @classmethod
    def from_pandas(cls, frame: pandas.DataFrame, width: int, height: int, names: Sequence[str] | None = None) -> Self:
        """The columns of ``to_pandas``, of which confidence and name need not be there."""
        return cls._of_parts(tables.from_pandas(frame, width, height, names_of(names)))

    def to_supervision(self) -> supervision.Detections:
        """As supervision.Detections, with the names as data["class_name"].  Raises DarknetError without supervision.

        Boxes that are no numbers, which supervision refuses, are left out, with a DarknetWarning.
        """
        return tables.to_supervision(self)

    @classmethod
    def from_supervision(
        cls, found: supervision.Detections, width: int, height: int, names: Sequence[str] | None = None
    ) -> Self:
        """Boxes and classes of supervision, as of its trackers and filters; masks and other data are left out."""
        return cls._of_parts(tables.from_supervision(found, width, height, names_of(names)))

    def to_fiftyone(self) -> fiftyone.Detections:
        """As fiftyone.Detections, each with its class's number as ``class_id``.  Raises DarknetError without fiftyone."""
        return fiftyone_labels.to_fiftyone(self)

    @classmethod
    def from_fiftyone(
        cls, found: fiftyone.Detections, width: int, height: int, names: Sequence[str] | None = None
    ) -> Self:
        """FiftyOne's labels; ``names``, the classes in their order, where they have no ``class_id``."""
        return cls._of_parts(fiftyone_labels.from_fiftyone(found, width, height, names_of(names)))

    def to_labelme(self) -> dict[str, Any]:
        """labelme's JSON as a dict, for ``json.dump`` beside the picture: rectangles, and ``score``, which labelme keeps."""
        return labelme.to_labelme(self)

    @classmethod
    def from_labelme(cls, data: Any, names: Sequence[str]) -> Self:
        """labelme's JSON; of a polygon the box around it.  ``names``: the classes in their order."""
        return cls._of_parts(labelme.from_labelme(data, names_of(names)))

    def to_voc(self) -> str:
        """Pascal VOC's XML: first and last pixels of boxes inside the picture, counted from 1; without probabilities."""
        return voc.to_voc(self)

    @classmethod
    def from_voc(cls, data: Text, names: Sequence[str]) -> Self:
        """Pascal VOC's XML.  ``names``: the classes in their order."""
        return cls._of_parts(voc.from_voc(data, names_of(names)))

    @classmethod
    def _of_parts(cls, parts: Parts) -> Self:
        return cls(*parts)
