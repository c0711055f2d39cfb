"""The rows about routines: what is out of bounds is an error before anything is asked; fixed words come before ids."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from claw.channels.web.operation import Strict
from claw.channels.web.routines import OPERATIONS, Decision, Listed, Next, Page, Sentence, Written
from tests.routine_room import ANNA, NOW, Room, desk_of, routine, run
from tests.serving import Served


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (Page, {"limit": 0}),
        (Page, {"limit": 501}),
        (Page, {"before": "yesterday"}),
        (Next, {"limit": 101}),
        (Next, {"routine": "x" * 101}),
        (Sentence, {"words": ""}),
        (Sentence, {"words": "x" * 1001}),
        (Written, {"spec": []}),
        (Written, {"spec": {}, "person": "anna"}),
        (Decision, {}),
        (Decision, {"do": "change"}),
        (Decision, {"do": "skip", "days": ["tomorrow"]}),
        (Decision, {"do": "skip", "days": ["2026-11-27"] * 41}),
    ],
)
def test_what_is_out_of_bounds_is_an_error(shape: type[Strict], value: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        shape.model_validate(value)


def test_fixed_words_are_looked_at_before_ids() -> None:
    paths = [operation.path for operation in OPERATIONS]
    assert paths.index("/api/routines/{id}") > max(
        paths.index(f"/api/routines/{one}") for one in ("next", "history", "day")
    )
    posts = [operation.path for operation in OPERATIONS if operation.method == "POST"]
    assert posts.index("/api/routines/{id}") > posts.index("/api/routines/say")


async def test_what_the_desk_answers_is_what_the_document_says() -> None:
    room = Room(runs=[run(1, status="shadow", until=datetime(2026, 11, 24, tzinfo=UTC))], wouldst={1: ("x",)})
    room.put(routine(expires=NOW, last=NOW), routine("r2", state="waiting"))
    desk = desk_of(room)
    told = {operation.path: operation.reply for operation in OPERATIONS if operation.method == "GET"}
    for row in await desk.listed(ANNA):
        assert Listed.model_validate(row).model_dump(mode="json") == row
    shape = told["/api/routines/day"]
    assert shape.model_validate(await desk.day(ANNA)).model_dump(mode="json") == {
        **(await desk.day(ANNA)),
        "ran": [{"to_minute": None, **row} for row in (await desk.day(ANNA))["ran"]],
    }
    for path, rows in (("next", (await desk.next(ANNA))), ("history", (await desk.history(ANNA)))):
        (shape,) = told[f"/api/routines/{path}"].__args__
        assert [shape.model_validate(row).model_dump(mode="json") for row in rows] == rows


@pytest.mark.asyncio(loop_scope="module")
async def test_each_row_answers_over_http(served: Served) -> None:
    status, rows, _ = await served.ask("GET", "/api/routines")
    assert (status, "safety-smoke" in [row["id"] for row in rows]) == (200, True)
    for path in (
        "next",
        "history?limit=3&before=2026-11-27T00:00:00",
        "day?day=2026-11-27",
        "day?routine=safety-smoke",
    ):
        assert (await served.ask("GET", f"/api/routines/{path}"))[0] == 200, path
    status, one, _ = await served.ask("GET", "/api/routines/safety-smoke")
    assert (status, one["kind"], one["spec"]["do"][0]["to"]) == (200, "safety", "everyone")
    for path in ("safety-smoke/automation", "safety-smoke/dry-run"):
        method = "POST" if path.endswith("run") else "GET"
        assert (await served.ask(method, f"/api/routines/{path}", json={} if method == "POST" else None))[0] == 200


@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_not_there_is_not_found_and_what_is_wrong_is_said(served: Served) -> None:
    for path in (
        "none",
        "none/automation",
        "next?routine=none",
        "history?routine=none",
        "day?routine=none",
        "day?day=0001-01-01",
    ):
        assert (await served.ask("GET", f"/api/routines/{path}"))[0] == 404, path
    for path in ("history?limit=x", "next?limit=0", "day?day=today", "?over=perhaps"):
        assert (await served.ask("GET", f"/api/routines{'/' if path[0] != '?' else ''}{path}"))[0] == 400, path
    assert (await served.ask("POST", "/api/routines/none/dry-run", json={}))[0] == 404
    for path, body in (
        ("/api/routines", {"spec": {"name": "x", "when": "never", "do": "say x"}}),
        ("/api/routines", {"spec": {"name": "x", "when": "07:00", "do": "light.turn_on light.gone"}, "dry_run": True}),
        ("/api/routines/none", {"do": "remove"}),
        ("/api/routines/safety-smoke", {"do": "remove"}),
    ):
        status, came, _ = await served.ask("POST", path, json=body)
        assert (status, came["status"]) == (200, "refused"), (path, came)
    status, came, _ = await served.ask("POST", "/api/routines/say", json={"words": "open the blinds"})
    assert (status, came["status"]) == (200, "unclear")
