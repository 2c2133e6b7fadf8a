"""The packages that only fetching needs."""

from __future__ import annotations

import importlib

from ..errors import FetchError

__all__ = ["need"]


def need(*packages: str) -> None:
    """Raises FetchError when one of ``packages`` is missing, with how to install it."""
    for package in packages:
        try:
            importlib.import_module(package)
        except ImportError as e:
            remedy = "install it: pip install darknet-runtime[fetch]"
            raise FetchError(f"the package {package} cannot be used ({e}); {remedy}") from e
