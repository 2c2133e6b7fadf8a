"""Small networks of every kind of layer, and the shapes that layers give."""

from __future__ import annotations

START = "[convolutional]\nfilters={}\nsize=1\nactivation=linear\n"
READER = "[convolutional]\nfilters=3\nsize=3\npad=1\nactivation=linear\n"  # gives its source a border of zeros


def text(layers: str) -> str:
    """``maxpool size=2 stride=2 / route layers=0,1`` → cfg; ``conv N`` is a linear 1 x 1 convolution."""
    sections = []
    for part in layers.split(" / "):
        name, *options = part.split()
        sections.append(START.format(*options) if name == "conv" else "\n".join([f"[{name}]", *options, ""]))
    return "".join(sections)


SHARING = "convolutional filters=9 activation=relu"
SHARED_3X3 = f"{SHARING} size=3 pad=1"
NORMED = "convolutional filters=9 size=3 pad=1 batch_normalize=1"

# (c, h, w) of the input, the layers; the bits of all of them are the twins'
EXACT = [
    ((5, 9, 11), "maxpool size=2 stride=2"),
    ((5, 9, 11), "conv 13 / maxpool size=2 stride=2 / maxpool size=3 stride=1"),
    ((5, 8, 6), "conv 13 / maxpool size=2 stride=1 / maxpool size=5 stride=1 padding=4"),
    ((3, 13, 12), "conv 24 / maxpool size=3 stride_x=2 stride_y=1 / maxpool size=2 stride_x=1 stride_y=3"),
    ((3, 7, 7), "conv 9 / maxpool size=3 stride=2 padding=0 / maxpool size=2 stride=2 padding=3"),
    ((3, 4, 5), "conv 9 / maxpool size=13 stride=1 / maxpool size=1 stride=2"),
    ((3, 4, 5), "conv 9 / maxpool size=2 stride=1 padding=9"),
    ((3, 5, 4), "conv 24 / maxpool maxpool_depth=1 out_channels=7 / maxpool maxpool_depth=1 out_channels=1"),
    ((13, 5, 7), "avgpool"),
    ((3, 5, 7), "conv 33 / avgpool"),
    ((3, 9, 8), "conv 13 / local_avgpool size=3 stride=1 / local_avgpool size=2 stride=2"),
    ((3, 9, 8), "local_avgpool size=4 stride_x=1 stride_y=2 padding=2"),
    ((3, 4, 6), "conv 16 / conv 16 / route layers=0,1"),
    ((3, 4, 6), "conv 5 / conv 13 / conv 16 / route layers=-1,-3,-2 / route layers=3,0"),
    ((3, 4, 6), "conv 32 / route layers=0 groups=2 group_id=1 / conv 8 / route layers=-1,-2"),
    ((3, 4, 6), "conv 24 / route layers=0 groups=4 group_id=1 / route layers=0,1 groups=2 group_id=1"),
    ((12, 4, 6), "conv 13 / shortcut from=0 / shortcut from=-2 activation=leaky"),
    ((3, 4, 6), "conv 13 / conv 33 / conv 20 / shortcut from=0,1,-1 / shortcut from=0 activation=relu"),
    ((3, 1, 3), "conv 1 / conv 1 / shortcut from=0 activation=leaky"),
    ((3, 4, 6), "conv 13 / conv 33 / conv 20 / shortcut from=0,1 weights_type=per_layer activation=leaky"),
    ((3, 4, 6), "conv 20 / conv 20 / shortcut from=0 weights_type=per_channel weights_normalization=relu"),
    ((3, 4, 6), "conv 9 / conv 13 / shortcut from=0,0 weights_type=per_channel weights_normalization=softmax"),
    ((3, 4, 6), "conv 20 / conv 20 / shortcut from=0 weights_type=per_feature weights_normalization=avg_relu"),
    ((3, 3, 5), "conv 13 / upsample / upsample stride=3 / upsample stride=1 scale=0.3"),
    ((3, 3, 5), "upsample stride=2 scale=1.7"),
    ((3, 6, 12), "conv 13 / upsample stride=-2 scale=0.3 / upsample stride=-3 / upsample stride=-1"),
    ((3, 4, 5), "conv 33 / avgpool / implicit filters=33 / shortcut from=1 / scale_channels from=0"),
    ((3, 4, 1), "implicit filters=5 atoms=4 / shortcut from=0 / implicit filters=19 / conv 9"),
    ((9, 8, 9), f"conv 9 / {SHARING} share_index=0 stride=2 / {SHARING} share_index=-1 / conv 9 / {SHARING} share_index=3"),
    ((9, 7, 8), f"{NORMED} activation=leaky / {NORMED} activation=relu stride=2 share_index=0 / conv 9"),
    ((9, 7, 8), f"{NORMED} activation=linear / {SHARED_3X3} dilation=2 share_index=0 / {SHARED_3X3} share_index=1"),
    ((4, 6, 4), "reorg stride=2 / reorg stride=2 reverse=1"),
    ((16, 3, 5), "reorg reverse=1 stride=2 / conv 16 / reorg reverse=1 stride=4"),
    ((18, 6, 9), "conv 18 / reorg stride=3"),
    ((3, 6, 4), "reorg3d stride=2 / conv 16 / reorg3d stride=2 reverse=1"),
    ((5, 6, 9), "conv 5 / reorg3d stride=3"),
    ((3, 4, 5), "dropout probability=.5 / conv 9 / dropout / cost / empty"),
    ((3, 4, 5), "conv 9 / contrastive / conv 5 / contrastive yolo_layer=-3"),
    ((3, 4, 5), "conv 33 / connected output=21 activation=leaky / connected output=3 activation=linear"),
    ((3, 4, 5), "connected output=17 batch_normalize=1 activation=relu"),
    ((13, 4, 5), "batchnorm / conv 9 / batchnorm"),
    ((3, 4, 5), "local filters=5 size=3 pad=1 activation=leaky / local filters=33 activation=linear"),
    ((3, 6, 7), "conv 16 / local filters=21 size=3 stride=2 activation=relu / local filters=1 size=2 activation=leaky"),
    ((3, 7, 6), "conv 13 / local filters=16 size=5 stride=3 pad=2 activation=ramp"),
    ((3, 4, 5), "conv 24 / conv 24 / avgpool / scale_channels from=0"),
    ((3, 4, 5), "conv 9 / avgpool / scale_channels from=0 activation=leaky"),
    ((3, 4, 5), "conv 24 / conv 1 / scale_channels from=0 scale_wh=1"),
    ((3, 4, 5), "conv 13 / conv 13 / sam from=0 / sam from=0 activation=relu6"),
    ((3, 4, 5), "activation activation=leaky / conv 13 / activation activation=hardtan / activation"),
    ((3, 9, 8), "conv 13 / crop crop_height=4 crop_width=3 / crop crop_height=3 crop_width=2 noadjust=1"),
    ((3, 9, 8), "crop crop_height=9 crop_width=7"),
]


