"""The OpenAPI document, made from the table of operations and the models they name."""

import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from claw.base.action import Json
from claw.base.config_late import Late
from claw.channels.web.accounts import First, SignIn
from claw.channels.web.api import Failure
from claw.channels.web.operation import Operation
from claw.channels.web.passkeys import Entering
from claw.channels.web.session import Session

_REF = "#/components/schemas/{model}"


class _Shapes:
    """The schemas of every body there is, made together: models of two files may have one name."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        taken: list[Any] = [Failure, SignIn, First, Entering, *(one.body for one in operations if one.body is not None)]
        given: list[Any] = [Session, *(one.reply for one in operations)]
        wanted = [*_each(taken, "validation"), *_each(given, "serialization")]
        self._at = {_key(shape, mode): at for at, (shape, mode) in enumerate(wanted)}
        adapters: list[tuple[int, JsonSchemaMode, TypeAdapter[Any]]]
        adapters = [(at, mode, TypeAdapter(_model(shape))) for at, (shape, mode) in enumerate(wanted)]
        self._schemas, definitions = TypeAdapter.json_schemas(adapters, ref_template=_REF)
        self.named: dict[str, Json] = definitions.get("$defs", {})

    def content(self, shape: Any, mode: JsonSchemaMode) -> dict[str, Json]:
        """Return the content of a JSON body of ``shape``."""
        schema = self._schemas[self._at[_key(shape, mode)], mode]
        return {"content": {"application/json": {"schema": schema}}}


def _each(shapes: Sequence[Any], mode: JsonSchemaMode) -> list[tuple[Any, JsonSchemaMode]]:
    return [(shape, mode) for shape in shapes]


def _key(shape: Any, mode: JsonSchemaMode) -> tuple[str, JsonSchemaMode]:
    return repr(shape), mode


def _model(shape: Any) -> Any:
    return shape.model if isinstance(shape, Late) else shape


def document(operations: Sequence[Operation]) -> dict[str, Json]:
    """Return the OpenAPI 3.1 document of ``operations``, of signing in and of the event stream."""
    shapes = _Shapes(operations)
    failure = {"default": {"description": "What went wrong", **shapes.content(Failure, "validation")}}

    def entering(summary: str, body: Any) -> dict[str, Json]:
        session = {"description": "Signed in", **shapes.content(Session, "serialization")}
        asked = {"required": True, **shapes.content(body, "validation")}
        return {"summary": summary, "security": [], "requestBody": asked, "responses": {"200": session, **failure}}

    paths: dict[str, dict[str, Json]] = {
        "/api/door": {"get": _ways(failure)},
        "/api/login": {"post": entering("Exchange a code, or a name and a password, for a session cookie.", SignIn)},
        "/api/login/passkey/begin": {"post": _begin(failure)},
        "/api/login/passkey": {"post": entering("Exchange the signature of a passkey for a session cookie.", Entering)},
        "/api/first": {"post": entering("Make the first account with the code that the daemon printed.", First)},
        "/api/session": {
            "delete": {
                "summary": "Sign out: end this session or token for good.",
                "responses": {"204": {"description": "Signed out"}, **failure},
            }
        },
        "/api/events": {
            "get": {
                "summary": "What happens, as it happens: "
                "state, log, pending, stop, pause, link, message, doing, house, beat, lost.",
                "responses": {
                    "200": {"description": "Server-sent events", "content": {"text/event-stream": {}}},
                    **failure,
                },
            }
        },
    }
    for operation in operations:
        path = operation.path.replace(":int", "")
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, shapes)
        paths[path][operation.method.lower()]["responses"].update(failure)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Claw", "version": version("claw"), "license": {"name": "GPL-3.0-or-later"}},
        "paths": paths,
        "components": {
            "schemas": shapes.named,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "claw_8321"},  # by the port: see ``named``
            },
        },
        "security": [{"token": []}, {"session": []}],
    }


def named(described: dict[str, Json], cookie: str) -> dict[str, Json]:
    """Return a document in which the session's cookie has the name that it has where the document is asked for."""
    components: Any = described["components"]
    schemes = components["securitySchemes"]
    schemes = {**schemes, "session": {**schemes["session"], "name": cookie}}
    return {**described, "components": {**components, "securitySchemes": schemes}}


def _ways(failure: dict[str, Json]) -> dict[str, Json]:
    shape = {"application/json": {"schema": {"type": "object"}}}
    return {
        "summary": "What somebody at the door has to know: whether an account is to be made first.",
        "security": [],
        "responses": {"200": {"description": "The ways in", "content": shape}, **failure},
    }


def _begin(failure: dict[str, Json]) -> dict[str, Json]:
    options = {"application/json": {"schema": {"type": "object"}}}
    return {
        "summary": "Ask for what a passkey is to sign for a session.",
        "security": [],
        "responses": {"200": {"description": "What to sign", "content": options}, **failure},
    }


def _operation(operation: Operation, shapes: _Shapes) -> dict[str, Json]:
    right = f"Needs the right `{operation.right}`." if operation.right else "Any client may."
    described: dict[str, Json] = {
        "summary": operation.summary,
        "description": right,
        "responses": {"200": {"description": "Done", **shapes.content(operation.reply, "serialization")}},
    }
    if operation.body is not None:
        described["requestBody"] = {"required": True, **shapes.content(operation.body, "validation")}
    parameters = [_in_path(*found) for found in re.findall(r"\{(\w+)(:int)?\}", operation.path)]
    query = TypeAdapter(operation.query).json_schema()
    parameters += [
        {"name": name, "in": "query", "required": name in query.get("required", ()), "schema": schema}
        for name, schema in query.get("properties", {}).items()
    ]
    if parameters:
        described["parameters"] = parameters
    return described


def _in_path(name: str, number: str) -> dict[str, Json]:
    schema: dict[str, Json] = {"type": "integer", "minimum": 0} if number else {"type": "string"}
    return {"name": name, "in": "path", "required": True, "schema": schema}
