"""Darknet's .cfg text → sections with numbered options, and the files that a .data file names."""

from .reader import (
    ALIASES,
    Option,
    Problem,
    Section,
    atof,
    atoi,
    data_file,
    names_file,
    parse,
    read,
    read_data,
    read_names,
    read_text,
    scan,
    text_of,
)

__all__ = [
    "ALIASES", "Option", "Problem", "Section", "atof", "atoi", "data_file", "names_file", "parse", "read", "read_data",
    "read_names", "read_text", "scan", "text_of",
]  # fmt: skip
