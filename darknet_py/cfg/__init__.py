"""Darknet's .cfg text → sections with numbered options, and the files that a .data file names."""

from ..files.data import data_file, names_file, read_data
from ..files.names import read_names
from ..files.text import decoded, read_text
from .edits import Change, Edit, Insertion, Text
from .reader import ALIASES, Problem, parse, read, scan, text_of
from .section import Option, Section, atof, atoi
from .writing import written

__all__ = [
    "ALIASES", "Change", "Edit", "Insertion", "Option", "Problem", "Section", "Text", "atof", "atoi", "data_file", "decoded",
    "names_file", "parse", "read", "read_data", "read_names", "read_text", "scan", "text_of",
    "written",
]  # fmt: skip
