"""The rows about the policy: nothing out of bounds gets in, none but a grown-up gets an answer, none applies."""

from typing import Any

import pytest
from pydantic import ValidationError

from claw.channels.clients import EVERY_RIGHT
from claw.channels.drafts import LONGEST
from claw.channels.web.operation import LARGEST, Strict
from claw.channels.web.policy import OPERATIONS, Draft, Named, Past, Supposed
from tests.serving import POLICY, Served
from tests.viewing import judged_here, views_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
CASE = {"action": "lock.unlock", "entities": ["lock.front_door"], "person": "anna"}


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (Draft, {"text": ""}),
        (Draft, {"text": "x" * (LONGEST + 1)}),
        (Named, {"text": "x", "id": -1}),
        (Named, {"text": "x", "id": LARGEST + 1}),
        (Named, {"text": "x", "name": "n" * 81}),
        (Past, {"text": "x", "days": 0}),
        (Past, {"text": "x", "days": 91}),
        (Supposed, {"action": "unlock"}),
        (Supposed, {"action": "lock.unlock", "entities": ["x"] * 51}),
        (Supposed, {"action": "lock.unlock", "entities": ["x" * 256]}),
        (Supposed, {"action": "lock.unlock", "channel": "a b"}),
        (Supposed, {"action": "lock.unlock", "states": {str(n): "on" for n in range(51)}}),
        (Supposed, {"action": "lock.unlock", "grant": True}),
    ],
)
async def test_what_is_out_of_bounds_is_an_error(shape: type[Strict], value: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        shape.model_validate(value)


async def test_every_row_needs_the_right_to_read_the_log_and_none_applies_anything() -> None:
    assert {operation.right for operation in OPERATIONS} == {"read_log"}
    assert not [operation for operation in OPERATIONS if "apply" in operation.path or "reload" in operation.path]


async def test_the_policy_is_read_tried_and_worked_on(served: Served) -> None:
    judged_here(served.daemon)
    status, told, _ = await served.ask("GET", "/api/policy")
    assert (status, told["text"], told["rules"][2]) == (200, POLICY, {"id": "unlock", "effect": "confirm", "line": 5})
    status, told, _ = await served.ask("POST", "/api/policy/explain", json=CASE)
    assert (status, told["decision"]["effect"]) == (200, "confirm")
    draft = POLICY + "  - {id: dark, deny: light.turn_on, on: {entity: light.kitchen_counter}}\n"
    status, told, _ = await served.ask("POST", "/api/policy/check", json={"text": draft})
    assert (status, told["problem"]) == (200, None)
    assert {one["kind"] for one in told["differences"]} == {"newly denied"}
    await served.say("turn on the kitchen counter light")
    status, told, _ = await served.ask("POST", "/api/policy/replay", json={"text": draft, "days": 1})
    assert status == 200
    assert [(one["kind"], one["rule"]) for one in told["otherwise"]] == [("newly denied", "dark")]
    status, made, _ = await served.ask("POST", "/api/policy/drafts", json={"text": draft, "name": "Open"})
    assert status == 200
    status, told, _ = await served.ask("GET", f"/api/policy/drafts/{made['id']}")
    assert (status, told["text"]) == (200, draft)
    status, told, _ = await served.ask("GET", "/api/policy/drafts")
    assert [one["name"] for one in told] == ["Open"]
    before = served.daemon.desk.status()["policy"]
    status, _, _ = await served.ask("POST", "/api/policy/drafts/delete", json={"id": made["id"]})
    assert status == 200
    status, told, _ = await served.ask("GET", f"/api/policy/drafts/{made['id']}")
    assert (status, told["error"]["kind"]) == (403, "refused")
    assert served.daemon.desk.status()["policy"] == before, "nothing of all this is in force"


async def test_a_number_no_draft_can_have_is_not_there(served: Served) -> None:
    views_of(served.daemon)
    status, _, _ = await served.ask("GET", f"/api/policy/drafts/{LARGEST + 1}")
    assert status == 404
    status, _, _ = await served.ask("POST", "/api/policy/drafts/delete", json={"id": LARGEST + 1})
    assert status == 400


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
async def test_a_child_and_a_program_of_a_model_get_nothing(served: Served, operation: Any) -> None:
    views_of(served.daemon)
    clients = served.daemon.clients
    path = operation.path.replace("{seq:int}", "1")
    body = {"json": {"text": POLICY, **CASE}} if operation.method == "POST" else {}
    _, token = clients.issue("a program", "carl", EVERY_RIGHT)
    status, told, _ = await served.ask(operation.method, path, token=token, **body)
    assert status in {400, 403}, told
    assert POLICY not in str(told)
    _, token = clients.issue("a model", "anna", EVERY_RIGHT, kind="model")
    status, _, _ = await served.ask(operation.method, path, token=token, **body)
    assert status == 401
    status, _, _ = await served.ask(operation.method, path, token=None, **body)
    assert status == 401
