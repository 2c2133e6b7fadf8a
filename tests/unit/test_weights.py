"""The .weights file: headers, order, exact size, what is refused; and what is written."""

from __future__ import annotations

import os
import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from networks import network, random_weights

from darknet_py import cfg, graph, weights
from darknet_py.errors import DarknetWarning, WeightsError

LAYERS = """[convolutional]
filters=4
size=3
pad=1
batch_normalize=1
activation=leaky
[convolutional]
filters=4
activation=linear
[batchnorm]
[shortcut]
from=0
weights_type=per_channel
weights_normalization=relu
[connected]
output=5
batch_normalize=1
"""
NUMBERS = (4 * 4 + 4 * 27) + (4 + 16) + 4 * 4 + 2 * 4 + (5 + 5 * 48 + 15)
SHAPE = (3, 3, 4)


def write(path: Path, floats: int, version: tuple[int, int, int] = (0, 2, 5), seen: str = "<Q") -> Path:
    """A file whose numbers are 0, 1, 2, …"""
    path.write_bytes(struct.pack("<iii", *version) + struct.pack(seen, 32) + np.arange(floats, dtype="<f4").tobytes())
    return path


def test_order(tmp_path: Path) -> None:
    net = network(LAYERS, SHAPE)
    assert weights.expected_size(net) == 20 + 4 * NUMBERS
    loaded = weights.load(net, write(tmp_path / "w", NUMBERS))
    assert loaded.header == weights.Header(0, 2, 5, 32, 20)
    starts = [{name: int(a.flat[0]) for name, a in arrays.items()} for arrays in loaded.params]
    assert starts == [
        {"biases": 0, "scales": 4, "rolling_mean": 8, "rolling_variance": 12, "weights": 16},
        {"biases": 124, "weights": 128},
        {"biases": 144, "scales": 148, "rolling_mean": 152, "rolling_variance": 156},
        {"weights": 160},
        {"biases": 168, "weights": 173, "scales": 413, "rolling_mean": 418, "rolling_variance": 423},
    ]
    assert loaded.params[0]["weights"].shape == (4, 3, 3, 3)
    assert loaded.params[4]["weights"][1, 0] == 173 + 48
    assert not loaded.params[0]["weights"].flags.writeable


@pytest.mark.parametrize(
    ("version", "seen", "legacy"),
    [((0, 1, 0), "<I", False), ((0, 2, 0), "<Q", False), ((1, 0, 0), "<Q", False), ((2000, 0, 0), "<Q", True),
     ((2000, 0, 0), "<I", True), ((0, 1001, 0), "<I", True)],
)  # fmt: skip
def test_headers(version: tuple[int, int, int], seen: str, legacy: bool, tmp_path: Path) -> None:
    loaded = weights.load(network(LAYERS, SHAPE), write(tmp_path / "w", NUMBERS, version, seen))
    assert (loaded.header.seen, loaded.header.legacy) == (32, legacy)
    assert loaded.params[0]["biases"][0] == 0
    connected = loaded.params[4]["weights"]
    assert list(connected[:2, 0]) == ([173, 174] if legacy else [173, 221])


def test_flipped(tmp_path: Path) -> None:
    net = network("[convolutional]\nfilters=5\nsize=3\nflipped=1\n")
    loaded = weights.load(net, write(tmp_path / "w", 5 + 5 * 27))
    assert list(loaded.params[0]["weights"][:3, 0, 0, 0]) == [5, 6, 7]
    weights.save(net, loaded, tmp_path / "v")
    assert (tmp_path / "v").read_bytes() == (tmp_path / "w").read_bytes()


