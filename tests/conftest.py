"""What several tests share, and ``--slow``: networks of minutes and gigabytes are run too.

Kernels are compiled anew in each run, so that no stale code passes; set DARKNET_PY_CACHE to keep them in between.
The workers of pytest-xdist (``-n auto``) share those of one run: the variable is set before they start.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
import tempfile
import warnings
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from reference import kit
from webserver import Site, served

SLOW = "DARKNET_PY_SLOW"
WEB = Path(__file__).parent / "web"
LONG = {"test_guard_pages", "test_hours", "test_types"}  # of which a test takes many seconds

if not os.environ.get("DARKNET_PY_CACHE"):  # before any test can compile a kernel
    FOLDER = tempfile.TemporaryDirectory(prefix="darknet_py-", ignore_cleanup_errors=True)
    os.environ["DARKNET_PY_CACHE"] = FOLDER.name
os.environ["PATH"] = f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"  # as in an active environment
os.environ["DARKNET_PY_TUNE"] = "off"  # tests of that measure what they need
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts programs in the background; tests need Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each of the programs that tests start compiles the package anew
sys.dont_write_bytecode = False  # and each worker the tests

with contextlib.suppress(ImportError):
    from hypothesis import HealthCheck, settings

    settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # no test asserts a time
    settings.load_profile("suite")


@pytest.fixture(autouse=True, scope="session")
def announced() -> None:
    """That kernels are compiled is told once a process: before any test looks at what is told."""
    from darknet_py.engine.native import object_code

    object_code._announce()


@pytest.fixture(autouse=True, scope="module")
def no_loop() -> Iterator[None]:
    """Playwright, whose browser is kept for all tests of pages, leaves its event loop behind as the one that runs."""
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(running)


@pytest.fixture
def reference() -> Path:
    """The folder of the reference kit; a test that asks for it is skipped, visibly, when there is none."""
    return kit()


@pytest.fixture
def site() -> Iterator[Site]:
    """A web server that has the weights of the small network."""
    from published_network import right

    with served(right()) as running:
        yield running


@pytest.fixture
def silent() -> Iterator[None]:
    """A warning fails the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.hookimpl(hookwrapper=True)
def pytest_collection() -> Generator[None, None, None]:
    """Python looks for circles neither while thousands of tests are gathered nor, later, among those.

    torch's loggers keep to themselves, so that pytest would put handlers on each of them before and after each test.
    """
    gc.disable()
    yield
    gc.freeze()
    gc.enable()
    for name in logging.root.manager.loggerDict:
        if name.split(".")[0] == "torch":
            logging.getLogger(name).propagate = True


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, None]:
    """Commands print paths whose bytes are no UTF-8, which a worker of pytest-xdist cannot send as they are."""
    outcome = yield
    report = outcome.get_result()
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help=f"run slow tests too (or set {SLOW}=1)")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: minutes or gigabytes; needs --slow")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of one browser and long ones come first: of what is left at the end, one worker takes half from the other, and
    would start a browser and open pages of its own for it.
    """
    items.sort(key=lambda item: not item.path.is_relative_to(WEB) and item.path.stem not in LONG)
    if config.getoption("--slow") or os.environ.get(SLOW, "0") != "0":
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="needs --slow"))
