"""The walls between the rooms: who imports whom, who may print, who may know numba and cv2."""

from __future__ import annotations

import ast
import functools
import graphlib
import re
from pathlib import Path

import pytest
from floors import FLOORS

PACKAGE = Path(__file__).parent.parent / "darknet_py"
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
FILES = sorted(p for p in PACKAGE.rglob("*.py") if p.name not in ("__init__.py", "__main__.py") or p.parent != PACKAGE)
MODULES = {path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", "."): path for path in PACKAGE.rglob("*.py")}
LONGEST_FILE, LONGEST_FUNCTION, MOST_PARAMETERS = 250, 36, 12


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@functools.cache
def imports(path: Path) -> list[str]:
    """Each name that a file imports, with its module: "numpy", "darknet_py.cfg.parse"; for type checking as well."""
    found = []
    package = ("darknet_py", *path.relative_to(PACKAGE).parts[:-1])
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) + "." if node.level else ""
            name = base + (node.module or "")
            found += [f"{name.rstrip('.')}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "installed":
            found.append(ast.literal_eval(node.args[0]))
    return found


@functools.cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@functools.cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(parse(path)))


@functools.cache
def imported(module: str) -> frozenset[str]:
    """The package's modules that one of them imports."""
    path = MODULES[module]
    names = [n.removeprefix("darknet_py.") for n in imports(path) if n.startswith("darknet_py")]
    return frozenset(_module(name) for name in names) - {module}


def _module(name: str) -> str:
    """The module that "cfg.parse" or "cfg.reader" is of: a folder's is its __init__."""
    for candidate in (name, f"{name}.__init__", name.rpartition(".")[0], f"{name.rpartition('.')[0]}.__init__"):
        if candidate in MODULES:
            return candidate
    return "__init__"


def circle(edges: dict[str, set[str]]) -> list[str]:
    """One circle, first and last the same; [] if there is none."""
    try:
        graphlib.TopologicalSorter(edges).prepare()
    except graphlib.CycleError as e:
        return list(e.args[1])
    return []


@functools.cache
def rooms() -> dict[str, set[str]]:
    """{room: the rooms that it imports}."""
    edges: dict[str, set[str]] = {}
    for module, path in MODULES.items():
        here = room(path)
        edges.setdefault(here, set()).update({room(MODULES[m]) for m in imported(module)} - {here})
    return edges


@pytest.mark.parametrize("path", sorted({room(p) for p in MODULES.values()}))
def test_a_room_stands_on_a_floor_and_imports_no_higher_one(path):
    assert path in FLOOR, f"{path}: on which floor does it stand?"
    higher = {there for there in rooms()[path] if FLOOR[there] > FLOOR[path]}
    assert not higher


def test_rooms_of_one_floor_import_each_other_in_one_direction():
    edges = {here: {t for t in there if FLOOR[t] == FLOOR[here]} for here, there in rooms().items()}
    assert not circle(edges)


def test_no_circle_of_files():
    assert not circle({module: set(imported(module)) for module in MODULES})


def test_folders_of_the_engine_stand_on_each_other():
    """Files beside them are everybody's."""
    edges: dict[str, set[str]] = {}
    for module in (m for m in MODULES if m.startswith("engine.") and m.count(".") > 1):
        folder = module.split(".")[1]
        used = {m.split(".")[1] for m in imported(module) if m.startswith("engine.") and m.count(".") > 1}
        edges.setdefault(folder, set()).update(used - {folder})
    assert edges.keys() >= {"codegen", "kernels", "lower", "native"}
    assert not circle(edges)


BYTES_OF_A_FLOAT = re.compile(r"\b4 \* |// 4\b")


@pytest.mark.parametrize(
    ("mechanism", "home"),
    [
        (r"\b(IntType\(\d|FloatType|DoubleType)", "native/ir_types.py"),
        (r"1\.44269504|LOG2E =", "kernels/exponential.py"),
        (r"numerics is Numerics\.EXACT", "lower/activation.py"),
    ],
)
def test_in_the_engine_these_stand_once(mechanism, home):
    """LLVM's types; e to a power; when a leaky layer has a tail."""
    found = [p for p in (PACKAGE / "engine").rglob("*.py") if re.search(mechanism, p.read_text("utf-8"))]
    assert [p.relative_to(PACKAGE / "engine").as_posix() for p in found] == [home]


