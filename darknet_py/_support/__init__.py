"""What every room may use and that knows none of them: files written whole, files that may be trusted."""

from __future__ import annotations

from .files import new_file, put, same_file, sweep, whole_file, whole_files, write_whole

__all__ = ["new_file", "put", "same_file", "sweep", "whole_file", "whole_files", "write_whole"]
