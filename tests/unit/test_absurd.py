"""Absurd cfgs are a network or an error soon: what is looked at grows with the text, and what is told does not."""

from __future__ import annotations

import re
import sys
import warnings

import pytest
from networks import NET

from darknet_py import cfg, doctor, graph, summary, weights
from darknet_py._support import spelling
from darknet_py.engine import fuse, layout
from darknet_py.errors import DarknetError, DarknetWarning
from darknet_py.files import legacy

HEAD = "[conv]\nfilters=18\n[yolo]\nclasses=1\nnum=3\nmask=0,1,2\nanchors=1,2,3,4,5,6\n"
N = NET.format(8, 8, 3)
ONE_LINE = 3000


def built(text: str, size: tuple[int, int] | None = None) -> tuple[graph.Graph, list[str]]:
    """The network and what is warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        network = graph.build(cfg.parse(text, "a.cfg"), size)
    assert all(issubclass(w.category, DarknetWarning) for w in caught)
    return network, [str(w.message) for w in caught]


def refused(text: str, size: tuple[int, int] | None = None) -> str:
    with pytest.raises(DarknetError) as error:
        built(text, size)
    message = str(error.value)
    assert "\n" not in message
    assert len(message) < ONE_LINE
    return message


def examined(text: str, tmp_path) -> list[doctor.Finding]:
    path = tmp_path / "a.cfg"
    path.write_text(text)
    findings = list(doctor.check(str(path)).findings)
    assert all(len(f.message) + len(f.remedy) < 2 * ONE_LINE for f in findings)
    return findings


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (N + "[empty]\n" * 3001, "a.cfg:3005: more than 3000 layers are not possible"),
        (N + "[conv]\n" * 20_000, "more than 3000 layers"),
        (N + "#" + "x" * 2**22, "characters are too many for a cfg|bytes are too many for a cfg"),
        (N + "[conv]\nfilters=" + "9" * 2**18, "characters are too many"),
        (N + HEAD.replace("mask=0", "mask=" + "0," * 10_000 + "0"), "mask= has 10003 items; at most 10000 are possible"),
        (N + HEAD.replace("anchors=1", "anchors=" + "1," * 10_000 + "1"), r"anchors= has 10006 items"),
        (N + "[conv]\n[route]\nlayers=" + "0," * 10_000 + "0,0\n", "layers= has 10002 items"),
        (N + "[conv]\n" + ("[route]\nlayers=" + "0," * 5000 + "\n") * 5, r"a.cfg:8: \[route\] reads one layer too many"),
        (N + "[conv]\n[shortcut]\nfrom=" + "0," * 20_001, "from= has 20002 items"),
        (N + "[" + "conv" * 50_000 + "]\n", r"\[conv.*….*conv\] is not a layer"),
        (N + "[conv]\nactivation=" + "leaky" * 50_000, "activation=leaky.*….*leaky is not known"),
        (N + "[conv]\nfilters=" + "1" * 5000, "its output would have 137438953408"),
        (N + "[shortcut]\nfrom=" + "-" * 100_000, "names layer 0"),
        (N + "[conv]\nfilters=2048\n[conv]\nfilters=4096\ngroups=2048\n" * 3, r"makes 6144 groups of convolutions"),
        (N + HEAD * 251, r"a.cfg:\d+: \[yolo\] is one detection layer too many; at most 250"),
        ("a=1\n" * 50_000, "a.cfg:1: option before the first"),
        (N + "[conv\n" * 100, "section name without closing bracket"),
    ],
)
def test_what_is_beyond_all_measure_is_one_short_line(text, message, tmp_path):
    assert re.search(message, refused(text))
    errors = [f for f in examined(text, tmp_path) if f.severity == "error"]
    if "option before" not in message:  # which is no cfg at all
        assert any(re.search(message.partition(": ")[2] or message, f"[{f.place.section}] {f.message}") for f in errors)


@pytest.mark.parametrize("remarks", ["#" + "x" * 2**20 + "\n", "  ; anchors of an older network\n" * 30_000, "\n" * 300_000])
def test_remarks_may_be_as_long_as_they_like(remarks, tmp_path):
    sections = cfg.parse(remarks + N + remarks + HEAD)
    assert [section.name for section in sections] == ["net", "convolutional", "yolo"]
    assert {f.code for f in examined(N + remarks + HEAD, tmp_path) if f.severity == "error"} == {"head-activation"}


@pytest.mark.parametrize("length", [10_000, 250_000])
@pytest.mark.parametrize(
    "text",
    [N + "{}=1\n" + HEAD, N + HEAD + "{}=1\n", N + HEAD + "nms_kind={}\n", N + "{}\n" + HEAD, N + "#{}\n" + HEAD,
     N + HEAD.replace("filters=18", "filters=18#{}"), N.replace("=8", "=8;{}", 1) + HEAD],
)  # fmt: skip
def test_long_keys_values_and_lines_are_told_shortly(text, length, tmp_path):
    text = text.format("ab" * (length // 2))
    _, told = built(text)
    assert all(len(message) < ONE_LINE for message in told)
    examined(text, tmp_path)


@pytest.mark.parametrize(
    ("text", "most"),
    [
        (N + "".join(f"qwertyuiop{i}=1\n" for i in range(10_000)) + HEAD, 11),
        (N + HEAD + "".join(f"qwertyuiop{i}=1\n" for i in range(10_000)), 11),
        (N + HEAD + "".join(f"[dropout]\nkey{i}=1\n" for i in range(2500)), 11),
        (N + "junk\n" * 20_000 + HEAD, 6),
        (N + "".join(f"junk{i}\n" for i in range(20_000)) + HEAD, 6),
        (N + "[conv]\nactivation=silu\n" * 1000, 1),
        (N + "".join(f"[conv]\nfilters=18\n{HEAD[HEAD.index('[yolo]'):]}nms_kind=a{i}\n" for i in range(200)), 11),
    ],
)
def test_of_many_warnings_the_first_are_told_and_how_many_there_are(text, most, tmp_path):
    _, told = built(text)
    assert 0 < len(told) <= most
    assert re.search(r"\d\d\d+ (warnings more|such lines|more places)", told[-1]) or "more places" in told[-1]
    assert len(examined(text, tmp_path)) < 5000


def test_of_many_findings_the_first_are_told_and_how_many_there_are(tmp_path):
    text = N + "[conv]\nfilters=9\n" + HEAD[HEAD.index("[yolo]") :] * 520
    findings = examined(text, tmp_path)
    assert any(re.match(r"\d+ more findings like these", f.message) for f in findings)
    assert doctor.check(str(tmp_path / "a.cfg")).errors > 0


@pytest.mark.parametrize("strides", ["2147483647", "2", "3"])
def test_strides_that_multiply_to_nothing_a_picture_has(strides, tmp_path):
    pools = f"[maxpool]\nsize=1\nstride={strides}\n" * 500
    built(N + pools + HEAD)
    assert "strides" in refused(N + pools + HEAD, (16, 16))
    examined(N + pools + HEAD, tmp_path)


def test_strides_that_cancel_out():
    """Down by 7 and up by 7, 3 and 3, …: the fractions in between do not grow."""
    ups = "".join(f"[upsample]\nstride={s}\n[maxpool]\nsize={s}\nstride={s}\n" for s in (2, 3, 5, 7) * 50)
    assert built(N + ups + HEAD)[0].stride == (1, 1)
    assert graph.build(cfg.parse(N.replace("=8", "=64") + "[conv]\nstride=2\n" * 5 + HEAD)).stride == (32, 32)


class Work:
    """Counts the lines that Python runs, each turn of a loop anew."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> Work:
        self.before = sys.gettrace()
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self.before)

    def _trace(self, frame, event, argument):
        self.count += 1
        return self._trace


