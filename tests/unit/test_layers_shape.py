"""Each section: the shape it gives, the arrays it has, and what it refuses."""

from __future__ import annotations

import pytest
from layer_cases import SHAPES, TWO
from networks import network

from darknet_py.cfg import ALIASES
from darknet_py.errors import CfgError, DarknetError, ShapeError
from darknet_py.layers import LAYERS, UNSUPPORTED
from darknet_py.layers.activations import ACTIVATIONS

EMBEDDED = """[convolutional]
filters=4
activation=linear
[convolutional]
filters=6
activation=linear
[yolo]
classes=1
num=1
anchors=1,1,2,2
embedding_layer={}
"""

PARAMS = [
    ("[convolutional]\nfilters=4\nsize=3\ngroups=1\n", ["biases 4", "weights 4,3,3,3"]),
    ("[convolutional]\nfilters=6\ngroups=3\nbatch_normalize=1\n",
     ["biases 6", "scales 6", "rolling_mean 6", "rolling_variance 6", "weights 6,1,1,1"]),
    ("[connected]\noutput=5\nbatch_normalize=1\n",
     ["biases 5", "weights 5,576", "scales 5", "rolling_mean 5", "rolling_variance 5"]),
    ("[local]\nfilters=2\nsize=5\nstride=4\n", ["biases 12", "weights 6,2,3,5,5"]),
    ("[batchnorm]\n", ["biases 3", "scales 3", "rolling_mean 3", "rolling_variance 3"]),
    (TWO + "[shortcut]\nfrom=0\n", []),
    (TWO + "[shortcut]\nfrom=0,1\nweights_type=per_feature\n", ["weights 3"]),
    (TWO + "[shortcut]\nfrom=0\nweights_type=per_channel\n", ["weights 2,6"]),
    ("[maxpool]\n", []),
    ("[implicit]\nfilters=5\natoms=2\n", ["weights 5,2,1"]),
    ("[conv]\nfilters=3\nbatch_normalize=1\n[conv]\nfilters=3\nbatch_normalize=1\nshare_index=0\n", []),
]  # fmt: skip

