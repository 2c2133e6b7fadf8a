"""What every room may use and that knows none of them: files written whole."""

from __future__ import annotations

from .files import put, temporary_name, whole_file, whole_text, write_whole

__all__ = ["put", "temporary_name", "whole_file", "whole_text", "write_whole"]
