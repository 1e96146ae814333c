"""Requests that are made from the schema of the API: right ones, wrong ones, and some that follow others."""

from collections import defaultdict

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from serving import TOKEN, photograph, png

schemathesis = pytest.importorskip("schemathesis")
from schemathesis.checks import not_a_server_error  # noqa: E402
from schemathesis.generation import GenerationMode  # noqa: E402
from schemathesis.specs.openapi.checks import (  # noqa: E402
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from huegraft.web.routes import exports, maps, pictures, sessions  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")  # of schemathesis
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
OPERATIONS = ["health", *(route.name for part in (pictures, sessions, maps, exports) for route in part.router.routes)]
ENDLESS = "get_events"
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
FEW = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
reached: dict[str, set[int]] = defaultdict(set)


@schemathesis.serializer("application/zip")
def _zip(_, value):
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture(scope="module")
def api(client):
    return schemathesis.openapi.from_url(f"{client.base_url}/openapi.json").exclude(operation_id=ENDLESS)


@pytest.fixture(scope="module")
def known(client, target, reference):
    """What is there: path parameters and bodies."""
    session = client.session(target)
    client.ready(session, [reference])
    job = client.job(f"/v1/sessions/{session}/sweeps", values={"tau": [0.1]}, side=64)["id"]
    result = f"/v1/sessions/{session}/revisions/1"
    _, link = client.download(result)
    *_, name, file = link["link"].partition("?")[0].split("/")
    parameters = {
        "picture": target, "session": session, "revision": 1, "job": job, "name": name, "file": file, "level": 3,
        "column": 0, "row": 0, "number": 0,
    }  # fmt: skip
    bodies = {
        "add_picture": png(photograph("coffee", 9, 9)),
        "add_project": client.get(f"{result}/recipe.zip").content,
        "add_session": {"target": target},
        "put_request": {"references": [reference]},
        "add_sweep": {"values": {"tau": [0.05]}, "side": 64},
        "add_suggestions": {"candidates": [reference]},
        "add_explanation": {"points": [[3, 4]]},
        "add_download": {},
    }
    return parameters, bodies


def simple(client, known, operation):
    """Return the path parameters and the body of a request that must succeed."""
    name, (there, bodies) = operation.definition.raw["operationId"], known
    if name in ("delete_picture", "delete_session", "put_request"):  # they change what is there
        picture = client.upload(png(photograph("coffee", 3, 3)))
        there = there | ({"picture": picture} if name == "delete_picture" else {"session": client.session(picture)})
    names = [each["name"] for each in operation.definition.raw.get("parameters", []) if each["in"] == "path"]
    given = {"path_parameters": {each: there[each] for each in names}}
    if name in bodies:
        given["body"], given["media_type"] = bodies[name], _MEDIA_TYPES.get(name, "application/json")
    return given


_MEDIA_TYPES = {"add_project": "application/zip", "add_picture": "application/octet-stream"}


def answered(case, checks):
    response = case.call(headers=HEADERS, timeout=60)
    reached[case.operation.definition.raw["operationId"]].add(response.status_code)
    case.validate_response(response, checks=checks, headers=HEADERS)
    return response


def operation_of(api, name):
    return next(each.ok() for each in api.get_all_operations() if each.ok().definition.raw["operationId"] == name)


@pytest.mark.parametrize("name", [each for each in OPERATIONS if each != ENDLESS])
def test_right_requests(client, api, known, name):
    operation = operation_of(api, name)

    @FEW
    @given(case=operation.as_strategy(GenerationMode.POSITIVE), exists=st.booleans())
    def run(case, exists):
        if exists:
            case.path_parameters = simple(client, known, operation)["path_parameters"]
        answered(case, CHECKS)

    run()
    case = operation.Case(**simple(client, known, operation))
    assert 200 <= answered(case, CHECKS).status_code < 300


@pytest.mark.parametrize("name", [each for each in OPERATIONS if each != ENDLESS])
def test_wrong_requests(api, name):
    operation = operation_of(api, name)

    @FEW
    @given(case=operation.as_strategy(GenerationMode.NEGATIVE))
    def run(case):
        answered(case, [*CHECKS, negative_data_rejection])

    try:
        run()
    except schemathesis.errors.InvalidSchema:
        raise
    except Exception as error:
        if "Unsatisfiable" in type(error).__name__:  # nothing of it can be wrong
            return
        raise


def test_requests_that_follow_others(api):
    class Walk(api.as_state_machine()):
        def get_call_kwargs(self, case):
            return {"headers": HEADERS, "timeout": 60}

        def validate_response(self, response, case, **options):
            reached[case.operation.definition.raw["operationId"]].add(response.status_code)
            case.validate_response(response, checks=CHECKS, headers=HEADERS)

    Walk.run(settings=settings(FEW, max_examples=6, stateful_step_count=8))


def test_events_are_as_documented(client):
    with client.stream("GET", "/v1/events") as events:
        assert events.status_code == 200
        assert events.headers["content-type"].startswith("text/event-stream")
    assert client.get("/v1/events", params={"session": "none"}).status_code == 404
    assert client.get("/v1/events", params={"session": "x" * 65}).status_code == 422


def test_the_schema_needs_no_token_and_is_whole(client):
    schema = httpx.get(f"{client.base_url}/openapi.json").json()
    ids = [each["operationId"] for path in schema["paths"].values() for each in path.values()]
    assert sorted(ids) == sorted(OPERATIONS)
