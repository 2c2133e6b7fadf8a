"""Checks of the detection heads: filters, activations, classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .._support.words import counted
from ..cfg import Edit
from ..layers import HEAD_NAMES, NO_HEADS, is_for_pytorch
from ..layers.yolo import Yolo
from .case import Case, Head
from .finding import Finding, error, note, warning

__all__ = ["CHECKS"]


def filters(case: Case) -> Iterator[Finding]:
    """The convolution before a head has as many filters as the head has numbers a cell."""
    for head in case.heads:
        if not head.before:
            continue
        layer, have, masks = head.layer, head.before.filters, len(head.layer.mask)
        need = layer.entries * masks
        if have != need:
            formula = f"(classes+{layer.coords + 1})*masks = ({layer.classes}+{layer.coords + 1})*{masks} = {need}"
            message = f"filters={have} before the [{layer.kind}] of line {head.section.line}, which needs {formula}"
            yield error("filters", case.place(head.number, "filters"), message, *_remedy(case, head, have, need))


def _remedy(case: Case, head: Head, have: int, need: int) -> tuple[str, tuple[Edit, ...]]:
    """The filters that fit the classes, or the classes that fit the filters, as weights and names tell."""
    write_filters = (case.edit(head.number, "filters", need),)
    boxes, rest = divmod(have, len(head.layer.mask))
    classes = boxes - head.layer.coords - 1
    line = head.section.line_of("classes")
    if rest or classes < 1:
        return f"write filters={need}", write_filters
    write_classes = (case.edit(head.index, "classes", classes),)
    if case.arrays:
        remedy = f"write classes={classes} in line {line}, for which the .weights file was made, or use another one"
        return remedy, write_classes
    if case.class_names and len(case.class_names) == classes:
        return f"write classes={classes} in line {line}, as there are {counted(classes, 'name')}", write_classes
    if case.class_names and len(case.class_names) == head.layer.classes:
        return f"write filters={need}, as there are {counted(head.layer.classes, 'name')}", write_filters
    return f"write filters={need}; or classes={classes} in line {line}, if the weights were trained for {classes}", ()


def activation(case: Case) -> Iterator[Finding]:
    """Who applies the logistic function: the convolution before a new_coords head, any other head itself."""
    for head in case.heads:
        if not head.before:
            continue
        have, need = head.before.activation, head.layer.takes
        if have == need:
            continue
        place = case.place(head.number, "activation")
        given = f"activation={have}" if "activation" in case.sections[head.index] else f"no activation=, that is {have},"
        new_coords = need == "logistic"
        why = "with new_coords=1 wants values from 0 to 1" if new_coords else "applies the logistic function itself"
        message = f"{given} before the [{head.layer.kind}] of line {head.section.line}, which {why}"
        if {have, need} == {"linear", "logistic"}:
            message += "; in PyTorch's cfgs the head applies the logistic function instead" if new_coords else ""
            edits = (case.edit(head.number, "activation", need),)
            yield error("head-activation", place, message, f"write activation={need}", edits)
        else:
            remedy = f"write activation={need}, unless the weights were trained like this"
            yield warning("head-activation", place, message, remedy)


def pytorch(case: Case) -> Iterator[Finding]:
    """Cfgs for PyTorch's classes say silu, and leave to the head what Darknet wants to be told.

    These take a side as (2·logistic(v))² anchors, x and y as 2·logistic(v) - .5, whatever scale_x_y says.
    """
    for head in case.heads if is_for_pytorch(case.sections) else ():
        if not isinstance(head.layer, Yolo) or head.layer.new_coords or not head.before:
            continue
        message = "activation=silu says that it is for PyTorch, whose heads decode as with new_coords=1 and scale_x_y=2"
        remedy = f"write both, and activation=logistic in line {case.place(head.number, 'activation').line}"
        edits = (
            case.edit(head.index, "new_coords", 1), case.edit(head.index, "scale_x_y", "2.0"),
            case.edit(head.number, "activation", "logistic"),
        )  # fmt: skip
        yield warning("pytorch-head", case.place(head.index), message, remedy, edits)


AGREED: dict[str, Callable[[Head], object]] = {
    "classes": lambda head: head.layer.classes,
    "new_coords": lambda head: isinstance(head.layer, Yolo) and head.layer.new_coords,
    "num": lambda head: head.section.integer("num", 1),
    "anchors": lambda head: head.section.numbers("anchors"),
}


def agreement(case: Case) -> Iterator[Finding]:
    """What has to be the same in all heads."""
    for key, said in AGREED.items():
        others = [head for head in case.heads if said(head) != said(case.heads[0])]
        if others:
            first, odd = case.heads[0].section, others[0]
            message = f"{key}= is not that of the [{first.name}] in line {first.line_of(key)}; heads share it"
            make, code = error if key == "classes" else warning, f"{key.replace('_', '-')}-differ"
            yield make(code, case.place(odd.index, key), message, f"write the same {key}= in all heads")


def suppression(case: Case) -> Iterator[Finding]:
    """Only the last head says how overlapping boxes are suppressed."""
    kinds = [(head.layer.nms_kind, head.layer.beta_nms) for head in case.heads]
    if len(set(kinds)) > 1:
        kind, beta = kinds[-1]
        message = f"nms_kind={kind} and beta_nms={beta:g} of the last head count; other heads say otherwise"
        said = {"nms_kind": kind, "beta_nms": f"{beta:g}"}
        edits = [case.edit(head.index, *option) for head in case.heads[:-1] for option in said.items()]
        place = case.place(case.heads[-1].index, "nms_kind")
        yield note("nms-differ", place, message, "write the same in all heads", edits)


def missing(case: Case) -> Iterator[Finding]:
    """A network without heads has no boxes."""
    if case.graph and not case.heads:
        last = case.graph.nodes[-1]
        message = f"{NO_HEADS} ({HEAD_NAMES.replace(' or', ',')}): detect finds nothing with it"
        yield note("no-heads", case.place(last.index), message, "it can be run with Network.predict")


CHECKS = (filters, activation, pytorch, agreement, suppression, missing)