def test_kernels_choose_nothing():
    """What follows from the processor is the lowering's, but for the form of e^x."""
    users = {m for m in MODULES if m.startswith("engine.kernels.") and "engine.native.host" in imported(m)}
    assert users == {"engine.kernels.exponential"}


def test_the_engine_counts_bytes_by_its_element():
    """One file has four times as many pixels."""
    found = {p.name for p in (PACKAGE / "engine").rglob("*.py") if BYTES_OF_A_FLOAT.search(p.read_text("utf-8"))}
    assert found == {"layout.py"}


def test_every_folder_is_a_package():
    """setuptools leaves out those without an __init__.py, which a clone finds all the same."""
    assert not [path.parent for path in PACKAGE.rglob("*.py") if not (path.parent / "__init__.py").exists()]


def test_a_circle_is_found():
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("module", "rooms"),
    [
        ("numba", {"engine"}), ("llvmlite", {"engine"}),
        ("cv2", {"capture", "compat", "drawing", "image", "output", "video"}),
        ("onnx", {"export", "compare"}), ("onnxruntime", {"compare", "engines"}), ("openvino", {"engines"}),
        ("requests", {"store"}), ("filelock", {"store"}), ("platformdirs", {"store"}), ("tqdm", {"cli"}),
        ("fastapi", {"serve"}), ("prometheus_client", {"serve"}), ("pydantic", {"serve"}), ("starlette", {"serve"}),
        ("uvicorn", {"serve"}), ("matplotlib", {"report"}), ("av", {"video"}), ("trackers", {"video"}),
        ("difflib", {"_support"}),
    ],
)
def test_only_some_rooms_know(module, rooms):
    """Itself, or by way of what says in one line why it cannot be had."""
    for path in FILES:
        names = [name.removeprefix("darknet_py._support.with_") for name in imports(path)]
        if room(path) != "_support" and any(name.split(".")[0] == module for name in names):
            assert room(path) in rooms, f"{path.name} imports {module}"


@pytest.mark.parametrize("module", ["cv2", "numba", "llvmlite"])
def test_what_may_not_load_is_imported_in_one_place(module):
    users = {path.name for path in FILES if any(n.split(".")[0] == module for n in imports(path))}
    assert users == {f"with_{module}.py"}


def test_a_package_that_may_lack_is_asked_for_in_one_place():
    """By ``_support.optional``, whose line says how to install it."""
    for path in PACKAGE.rglob("*.py"):
        caught = {ast.unparse(n.type) for n in nodes(path) if isinstance(n, ast.ExceptHandler) and n.type}
        assert not caught & {"ImportError", "ModuleNotFoundError"} or room(path) == "_support", path.name
        assert "darknet-runtime[{" not in path.read_text("utf-8") or path.name == "optional.py", path.name


def test_files_are_written_whole_by_one_mechanism():
    """But what grows while others read along (downloads, records, a log, a video's part) and what is no file."""
    growing = {"store/partial_file.py", "output/files.py", "compat/darknet/hank_ai.py", "video/writer.py", "cli/streams.py"}
    for path in PACKAGE.rglob("*.py"):
        if room(path) == "_support" or path.relative_to(PACKAGE).as_posix() in growing:
            continue
        for call in (n for n in nodes(path) if isinstance(n, ast.Call)):
            name = ast.unparse(call.func).rpartition(".")[2]
            modes = [a.value for a in call.args if isinstance(a, ast.Constant)] if name == "open" else []
            writes = isinstance(call.func, ast.Attribute) and name in ("write_text", "write_bytes", "imwrite")
            assert not writes, f"{path.name}:{call.lineno}"
            assert not {"w", "wb", "x", "xb"} & set(modes), f"{path.name}:{call.lineno}"


def test_why_the_system_refused_is_said_in_one_place():
    """An OSError may have no ``strerror``."""
    for path in PACKAGE.rglob("*.py"):
        for node in nodes(path):
            if isinstance(node, ast.JoinedStr):
                assert "strerror" not in ast.unparse(node), f"{path.name}:{node.lineno}: say it by _support.words.reason"


