"""Detections as a list that stays one of its picture: whatever is taken from it or added to it has the picture's size."""

from __future__ import annotations

import copy
import operator
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, SupportsIndex, TypeAlias, overload

import numpy as np
import numpy.typing as npt

from ..boxes.detection import Detection
from ..errors import DarknetError
from ..image import AnyArray, Size

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Chosen", "DetectionList", "Source"]

Source: TypeAlias = str | os.PathLike[str] | int
Chosen: TypeAlias = npt.NDArray[np.bool_] | npt.NDArray[np.integer[Any]] | Sequence[bool] | Sequence[int]


class DetectionList(list[Detection]):
    """The detections of one picture of ``width`` by ``height`` pixels, in the reference's order.

    ``source``: the picture's path as it was given; for an array its number, from 0, among the pictures that it came with.
    ``picture``: the array itself, not copied; None where it is a file, which is read again where its pixels are wanted, or
    where nobody kept it.  ``exif``: whether the file is to be turned upright.  ``file``: where an array's pixels came from,
    if that is known, so that nothing is written over it.  Pixels are no part of a comparison, a pickle, or what ``repr``
    says.  Raises DarknetError for what is no Detection and sizes that are none.
    """

    def __init__(
        self, found: Iterable[Detection], width: int, height: int, source: Source = 0, *, picture: AnyArray | None = None,
        exif: bool = False, file: str | None = None,
    ) -> None:  # fmt: skip
        self.width, self.height = _side("width", width), _side("height", height)
        self.source, self.exif, self.file, self._picture = source, exif, file, picture
        super().__init__(map(self._own, found))

    @property
    def size(self) -> Size:
        """(width, height) of the picture."""
        return self.width, self.height

    def forget_picture(self) -> None:
        """Keep its pixels no longer."""
        self._picture = None

    @overload  # type: ignore[override]
    def __getitem__(self, chosen: slice | Chosen) -> Self: ...  # type: ignore[overload-overlap]

    @overload
    def __getitem__(self, chosen: SupportsIndex) -> Detection: ...

    def __getitem__(self, chosen: Any) -> Detection | Self:
        """One by its number; those of a slice, of a mask, of numbers, as ``found[found.prob > 0.5]``.

        Raises IndexError for a number that is none of theirs, DarknetError for what chooses nothing.
        """
        if isinstance(chosen, slice):
            return self._of(super().__getitem__(chosen))
        if _is_several(chosen):
            return self._of([super(DetectionList, self).__getitem__(i) for i in _numbers(chosen, len(self))])
        try:
            return super().__getitem__(operator.index(chosen))
        except TypeError as e:
            raise DarknetError(f"detections are chosen by a number, a slice, a mask or numbers, not {chosen!r}; "
                               "by class: .of('dog')") from e  # fmt: skip

    def __add__(self, other: list[Detection]) -> Self:  # type: ignore[override]
        """Both, of this picture.  Raises DarknetError for those of a picture of another size."""
        return self._of([*self, *self._same_size(other)]) if isinstance(other, list) else NotImplemented

    def __radd__(self, other: list[Detection]) -> Self:
        return self._of([*self._same_size(other), *self]) if isinstance(other, list) else NotImplemented

    def __iadd__(self, other: Iterable[Detection]) -> Self:  # type: ignore[override,misc]
        self.extend(other)
        return self

    def __mul__(self, times: SupportsIndex) -> Self:
        return self._of(super().__mul__(times))

    __rmul__ = __mul__

    def __setitem__(self, place: Any, value: Any) -> None:
        super().__setitem__(place, self._taken(value) if isinstance(place, slice) else self._taken([value])[0])

    def append(self, found: Detection) -> None:
        self.extend([found])

    def insert(self, place: SupportsIndex, found: Detection) -> None:
        super().insert(place, *self._taken([found]))

    def extend(self, found: Iterable[Detection]) -> None:
        super().extend(self._taken(found))

    def copy(self) -> Self:
        return self._of(self)

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """The pixels are not copied."""
        return self._of(copy.deepcopy(list(self), memo))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self)._restored, (list(self), *self.size, self.source, self.exif, self.file)

    @classmethod
    def _restored(
        cls, found: list[Detection], width: int, height: int, source: Source, exif: bool, file: str | None
    ) -> Self:
        return cls(found, width, height, source, exif=exif, file=file)

    def _of(self, found: Iterable[Detection]) -> Self:
        """Others of the same picture."""
        return type(self)(found, *self.size, self.source, picture=self._picture, exif=self.exif, file=self.file)

    def _taken(self, found: Iterable[Detection]) -> list[Detection]:
        """Others that are to be among these."""
        return [self._own(d) for d in self._same_size(list(found))]

    def _own(self, found: Detection) -> Detection:
        if not isinstance(found, Detection):
            raise DarknetError(f"Detections are of Detection, not of {type(found).__name__}")
        return found if found.picture_size == self.size else replace(found, picture_size=self.size)

    def _same_size(self, other: list[Detection]) -> list[Detection]:
        sizes = [size for d in other if isinstance(d, Detection) and (size := d.picture_size) and size != self.size]
        if sizes:
            raise DarknetError("detections of a picture of {} x {} pixels and of one of {} x {} cannot be one's; a list of "
                               "both is [*a, *b]".format(*self.size, *sizes[0]))  # fmt: skip
        return other


def _side(name: str, value: int) -> int:
    """Whole pixels.  Raises DarknetError."""
    try:
        side = operator.index(value)
    except TypeError as e:
        raise DarknetError(f"{name}={value!r}: a picture's {name} is a whole number of pixels") from e
    if side < 1:
        raise DarknetError(f"{name}={side}: a picture has one pixel at least")
    return side


def _is_several(chosen: Any) -> bool:
    """Whether it is a list, an array, a column of a table."""
    return not isinstance(chosen, (str, bytes)) and (isinstance(chosen, Sequence) or np.ndim(chosen) > 0)


def _numbers(chosen: Any, count: int) -> list[int]:
    """The numbers that a mask, or an array of numbers, chooses of ``count``.  Raises DarknetError, IndexError."""
    try:
        array = np.asarray(chosen)
    except ValueError as e:  # rows of several lengths
        raise DarknetError("detections are chosen by a mask or by numbers of one dimension") from e
    if array.ndim != 1 or (array.dtype.kind not in "biu" and array.size):
        raise DarknetError(f"detections are chosen by a mask or by numbers of one dimension, not by {array.dtype} of shape "
                           f"{array.shape}")  # fmt: skip
    if array.dtype.kind != "b":
        return [int(i) for i in array]
    if len(array) != count:
        raise DarknetError(f"the mask is for {len(array)} detections; here are {count}")
    return np.flatnonzero(array).tolist()
