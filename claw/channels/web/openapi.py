"""The OpenAPI document, made from the table of operations and the models they name."""

import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from claw.base.action import Json
from claw.channels.web.api import Code, Failure, Session
from claw.channels.web.operation import Operation

_REF = "#/components/schemas/{model}"


def document(operations: Sequence[Operation]) -> dict[str, Json]:
    """Return the OpenAPI 3.1 document of ``operations``, of signing in and of the event stream."""
    schemas: dict[str, Json] = {}
    failure = {"default": {"description": "What went wrong", **_content(Failure, schemas, "validation")}}
    paths: dict[str, dict[str, Json]] = {
        "/api/login": {
            "post": {
                "summary": "Exchange a sign-in code for a session cookie.",
                "security": [],
                "requestBody": {"required": True, **_content(Code, schemas, "validation")},
                "responses": {
                    "200": {"description": "Signed in", **_content(Session, schemas, "serialization")},
                    **failure,
                },
            }
        },
        "/api/session": {
            "delete": {
                "summary": "Sign out: end this session or token for good.",
                "responses": {"204": {"description": "Signed out"}, **failure},
            }
        },
        "/api/events": {
            "get": {
                "summary": "What happens, as it happens: state, log, pending, stop, link, message, house, beat, lost.",
                "responses": {
                    "200": {"description": "Server-sent events", "content": {"text/event-stream": {}}},
                    **failure,
                },
            }
        },
    }
    for operation in operations:
        path = operation.path.replace(":int", "")
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, schemas)
        paths[path][operation.method.lower()]["responses"].update(failure)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Claw", "version": version("claw"), "license": {"name": "GPL-3.0-or-later"}},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "claw_8321"},
            },
        },
        "security": [{"token": []}, {"session": []}],
    }


def _operation(operation: Operation, schemas: dict[str, Json]) -> dict[str, Json]:
    right = f"Needs the right `{operation.right}`." if operation.right else "Any client may."
    described: dict[str, Json] = {
        "summary": operation.summary,
        "description": right,
        "responses": {"200": {"description": "Done", **_content(operation.reply, schemas, "serialization")}},
    }
    if operation.body is not None:
        described["requestBody"] = {"required": True, **_content(operation.body, schemas, "validation")}
    parameters = [_in_path(*found) for found in re.findall(r"\{(\w+)(:int)?\}", operation.path)]
    query = TypeAdapter(operation.query).json_schema()
    parameters += [
        {"name": name, "in": "query", "required": False, "schema": schema}
        for name, schema in query.get("properties", {}).items()
    ]
    if parameters:
        described["parameters"] = parameters
    return described


def _in_path(name: str, number: str) -> dict[str, Json]:
    schema: dict[str, Json] = {"type": "integer", "minimum": 0} if number else {"type": "string"}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _content(shape: Any, schemas: dict[str, Json], mode: JsonSchemaMode) -> dict[str, Json]:
    """Return the content of a JSON body of ``shape``, after filing the models that it names."""
    schema = TypeAdapter(shape).json_schema(mode=mode, ref_template=_REF)
    schemas.update(schema.pop("$defs", {}))
    return {"content": {"application/json": {"schema": schema}}}
