"""What mkdocs is told beside mkdocs.yml: pages of the repository that lie outside docs/, and where links to them lead.

Pages are written for those who read them in the repository; their links are turned here into the site's, or, where
they lead to a file that the site does not have, into addresses of the repository.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

__all__ = ["on_files", "on_page_markdown"]

ROOT = Path(__file__).parent.parent
BROUGHT = {
    "README.md": "overview.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md", "CODE_OF_CONDUCT.md": "conduct.md", "benchmarks/README.md": "benchmarks.md",
}  # fmt: skip
LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)#\s]+)(#[^)\s]*)?(?=\))")
SOURCE = re.compile(r'(?<=src=")(?!\w+:)([^"#]+)()(?=")')
CODE = re.compile(r"`[^`\n]*`")
PICTURES = (".jpg", ".png", ".svg")


def on_files(files: Files, config: Any) -> Files:
    """Those of docs/ and those that are brought along."""
    for path, uri in BROUGHT.items():
        files.append(File.generated(config, uri, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """A page's text with the site's links."""
    path = {uri: path for path, uri in BROUGHT.items()}.get(page.file.src_uri, f"docs/{page.file.src_uri}")

    def link(match: re.Match[str]) -> str:
        return _target(match[1], path, page.file.src_uri) + (match[2] or "")

    lines = SOURCE.sub(link, LINK.sub(link, markdown)).splitlines(keepends=True)
    return "".join(CODE.sub(_pipe, line) if line.startswith("|") else line for line in lines)


def _pipe(code: re.Match[str]) -> str:
    r"""Code in a cell of a table without the \ that GitHub wants before a |."""
    return code[0].replace(r"\|", "|")


def _target(target: str, path: str, uri: str) -> str:
    """Where a link of the page that lies at ``path`` in the repository, ``uri`` on the site, leads on the site."""
    named = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    if not (ROOT / named).exists():
        return target
    if named.startswith("docs/") and (ROOT / named).is_file():
        return posixpath.relpath(named.removeprefix("docs/"), posixpath.dirname(uri))
    if named in BROUGHT:
        return posixpath.relpath(BROUGHT[named], posixpath.dirname(uri))
    return f"{_repository()}/{'raw' if named.endswith(PICTURES) else 'blob'}/main/{named}"


def _repository() -> str:
    (address,) = re.findall(r'^Repository = "(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    return str(address)
