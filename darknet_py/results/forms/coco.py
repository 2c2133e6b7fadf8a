"""COCO's results and annotations of a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...boxes.detection import Detection
from ...boxes.geometry import inside
from ...errors import DarknetError, DatasetError
from ..choosing import Choosing
from .reading import Parts, box_of, class_number, detection, items, loads, number, size_of, value_of

__all__ = ["from_coco", "to_coco"]

FORM = "COCO's results"


def to_coco(found: Choosing, image_id: int, category_ids: Sequence[int] | None) -> list[dict[str, Any]]:
    """See ``Detections.to_coco``."""
    if category_ids is not None and any(d.class_id >= len(category_ids) for d in found):
        raise DarknetError(f"category_ids has {len(category_ids)} numbers; there must be one for each class of the network")
    rows = zip(found, inside(found.xyxy.astype(np.float64), found.size).tolist(), strict=True)
    return [{
        "image_id": image_id, "category_id": d.class_id if category_ids is None else category_ids[d.class_id],
        "bbox": [x0, y0, x1 - x0, y1 - y0], "score": d.prob,
    } for d, (x0, y0, x1, y1) in rows]  # fmt: skip


def from_coco(
    given: Any, width: int | None, height: int | None, image_id: int | str | None, names: Sequence[str],
    category_ids: Sequence[int] | None,
) -> Parts:  # fmt: skip
    """See ``Detections.from_coco``."""
    where, value = loads(given, FORM)
    whole: Mapping[str, Any] = value if isinstance(value, Mapping) else {"annotations": value}
    records = items(value_of(whole, "annotations", where), "annotations", where)
    image_id = _image(records, whole, image_id, where)
    image: Mapping[str, Any] = next((i for i in _listed(whole, "images", where) if value_of(i, "id", where) == image_id), {})
    size = size_of(image.get("width") if width is None else width, image.get("height") if height is None else height, where)
    categories = _categories(whole, names, category_ids, where)
    found = [_annotation(r, size, categories, names, f"{where}: annotation {i}")
             for i, r in enumerate(records, 1) if r["image_id"] == image_id]  # fmt: skip
    return Parts(found, *size, image.get("file_name", 0))


def _id(record: Any, key: str, where: str) -> int | str:
    found = value_of(record, key, where)
    if not isinstance(found, (int, str)):
        raise DatasetError(f"{where}: {key} is neither a number nor a text")
    return found


def _listed(whole: Mapping[str, Any], key: str, where: str) -> Sequence[Any]:
    return items(whole.get(key, ()), key, where)


def _image(records: Sequence[Any], whole: Mapping[str, Any], image_id: int | str | None, where: str) -> int | str | None:
    """The picture that is meant.  Raises DatasetError where there are several."""
    known = [_id(r, "image_id", f"{where}: annotation {i}") for i, r in enumerate(records, 1)]
    known += [_id(image, "id", where) for image in _listed(whole, "images", where)]
    ids = list(dict.fromkeys(known))
    if image_id is None and len(ids) > 1:
        raise DatasetError(f"{where}: is of {len(ids)} pictures; image_id= chooses one")
    if image_id is not None and ids and image_id not in ids:
        raise DatasetError(f"{where}: has no picture of image_id {image_id!r}")
    return ids[0] if image_id is None and ids else image_id


def _categories(
    whole: Mapping[str, Any], names: Sequence[str], category_ids: Sequence[int] | None, where: str
) -> Mapping[Any, tuple[int, str | None]] | None:
    """{category_id: (class, name)}; None: categories are the classes."""
    if category_ids is not None:
        return {number: (i, names[i] if i < len(names) else None) for i, number in enumerate(category_ids)}
    listed = [(_id(c, "id", where), str(value_of(c, "name", where))) for c in _listed(whole, "categories", where)]
    if not listed:
        return None
    order = names or [name for _, name in listed]
    return {number: (order.index(name), name) for number, name in listed if name in order}


def _annotation(
    record: Mapping[str, Any], size: tuple[int, int], categories: Any, names: Sequence[str], where: str
) -> Detection:
    category = class_number(value_of(record, "category_id", where), where)
    if categories is not None and category not in categories:
        raise DatasetError(f"{where}: category {category} is no class; see names= and category_ids=")
    class_id, name = (category, None) if categories is None else categories[category]
    bbox = items(value_of(record, "bbox", where), "bbox", where)
    if len(bbox) != 4:
        raise DatasetError(f"{where}: bbox has {len(bbox)} numbers, not left, top, width, height")
    left, top, wide, high = (number(v, "a side of bbox", where) for v in bbox)
    prob = number(record.get("score", 1.0), "score", where)
    return detection(class_id, name, prob, box_of((left, top, left + wide, top + high), size), names)