def plus(n: int) -> str:
    return "[conv]\nfilters=3\n" + "[conv]\nfilters=3\n[shortcut]\nfrom=-2\n" * n


CHAINS = {
    "identities": lambda n: "[dropout]\n" * n,
    "convolutions": lambda n: "[conv]\nfilters=3\n" * n,
    "residual blocks": plus,
    "sums with the same layer": lambda n: "[empty]\n" * n + f"[conv]\nfilters=3\n[shortcut]\nfrom={n - 1}\n" * n,
    "routes of all before": lambda n: "[conv]\nfilters=3\n" * n + f"[route]\nlayers={','.join(map(str, range(n)))}\n",
    "a chain of routes": lambda n: "[conv]\nfilters=3\n" + "[route]\nlayers=-1,0\n" * n,
    "pools": lambda n: "[maxpool]\nsize=1\n" * n,
    "strides": lambda n: "[maxpool]\nsize=1\nstride=3\n" * n,
    "strides and back": lambda n: "[maxpool]\nsize=1\nstride=7\n[upsample]\nstride=5\n" * 2 + "[maxpool]\nsize=1\n" * n,
    "options": lambda n: "[conv]\n" + "".join(f"k{i}=1\n" for i in range(n)),
    "heads": lambda n: "[conv]\nfilters=18\n" + HEAD[HEAD.index("[yolo]") :] * n,
    "long lists": lambda n: HEAD.replace("anchors=", "anchors=" + "1," * n),
}