REFUSED = [
    ("[convolutional]\nfilters=0\n", CfgError, "6: .convolutional. filters=0 is not possible; it must be at least 1"),
    ("[convolutional]\nfilters=-5\n", CfgError, "filters=-5"),
    ("[convolutional]\nsize=0\n", CfgError, "size=0"),
    ("[convolutional]\nstride=0\n", CfgError, "stride=0"),
    ("[convolutional]\npadding=-1\n", CfgError, "padding=-1"),
    ("[convolutional]\nactivation=laeky\n", CfgError, "6: .convolutional. activation=laeky .* did you mean leaky"),
    ("[convolutional]\nactivation=leaky#x\n", CfgError, "leaky#x"),
    ("[convolutional]\nxnor=1\n", CfgError, "6: .convolutional. xnor= .* not supported"),
    ("[convolutional]\nbinary=1\n", CfgError, "binary"),
    ("[convolutional]\nantialiasing=2\n", CfgError, "antialiasing"),
    ("[convolutional]\nshare_index=0\n", CfgError, "6: .convolutional. share_index=0 of layer 0 names layer 0"),
    (TWO + "[convolutional]\nfilters=6\nshare_index=0\n", ShapeError,
     "11: layer 2 .convolutional. share_index= names net.cfg:5: layer 0 .convolutional., which has other weights"),
    (TWO + "[convolutional]\nfilters=6\nsize=3\nshare_index=1\n", ShapeError, "which has other weights"),
    (TWO + "[convolutional]\nfilters=6\ngroups=2\nshare_index=1\n", ShapeError, "which has other weights"),
    (TWO + "[maxpool]\n[convolutional]\nfilters=6\nshare_index=-1\n", ShapeError, "which has other weights"),
    ("[implicit]\nfilters=0\n", CfgError, "filters=0"),
    ("[normalization]\nsize=9\n", ShapeError, "size=9 needs 4 input channels at least, not 3"),
    ("[lrn]\nsize=0\n", CfgError, "size=0"),
    ("[convolutional]\ncoordconv=1\n", CfgError, "coordconv"),
    ("[convolutional]\nsize=17\n", ShapeError, "5: layer 0 .convolutional. size=17 is larger than the input of 12 pixels"),
    ("[convolutional]\nsize=3\ndilation=2\n", ShapeError, "dilation=2"),
    ("[convolutional]\nfilters=4\ngroups=2\n", ShapeError, "groups=2 must divide the 3 input channels"),
    ("[convolutional]\nfilters=4\ngroups=3\n", ShapeError, "filters=4"),
    ("[convolutional]\nfilters=2000000000\n", ShapeError, "its output would have"),
    ("[convolutional]\nsize=2000000001\npad=1\n", ShapeError, "its array of weights would have"),
    ("[maxpool]\nsize=0\n", CfgError, "size=0"),
    ("[maxpool]\nsize=99999\n", CfgError, "size=99999"),
    ("[maxpool]\nsize=13\npadding=0\n", ShapeError, "size=13 is larger than the input of 12 pixels"),
    ("[maxpool]\nantialiasing=1\n", CfgError, "antialiasing"),
    ("[maxpool]\nmaxpool_depth=1\nout_channels=4\n", ShapeError, "out_channels=4 is more than the 3"),
    ("[local_avgpool]\nsize=2\npadding=9\n", ShapeError, "empty"),
    ("[route]\n", CfgError, "5: .route. needs layers="),
    ("[route]\nlayers=-1\n", CfgError, "6: .route. layers=-1 of layer 0 names layer -1"),
    (TWO + "[route]\nlayers=2\n", CfgError, "layers=2 of layer 2 names layer 2; it must be one of the layers 0 to 1"),
    (TWO + "[route]\nlayers=0,7\n", CfgError, "names layer 7"),
    (TWO + "[route]\nlayers=0\ngroups=2\ngroup_id=2\n", CfgError, "group_id=2"),
    (TWO + "[route]\nlayers=0\ngroups=0\n", CfgError, "groups=0"),
    (TWO + "[route]\nlayers=0\ngroups=3\n", ShapeError, "groups=3 must divide the 8 channels of layer 0"),
    ("[maxpool]\nstride=2\n[upsample]\nstride=4\n[route]\nlayers=0,1\n", ShapeError, "layer 0 of 8 x 6 pixels and layer 1"),
    (TWO + "[maxpool]\nstride=2\n[shortcut]\nfrom=0\n", ShapeError, "layer 3 .shortcut. adds layer 0 of 16 x 12"),
    (TWO + "[shortcut]\n", CfgError, "needs from="),
    (TWO + "[shortcut]\nfrom=0\nweights_type=per_pixel\n", CfgError, "weights_type=per_pixel is not known"),
    (TWO + "[shortcut]\nfrom=0\nactivation=normalize_channels\n", CfgError, "in .convolutional. only"),
    ("[upsample]\nstride=0\n", CfgError, "stride=0"),
    ("[upsample]\nstride=-5\n", ShapeError, "stride=-5 must divide the input of 16 x 12 pixels"),
    ("[upsample]\nstride=2000000000\n", ShapeError, "its output would have"),
    ("[reorg]\nstride=2\n", ShapeError, "multiples of 4, not 3"),
    ("[reorg3d]\nstride=5\n", ShapeError, "stride=5 must divide the input of 16 x 12"),
    ("[softmax]\ngroups=7\n", ShapeError, "groups=7 must divide the 576"),
    ("[softmax]\ntree=9k.tree\n", CfgError, "6: .softmax. tree=9k.tree is not there; looked in the working folder, "),
    ("[softmax]\ntemperature=0\n", CfgError, "temperature=0"),
    ("[connected]\noutput=0\n", CfgError, "output=0"),
    (TWO + "[scale_channels]\nfrom=0\n", ShapeError, "which must be 1 x 1 x 8"),
    (TWO + "[sam]\nfrom=0\n", ShapeError, "they must be equal"),
    ("[sam]\n", CfgError, "needs from="),
    (TWO + "[contrastive]\nyolo_layer=-3\n", CfgError, "12: .contrastive. yolo_layer=-3 of layer 2 names layer -1"),
    (EMBEDDED.format(2), CfgError, "15: .yolo. embedding_layer=2 of layer 2 names layer 2"),
    (EMBEDDED.format(-4), CfgError, "embedding_layer=-4"),
    ("[maxpool]\nstride=2\n[upsample]\n" + EMBEDDED.format(0), ShapeError,
     "layer 4 .yolo. embedding_layer= names net.cfg:5: layer 0 .maxpool., whose output is 8 x 6 x 3; it must be 16 x 12"),
    (EMBEDDED.replace("filters=4", "filters=1").replace("filters=6", "filters=12").replace("num=1", "num=2").format(0),
     ShapeError, "with channels for each of 2 anchors"),
    ("[crop]\ncrop_height=13\ncrop_width=1\n", ShapeError, "cuts 1 x 13 pixels out of 16 x 12"),
    ("[local]\nfilters=0\n", CfgError, "filters=0"),
    ("[local]\nstride=0\n", CfgError, "stride=0"),
    ("[local]\npad=-1\n", CfgError, "pad=-1"),
    ("[local]\nactivation=normalize_channels\n", CfgError, "in .convolutional. only"),
    ("[local]\nsize=13\n", ShapeError, "5: layer 0 .local. size=13 is larger than the input of 12 pixels"),
    ("[local]\nsize=5\npad=1\n", ShapeError, r"pad=1 does not fit size=5: here it is a number of pixels, .size-1./2 or 0"),
    ("[local]\nsize=2\nstride=2\npad=1\n", ShapeError, "pad=1 does not fit size=2"),
    ("[local]\nfilters=2000000000\n", ShapeError, "its output would have"),
    ("[local]\nsize=199999999\npad=99999999\n", ShapeError, "its array of weights would have"),
    ("[detection]\nside=3\n", CfgError, "5: .detection. needs coords=4"),
    ("[detection]\nside=3\ncoords=5\n", CfgError, "7: .detection. coords=5 is not possible; it must be from 4 to 4"),
    ("[detection]\nside=0\ncoords=4\n", CfgError, "side=0"),
    ("[detection]\nnum=0\ncoords=4\n", CfgError, "num=0"),
    ("[detection]\nclasses=0\ncoords=4\n", CfgError, "classes=0"),
    ("[detection]\nside=7\ncoords=4\nclasses=20\nnum=2\n", ShapeError,
     r"5: layer 0 .detection. the layer before has 576 values, but side=7, num=2 and classes=20 need 7.7..5.2.20.=1470;"),
    ("[net]\n", CfgError, "appears twice"),
    ("[yollo]\n", CfgError, "5: .yollo. is not a layer of Darknet; did you mean .yolo."),
    ("[gaussian_yolo]\n", CfgError, "did you mean .Gaussian_yolo."),
    ("[Convolutional]\n", CfgError, "did you mean .convolutional."),
    ("[]\n", CfgError, "is not a layer"),
]


