"""The rows that look further into the log: bounded, and for those who may read it."""

from typing import Any

import pytest
from pydantic import ValidationError

from claw.channels.clients import EVERY_RIGHT
from claw.channels.web.log import OPERATIONS, Sought, Which
from claw.channels.web.operation import LARGEST, Strict
from tests.serving import Served
from tests.viewing import views_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (Sought, {"limit": 0}),
        (Sought, {"limit": 201}),
        (Sought, {"before": 0}),
        (Sought, {"before": LARGEST + 1}),
        (Sought, {"text": "x" * 256}),
        (Sought, {"since": "yesterday"}),
        (Sought, {"order": "up"}),
        (Which, {"day": "2026-02-30"}),
    ],
)
async def test_what_is_out_of_bounds_is_an_error(shape: type[Strict], value: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        shape.model_validate(value)


async def test_entries_are_found_and_a_day_is_counted(served: Served) -> None:
    views_of(served.daemon)
    await served.say("turn on the kitchen counter light")
    await served.daemon.audit.settle()
    status, told, _ = await served.ask("GET", "/api/log/find?kind=acts&thing=light.kitchen_counter&text=kitchen")
    assert status == 200
    assert [one["kind"] for one in told["entries"]] == ["outcome", "intent"]
    status, told, _ = await served.ask("GET", "/api/log/day")
    assert status == 200
    assert sum(mark["count"] for mark in told["marks"] if mark["group"] == "acts") >= 1
    status, told, _ = await served.ask("GET", f"/api/log/day?day={told['day']}")
    assert status == 200
    for odd in ("day=0001-01-01", "day=9999-12-31"):
        status, told, _ = await served.ask("GET", f"/api/log/day?{odd}")
        assert (status, told["error"]["kind"]) == (403, "refused")
    status, told, _ = await served.ask("GET", "/api/log/find?kind=secrets")
    assert (status, told["error"]["kind"]) == (403, "refused")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.path)
async def test_whoever_may_not_read_the_log_gets_nothing(served: Served, operation: Any) -> None:
    views_of(served.daemon)
    _, token = served.daemon.clients.issue("a screen", "anna", EVERY_RIGHT - {"read_log"})
    status, _, _ = await served.ask("GET", operation.path, token=token)
    assert status == 403
