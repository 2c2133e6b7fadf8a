"""``darknet.lib``: what scripts call by the compiled library's own names."""

from __future__ import annotations

from types import SimpleNamespace

from . import boxes, hank_ai, networks, pictures

__all__ = ["lib"]

_SAME = {
    boxes: (
        "do_nms_obj", "do_nms_sort", "free_batch_detections", "free_detections", "get_network_boxes",
        "make_network_boxes", "network_predict_batch",
    ),
    networks: ("free_network_ptr", "free_ptrs", "init_cpu", "network_height", "network_width", "reset_rnn"),
    pictures: ("copy_image_from_bytes", "free_image", "letterbox_image", "make_image", "rgbgr_image"),
}  # fmt: skip

lib = SimpleNamespace(
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
    network_predict_ptr=networks.predict,
)
