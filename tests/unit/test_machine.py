"""Processors and memory that a process may use: the machine's, its control groups' of both versions, ulimit's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from darknet_py._support import machine
from darknet_py.engine.native import executor

GIB = 2**30
UNLIMITED_V1 = "9223372036854771712\n"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Makes a machine of 64 processors with these files below /sys/fs/cgroup and this /proc/self/cgroup."""

    def make(files: dict[str, str], process: str | None = None) -> Path:
        root = tmp_path / "cgroup"
        root.mkdir()
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        if process is not None:
            (tmp_path / "process").write_text(process)
        monkeypatch.setattr(machine, "CGROUPS", root)
        monkeypatch.setattr(machine, "PROCESS", tmp_path / "process")
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)
        monkeypatch.setattr(machine, "_physical_memory", lambda: machine.MemoryLimit(256 * GIB, "memory of this machine"))
        monkeypatch.setattr(machine, "_process_limits", lambda: iter(()))
        return root

    return make


CPU = {
    "v2": ({"app/cpu.max": "200000 100000\n"}, "0::/app\n", 2),
    "v2, rounded up": ({"app/cpu.max": "150000 100000\n"}, "0::/app\n", 2),
    "v2, less than one": ({"app/cpu.max": "20000 100000\n"}, "0::/app\n", 1),
    "v2, no limit": ({"app/cpu.max": "max 100000\n"}, "0::/app\n", 64),
    "v2, the group around it": ({"pod/cpu.max": "300000 100000\n", "pod/app/cpu.max": "max 100000\n"}, "0::/pod/app\n", 3),
    "v2, the least counts": ({"pod/cpu.max": "300000 100000\n", "pod/app/cpu.max": "400000 50000\n"}, "0::/pod/app\n", 3),
    "v2, its own root": ({"cpu.max": "400000 100000\n"}, "0::/\n", 4),
    "v2, a path from outside": ({"cpu.max": "400000 100000\n"}, "0::/../../host/docker/123\n", 4),
    "more than there are": ({"cpu.max": "12800000 100000\n"}, "0::/\n", 64),
    "v1": ({"cpu/app/cpu.cfs_quota_us": "250000\n", "cpu/app/cpu.cfs_period_us": "100000\n"}, "4:cpu:/app\n", 3),
    "v1, together": (
        {"cpu,cpuacct/app/cpu.cfs_quota_us": "250000\n", "cpu,cpuacct/app/cpu.cfs_period_us": "100000\n"},
        "5:memory:/app\n4:cpu,cpuacct:/app\n", 3,
    ),
    "v1, no limit": ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, "4:cpu:/\n", 64),
    "v1, mounted at its own group": (
        {"cpu/cpu.cfs_quota_us": "200000\n", "cpu/cpu.cfs_period_us": "100000\n"}, "4:cpu,cpuacct:/docker/abc\n", 2,
    ),
    "both, limited by v1": (
        {"cpu/app/cpu.cfs_quota_us": "100000\n", "cpu/app/cpu.cfs_period_us": "50000\n", "unified/app/cgroup.procs": "1\n"},
        "4:cpu:/app\n0::/app\n", 2,
    ),
    "both, limited by v2": ({"unified/app/cpu.max": "200000 100000\n"}, "1:name=systemd:/app\n0::/app\n", 2),
    "another resource": ({"cpuset/app/cpu.max": "100000 100000\n"}, "4:cpuset:/app\n", 64),
    "no /proc": ({"cpu.max": "200000 100000\n"}, None, 2),
    "nothing there": ({}, None, 64),
    "garbage": ({"cpu.max": "many 100000\n", "a/cpu.max": "-5 x y\n"}, "0::/a\nnonsense\n:::\n", 64),
    "zero": ({"cpu.max": "0 0\n"}, "0::/\n", 64),
    "empty": ({"cpu.max": ""}, "", 64),
}  # fmt: skip


@pytest.mark.parametrize("name", CPU)
def test_processors_are_no_more_than_the_quota(name, tree):
    files, process, count = CPU[name]
    tree(files, process)
    assert machine.cpu_count() == executor.cpu_count() == count


def test_processors_are_no_more_than_the_affinity(tree, monkeypatch):
    tree({"cpu.max": "800000 100000\n"}, "0::/\n")
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1, 5, 6}, raising=False)
    assert machine.cpu_count() == 3


MEMORY = {
    "v2": ({"app/memory.max": f"{2 * GIB}\n"}, "0::/app\n", 2, "app/memory.max"),
    "v2, no limit": ({"app/memory.max": "max\n"}, "0::/app\n", 256, "this machine"),
    "v2, the group around it": (
        {"pod/memory.max": f"{3 * GIB}\n", "pod/app/memory.max": "max\n"}, "0::/pod/app\n", 3, "pod/memory.max",
    ),
    "v2, its own root": ({"memory.max": f"{GIB}\n"}, "0::/\n", 1, "memory.max"),
    "v1": ({"memory/app/memory.limit_in_bytes": f"{2 * GIB}\n"}, "9:memory:/app\n", 2, "app/memory.limit_in_bytes"),
    "v1, no limit": ({"memory/memory.limit_in_bytes": UNLIMITED_V1}, "9:memory:/\n", 256, "this machine"),
    "v1, mounted at its own group": (
        {"memory/memory.limit_in_bytes": f"{4 * GIB}\n"}, "9:memory:/docker/abc\n", 4, "memory.limit_in_bytes",
    ),
    "both, limited by v1": (
        {"memory/app/memory.limit_in_bytes": f"{GIB}\n", "unified/app/memory.max": "max\n"}, "9:memory:/app\n0::/app\n", 1,
        "memory.limit_in_bytes",
    ),
    "garbage": ({"memory.max": "much\n"}, "0::/\n", 256, "this machine"),
    "a number beyond all numbers": ({"memory.max": "9" * 5000}, "0::/\n", 256, "this machine"),
}  # fmt: skip


@pytest.mark.parametrize("name", MEMORY)
def test_memory_is_no_more_than_the_group_may_have(name, tree):
    files, process, gib, source = MEMORY[name]
    tree(files, process)
    limit = machine.memory_limit()
    assert limit.bytes == gib * GIB
    assert source in limit.text
    assert f"{gib}.0 GiB" in limit.text


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_what_must_not_be_read_limits_nothing(tree):
    root = tree({"memory.max": f"{GIB}\n"}, "0::/\n")
    (root / "memory.max").chmod(0)
    assert machine.memory_limit().bytes == 256 * GIB


def test_a_folder_in_a_file_s_place_limits_nothing(tree):
    root = tree({}, "0::/\n")
    (root / "memory.max").mkdir()
    (root / "cpu.max").mkdir()
    assert machine.memory_limit().bytes == 256 * GIB
    assert machine.cpu_count() == 64


@pytest.mark.skipif(sys.platform != "linux", reason="limits of address space are honoured on Linux")
def test_ulimit_counts():
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))\n"
        "from darknet_py._support.machine import memory_limit; print(memory_limit().text)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "ulimit" in told or machine.memory_limit().bytes < 3 * GIB
