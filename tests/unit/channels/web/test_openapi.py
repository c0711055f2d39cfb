"""The OpenAPI document says what the API is."""

import json

import pytest

from claw.channels.web.api import OPERATIONS
from claw.channels.web.openapi import document
from tests.serving import Served


@pytest.mark.asyncio(loop_scope="module")
async def test_the_document_names_every_operation_and_resolves(served: Served) -> None:
    _, document, _ = await served.ask("GET", "/api/openapi.json")
    named = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert {(op.method, op.path.replace(":int", "")) for op in OPERATIONS} <= named
    text = json.dumps(document)
    for part in text.split('"#/components/schemas/')[1:]:
        assert part.partition('"')[0] in document["components"]["schemas"]


def test_every_operation_says_its_right_its_bodies_and_its_failures() -> None:
    paths = document(OPERATIONS)["paths"]
    for operation in OPERATIONS:
        said = paths[operation.path.replace(":int", "")][operation.method.lower()]
        assert (operation.right or "Any client may") in said["description"]
        assert ("requestBody" in said) is (operation.body is not None)
        assert {"200", "default"} <= said["responses"].keys()


def test_every_part_of_an_address_is_a_parameter() -> None:
    why = document(OPERATIONS)["paths"]["/api/why/{seq}"]["get"]
    assert why["parameters"] == [
        {"name": "seq", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
    ]


def test_what_must_stand_in_an_address_is_said_to() -> None:
    paths = document(OPERATIONS)["paths"]
    assert [(one["name"], one["required"]) for one in paths["/api/who"]["get"]["parameters"]] == [("of", True)]
    assert not any(one["required"] for one in paths["/api/log"]["get"]["parameters"])


def test_two_models_of_one_name_are_two() -> None:
    described = document(OPERATIONS)

    def listed(path: str) -> set[str]:
        schema = described["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        model = schema["items"]["$ref"].rpartition("/")[2]
        return set(described["components"]["schemas"][model]["properties"])

    assert listed("/api/skills") != listed("/api/routines")


@pytest.mark.asyncio(loop_scope="module")
async def test_the_sessions_cookie_has_the_name_that_it_has_here(served: Served) -> None:
    _, described, _ = await served.ask("GET", "/api/openapi.json")
    assert described["components"]["securitySchemes"]["session"]["name"] == f"claw_{served.web.port}"


def test_only_signing_in_needs_no_client() -> None:
    described = document(OPERATIONS)
    assert described["security"]
    open_to_all = [
        path for path, item in described["paths"].items() for said in item.values() if said.get("security") == []
    ]
    assert open_to_all == ["/api/door", "/api/login", "/api/login/passkey/begin", "/api/login/passkey", "/api/first"]
