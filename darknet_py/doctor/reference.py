"""Notes on layers that the C program gets wrong on a CPU, so that its results differ from those here."""

from __future__ import annotations

from collections.abc import Iterator

from ..layers.activations import zero_in_c
from ..layers.maxpool import MaxPool
from .case import Case
from .finding import Finding, note

__all__ = ["CHECKS"]


def pools(case: Case) -> Iterator[Finding]:
    """C: gemm.c forward_maxpool_layer_avx"""
    for node in case.graph.nodes if case.graph else ():
        if isinstance(node.layer, MaxPool) and node.layer.avx_is_wrong(node.shape.w):
            message = "Darknet built with AVX=1 pools wrongly near the left border; here it is right"
            remedy = "-avx_maxpool repeats the defect, to explain an old result"
            yield note("c-maxpool", case.place(node.index), message, remedy)


def activations(case: Case) -> Iterator[Finding]:
    """C: activations.c activate"""
    for index, layer in enumerate(case.draft.layers):
        name = getattr(layer, "activation", "")
        if layer and zero_in_c(layer.kind, name):
            message = f"Darknet on a CPU makes zeros of activation={name} in [{layer.kind}]; here it is right"
            yield note("c-activation", case.place(index, "activation"), message, "compare with Darknet on a GPU")


def anchors(case: Case) -> Iterator[Finding]:
    """C: yolo_layer.c make_yolo_layer keeps num= anchors"""
    for head in case.anchored:
        num, highest = head.section.integer("num", 1), max(head.layer.mask)
        if highest >= num:
            message = f"mask= names anchor {highest}, num={num}: Darknet reads past its array; here anchors= has it"
            total = len(head.layer.anchors)
            edits = [case.edit(h.index, "num", total) for h in case.heads if len(h.layer.anchors) == total]
            yield note("c-anchors", case.place(head.index, "mask"), message, f"write num={total} in all heads", edits)


CHECKS = (pools, activations, anchors)
