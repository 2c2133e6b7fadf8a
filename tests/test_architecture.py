"""The walls between the rooms: who imports whom, who may print, who may know numba and cv2."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "darknet_py"
ORDER = [
    "errors", "_support", "files", "cfg", "engine", "layers", "doubts", "graph", "weights", "summary", "fold", "image",
    "boxes", "evaluate", "export", "asked", "network", "feed", "output", "compare", "video", "zoo", "doctor",
    "store", "compat", "cli",
]  # fmt: skip
FILES = sorted(p for p in PACKAGE.rglob("*.py") if p.name not in ("__init__.py", "__main__.py") or p.parent != PACKAGE)


def room(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "boxes" if first == "detection" else first


@functools.cache
def imports(tree: ast.Module, path: Path) -> list[tuple[str, bool]]:
    """(module, whether it is imported for type checking only) of each import of a file."""
    typing_only = {
        id(n) for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for n in ast.walk(node)
    }  # fmt: skip
    found = []
    package = ("darknet_py", *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) in typing_only) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) + "." if node.level else ""
            name = base + (node.module or "")
            found += [(f"{name.rstrip('.')}.{alias.name}", id(node) in typing_only) for alias in node.names]
    return found


@functools.cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_room_imports_only_rooms_to_its_left(path):
    here = room(path)
    for name, typing_only in imports(parse(path), path):
        parts = name.split(".")
        if parts[0] != "darknet_py" or len(parts) < 2 or typing_only:
            continue
        there = "boxes" if parts[1] == "detection" else parts[1]
        if there == here or there not in ORDER or (here, there) == ("engine", "layers"):
            continue
        assert ORDER.index(there) < ORDER.index(here) if here in ORDER else True, f"{here} imports {there}"


@pytest.mark.parametrize(
    ("module", "rooms"),
    [
        ("numba", {"engine"}), ("llvmlite", {"engine"}), ("cv2", {"compat", "image", "output", "video"}),
        ("onnx", {"export", "compare"}), ("onnxruntime", {"compare"}), ("requests", {"store"}), ("filelock", {"store"}),
        ("platformdirs", {"store"}), ("tqdm", {"cli"}), ("av", {"video"}), ("trackers", {"video"}),
    ],
)
def test_only_some_rooms_know(module, rooms):
    """Itself, or by way of what says in one line why it cannot be had."""
    for path in FILES:
        names = [name.removeprefix("darknet_py._support.with_") for name, _ in imports(parse(path), path)]
        if room(path) != "_support" and any(name.split(".")[0] == module for name in names):
            assert room(path) in rooms, f"{path.name} imports {module}"


@pytest.mark.parametrize("module", ["cv2", "numba", "llvmlite"])
def test_what_may_not_load_is_imported_in_one_place(module):
    users = {path.name for path in FILES if any(n.split(".")[0] == module for n, _ in imports(parse(path), path))}
    assert users == {f"with_{module}.py"}


def calls(tree: ast.Module) -> set[str]:
    return {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}


def test_only_the_command_and_what_imitates_one_print_and_exit():
    for path in FILES:
        found = calls(parse(path))
        assert "print" not in found or room(path) in ("cli", "compat", "output"), path.name
        assert not found & {"sys.exit", "exit", "quit"} or room(path) == "cli", path.name


def test_cv2_dnn_is_used_where_it_is_imitated_only():
    for path in PACKAGE.rglob("*.py"):
        if "cv2_dnn" in path.parts:
            continue
        names = {ast.unparse(n) for n in ast.walk(parse(path)) if isinstance(n, ast.Attribute)}
        assert not any(n.startswith("cv2.dnn") for n in names), path.name


def test_no_broad_except():
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None, path.name
                assert ast.unparse(node.type) not in ("Exception", "BaseException"), path.name


@pytest.mark.parametrize("path", [p for p in FILES if p.stat().st_size], ids=lambda p: str(p.relative_to(PACKAGE)))
def test_all_names_exist(path):
    tree = parse(path)
    listed = [
        ast.literal_eval(n.value) for n in tree.body
        if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "__all__"
    ]  # fmt: skip
    assert len(listed) == 1, "each module says what it offers"
    defined = {n.name for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        defined |= {ast.unparse(t) for t in targets}
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            defined |= {a.asname or a.name for a in node.names}
    assert set(listed[0]) <= defined
