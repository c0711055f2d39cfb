"""The rows about memory: what is out of bounds is an error before the memory is asked anything."""

from typing import Any

import pytest
from pydantic import ValidationError

from claw.channels.web.memory import OPERATIONS, Agree, Gone, Night, Right, Search, Sentence, Settle, Which
from claw.channels.web.operation import LARGEST, Strict
from tests.serving import Served


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (Which, {"kind": "secret"}),
        (Which, {"limit": 0}),
        (Which, {"about": "x" * 256}),
        (Search, {}),
        (Search, {"q": ""}),
        (Search, {"q": "x" * 2001}),
        (Search, {"q": "x", "k": 51}),
        (Sentence, {"text": ""}),
        (Sentence, {"text": "x" * 2001}),
        (Sentence, {"text": "x", "visibility": "guests_ok"}),
        (Right, {"text": 5}),
        (Gone, {"id": -1}),
        (Gone, {"id": LARGEST + 1}),
        (Gone, {"since": "x" * 21}),
        (Settle, {"answer": "maybe"}),
        (Agree, {"habits": "of course"}),
        (Night, {"dry_run": "later"}),
    ],
)
def test_what_is_out_of_bounds_is_an_error(shape: type[Strict], value: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        shape.model_validate(value)


def test_a_yes_needs_the_right_to_say_yes() -> None:
    rights = {operation.path: operation.right for operation in OPERATIONS if operation.method == "POST"}
    assert {rights["/api/memory/proposals/{id}"], rights["/api/memory/consents"]} == {"approve"}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("number", ["7", str(LARGEST), str(LARGEST + 1), "9" * 300])
async def test_a_memory_that_is_not_there_is_not_found(served: Served, number: str) -> None:
    status, body, _ = await served.ask("GET", f"/api/memory/{number}")
    assert (status, body["error"]["kind"]) == (404, "not_found")


@pytest.mark.asyncio(loop_scope="module")
async def test_memory_is_asked_for_the_person_of_the_client(served: Served) -> None:
    assert (await served.ask("GET", "/api/memory?kind=fact"))[1] == []
    assert (await served.ask("GET", "/api/memory/search?q=nuts&k=3"))[1] == []
    assert (await served.ask("GET", "/api/memory/proposals"))[1] == []
    assert (await served.ask("GET", "/api/memory/consents"))[1]["person"] == "anna"
    assert (await served.ask("GET", "/api/memory/export"))[1]["person"] == "anna"
    assert (await served.ask("GET", "/api/memory/night"))[1]["may"] is True
    _, hers = served.daemon.clients.issue("hers", "ben", ["talk"])
    assert (await served.ask("GET", "/api/memory/consents", token=hers))[1]["person"] == "ben"
    assert (await served.ask("GET", "/api/memory/night", token=hers))[1]["may"] is False


@pytest.mark.asyncio(loop_scope="module")
async def test_what_no_rule_allows_is_refused_with_its_reason(served: Served) -> None:
    for path, body in (
        ("/api/memory", {"text": "Ben is allergic to nuts"}),
        ("/api/memory/7", {"text": "Ben is allergic to milk"}),
        ("/api/memory/forget", {"person": "me"}),
        ("/api/memory/forget", {}),
        ("/api/memory/proposals/habit-1", {"answer": "yes"}),
        ("/api/memory/consents", {"habits": True}),
    ):
        status, answer, _ = await served.ask("POST", path, json=body)
        assert (status, answer["status"]) == (200, "refused"), path
        assert answer["text"]
    assert (await served.ask("POST", "/api/memory/night", json={"dry_run": True}))[1]["dry_run"] is True


@pytest.mark.asyncio(loop_scope="module")
async def test_a_client_that_may_only_talk_says_no_yes(served: Served) -> None:
    _, narrow = served.daemon.clients.issue("narrow", "anna", ["talk"])
    for path, body in (("proposals/memory-1", {"answer": "yes"}), ("consents", {"habits": True}), ("night", {})):
        status, answer, _ = await served.ask("POST", f"/api/memory/{path}", token=narrow, json=body)
        assert (status, answer["error"]["kind"]) == (403, "above_ceiling")
