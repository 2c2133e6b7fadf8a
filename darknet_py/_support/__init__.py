"""What every room may use and that knows none of them: files written whole, files that may be trusted."""

from __future__ import annotations

import os

from .files import new_file, put, same_file, sweep, whole_file, write_whole

__all__ = ["home", "new_file", "put", "same_file", "sweep", "whole_file", "write_whole"]


def home() -> str:
    """What messages say of the variable that names the user's home folder."""
    return f"HOME={os.environ['HOME']}" if "HOME" in os.environ else "HOME is not set"
