"""A reference that differs in one thing, and the diagnosis that names it; the defects are made by other code than ours."""

from __future__ import annotations

import itertools
from unittest import mock

import engine
import numpy as np
import pytest
from comparing import HEADS, causes

from darknet_py.compare.causes import ADDED_UP, CHEAP, DEAR, SPREADS
from darknet_py.compare.pipeline import Photo, Pipeline
from darknet_py.compare.runner import Runner
from darknet_py.engine.native.host import host


def test_an_equal_run_has_no_causes(place):
    comparison = place.compare(place.npz(place.saved()))
    assert comparison.equal
    assert [r.verdict for r in comparison.results] == ["equal"] * 16
    assert causes(comparison) == []
    assert comparison.first is None


# Other networks and settings: everything that the run gives is known to the reference

RUNS = {
    "letterbox": ({}, {"letter_box": True}, "the input"),
    "leaky slope 0.01": ({"changes": [("leaky", "relie")]}, {}, "layer 0"),
    "leaky as relu": ({"changes": [("leaky", "relu")]}, {}, "layer 0"),
    "route group": ({"changes": [("group_id=1", "group_id=0")]}, {}, "layer 2"),
    "AVX max pool": ({"avx_maxpool": True}, {}, "layer 5"),
    "reorg": ({"changes": [("reorg", "reorg3d")]}, {}, "layer 8"),
    "scale_x_y": ({"changes": [("scale_x_y=1.3\n", "")]}, {}, "layer 10"),
    "new_coords": ({"changes": [("scale_x_y", "new_coords=1\nscale_x_y")]}, {}, "layer 10"),
    "nms_kind=default": ({"changes": [("greedynms", "default")]}, {}, "the boxes"),
    "nms_kind=diounms": ({"changes": [("greedynms", "diounms")]}, {}, "the boxes"),
    "thresh 0.3": ({}, {"thresh": 0.3}, "the boxes"),
}


@pytest.mark.parametrize("cause", RUNS)
def test_runs_of_another_network(place, cause):
    options, settings, first = RUNS[cause]
    other = place.variant(*options.get("changes", ()), avx_maxpool=options.get("avx_maxpool", False))
    comparison = place.compare(place.npz(place.saved(other, **settings)))
    assert not comparison.equal
    assert causes(comparison) == [cause]
    assert comparison.first.stage.name == first
    assert comparison.diagnosis.unexplained == ()
    before = [r for r in comparison.results if r.stage.name == first or r.own is not None]
    assert before[0].stage.name == first
    assert {r.verdict for r in comparison.results if r.own is not None} <= {"differs", "follows"}


@pytest.mark.parametrize("cause", ["letterbox", "AVX max pool", "leaky slope 0.01", "nms_kind=default", "thresh 0.3"])
@pytest.mark.parametrize("known", ["boxes", "heads"])
def test_the_same_seen_in_little(place, cause, known):
    """A reference that has boxes or heads alone."""
    options, settings, _ = RUNS[cause]
    other = place.variant(*options.get("changes", ()), avx_maxpool=options.get("avx_maxpool", False))
    arrays = place.saved(other, **settings)
    wanted = ["boxes"] if known == "boxes" else [f"layer_{i}" for i in HEADS]
    comparison = place.compare(place.npz(arrays, lambda name: name in wanted))
    seen = known == "boxes" or cause not in ("nms_kind=default", "thresh 0.3")
    assert causes(comparison) == ([cause] if seen else [])
    assert comparison.equal == (not seen)


def test_all_at_once(place):
    """Several causes, each found where it shows."""
    other = place.variant(("greedynms", "default"), ("group_id=1", "group_id=0"), avx_maxpool=True)
    comparison = place.compare(place.npz(place.saved(other, letter_box=True, thresh=0.3)))
    found = causes(comparison)
    assert found[:3] == ["letterbox", "route group", "AVX max pool"]
    assert set(found[3:]) == {"nms_kind=default", "thresh 0.3"}
    assert comparison.diagnosis.unexplained == ()


def test_the_other_way_round(place):
    """What was given here, and not there."""
    reference = place.npz(place.saved())
    assert causes(place.compare(reference, letter_box=True)) == ["resize"]
    assert causes(place.compare(reference, place.variant(avx_maxpool=True))) == ["right max pool"]


def test_other_numerics(place):
    fast = place.variant(numerics="fast")
    comparison = place.compare(place.npz(place.saved(fast)), tolerance=1e-9)
    assert causes(comparison)[0] == "fast numerics"
    assert comparison.first.stage.name == "layer 0"
    assert causes(place.compare(place.npz(place.saved()), fast, tolerance=1e-9))[0] == "exact numerics"


