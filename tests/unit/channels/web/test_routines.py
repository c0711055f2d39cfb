"""The rows about routines: what is out of bounds is an error before anything is asked; fixed words come before ids."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from claw.channels.web.operation import Strict
from claw.channels.web.routines import OPERATIONS, Decision, Listed, Next, Page, Sentence, Written
from tests.routine_room import ANNA, NOW, Room, desk_of, routine, run


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


def test_what_the_desk_answers_is_what_the_document_says() -> None:
    room = Room(runs=[run(1, status="shadow", until=datetime(2026, 11, 24, tzinfo=UTC))], wouldst={1: ("x",)})
    room.put(routine(expires=NOW, last=NOW), routine("r2", state="waiting"))
    desk = desk_of(room)
    told = {operation.path: operation.reply for operation in OPERATIONS if operation.method == "GET"}
    for row in desk.listed(ANNA):
        assert Listed.model_validate(row).model_dump(mode="json") == row
    shape = told["/api/routines/day"]
    assert shape.model_validate(desk.day(ANNA)).model_dump(mode="json") == {
        **desk.day(ANNA),
        "ran": [{"to_minute": None, **row} for row in desk.day(ANNA)["ran"]],
    }
    for path, rows in (("next", desk.next(ANNA)), ("history", desk.history(ANNA))):
        (shape,) = told[f"/api/routines/{path}"].__args__
        assert [shape.model_validate(row).model_dump(mode="json") for row in rows] == rows
