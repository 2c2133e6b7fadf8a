"""COCO's evaluation of a file of results by a file of annotations, as its authors publish them or in that form."""

from __future__ import annotations

import contextlib
import io
import json
import warnings
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .._support.words import brief, reason
from ..errors import DarknetWarning, DatasetError
from .coco import CocoScore, evaluated, indexed, needs_pycocotools

__all__ = ["coco_results", "read_annotations"]

KIND = "it is to be COCO's file of annotations, such as instances_val2017.json"
COCO_CLASSES = 80
NUMBERS = {"images": ["id"], "annotations": ["id", "image_id", "category_id"], "categories": ["id"]}  # of each entry


def coco_results(
    annotations: str | Path, results: str | Path, pictures: Mapping[int | str, str], classes: Mapping[int, str]
) -> tuple[CocoScore, list[str]]:
    """The figures of a file of results, as ``detector valid`` writes it, and the lines in which COCO's program tells them.

    ``pictures``: the path of each image_id that was looked at, found there by file_name or by number; others do not
    count.  ``classes``: the name of each category_id, by which it is found there but in COCO's own 80 categories.
    An annotation without area has its box's; one without iscrowd is no crowd.
    Raises DatasetError for another kind of file, and where no picture or class is in both; DarknetError without
    pycocotools.
    """
    needs_pycocotools()
    known = _annotated(annotations)
    image = _images(known.dataset["images"], pictures, annotations)
    category = _categories(known.dataset["categories"], classes)
    for part, what in ((image, "pictures"), (category, "classes")):
        if not part:
            raise DatasetError(f"{annotations}: knows none of the {what}; is it of another set?")
    _warn(annotations, [path for key, path in pictures.items() if key not in image], "pictures")
    _warn(annotations, [name for key, name in classes.items() if key not in category], "classes")
    kept = [entry for entry in json.loads(Path(results).read_bytes()) if _counts(entry, image, category)]
    for number, entry in enumerate(kept, 1):
        _, _, wide, high = entry["bbox"]
        own = {"image_id": image[entry["image_id"]], "category_id": category[entry["category_id"]]}
        entry.update(own, id=number, area=wide * high)
    with contextlib.redirect_stdout(io.StringIO()):
        boxes = indexed(type(known)(), {**known.dataset, "annotations": kept})
    return evaluated(known, boxes, sorted(set(image.values())))


def _counts(entry: dict[str, Any], image: Mapping[int | str, int], category: Mapping[int, int]) -> bool:
    """Not where a number of it is none."""
    known = entry["image_id"] in image and entry["category_id"] in category
    return known and None not in (*entry["bbox"], entry["score"])


def _annotated(path: str | Path) -> Any:
    """By pycocotools."""
    from pycocotools.coco import COCO

    with contextlib.redirect_stdout(io.StringIO()):
        return indexed(COCO(), {"info": {}, "licenses": [], **read_annotations(path)})


def read_annotations(path: str | Path) -> dict[str, list[dict[str, Any]]]:
    """Images, annotations and categories, with all that pycocotools asks for.  Raises DatasetError for another file."""
    try:
        dataset = json.loads(Path(path).read_bytes())
    except OSError as e:
        raise DatasetError(f"{path}: cannot be read ({reason(e)})") from e
    except ValueError as e:
        raise DatasetError(f"{path}: is not JSON ({e}); {KIND}") from e
    if not isinstance(dataset, dict) or not all(isinstance(dataset.get(part), list) for part in NUMBERS):
        raise DatasetError(f"{path}: has no {', '.join(NUMBERS)}; {KIND}")
    whole = {
        part: [_entry(entry, part, f"{path}: entry {i} of {part}") for i, entry in enumerate(dataset[part], 1)]
        for part in NUMBERS
    }
    for part, entries in whole.items():
        twice = [number for number, count in Counter(entry["id"] for entry in entries).items() if count > 1]
        if twice:
            raise DatasetError(f"{path}: {part} has several entries of id {twice[0]}; each needs an id of its own")
    return whole


def _entry(entry: Any, part: str, where: str) -> dict[str, Any]:
    """With all that pycocotools asks for.  Raises DatasetError."""
    facts = entry if isinstance(entry, dict) else {}
    wrong = [key for key in NUMBERS[part] if not isinstance(facts.get(key), int)]
    if wrong:
        raise DatasetError(f"{where}: has no whole number as {wrong[0]!r}; {KIND}")
    if part != "annotations":
        return facts
    bbox = facts.get("bbox")
    if not isinstance(bbox, list) or len(bbox) != 4 or not all(isinstance(side, (int, float)) for side in bbox):
        raise DatasetError(f"{where}: has no 'bbox' of four numbers; {KIND}")
    return {"area": bbox[2] * bbox[3], "iscrowd": 0, **{k: v for k, v in facts.items() if v is not None}}


def _images(images: list[dict[str, Any]], pictures: Mapping[int | str, str], where: str | Path) -> dict[int | str, int]:
    """The number there of each picture's number here."""
    there = {entry["id"] for entry in images}
    named: dict[str, list[tuple[Path, int]]] = defaultdict(list)
    for entry in images:
        path = Path(str(entry.get("file_name", "")))
        named[path.name].append((path, entry["id"]))
    found = {key: _number(Path(path), named.get(Path(path).name, []), key, where) for key, path in pictures.items()}
    return {key: number for key, number in found.items() if isinstance(number, int) and number in there}


def _number(path: Path, named: Sequence[tuple[Path, int]], own: int | str, where: str | Path) -> int | str:
    """That of the picture of this name; of several, in folders, of the one whose file_name ends the path."""
    if len(named) > 1:
        named = [(name, number) for name, number in named if path.parts[-len(name.parts) :] == name.parts]
        if len(named) != 1:
            raise DatasetError(f"{where}: has several pictures called {path.name}, of which none is surely {path}")
    return named[0][1] if named else own


def _categories(categories: list[dict[str, Any]], classes: Mapping[int, str]) -> dict[int, int]:
    """The number there of each class's number here: the same where both are COCO's 80, whose names have changed."""
    if len(classes) == COCO_CLASSES and {entry["id"] for entry in categories} == set(classes):
        return {key: key for key in classes}
    by_name = {entry.get("name"): int(entry["id"]) for entry in categories}
    return {key: by_name[name] for key, name in classes.items() if name in by_name}


def _warn(path: str | Path, missing: list[str], what: str) -> None:
    if missing:
        message = f"{len(missing)} {what} are not there, and do not count: {brief(missing)}"
        warnings.warn(DarknetWarning(message, f"{path}:"), stacklevel=3)
