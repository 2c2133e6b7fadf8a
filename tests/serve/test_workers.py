"""Worker processes: what they answer, what they refuse, and what becomes of jobs when they die."""

from __future__ import annotations

import pytest
from service import Service, job, jpeg, model, workers_of

from darknet_py import Network
from darknet_py.serve import Refusal


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def service(folder):
    with workers_of({"small": model(folder)}, threads=2, thresh=0.3) as running:
        yield running


@pytest.fixture(scope="module")
def net(service, folder):
    return Network.load(folder / "small.cfg", folder / "small.weights", names=["cat", "dog"])


def refused(service: Service, asked, seconds: float = 20) -> Refusal:
    with pytest.raises(Refusal) as caught:
        service.run(service.workers.ask(asked, seconds))
    return caught.value


def test_an_answer_is_what_detect_finds(service, net):
    for seed, options in enumerate([{}, {"thresh": 0.5, "nms": 0.2}, {"letter_box": True, "classes": "dog"}, {"tile": 24}]):
        answer = service.run(service.workers.ask(job(jpeg(seed), **options), 20))
        found = net.detect(jpeg(seed), **{"thresh": 0.3, **options})
        assert found.to_json() == f"[\n{answer.body.decode()}\n]"
        assert set(answer.seconds) == {"queue", "decode", "network", "boxes", "encode"}