def bordered(layers: str) -> str:
    """The same layers, each of them then read by a 3 x 3 convolution."""
    count = layers.count("[")
    return layers + "".join(f"[route]\nlayers={i}\n{READER}" for i in range(count))


AVX = [  # the last layer differs from a right one, or has nothing that could
    ((3, 20, 40), "conv 9 / maxpool size=5 stride=1 / maxpool size=9 stride=1 / maxpool size=13 stride=1", True),
    ((3, 9, 21), "maxpool size=2 stride=2 / maxpool size=2 stride=1 / maxpool size=3 stride=2", False),
    ((3, 6, 60), "maxpool size=2 stride_x=2 stride_y=1 / maxpool size=3 stride=1", True),
    ((3, 9, 42), "maxpool size=2 stride=2 padding=2", True),
    # so much padding that vectors begin inside a row and end outside
    ((8, 8, 8), "maxpool size=1 stride=1 padding=12", True),
    ((3, 6, 5), "conv 9 / maxpool size=3 stride=1 padding=21", True),
    ((3, 2, 3), "conv 9 / maxpool size=2 stride=2 padding=30", True),
]

# Layers with exponentials: relative tolerance, and why
CLOSE = [
    ((13, 4, 5), "normalization", 2),
    ((3, 4, 5), "conv 33 / normalization size=4 alpha=.3 beta=.6 kappa=2", 2),
    ((4, 3, 5), "normalization size=9 alpha=1", 2),
    ((4, 3, 5), "normalization size=1 beta=2", 2),
    ((5, 3, 4), "softmax", 64),  # 60 terms summed in float32 by the twin, in double by the kernel
    ((5, 3, 4), "conv 13 / softmax groups=13 temperature=.7", 16),
    ((3, 4, 5), "conv 13 / activation activation=mish", 2),
    ((3, 4, 5), "conv 13 / conv 13 / shortcut from=0 activation=swish", 2),
    ((3, 4, 5), "conv 13 / conv 13 / sam from=0 activation=logistic", 2),
    ((3, 4, 5), "conv 33 / connected output=21 activation=tanh", 2),
    ((3, 4, 5), "conv 24 / avgpool / scale_channels from=0 activation=elu", 2),
    ((3, 4, 5), "local filters=7 size=3 pad=1", 2),
]

ANCHORS = "anchors=10,14,23,27,37,58 num=3"

HEADS = [
    (f"conv 24 / yolo classes=3 mask=0,1,2 {ANCHORS}", 3),
    (f"conv 16 / yolo classes=3 mask=1,2 {ANCHORS} scale_x_y=1.1", 3),
    (f"conv 8 / yolo classes=3 mask=2 {ANCHORS} new_coords=1 scale_x_y=2.0", 3),
    (f"conv 36 / Gaussian_yolo classes=3 mask=0,1,2 {ANCHORS} scale_x_y=1.05", 3),
    ("conv 24 / region classes=3 num=3 anchors=1,2,3,4,5,6 softmax=1", 3),
    ("conv 24 / region classes=3 num=3 anchors=1,2,3,4,5,6", 3),
    ("conv 9 / detection classes=10 coords=4 side=3 num=2 sqrt=1 softmax=1", 3),
]