def test_dontload_and_dontloadscales(tmp_path: Path) -> None:
    norm = "[convolutional]\nfilters=2\nbatch_normalize=1\n"
    net = network(norm + "dontloadscales=1\n" + norm + "dontload=1\n" + norm)
    with pytest.warns(DarknetWarning, match=r"nothing for net.cfg:9: layer 1 .*dontload"):
        loaded = weights.load(net, write(tmp_path / "w", (2 + 6) + 0 + (8 + 4)))
    assert loaded.params[0]["weights"].flat[0] == 2
    assert [loaded.params[0][name][0] for name in ("scales", "rolling_mean", "rolling_variance")] == [1, 0, 0]
    assert not loaded.params[1]["weights"].any()
    assert loaded.params[2]["biases"][0] == 8


@pytest.mark.parametrize(
    ("floats", "message"),
    [
        (
            0,
            r"ends inside net.cfg:5: layer 0 \[convolutional\]: it needs 496 bytes and 0 are left \(1732 bytes expected",
        ),
        (124, "ends inside net.cfg:11: layer 1 .* it holds the first 1 layers: a start for training"),
        (130, r"ends inside net.cfg:11: layer 1 \[convolutional\]: it needs 80 bytes and 24 are left .* another network's"),
        (
            NUMBERS - 1,
            r"ends inside net.cfg:19: layer 4 \[connected\]: .* \(1732 bytes expected, 1728 found\); it would fit",
        ),
        (NUMBERS - 2, "ends inside net.cfg:19: layer 4"),
        (NUMBERS + 3, r"12 bytes are left over after net.cfg:19: layer 4 \[connected\].*1744 found"),
    ],
)
def test_wrong_size(floats: int, message: str, tmp_path: Path) -> None:
    path = write(tmp_path / "w", floats)
    with pytest.raises(WeightsError, match=f"^{path}: {message}") as caught:
        weights.load(network(LAYERS, SHAPE), path)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_version(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(b"PK\x03\xff" * 40)
    with pytest.raises(WeightsError, match="not a version"):
        weights.load(network(LAYERS, SHAPE), tmp_path / "w")


@pytest.mark.parametrize("size", [0, 1, 15, 16, 19])
def test_too_short_for_a_header(size: int, tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(struct.pack("<iiiQ", 0, 2, 5, 0)[:size])
    with pytest.raises(WeightsError, match=f"{size} bytes are too few"):
        weights.load(network("[maxpool]\n"), tmp_path / "w")


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(WeightsError, match=f"^{path}: cannot be read"):
            weights.load(network(LAYERS, SHAPE), path)


SIGNALLING = np.frombuffer(b"\x01\x00\xa0\x7f", "<f4")[0]


@pytest.mark.parametrize(
    ("values", "text"),
    [([np.nan], "NaN"), ([-np.nan, 1e38], "NaN"), ([SIGNALLING], "NaN"), ([np.inf], "infinity"), ([-np.inf], "infinity"),
     ([np.inf, -np.inf], "infinity"), ([1, np.inf, np.nan], "NaN and infinity")],
)  # fmt: skip
def test_what_is_no_number_warns(values: list[float], text: str, tmp_path: Path) -> None:
    """Once, though all that follows has it too; be it one number or all of them."""
    net = network(LAYERS, SHAPE)
    few, all_of_them = random_weights(net), random_weights(net)
    few.params[1]["weights"].flat[: len(values)] = values
    for arrays in all_of_them.params[1:]:
        for array in arrays.values():
            array[...] = np.resize(np.float32(values), array.shape)
    all_of_them.params[1]["biases"][:] = 0
    for saved in (few, all_of_them):
        weights.save(net, saved, tmp_path / "w")
        with pytest.warns(DarknetWarning, match=rf"w: {text} among the weights of net.cfg:11: layer 1 \[conv") as caught:
            weights.load(net, tmp_path / "w")
        assert len(caught) == 1


def test_large_and_small_numbers_do_not_warn(tmp_path: Path) -> None:
    net = network(LAYERS, SHAPE)
    random = random_weights(net)
    random.params[1]["weights"].flat[:4] = [3.4e38, -1e38, 1e-45, -0.0]
    weights.save(net, random, tmp_path / "w")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        weights.load(net, tmp_path / "w")


def test_saved_weights_load_again(tmp_path: Path) -> None:
    net = network(LAYERS, SHAPE)
    random = random_weights(net)
    weights.save(net, random, tmp_path / "w")
    loaded = weights.load(net, tmp_path / "w")
    assert loaded.header == random.header
    for saved, read in zip(random.params, loaded.params, strict=True):
        assert saved.keys() == read.keys()
        assert all(np.array_equal(saved[name], read[name]) for name in saved)
    weights.save(net, loaded, tmp_path / "w")  # over the file that it is read from
    assert np.array_equal(loaded.params[0]["weights"], random.params[0]["weights"])
    assert [p.name for p in tmp_path.iterdir()] == ["w"]


def test_legacy_weights_are_saved_in_todays_order(tmp_path: Path) -> None:
    net = network(LAYERS, SHAPE)
    legacy = weights.load(net, write(tmp_path / "w", NUMBERS, (2000, 0, 0)))
    weights.save(net, legacy, tmp_path / "v")
    again = weights.load(net, tmp_path / "v")
    assert again.header.major == 0
    assert np.array_equal(again.params[4]["weights"], legacy.params[4]["weights"])


def test_save_refuses_what_does_not_fit(tmp_path: Path) -> None:
    net = network(LAYERS, SHAPE)
    random = random_weights(net)
    with pytest.raises(WeightsError, match="cannot be written"):
        weights.save(net, random, tmp_path / "none" / "w")
    random.params[1]["biases"] = np.zeros(3, np.float32)
    with pytest.raises(WeightsError, match=r"layer 1 \[convolutional\] biases must have shape \(4,\)"):
        weights.save(net, random, tmp_path / "w")
    assert not list(tmp_path.iterdir())


def test_reference_weights(reference: Path, tmp_path: Path) -> None:
    """The trained networks load, and come back byte for byte."""
    for path in sorted((reference / "weights").glob("*.weights")):
        net = graph.build(cfg.read(reference / "cfg" / f"{path.stem}.cfg"))
        weights.save(net, weights.load(net, path), tmp_path / path.name)
        assert zlib.crc32((tmp_path / path.name).read_bytes()) == zlib.crc32(path.read_bytes())


@pytest.mark.parametrize(
    ("name", "size"),
    [("yolov4", 257717640), ("yolov4-tiny", 24251276), ("yolov3", 248007048), ("yolov3-tiny", 35434956),
     ("yolov4-csp", 211944840), ("yolov2-tiny", 44948600), ("yolov4x-mish", 399388168)],
)  # fmt: skip
def test_sizes_of_published_weights(name: str, size: int, reference: Path) -> None:
    assert weights.expected_size(graph.build(cfg.read(reference / "cfg" / f"{name}.cfg"))) == size


@pytest.mark.skipif(os.name != "posix", reason="links and pipes of POSIX")
def test_saved_through_a_link_and_into_a_pipe(tmp_path: Path) -> None:
    net = network(LAYERS, SHAPE)
    random = random_weights(net)
    weights.save(net, random, tmp_path / "w")
    (tmp_path / "link").symlink_to("target")
    weights.save(net, random, tmp_path / "link")
    os.mkfifo(tmp_path / "pipe")
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit((tmp_path / "pipe").read_bytes)
        weights.save(net, random, tmp_path / "pipe")
        assert read.result() == (tmp_path / "target").read_bytes() == (tmp_path / "w").read_bytes()
    assert (tmp_path / "link").is_symlink()


def test_saving_leaves_the_masks_of_other_threads_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "umask", lambda _: pytest.fail("umask belongs to the whole process"))
    weights.save(network(LAYERS, SHAPE), random_weights(network(LAYERS, SHAPE)), tmp_path / "w")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such files")
def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, kind in ((tmp_path / "pipe", "pipe"), (Path("/dev/zero"), "device"), (tmp_path, "directory")):
        with pytest.raises(WeightsError, match=rf"{path}: cannot be read \(it is a {kind}\); give"):
            weights.load(network(LAYERS, SHAPE), path)
