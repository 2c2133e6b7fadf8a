"""The service answers as its OpenAPI document says, to what the document allows and to what it does not."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

REASON = "needs schemathesis and the extra serve: pip install schemathesis darknet-runtime[serve]"
schemathesis = pytest.importorskip("schemathesis", reason=REASON)
pytest.importorskip("uvicorn", reason=REASON)
pytest.importorskip("fastapi", reason=REASON)

from hypothesis import HealthCheck, Phase, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from schemathesis import Config, GenerationMode  # noqa: E402
from schemathesis import checks as known  # noqa: E402
from service import model  # noqa: E402
from stand_in_workers import service  # noqa: E402
from workers_here import WorkersHere  # noqa: E402

MORE = 50 if os.environ.get("DARKNET_PY_SLOW") else 1
USUAL = settings(derandomize=True, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
REFUSED = [400, 401, 403, 404, 405, 406, 413, 415, 422, 431]
NO_PICTURES = "positive_data_acceptance"  # a document cannot say which bytes are a picture


@pytest.fixture(scope="module")
def operations(tmp_path_factory) -> Iterator[list]:
    with service(WorkersHere({"small": model(tmp_path_factory.mktemp("small"))}), timeout=5.0, control=True) as there:
        told = Config.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REFUSED}}})
        document = schemathesis.openapi.from_url(f"{there}/openapi.json", config=told)
        yield [made.ok() for made in document.get_all_operations()]


def test_every_address_is_told(operations):
    told = {f"{operation.method.upper()} {operation.path}" for operation in operations}
    assert told >= {"POST /v1/detect", "POST /v1/read", "GET /v1/models", "POST /v2/models/{name}/infer", "GET /metrics"}
    types = {operation.path: {*operation.definition.raw["responses"]["200"]["content"]} for operation in operations}
    assert types["/v1/detect"] == {"application/json", "image/png", "image/jpeg"}
    assert types["/v2/models/{name}/infer"] == {"application/json", "application/octet-stream"}


def answered(operations, mode, data) -> None:
    """Draw a request of any address, send it, and hold the answer to the document."""
    made = {f"{one.method} {one.path}": one for one in operations}
    operation = made[data.draw(st.sampled_from(sorted(made)))]
    case = data.draw(operation.as_strategy(generation_mode=mode))
    case.call_and_validate(excluded_checks=known.CHECKS.get_by_names([NO_PICTURES]), timeout=20)


@settings(USUAL, max_examples=25 * MORE)
@given(st.data())
def test_what_the_document_allows_is_answered_as_it_says(operations, data):
    answered(operations, GenerationMode.POSITIVE, data)


@settings(USUAL, max_examples=8 * MORE)  # which take longer to find
@given(st.data())
def test_what_it_does_not_allow_is_refused_as_it_says(operations, data):
    answered(operations, GenerationMode.NEGATIVE, data)
