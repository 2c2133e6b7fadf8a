"""The packages that only fetching needs."""

from __future__ import annotations

from .._support.optional import package_of
from ..errors import FetchError

__all__ = ["need"]


def need(*packages: str) -> None:
    """Raises FetchError when one of ``packages`` is missing, with how to install it."""
    for package in packages:
        package_of("fetch", package, f"the package {package} cannot be used ({{reason}}); install it", FetchError)
