"""``darknet.lib``: what scripts call by the compiled library's own names."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ..._support.spelling import hint
from . import hank_ai, network_boxes, networks, pictures

__all__ = ["lib"]

_SAME = {
    network_boxes: (
        "do_nms_obj", "do_nms_sort", "free_batch_detections", "free_detections", "get_network_boxes",
        "make_network_boxes", "network_predict_batch",
    ),
    networks: ("free_network_ptr", "free_ptrs", "init_cpu", "network_height", "network_width", "reset_rnn"),
    pictures: ("copy_image_from_bytes", "free_image", "letterbox_image", "make_image", "rgbgr_image"),
}  # fmt: skip


class _Library(SimpleNamespace):
    def __getattr__(self, name: str) -> Any:
        meant = hint(name, vars(self), f"there are {', '.join(vars(self))}")
        raise AttributeError(f"lib.{name}, a function of Darknet's compiled library, is not here; {meant}")


lib = _Library(
    **{name: getattr(module, name) for module, names in _SAME.items() for name in names},
    **{f"darknet_{name}": getattr(hank_ai, name) for name in hank_ai.__all__},
    cuda_set_device=networks.set_gpu,
    get_metadata=networks.load_meta,
    load_image_color=pictures.load_image,
    load_image_v2=pictures.load_image,
    load_network=networks.load_net,
    load_network_custom=networks.load_net_custom,
    network_predict_image=networks.predict_image,
    network_predict_image_letterbox=networks.predict_image_letterbox,
    network_predict_custom=network_boxes.network_predict_batch,
    network_predict_ptr=networks.predict,
)
