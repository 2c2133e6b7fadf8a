"""Names of activation functions as people write them: each is Darknet's, or an error that names it or says there is none."""

from __future__ import annotations

import pytest
from networks import network

from darknet_py.errors import CfgError, DarknetWarning
from darknet_py.layers import LAYERS
from darknet_py.layers.activations import ABSENT, ACTIVATIONS, SAME

MEANT = {
    "Hard_Mish": "hard_mish", "hardtanh": "hardtan", "LeakyReLU": "leaky", "leaky_relu": "leaky", "leakyrelu": "leaky",
    "lerky": "leaky", "None": "linear", "none": "linear", "identity": "linear", "Linear": "linear", "MISH": "mish",
    "Mish": "mish", "mihs": "mish", "ReLU": "relu", "relu_6": "relu6", "ReLU6": "relu6", "Sigmoid": "logistic",
    "sigmoid": "logistic", "SiLU": "swish", "Swish": "swish", "swhish": "swish", "TANH": "tanh",
}  # fmt: skip


def layer(activation: str, kind: str = "conv", more: str = "") -> str:
    return f"[{kind}]\n{more}activation={activation}\n"


@pytest.mark.parametrize("name", MEANT)
def test_other_names_are_errors_that_tell_darknets(name):
    with pytest.raises(CfgError, match=rf"^net\.cfg:6: \[convolutional\] activation={name} is not known; did you mean "
                                       rf"{MEANT[name]}\?$"):  # fmt: skip
        network(layer(name))


@pytest.mark.parametrize("name", ["h_swish", "hswish", "hard_swish", "HardSwish", "hard-sigmoid", "PReLU", "softplus"])
def test_functions_that_darknet_does_not_have_are_errors_without_a_guess(name):
    with pytest.raises(CfgError, match=rf"activation={name} is not known; Darknet has no such function") as error:
        network(layer(name))
    assert "did you mean" not in str(error.value)


@pytest.mark.parametrize("name", ["foo", "xyzzy", "a" * 1000, "1", "relu,leaky"])
def test_names_like_no_other_are_errors_that_list_all(name):
    with pytest.raises(CfgError, match=r"use one of: elu, gelu, .*swish, tanh$"):
        network(layer(name))


@pytest.mark.parametrize(
    "text",
    [layer("silu"), layer("silu", "connected"), layer("silu", "activation"), layer("silu", "shortcut", "from=-1\n")],
)  # fmt: skip
def test_silu_is_swish_and_says_so_once(text):
    before = layer("leaky") + "filters=3\n"
    with pytest.warns(DarknetWarning, match=r"^net\.cfg:\d+: \[\w+\] activation=silu is read as swish") as told:
        graph = network(before + text + before + text)
    assert len(told) == 1
    assert str(told[0].message).endswith("(also in 1 more places)")
    assert [graph.nodes[i].layer.activation for i in (1, 3)] == ["swish", "swish"]
    assert [node.shape for node in graph.nodes] == [
        node.shape for node in network(before + text.replace("silu", "swish") + before + text.replace("silu", "swish")).nodes
    ]


def test_the_tables_name_what_there_is():
    assert set(SAME.values()) <= set(ACTIVATIONS)
    assert not (set(SAME) | ABSENT) & set(ACTIVATIONS)
    assert not set(SAME) & ABSENT
    assert {"convolutional", "connected", "activation"} <= set(LAYERS)
