"""Packages of extras that are missing: one line in the error that its caller names, or None where another stands in."""

from __future__ import annotations

import re

import pytest

from darknet_py._support.optional import from_extra, installed, package_of, pip_install
from darknet_py.errors import DarknetError, ExportError, FetchError


def test_a_block_of_imports_says_how_to_install_the_extra() -> None:
    install = re.escape(pip_install("draw"))
    line = rf"^drawing needs it \(No module named 'no_such_package'\): {install}; or not$"
    with (
        pytest.raises(ExportError, match=line) as error,
        from_extra("draw", "drawing needs it ({reason})", ExportError, otherwise="; or not"),
    ):
        import no_such_package  # noqa: F401
    assert isinstance(error.value.__cause__, ImportError)


def test_what_else_is_raised_in_the_block_is_not_held_for_a_missing_package() -> None:
    with pytest.raises(OSError, match="disk"), from_extra("draw", "drawing needs it"):
        raise OSError("disk")


def test_a_package_that_is_named_at_run_time() -> None:
    assert package_of("coco", "json", "this needs json").loads("1") == 1
    with pytest.raises(FetchError, match=rf"^this needs x: {re.escape(pip_install('fetch'))}$"):
        package_of("fetch", "no_such_package", "this needs x", FetchError)
    with pytest.raises(DarknetError, match="a part"):
        package_of("fetch", "json.no_such_part", "a part of one that is there")


def test_a_package_that_another_one_stands_in_for() -> None:
    json = installed("json")
    assert json is not None
    assert json.loads("[]") == []
    assert installed("no_such_package") is None
