"""How messages say numbers of things, and why the system refused."""

from __future__ import annotations

import errno
import os

import pytest

from darknet_py._support.words import counted, reason


@pytest.mark.parametrize(
    ("number", "one", "text"),
    [(0, "layer", "0 layers"), (1, "layer", "1 layer"), (2, "residual block", "2 residual blocks"), (1, "class", "1 class"),
     (80, "class", "80 classes")],
)  # fmt: skip
def test_a_number_of_things(number: int, one: str, text: str) -> None:
    assert counted(number, one) == text


@pytest.mark.parametrize(
    ("error", "text"),
    [(OSError(errno.ENOENT, "No such file", "x"), "No such file"), (OSError("cannot seek"), "cannot seek"),
     (ValueError("embedded null byte"), "embedded null byte")],
)  # fmt: skip
def test_why_the_system_refused(error: Exception, text: str) -> None:
    assert str(reason(error)) == text


def test_an_error_of_the_system() -> None:
    with pytest.raises(OSError) as caught:  # noqa: PT011
        os.stat("no/such/file")
    assert reason(caught.value) == caught.value.strerror
