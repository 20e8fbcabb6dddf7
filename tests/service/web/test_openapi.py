from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR


@pytest.fixture
def document(client: TestClient[Litestar]) -> dict[str, Any]:
    answer = client.get("/api/v1/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    description: dict[str, Any] = answer.json()
    return description


def test_the_description_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert [error.message for error in OPENAPI_31_VALIDATOR.iter_errors(document)] == []


def test_it_describes_the_machine_doors_and_nothing_else(document: dict[str, Any]) -> None:
    assert set(document["paths"]) == {"/api/v1/trial", "/api/v1/trial/{number}"}


def test_every_refusal_is_declared_as_problem_details(document: dict[str, Any]) -> None:
    responses = document["components"]["responses"]
    for item in document["paths"].values():
        for operation in item.values():
            refused = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
            assert {"400", "401", "404", "429"} <= set(refused)
            for answer in refused.values():
                content = responses[answer["$ref"].rpartition("/")[2]]["content"]
                assert list(content) == ["application/problem+json"]
    assert document["components"]["schemas"]["Problem"]["required"] == ["type", "title", "status", "detail", "code"]


def test_a_body_that_refuses_unknown_fields_says_so(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["Posting"]["additionalProperties"] is False
    assert schemas["Place"]["additionalProperties"] is False


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [reference for value in node.values() for reference in references(value)]
        return [reference for value in node for reference in references(value)] if isinstance(node, list) else []

    for reference in references(document):
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