@pytest.mark.parametrize(("layers", "shape"), SHAPES)
def test_shape(layers: str, shape: tuple[int, int, int]) -> None:
    assert network(layers).nodes[-1].shape == shape


@pytest.mark.parametrize(("layers", "params"), PARAMS)
def test_params_in_file_order(layers: str, params: list[str]) -> None:
    assert [f"{p.name} {','.join(map(str, p.shape))}" for p in network(layers).nodes[-1].params] == params


@pytest.mark.parametrize(("layers", "error", "message"), REFUSED)
def test_refused(layers: str, error: type[DarknetError], message: str) -> None:
    with pytest.raises(error, match=f"^net.cfg:.*{message}") as caught:
        network(layers)
    assert "\n" not in str(caught.value)


SECTIONS = """shortcut scale_channels sam crop cost detection region yolo Gaussian_yolo local conv convolutional activation
net network crnn gru lstm conv_lstm history rnn conn connected max maxpool local_avg local_avgpool reorg3d reorg avg avgpool
dropout lrn normalization batchnorm soft softmax contrastive route upsample empty silence implicit"""  # C: parser.c


def test_every_section_of_darknet_is_known() -> None:
    assert {ALIASES.get(name, name) for name in SECTIONS.split()} <= {*LAYERS, *UNSUPPORTED, "net"}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_known_but_unsupported_sections_say_so(name: str) -> None:
    with pytest.raises(CfgError, match=rf"net.cfg:5: \[{name}\] is not supported"):
        network(f"[{name}]\n")


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name: str) -> None:
    layer = network(f"[convolutional]\nactivation={name}\n").nodes[0].layer
    assert layer.activation == name  # type: ignore[attr-defined]


def test_every_layer_has_its_section_name_as_kind() -> None:
    assert {name: cls.kind for name, cls in LAYERS.items()} == {name: name for name in LAYERS}
