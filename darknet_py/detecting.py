"""What a network finds in pictures, however they come: one, several, or a stream of them."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from . import feed, image
from .boxes.selection import Selected
from .boxes.thresholds import HIER, NMS, THRESH, check_thresholds
from .capture import AnySource
from .errors import ImageError
from .object_detection import ObjectDetection
from .results import Detections
from .streaming import NotSeen, Seen, Streaming

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Options", "PictureDetection"]

DEFAULTS = {
    "thresh": THRESH, "hier_thresh": HIER, "nms": NMS, "letter_box": None, "tile": None, "overlap": 0.2, "exif": None,
    "max_pixels": None,
}  # fmt: skip


class Options(Selected, total=False):
    """What ``detect`` takes beside the picture, as keywords of ``stream``."""

    thresh: float
    hier_thresh: float
    nms: float
    letter_box: bool | None
    tile: int | None
    overlap: float
    exif: bool | None
    max_pixels: int | None


class PictureDetection(ObjectDetection):
    """``detect``, ``detect_many`` and ``stream`` of a network."""

    @overload
    def detect(  # type: ignore[overload-overlap]
        self, picture: image.AnyPicture, thresh: float = ..., hier_thresh: float = ..., nms: float = ...,
        letter_box: bool | None = ..., tile: int | None = ..., overlap: float = ..., exif: bool | None = ...,
        max_pixels: int | None = ..., **selected: Unpack[Selected],
    ) -> Detections: ...  # fmt: skip

    @overload
    def detect(
        self, picture: Iterable[image.AnyPicture], thresh: float = ..., hier_thresh: float = ..., nms: float = ...,
        letter_box: bool | None = ..., tile: int | None = ..., overlap: float = ..., exif: bool | None = ...,
        max_pixels: int | None = ..., **selected: Unpack[Selected],
    ) -> list[Detections]: ...  # fmt: skip

    def detect(
        self, picture: Any, thresh: float = THRESH, hier_thresh: float = HIER, nms: float = NMS,
        letter_box: bool | None = None, tile: int | None = None, overlap: float = 0.2, exif: bool | None = None,
        max_pixels: int | None = None, **selected: Unpack[Selected],
    ) -> Detections | list[Detections]:  # fmt: skip
        """The objects in a picture; of a list of pictures, or of what else can be walked, those of each, in order.

        ``picture``: a path or an address (http, https, file); the bytes of a picture file, or such a file, open in binary
        mode; an array (h, w, 3) BGR uint8 as OpenCV has it; a PIL image, whose colours are put into that order.
        ``thresh``: least probability.  ``nms``: largest overlap of two boxes of a class, 0 for no suppression.
        ``letter_box``: keep the picture's aspect; None: what [net] says.  ``hier_thresh`` is accepted for the
        reference's sake, which does not use it.  ``tile``, ``overlap``: see ``tiled_rows``.  ``exif``: True turns a picture
        file upright as its EXIF orientation says, None and False do not, but None warns of the first such picture;
        ``max_pixels``: see ``image.Reading``.  ``classes``, ``skip_classes``, ``max_det``, ``agnostic_nms``: see
        ``boxes.selection.Selected``.  Raises ImageError for what is not a picture, as
        None, which cv2.imread gives for what it cannot read; warns (DarknetWarning) of thresholds that are not from 0 to 1.
        C: detector.c test_detector
        """
        _check_keywords("detect", selected, Selected)
        check_thresholds(thresh, nms, hier_thresh)
        looking = feed.Looking(thresh, nms, letter_box, tile, overlap, selection=self.selection(**selected))
        reading = image.Reading(exif, max_pixels, self._exif_told)
        if not isinstance(picture, np.ndarray) and not image.is_one(picture):
            results: Any = _in_turn(self, picture, looking, reading, keep=True)
            return list(results)
        see = partial(_found, looking, reading, keep=True, name=image.name_of(picture))
        return feed.one(self, (0, picture), see)

    @overload
    def detect_many(
        self, pictures: Iterable[image.AnyPicture], thresh: float = ..., hier_thresh: float = ..., nms: float = ...,
        letter_box: bool | None = ..., tile: int | None = ..., overlap: float = ..., exif: bool | None = ...,
        max_pixels: int | None = ..., return_exceptions: Literal[False] = ..., **selected: Unpack[Selected],
    ) -> Generator[Detections, None, None]: ...  # fmt: skip

    @overload
    def detect_many(
        self, pictures: Iterable[image.AnyPicture], thresh: float = ..., hier_thresh: float = ..., nms: float = ...,
        letter_box: bool | None = ..., tile: int | None = ..., overlap: float = ..., exif: bool | None = ...,
        max_pixels: int | None = ..., *, return_exceptions: bool, **selected: Unpack[Selected],
    ) -> Generator[Detections | ImageError, None, None]: ...  # fmt: skip

    def detect_many(
        self, pictures: Iterable[image.AnyPicture], thresh: float = THRESH, hier_thresh: float = HIER, nms: float = NMS,
        letter_box: bool | None = None, tile: int | None = None, overlap: float = 0.2, exif: bool | None = None,
        max_pixels: int | None = None, return_exceptions: bool = False, **selected: Unpack[Selected],
    ) -> Generator[Detections | ImageError, None, None]:  # fmt: skip
        """``detect`` for many pictures: the Detections of each when they are asked for, whose ``source`` tells which.

        Several pictures are read and computed at the same time, which takes less time than one after the other.  Only a
        few are taken ahead, on the caller's thread: ``pictures`` may be a generator without end, but an array must stay
        as it is until its Detections come.  Leaving the loop, or closing the generator, ends the work.  A picture that
        cannot be used raises its ImageError when it is its turn, which ends the generator; with ``return_exceptions``
        the error comes in place of its Detections, and the others follow.  The other arguments, and what else is raised
        and warned of, are those of ``detect``.
        """
        _check_keywords("detect_many", selected, Selected)
        check_thresholds(thresh, nms, hier_thresh)
        feed.check_several(pictures, "detect_many", "one is for detect, ")
        looking = feed.Looking(thresh, nms, letter_box, tile, overlap, selection=self.selection(**selected))
        reading = image.Reading(exif, max_pixels, self._exif_told)
        return _in_turn(self, pictures, looking, reading, return_exceptions)

    @overload
    def stream(
        self, source: AnySource, every: int = ..., batch: int | None = ..., recursive: bool = ..., reconnect: float = ...,
        return_exceptions: Literal[False] = ..., **options: Unpack[Options],
    ) -> Generator[Seen, None, None]: ...  # fmt: skip

    @overload
    def stream(
        self, source: AnySource, every: int = ..., batch: int | None = ..., recursive: bool = ..., reconnect: float = ...,
        *, return_exceptions: bool, **options: Unpack[Options],
    ) -> Generator[Seen | NotSeen, None, None]: ...  # fmt: skip

    def stream(
        self, source: AnySource, every: int = 1, batch: int | None = None, recursive: bool = False, reconnect: float = 60.0,
        return_exceptions: bool = False, **options: Unpack[Options],
    ) -> Generator[Seen | NotSeen, None, None]:  # fmt: skip
        """Pictures and frames one after the other, (h, w, 3) BGR uint8, each with its Detections.

        ``source``: a camera's number; the path or address of a video or stream (rtsp, http, …); numbered pictures as
        ``img_%04d.jpg``; a folder, with those in it if ``recursive``; a pattern as ``photos/**/*.jpg``; a list of paths,
        .txt; a picture as ``detect`` takes it; or several of these but cameras and streams, a generator of frames too.
        Nothing is listed or opened before it is asked for.  ``every``: of so many pictures or frames the first; ``batch``:
        how many are in work at the same time at most, None: as suits the network.  Of a camera or stream, which does not
        wait, those frames are skipped for which there is no time; one that is lost is tried again for ``reconnect`` seconds.
        ``options``: those of ``detect``.

        ``source`` of the Detections: the path of a picture, else the number of the frame, from 0; of a video it is a
        ``capture.FrameNumber`` that has the frame's ``time`` too.  They have their ``picture`` until the next ones are asked
        for.  Leaving the loop, or closing the generator, ends the work, and frees camera or file.  A picture that cannot be
        used raises its ImageError in its turn; with ``return_exceptions`` (None, error) comes in its place, and the others
        follow.  Raises VideoError, DatasetError too.
        """
        _check_keywords("stream", options, Options)
        asked: dict[str, Any] = {**DEFAULTS, **options}
        check_thresholds(asked["thresh"], asked["nms"], asked["hier_thresh"])
        looks = {name: asked.pop(name) for name in ("thresh", "nms", "letter_box", "tile", "overlap")}
        reading = image.Reading(asked.pop("exif"), asked.pop("max_pixels"), self._exif_told)
        del asked["hier_thresh"]
        looking = feed.Looking(**looks, selection=self.selection(**asked))
        streaming = Streaming(every, batch, recursive, reconnect)
        return streaming.each(self, source, looking, reading, return_exceptions)


def _check_keywords(caller: str, given: Mapping[str, object], known: Any) -> None:
    """Raises TypeError as Python does, but of the function that was called."""
    for name in given:
        if name not in known.__optional_keys__:
            raise TypeError(f"{caller}() got an unexpected keyword argument {name!r}")


def _in_turn(
    net: ObjectDetection, pictures: Iterable[image.AnyPicture], looking: feed.Looking, reading: image.Reading,
    return_errors: bool = False, keep: bool = False,
) -> Generator[Detections | ImageError, None, None]:  # fmt: skip
    see = partial(feed.tried, partial(_found, looking, reading, keep=keep))
    return feed.in_turn(feed.each(net, enumerate(pictures), see), return_errors)


def _found(
    looking: feed.Looking, reading: image.Reading, turns: feed.Turns, numbered: tuple[int, image.AnyPicture], keep: bool,
    name: str = "",
) -> Detections:  # fmt: skip
    """Of a picture that comes with its number."""
    number, picture = numbered
    path = image.path_of(picture)
    return feed.found(looking, reading, turns, picture, number if path is None else path, keep, name)[1]