@pytest.mark.parametrize("name", CHAINS)
def test_work_grows_with_the_text_alone(name):
    """Twice as much of everything takes about twice as long, from the text to memory's plan, table and drawing."""

    def work(n: int) -> int:
        text = N + CHAINS[name](n)
        with warnings.catch_warnings(), Work() as counted:
            warnings.simplefilter("ignore")
            network = graph.build(cfg.parse(text, "a.cfg"))
            layout.decide(fuse.fuse_sums(network.nodes, network.heads), 8)
            weights.expected_size(network)
            summary.table(network)
            summary.dot(network)
            _ = network.stride
        return counted.count

    work(10)  # what is cached from here on
    assert work(200) < 2.4 * work(100)


@pytest.mark.parametrize("line", ["Привет\n".encode("cp1251"), "自転車".encode("shift_jis"), b"\xe9t\xe9 ", b"\xff"])
def test_of_a_large_text_a_part_tells_the_encoding(line, monkeypatch):
    seen = []
    monkeypatch.setattr(legacy, "LOOKS", tuple((codec, lambda text: seen.append(text) or 1.0) for codec, _ in legacy.LOOKS))
    legacy.guesses(line * (2_000_000 // len(line)))
    assert all(len(text) < 100_000 for text in seen)


def test_words_are_compared_if_they_can_be_meant():
    assert spelling.close("lerky", ["leaky", "relu"]) == ["leaky"]
    assert spelling.meant("Filter", {"filters", "size"}) == "filters"
    assert spelling.meant("x" * 61, {"x" * 60}) is None
    assert spelling.close("a" * 10**7, ["a" * 60]) == []
    assert spelling.hint("lerky", ["leaky", "relu"], "use one of them", "{!r}") == "did you mean 'leaky'?"
    assert spelling.hint("a" * 10**7, ["a" * 60], "use another") == "use another"


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (3, 1, r"^a\.cfg:20: \[yolo\] classes=1, but classes=3 in the \[yolo\] of line 7; .* write the same in all heads$"),
        (1, 3, r"classes=3, but classes=1"), (80, 81, r"classes=81, but classes=80"),
    ],
)  # fmt: skip
def test_heads_with_different_classes_warn(first, second, message, tmp_path):
    heads = [f"[conv]\nfilters={5 + n}\n[yolo]\nnum=1\nmask=0\nanchors=1,2\nclasses={n}\n" for n in (first, second)]
    text = N + "[route]\nlayers=0\n".join(heads)
    _, told = built(text)
    assert len(told) == 1
    assert re.search(message, told[0])
    assert any(f.code == "classes-differ" and f.place.line == 20 for f in examined(text, tmp_path))


def test_heads_with_equal_classes_do_not_warn():
    assert built(N + HEAD + HEAD)[1] == []