def test_bf16_numerics(place):
    with engine.emulated_bf16():
        reference = place.npz(place.saved(place.variant(numerics="bf16")))
        assert "bf16 numerics" in causes(place.compare(reference, tolerance=1e-9))
    with mock.patch.object(host(), "bf16", False):
        assert "bf16 numerics" not in causes(place.compare(reference, tolerance=1e-9))


@pytest.mark.parametrize("epsilon", [1e-3, 1e-6])
def test_epsilon_of_batch_norm(place, epsilon):
    def change(layer, name, values):
        return values + np.float32(epsilon - 1e-5) if name == "rolling_variance" else values

    comparison = place.compare(place.npz(place.saved(place.weighted(change))), tolerance=1e-6)
    assert causes(comparison)[0] == f"batch norm epsilon {epsilon:g}"
    assert comparison.first.stage.name == "layer 0"


# Layers that are edited: the reference ends there


def test_an_activation_that_c_has_not(place):
    """C: activations.c activate has no case for relu6, so a [shortcut] with it is 0 on a CPU."""
    net = place.variant(("activation=mish", "activation=relu6"))
    arrays = place.saved(net)
    comparison = place.compare(place.upto(4, arrays | {"layer_4": np.zeros_like(arrays["layer_4"])}), net)
    assert causes(comparison) == ["activation missing in C"]


def test_even_pools_that_begin_too_early(place):
    arrays = place.saved()
    x = np.pad(arrays["layer_5"], ((0, 0), (1, 0), (1, 0)), constant_values=-np.inf)
    early = np.maximum(np.maximum(x[:, :-1, :-1], x[:, :-1, 1:]), np.maximum(x[:, 1:, :-1], x[:, 1:, 1:]))
    assert causes(place.compare(place.upto(6, arrays | {"layer_6": early}))) == ["padding of even pools"]


def test_a_head_without_its_logistic(place):
    arrays = place.saved()
    comparison = place.compare(place.upto(10, arrays | {"layer_10": arrays["layer_9"]}))
    assert causes(comparison) == ["raw head"]


def test_nan_of_the_logistic(place):
    """Darknet's AVX build gives NaN where the exponential of the negative value overflows."""

    def change(layer, name, values):
        second_class = np.arange(len(values)) % 8 == 6
        return np.where(second_class, np.float32(-95), values) if (layer, name) == (9, "biases") else values

    net = place.weighted(change)
    arrays = place.saved(net)
    logits = arrays["layer_9"].reshape(3, 8, 10, 12)
    head = arrays["layer_10"].reshape(logits.shape).copy()
    head[:, 4:][logits[:, 4:] < -88.73] = np.nan
    comparison = place.compare(place.npz(arrays | {"layer_10": head.reshape(24, 10, 12)}), net)
    assert causes(comparison) == ["NaN of the logistic"]
    assert np.isnan(head).any()


def test_what_no_cause_explains(place):
    arrays = place.saved()
    arrays["layer_5"] = np.random.RandomState(0).rand(*arrays["layer_5"].shape).astype(np.float32)
    comparison = place.compare(place.npz(arrays))
    assert causes(comparison) == []
    assert [s.name for s in comparison.diagnosis.unexplained] == ["layer 5"]
    assert "Unexplained: None of the causes that were tried brings layer 5 to agree." in comparison.report()


# What cannot be repeated


def test_rounding(place):
    random = np.random.RandomState(5)
    arrays = place.saved()
    for name, values in arrays.items():
        if name.startswith("layer"):
            arrays[name] = (values * (1 + 2e-7 * random.randn(*values.shape))).astype(np.float32)
    comparison = place.compare(place.npz(arrays, lambda name: name != "boxes"), tolerance=1e-8)
    assert causes(comparison) == ["rounding"]
    assert not comparison.equal
    assert place.compare(place.npz(arrays)).equal


def test_rounding_that_adds_up(place):
    """Each layer is 8e-6 of its values off, always to the same side."""
    known: dict[int, np.ndarray] = {}
    engine, p = Runner(place.net, Photo(place.picture)), Pipeline(place.net.options)
    for i in range(10):
        engine.known = {j: (lambda y=y: y) for j, y in known.items()}
        known[i] = engine.outputs(p, (i,), frozenset(known))[i] * np.float32(1 + 8e-6)
    comparison = place.compare(place.npz({f"layer_{i}": y for i, y in known.items()}), tolerance=3e-5)
    assert causes(comparison) == ["rounding adds up"]
    assert all(result.verdict != "differs" for result in comparison.results)
    assert place.compare(place.npz({f"layer_{i}": y for i, y in known.items()}), tolerance=1e-3).equal


def test_causes_say_what_to_do():
    causes = [*CHEAP, *itertools.chain(*DEAR), *SPREADS, ADDED_UP]
    assert len({cause.name for cause in causes}) == len(causes)
    for cause in causes:
        assert cause.what[0].islower()
        assert len(cause.remedy) > 10