CONV = "[convolutional]\nactivation=linear\nfilters={}\n"

TWO = CONV.format(8) + CONV.format(6)

SHAPES = [  # on an input of 3 channels, 12 rows, 16 columns
    ("[convolutional]\n", (1, 12, 16)),
    ("[conv]\nfilters=5\nsize=3\n", (5, 10, 14)),
    ("[convolutional]\nsize=3\npad=1\nstride=2\n", (1, 6, 8)),
    ("[convolutional]\nsize=3\npad=1\nstride_x=2\n", (1, 12, 8)),
    ("[convolutional]\nsize=3\npad=1\nstride=3\nstride_y=1\n", (1, 12, 6)),
    ("[convolutional]\nsize=2\npad=1\n", (1, 13, 17)),
    ("[convolutional]\nsize=3\npadding=2\n", (1, 14, 18)),
    ("[convolutional]\nsize=3\npad=1\npadding=5\n", (1, 12, 16)),
    ("[convolutional]\nsize=3\npad=1\ndilation=4\n", (1, 12, 16)),
    ("[convolutional]\nsize=1\ndilation=4\n", (1, 12, 16)),
    ("[convolutional]\nfilters=6\ngroups=3\n", (6, 12, 16)),
    ("[convolutional]\ngroups=0\n", (1, 12, 16)),
    ("[maxpool]\n", (3, 12, 16)),
    ("[maxpool]\nstride=2\n", (3, 6, 8)),
    ("[maxpool]\nsize=3\nstride=2\n", (3, 6, 8)),
    ("[maxpool]\nsize=13\n", (3, 12, 16)),
    ("[maxpool]\nsize=3\npadding=0\n", (3, 10, 14)),
    ("[maxpool]\nsize=2\nstride=2\nstride_x=1\n", (3, 6, 16)),
    ("[maxpool]\nmaxpool_depth=1\nout_channels=2\n", (2, 12, 16)),
    ("[local_avgpool]\nsize=3\nstride=2\n", (3, 6, 8)),
    ("[avgpool]\n", (3, 1, 1)),
    (TWO + "[route]\nlayers=0,-1\n", (14, 12, 16)),
    (TWO + "[route]\nlayers=-2\ngroups=4\ngroup_id=3\n", (2, 12, 16)),
    (TWO + "[route]\nlayers=0,1\ngroups=2\n", (7, 12, 16)),
    (TWO + "[shortcut]\nfrom=-2\n", (6, 12, 16)),
    (TWO + "[shortcut]\nfrom=0,1\n", (6, 12, 16)),
    ("[upsample]\n", (3, 24, 32)),
    ("[upsample]\nstride=3\n", (3, 36, 48)),
    (CONV.format(8) + "[reorg]\nstride=2\n", (32, 6, 8)),
    (CONV.format(8) + "[reorg]\nstride=2\nreverse=1\n", (2, 24, 32)),
    ("[reorg3d]\nstride=4\n", (48, 3, 4)),
    (CONV.format(16) + "[reorg3d]\nstride=2\nreverse=1\n", (4, 24, 32)),
    ("[dropout]\n", (3, 12, 16)),
    ("[softmax]\ngroups=3\n", (3, 12, 16)),
    ("[connected]\noutput=7\n", (7, 1, 1)),
    ("[batchnorm]\n", (3, 12, 16)),
    (CONV.format(8) + "[avgpool]\n[scale_channels]\nfrom=0\n", (8, 12, 16)),
    (CONV.format(8) + CONV.format(1) + "[scale_channels]\nfrom=0\nscale_wh=1\n", (8, 12, 16)),
    (CONV.format(8) + CONV.format(8) + "[sam]\nfrom=0\n", (8, 12, 16)),
    ("[activation]\nactivation=mish\n", (3, 12, 16)),
    ("[cost]\n", (3, 12, 16)),
    (TWO + "[contrastive]\nyolo_layer=-2\n", (6, 12, 16)),
    ("[implicit]\nfilters=7\n", (7, 1, 1)),
    ("[implicit]\natoms=3\n", (128, 3, 1)),
    ("[normalization]\n", (3, 12, 16)),
    ("[upsample]\nstride=-4\n", (3, 3, 4)),
    (CONV.format(3) + CONV.format(3) + "share_index=0\nstride=2\n", (3, 6, 8)),
    ("[local]\n", (1, 12, 16)),
    ("[local]\nfilters=5\nsize=3\nstride=2\n", (5, 5, 7)),
    ("[local]\nfilters=5\nsize=5\nstride=3\npad=2\n", (5, 4, 6)),
    ("[local]\nsize=4\nstride=2\npad=1\n", (1, 6, 8)),
    ("[connected]\noutput=48\n[detection]\nside=2\nnum=2\ncoords=4\nclasses=2\n", (48, 1, 1)),
    ("[crop]\ncrop_height=5\ncrop_width=6\n", (3, 5, 6)),
    ("[silence]\n", (3, 12, 16)),
]