def calls(path: Path) -> set[str]:
    return {ast.unparse(n.func) for n in nodes(path) if isinstance(n, ast.Call)}


def test_only_the_command_and_what_imitates_one_print_and_exit():
    for path in FILES:
        found = calls(path)
        assert "print" not in found or room(path) in ("cli", "compat", "output"), path.name
        assert not found & {"sys.exit", "exit", "quit"} or room(path) == "cli", path.name


def test_cv2_dnn_is_used_where_it_is_imitated_only():
    for path in PACKAGE.rglob("*.py"):
        if "cv2_dnn" in path.parts:
            continue
        names = {ast.unparse(n) for n in nodes(path) if isinstance(n, ast.Attribute)}
        assert not any(n.startswith("cv2.dnn") for n in names), path.name


HALF_A_SIDE = re.compile(r"\b([wh]|width|height) / 2\b|\[[^]]*2:[^]]*\] / 2\b")


def test_boxes_are_converted_in_their_own_room():
    """From the centre to corners: outside of boxes/geometry one rounding becomes another by and by."""
    found = [path.name for path in FILES if room(path) != "boxes" and HALF_A_SIDE.search(path.read_text("utf-8"))]
    assert not found
    assert HALF_A_SIDE.search("left = x - w / 2")
    assert HALF_A_SIDE.search("xywh[:, :2] - xywh[:, 2:] / 2")


NO_FIELDS = {"classes", "num", "out_channels", "stride_x", "stride_y"}


def test_an_options_default_is_its_layers_field():
    """Not a number that ``parse`` has once more; those that are no field, or one without a default, stand in ``parse``."""
    for path in (PACKAGE / "layers").glob("*.py"):
        for call in (n for n in nodes(path) if isinstance(n, ast.Call)):
            if ast.unparse(call.func) in {f"section.{kind}" for kind in ("integer", "number", "text", "choice")}:
                literal = [a for a in call.args[1:2] if isinstance(a, (ast.Constant, ast.UnaryOp))]
                assert not literal or ast.literal_eval(call.args[0]) in NO_FIELDS, f"{path.name}:{call.lineno}"


def test_no_broad_except():
    for path in PACKAGE.rglob("*.py"):
        for node in nodes(path):
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None, path.name
                assert ast.unparse(node.type) not in ("Exception", "BaseException"), path.name


def test_all_names_exist():
    """Each module says what it offers, and has it."""
    wrong = {}
    for path in (p for p in FILES if p.stat().st_size):
        listed = [ast.literal_eval(n.value) for n in parse(path).body
                  if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "__all__"]  # fmt: skip
        missing = set(listed[0]) - defined(parse(path)) if len(listed) == 1 else f"{len(listed)} __all__"
        wrong |= {str(path.relative_to(PACKAGE)): missing} if missing else {}
    assert not wrong


def defined(tree):
    """The names that a module has."""
    names = {n.name for n in tree.body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))}
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        names |= {ast.unparse(t) for t in targets}
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {a.asname or a.name for a in node.names}
    return names


def test_files_and_functions_are_small():
    assert not [f"{name}: {what}" for name, path in MODULES.items() for what in too_large(path)]


def too_large(path):
    """What is beyond measure in a file: itself, its functions, their parameters."""
    length = len(path.read_text("utf-8").splitlines())
    if length > LONGEST_FILE:
        yield f"{length} lines"
    for function in nodes(path):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = function.end_lineno - function.lineno + 1
            a = function.args
            parameters = len([*a.posonlyargs, *a.args, *a.kwonlyargs])
            if lines > LONGEST_FUNCTION:
                yield f"{function.name}: {lines} lines"
            if parameters > MOST_PARAMETERS:
                yield f"{function.name}: {parameters} parameters"


def test_what_tests_share_is_in_support():
    """A test file imports no other, so that any of them runs alone and can be moved."""
    tests = Path(__file__).parent
    found = [p.name for p in tests.rglob("*.py") if re.search(r"^\s*(from|import) test_", p.read_text("utf-8"), re.M)]
    assert not found
