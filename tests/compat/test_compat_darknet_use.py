"""darknet.py's module in use: memory, threads, hank-ai's calls, and what users do wrong."""

from __future__ import annotations

import ctypes as ct
import gc
import threading
import weakref
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import small_detector
from darknet_module import files, image_of, low_level, rgb

from darknet_py import CfgError, DarknetError, ImageError, ShapeError, WeightsError, __version__
from darknet_py.compat import darknet

NAMES = ["n0", "n1", "n2", "n3"]
NAMES_OF_BOTH = """
BOX DETECTION DETNUMPAIR IMAGE METADATA network_width network_height bbox2points class_colors load_network
print_detections draw_boxes decode_detection remove_negatives remove_negatives_faster non_max_suppression_fast
detect_image lib copy_image_from_bytes predict set_gpu init_cpu make_image get_network_boxes make_network_boxes
free_detections free_batch_detections free_ptrs network_predict reset_rnn load_net load_net_custom free_network_ptr
do_nms_obj do_nms_sort free_image letterbox_image load_meta load_image rgbgr_image predict_image predict_image_letterbox
network_predict_batch FloatPtr IntPtr DETECTIONPtr DETNUMPAIRPtr network_dimensions show_version_info version_string
version_short set_verbose clear_skipped_classes add_skipped_class del_skipped_class set_output_stream POINTER c_float
c_int pointer
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("darknet")


@pytest.fixture
def net(folder: Path) -> Any:
    return darknet.load_net_custom(*map(str, files("csp_groups", folder)), 0, 2)


@pytest.fixture(scope="module")
def tiny(folder: Path) -> Any:
    """The small detector with two dozen boxes."""
    path, file = small_detector.write(folder, small_detector.CFG.replace("stride=2", "stride=8"), "tiny")
    return darknet.load_net(str(path).encode(), str(file).encode(), 0)


def test_every_name_of_both_modules_is_there():
    scope: dict[str, Any] = {}
    exec("from darknet_py.compat.darknet import *", scope)
    assert not set(NAMES_OF_BOTH.split()) - set(scope)
    assert darknet.lib.network_predict_image is darknet.predict_image
    assert darknet.lib.darknet_network_dimensions is darknet.network_dimensions


def resident() -> int:
    """Bytes of memory that this process has."""
    pages = Path("/proc/self/statm")
    if not pages.exists():
        pytest.skip("needs /proc")
    return int(pages.read_text().split()[1]) * 4096


def test_2000_detections_take_no_memory(tiny):
    """Freed or not.  An IMAGE has 9 KB here, the boxes of one detection 3 KB; each round detects three times."""
    picture, names = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8), ["a", "b"]

    def detect(i: int) -> None:
        im = image_of(np.roll(picture, i, axis=1))
        assert darknet.detect_image(tiny, names, im, thresh=0.05)
        low_level(tiny, im, names, darknet.do_nms_sort, 0.05)
        batch = darknet.network_predict_batch(tiny, im, 1, 32, 24, 0.05)
        darknet.do_nms_obj(batch[0].dets, batch[0].num, 2, 0.45)
        if i % 2:
            darknet.free_image(im)
            darknet.free_batch_detections(batch, 1)

    for i in range(150):
        detect(i)
    gc.collect()
    before = resident()
    for i in range(670):
        detect(i)
    gc.collect()
    assert resident() - before < 0.5e6


def test_memory_goes_with_its_last_reference(net):
    im = darknet.make_image(8, 4, 3)
    array = weakref.ref(im.owner)
    copy = darknet.IMAGE(8, 4, 3, im.data)
    del im
    copy.data[5] = 7.0
    assert array() is not None
    del copy
    gc.collect()
    assert array() is None
    darknet.predict_image(net, rgb("csp_groups"))
    probs = darknet.get_network_boxes(net, 10, 10, 0.1)[3].prob
    gc.collect()
    assert max(probs[:4]) > 0.1, "a box's probabilities outlive the pointer to the boxes"


def test_threads_that_share_a_network_get_their_own_answers(net):
    pictures = [np.roll(rgb("csp_groups"), 9 * i, axis=1) for i in range(4)]

    def work(picture: np.ndarray) -> list[Any]:
        im = image_of(picture)
        found, objectness = low_level(net, im, NAMES, darknet.do_nms_sort, 0.2)
        return [found, objectness, darknet.detect_image(net, NAMES, im, thresh=0.2)]

    alone = [work(picture) for picture in pictures]
    got: list[list[Any]] = [[] for _ in pictures]

    def repeat(i: int) -> None:
        got[i] += [work(pictures[i]) for _ in range(8)]

    workers = [threading.Thread(target=repeat, args=(i,)) for i in range(len(pictures))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [found == [expected] * 8 for found, expected in zip(got, alone, strict=True)] == [True] * 4


def test_boxes_of_what_another_thread_predicted(net):
    worker = threading.Thread(target=darknet.predict_image, args=(net, rgb("csp_groups")))
    worker.start()
    worker.join()
    number = ct.c_int()
    darknet.get_network_boxes(net, 10, 10, 0.25, 0.5, None, 0, number, 0)
    assert number.value


def test_empty_boxes_to_be_filled(net):
    darknet.predict_image(net, rgb("csp_groups"))
    found, empty = ct.c_int(), ct.pointer(ct.c_int())
    darknet.get_network_boxes(net, 10, 10, 0.25, 0.5, None, 0, ct.byref(found), 0)
    boxes = darknet.make_network_boxes(net, 0.25, empty)
    assert empty[0] == found.value > 0
    assert (boxes[0].bbox.w, boxes[0].prob[0], boxes[0].objectness, boxes[0].classes) == (0, 0, 0, 4)


def test_input_as_pointer_array_and_c_array(net):
    x = np.random.default_rng(0).random((2, 3, 64, 96), np.float32)
    size = 3 * 9 * 2 * 3  # of one picture in the last head, 3 anchors of 9 channels on 2 x 3 cells
    outputs = [
        np.array(darknet.predict(net, form)[:size])
        for form in (x, x.ctypes.data_as(darknet.FloatPtr), (ct.c_float * x.size)(*x.ravel()), x.astype(np.float64))
    ]
    assert outputs[0].any()
    for output in outputs[1:]:
        np.testing.assert_array_equal(output, outputs[0])


def test_pictures_exchange_red_and_blue():
    im = image_of(np.full((2, 3, 3), (255, 0, 51), np.uint8))
    darknet.rgbgr_image(im)
    assert [im.data[i] for i in (0, 6, 12)] == [np.float32(0.2), 0, 1]


# hank-ai's module


def test_what_hank_ai_load_network_returns_is_a_network(folder, net):
    path, file = files("csp_groups", folder)
    (folder / "c.names").write_text("\n".join(NAMES) + "\n")
    network = darknet.load_network(str(path), str(folder / "c.names"), str(file))
    assert darknet.network_width(network) == 96
    picture = rgb("csp_groups")
    assert darknet.detect_image(network, NAMES, picture) == darknet.detect_image(net, NAMES, picture)
    w, h, c = ct.c_int(), ct.c_int(), ct.c_int()
    assert darknet.network_dimensions(network, w, h, c) == (96, 64, 3) == (w.value, h.value, c.value)


def test_hank_ai_load_image_is_opencv(tmp_path):
    bgr = np.ascontiguousarray(rgb("csp_groups")[..., ::-1])
    path = str(tmp_path / "p.png").encode()
    cv2.imwrite(path.decode(), bgr)
    resized = cv2.resize(bgr, (40, 30), interpolation=cv2.INTER_LINEAR_EXACT)
    for c, expected in ((0, resized[..., ::-1]), (3, resized[..., ::-1]), (1, cv2.cvtColor(resized, cv2.COLOR_BGR2GRAY))):
        im = darknet.load_image(path, 40, 30, c)
        planes = np.ctypeslib.as_array(im.data, (im.c, 30, 40))
        np.testing.assert_array_equal(planes, np.atleast_3d(expected).transpose(2, 0, 1) / np.float32(255))
    full, same = darknet.load_image(path, 0, 0), darknet.load_image(path, 0, 0, 3)
    size = full.w * full.h * 3
    assert (full.w, full.h) == bgr.shape[1::-1]
    assert full.data[:size] == same.data[:size]


def test_skipped_classes(net):
    picture = rgb("csp_groups")
    every = darknet.detect_image(net, NAMES, picture, thresh=0.25)
    left = [one for one in every if one[0] != "n0"]
    assert len(every) > len(left) > 0
    darknet.add_skipped_class(net, 0)
    assert darknet.detect_image(net, NAMES, picture, thresh=0.25) == left
    darknet.del_skipped_class(net, 0)
    assert darknet.detect_image(net, NAMES, picture, thresh=0.25) == every
    darknet.add_skipped_class(net, 0)
    darknet.clear_skipped_classes(net)
    assert darknet.detect_image(net, NAMES, picture, thresh=0.25) == every


def test_version_and_output_stream(folder, tmp_path, capsys):
    assert darknet.version_short() == __version__.encode()
    assert darknet.version_string().endswith(darknet.version_short())
    log = tmp_path / "output.log"
    darknet.set_output_stream(str(log).encode())
    darknet.set_verbose(True)
    try:
        darknet.show_version_info()
        darknet.load_net(*map(str, files("csp_groups", folder)), 0)
    finally:
        darknet.set_verbose(False)
        darknet.set_output_stream(b"")
    lines = log.read_text().splitlines()
    assert lines[0] == f"darknet_py {__version__}"
    assert lines[1].startswith("   layer   filters")
    assert not capsys.readouterr().out
    darknet.load_net(*map(str, files("csp_groups", folder)), 0)
    assert len(log.read_text().splitlines()) == len(lines)


# What users do wrong


def short_batch(net: Any) -> None:
    array = np.zeros(30, np.float32)
    im = darknet.IMAGE(96, 64, 3, array.ctypes.data_as(darknet.FloatPtr))
    darknet.network_predict_batch(net, im, 2, 96, 64, 0.25, 0.5, None, 0, 0)


def freed_image(net: Any) -> None:
    im = darknet.make_image(96, 64, 3)
    darknet.free_image(im)
    darknet.free_image(im)
    darknet.detect_image(net, NAMES, im)


def freed_network(net: Any) -> None:
    darknet.free_network_ptr(net)
    darknet.network_width(net)


def float64_pointer(net: Any) -> None:
    array = np.zeros(2 * 3 * 64 * 96)
    darknet.predict(net, array.ctypes.data_as(darknet.FloatPtr))


WRONG: list[tuple[Any, type[DarknetError], str]] = [
    (short_batch, ImageError, "30 numbers.*need 36864"),
    (freed_image, ImageError, "was it freed"),
    (freed_network, DarknetError, "was freed"),
    (float64_pointer, ImageError, "float64"),
    (lambda net: darknet.detect_image(net, NAMES, None), ImageError, "NoneType; could the picture not be read"),
    (lambda net: darknet.detect_image(net, NAMES, rgb("spp").astype(np.float32)), ImageError, "uint8"),
    (lambda net: darknet.detect_image(net, NAMES, rgb("spp").transpose(2, 0, 1)), ImageError, "RGB"),
    (lambda net: darknet.detect_image(net, NAMES, darknet.make_image(9, 9, 1)), ShapeError, r"\(3, 64, 96\)"),
    (lambda net: darknet.detect_image("yolo", NAMES, rgb("spp")), DarknetError, "load_network returns"),
    (lambda net: darknet.get_network_boxes(net, 9, 9, 0.5), DarknetError, "predict_image before"),
    (lambda net: darknet.predict(net, np.zeros((3, 64, 96), np.float32)), ShapeError, r"\(2, 3, 64, 96\)"),
    (lambda net: darknet.predict(net, np.zeros((2, 3, 64, 96), np.uint8)), ShapeError, "uint8"),
    (lambda net: darknet.predict(net, "x"), ShapeError, "pointer"),
    (lambda net: darknet.predict(net, None), ImageError, "no data"),
    (lambda net: darknet.add_skipped_class(net, 4), DarknetError, "0 to 3"),
    (lambda net: darknet.network_predict_batch(net, darknet.IMAGE(), 0, 9, 9, 0.5), DarknetError, "batch_size=0"),
    (lambda net: darknet.make_image(0, 4, 3), ImageError, "0 x 4 x 3"),
    (lambda net: darknet.load_image(b"no.png", 0, 0), ImageError, "no.png"),
    (lambda net: darknet.load_network("no.cfg", "cfg/coco.names", "x"), CfgError, "cfg"),
    (lambda net: darknet.load_net(None, b"x", 0), DarknetError, "path"),
    (lambda net: darknet.set_output_stream(b"/no/such/folder/x"), DarknetError, "cannot be written"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "says"), WRONG)
def test_wrong_use_is_one_line(net, call, error, says):
    with pytest.raises(error, match=says) as e:
        call(net)
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (bytes(95), "95 bytes"), (bytes(97), "97 bytes"), (b"", "0 bytes"), (None, "NoneType"), ("x" * 96, "str"),
        (np.zeros((4, 8, 3), np.float32), "float32"), (np.zeros((8, 4, 3), np.uint8), r"\(8, 4, 3\)"),
    ],
)  # fmt: skip
def test_pixels_that_do_not_fit_their_image(data, says):
    im = darknet.make_image(8, 4, 3)
    with pytest.raises(ImageError, match=says) as e:
        darknet.copy_image_from_bytes(im, data)
    assert "\n" not in str(e.value)
    assert not any(im.data[:96])


@pytest.mark.parametrize("form", [bytes, bytearray, memoryview])
def test_pixels_as_bytes_or_array(form):
    pixels = np.random.default_rng(0).integers(0, 256, (4, 8, 3), np.uint8)
    expected = (pixels.transpose(2, 0, 1) / np.float32(255)).ravel().tolist()
    for data in (form(pixels.tobytes()), pixels, np.asfortranarray(pixels)):
        im = darknet.make_image(8, 4, 3)
        darknet.copy_image_from_bytes(im, data)
        assert im.data[:96] == expected


def test_files_that_do_not_fit(folder, tmp_path):
    path, file = files("csp_groups", folder)
    (tmp_path / "few.names").write_text("a\nb\n")
    (tmp_path / "few.data").write_text("classes=4\nnames=few.names\n")
    with pytest.raises(CfgError, match=r"classes=4, but its names= has 2"):
        darknet.load_meta(str(tmp_path / "few.data").encode())
    with pytest.raises(WeightsError, match=r"no\.weights"):
        darknet.load_network(str(path), str(tmp_path / "few.names"), "no.weights")
    with pytest.warns(match="2 class names for a network of 4 classes"):
        _, names, _ = darknet.load_network(str(path), str(tmp_path / "few.names"), str(file))
    assert names == ["a", "b"]
    (tmp_path / "none.data").write_text("names=few.names\n")
    meta = darknet.load_meta(str(tmp_path / "none.data").encode())
    assert [meta.names[i] for i in range(meta.classes)] == [b"a", b"b"]


def test_names_beyond_the_networks_classes_are_never_found(net):
    picture = rgb("csp_groups")
    every = darknet.detect_image(net, NAMES, picture, thresh=0.25)
    assert darknet.detect_image(net, [*NAMES, "x", "y"], picture, thresh=0.25) == every
    found, _ = low_level(net, image_of(picture), [*NAMES, "x"], darknet.do_nms_sort, 0.25)
    assert len(found) == len(every)
