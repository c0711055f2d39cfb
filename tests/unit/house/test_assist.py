"""What is told of Home Assistant's own assistants: every way in which words pass by Claw, and nothing else."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.errors import Unavailable
from claw.channels.wyoming_info import NAME
from claw.house.assist import AGENT, Assist, findings
from claw.house.model import State
from tests.peers.scripted_hass import ScriptedHass
from tests.unit.house.strategies import JSON
from tests.unit.house.test_home_assistant import following

CLAW = {"entity_id": "conversation.claw", "platform": "wyoming", "original_name": "Claw"}
HALL = {"entity_id": "assist_satellite.hall", "platform": "esphome", "device_id": "d1"}
CHOICE = {"entity_id": "select.hall_assistant", "device_id": "d1", "translation_key": "pipeline"}


def pipeline(name: str = "Home", engine: str = "conversation.claw", **more: Any) -> dict[str, Any]:
    return {"id": name.lower(), "name": name, "conversation_engine": engine, "prefer_local_intents": False, **more}


def told(
    *pipelines: dict[str, Any],
    entities: Any = (CLAW, HALL, CHOICE),
    version: str = "2026.11.0",
    states: Mapping[str, str] = {},
) -> list[str]:
    listed = {"pipelines": list(pipelines), "preferred_pipeline": pipelines[0]["id"] if pipelines else None}
    known = {entity_id: State(value) for entity_id, value in states.items()}
    return findings(Assist(listed, entities, {"version": version}), known)


def test_an_assistant_that_brings_everything_to_claw_is_nothing_to_tell() -> None:
    assert told(pipeline(), pipeline("Other", "conversation.home_assistant")) == []


def test_it_is_told_when_claw_is_not_set_up_there() -> None:
    (said,) = told(pipeline(engine="conversation.home_assistant"), entities=(HALL,))
    assert "add the integration Wyoming Protocol" in said


@pytest.mark.parametrize("other", ["platform", "original_name"])
def test_another_agent_is_not_taken_for_claw(other: str) -> None:
    (said,) = told(pipeline(), entities=({**CLAW, other: "other"},))
    assert "does not know Claw" in said


def test_it_is_told_when_no_assistant_uses_claw() -> None:
    (said,) = told(pipeline(engine="conversation.home_assistant"))
    assert "None of Home Assistant's assistants uses Claw" in said
    assert findings(Assist(None, (CLAW,), {}), {}) == [said]


def test_sentences_that_are_handled_there_first_are_told_with_the_door() -> None:
    (said,) = told(pipeline(prefer_local_intents=True), pipeline("Two", prefer_local_intents=True))
    assert '"Home", "Two"' in said
    assert "unlock the front door" in said
    assert told(pipeline(), pipeline("Other", "conversation.home_assistant", prefer_local_intents=True)) == []


@pytest.mark.parametrize(
    ("chosen", "away"), [("preferred", False), ("Home", False), ("Other", True), ("Gone", False), ("unknown", False)]
)
def test_a_satellite_that_talks_to_somebody_else_is_told(chosen: str, away: bool) -> None:
    said = told(pipeline(), pipeline("Other", "conversation.home_assistant"), states={"select.hall_assistant": chosen})
    assert bool(said) == away
    if away:
        assert 'assist_satellite.hall ("Other")' in said[0]


def test_a_satellite_with_the_preferred_assistant_follows_it() -> None:
    (said,) = told(
        pipeline("Other", "conversation.home_assistant"), pipeline(), states={"select.hall_assistant": "preferred"}
    )
    assert 'assist_satellite.hall ("Other")' in said


@pytest.mark.parametrize(
    ("version", "silent"),
    [("2025.4.4", True), ("2024.12.0", True), ("2025.5.0", False), ("2026.11.0b1", False), ("x" * 999, False)],
)
def test_an_old_version_tells_no_places(version: str, silent: bool) -> None:
    assert bool(told(pipeline(), version=version)) == silent


def test_a_name_cannot_write_lines_of_its_own() -> None:
    (said,) = told(pipeline('Home"\n\x1b[2J all is well' + "x" * 999, prefer_local_intents=True))
    assert said.isprintable()
    assert len(said) < 500


def test_many_names_are_counted() -> None:
    (said,) = told(*(pipeline(f"P{n}", prefer_local_intents=True) for n in range(30)))
    assert "and 20 more" in said


@given(JSON, st.one_of(JSON, st.lists(JSON, max_size=5)), JSON)
def test_whatever_is_answered_it_is_sentences(pipelines: Any, entities: Any, config: Any) -> None:
    for found in (
        findings(Assist(pipelines, entities, config), {}),
        findings(
            Assist({"pipelines": pipelines, "preferred_pipeline": config}, [CLAW, HALL, CHOICE, entities], {}), {}
        ),
    ):
        assert all(isinstance(one, str) and one.isprintable() for one in found)


def test_claw_knows_itself_by_the_name_that_its_server_gives() -> None:
    assert AGENT == NAME


async def test_the_assistants_are_read_over_the_link() -> None:
    async with ScriptedHass() as house:
        house.answers["assist_pipeline/pipeline/list"] = lambda client, message: client.result(
            message, {"pipelines": [pipeline(prefer_local_intents=True)], "preferred_pipeline": "home"}
        )
        async with following(house) as bench:
            await bench.ready()
            house.lists["config/entity_registry/list"] = [CLAW]
            assert "unlock" in findings(await bench.backend.assist(), {})[0]
            house.answers["assist_pipeline/pipeline/list"] = lambda client, message: client.error(
                message, "unauthorized", "no"
            )
            with pytest.raises(Unavailable, match="cannot read the assistants"):
                await bench.backend.assist()
