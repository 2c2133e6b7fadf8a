"""A weights file that changes, moves or goes after it was loaded: nothing that was computed changes, later reads say so."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from networks import network, random_weights

from darknet_py import Network, weights
from darknet_py.errors import WeightsError
from darknet_py.weights import source

LAYERS = """[batchnorm]
[convolutional]
filters=64
size=3
pad=1
activation=leaky
[connected]
output=5
[shortcut]
from=-1
weights_type=per_channel
"""
SHAPE = (16, 8, 8)
X = np.random.RandomState(3).rand(*SHAPE).astype(np.float32)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    net = network(LAYERS, SHAPE)
    weights.save(net, random_weights(net), tmp_path / "net.weights")
    return tmp_path / "net.weights"


def loaded(file: Path, **options: int) -> Network:
    net = network(LAYERS, SHAPE)
    return Network.of(net, weights.load(net, file), **options)


def overwrite(file: Path) -> None:
    """As training does: the same file, the same length, other numbers."""
    size = file.stat().st_size
    with file.open("r+b") as f:
        f.seek(20)
        f.write(np.full((size - 20) // 4, 7, "<f4").tobytes())
    os.utime(file, ns=(0, 0))  # whatever the file system's clock does


def cut(file: Path) -> None:
    os.truncate(file, 20)


def lengthen(file: Path) -> None:
    with file.open("ab") as f:
        f.write(bytes(400))


def in_secret(file: Path) -> None:
    """The time of the last change is set back."""
    before = file.stat()
    time.sleep(0.02)  # longer than a tick of the file system's clock
    overwrite(file)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


IN_SECRET = pytest.param(in_secret, marks=pytest.mark.skipif(os.name == "nt", reason="that time is another thing there"))


def moved(file: Path) -> None:
    os.rename(file, file.with_suffix(".moved"))


def linked(file: Path) -> None:
    os.link(file, file.with_suffix(".link"))


def protected(file: Path) -> None:
    file.chmod(0o444)


def replaced(file: Path) -> None:
    other = file.with_suffix(".new")
    other.write_bytes(b"\0" * file.stat().st_size)
    os.replace(other, file)


@pytest.mark.parametrize("change", [overwrite, cut, lengthen, IN_SECRET, replaced, moved, Path.unlink])
def test_what_is_loaded_stays(change: Callable[[Path], None], file: Path) -> None:
    net = loaded(file)
    want = net.predict(X)
    change(file)
    assert np.array_equal(net.predict(X), want)
    assert np.array_equal(copy.deepcopy(net).predict(X) if change in (replaced, moved, Path.unlink) else want, want)


@pytest.mark.parametrize("change", [overwrite, cut, lengthen, IN_SECRET])
@pytest.mark.parametrize("use", [
    lambda net, path: net.activations(X),
    lambda net, path: net.save_weights(path),
    lambda net, path: copy.deepcopy(net),
    lambda net, path: pickle.dumps(net),
    lambda net, path: net.weights.params[1],
], ids=["activations", "save_weights", "deepcopy", "pickle", "params"])  # fmt: skip
def test_a_later_read_says_that_the_file_changed(
    use: Callable[[Network, Path], object], change: Callable[[Path], None], file: Path
) -> None:
    net = loaded(file)
    change(file)
    with pytest.raises(WeightsError, match=f"^{file}: was written to after it was loaded; load it again$"):
        use(net, file.with_suffix(".copy"))
    assert not file.with_suffix(".copy").exists()


@pytest.mark.parametrize("change", [replaced, moved, linked, protected, Path.unlink])
def test_a_file_with_other_names_or_rights_can_still_be_read(change: Callable[[Path], None], file: Path) -> None:
    net, data = loaded(file), file.read_bytes()
    change(file)
    net.save_weights(file.with_suffix(".copy"))
    assert file.with_suffix(".copy").read_bytes() == data
    assert np.array_equal(net.activations(X)[3], net.predict(X)[0])


def test_a_network_can_be_saved_over_its_own_file(file: Path) -> None:
    net, data = loaded(file), file.read_bytes()
    for _ in range(2):
        net.save_weights(file)
        assert file.read_bytes() == data


def test_copies_compute_the_same_on_memory_of_their_own(file: Path) -> None:
    net = loaded(file, threads=1)
    want = net.predict(X)
    for other in (copy.deepcopy(net), copy.copy(net), pickle.loads(pickle.dumps(net))):
        assert np.array_equal(other.predict(X), want)
        assert not np.shares_memory(other.plan.arena, net.plan.arena)
        assert (other.options, other.names) == (net.options, net.names)


def test_a_pickle_is_small_and_knows_its_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    pickled = pickle.dumps(loaded(Path(file.name)))
    assert len(pickled) < 5000 < file.stat().st_size
    monkeypatch.chdir("/")
    want = loaded(file).predict(X)
    assert np.array_equal(pickle.loads(pickled).predict(X), want)
    overwrite(file)
    with pytest.raises(WeightsError, match=f"^{file}: is not the file that was pickled"):
        pickle.loads(pickled)
    file.unlink()
    with pytest.raises(WeightsError, match=f"^{file}: cannot be read"):
        pickle.loads(pickled)


def test_weights_that_are_no_file_are_pickled_themselves(file: Path) -> None:
    layers = network(LAYERS, SHAPE)
    want = loaded(file).predict(X)
    for arrays in (random_weights(layers), weights.load(layers, file.read_bytes())):
        net = pickle.loads(pickle.dumps(Network.of(layers, arrays)))
        assert np.array_equal(net.predict(X), want)


def _predicted(net: Network) -> list[np.ndarray]:
    return net.predict(X)


def test_a_network_goes_to_other_processes(file: Path) -> None:
    net = loaded(file)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert np.array_equal(pool.map(_predicted, [net])[0], net.predict(X))


def test_parts_of_a_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that gives less than was asked for, or that cannot read from a place."""
    data = file.read_bytes()
    monkeypatch.setattr(source, "_read_at", lambda f, size, offset: os.pread(f, min(size, 1000), offset))
    assert source.opened(file).read(8, 5000) == data[8:5008]
    monkeypatch.setattr(source, "_read_at", source._pread_by_seeking)
    assert source.opened(file).read(8, 5000) == data[8:5008]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system does not list open files")
def test_files_are_closed_with_their_networks(file: Path) -> None:
    def opened() -> int:
        """How often this process has the file open; other files are other tests' affair."""
        links = Path("/proc/self/fd").iterdir()
        return sum(os.path.realpath(link) == str(file) for link in links)

    nets = [loaded(file, threads=1) for _ in range(3)]
    assert opened() == 3
    del nets
    assert opened() == 0
