"""What goes past Claw is said before anybody relies on it."""

from typing import Any

import pytest

from claw.care.init_bypass import bypasses
from claw.care.init_home import Home
from claw.care.init_risks import risky_things
from tests.init_room import ADMIN, home_of, pipelines

OURS = {"entity_id": "conversation.claw", "platform": "wyoming", "original_name": "Claw"}
QUIET = {"name": "Home", "conversation_engine": "conversation.claw", "prefer_local_intents": False}


def texts(home: Home) -> list[str]:
    return [f"{one.level} {one.about} {one.text}" for one in bypasses(home, risky_things(home.house.registry))]


def home(*rows: dict[str, Any], **more: Any) -> Home:
    return home_of(list(rows), **more)


def test_a_home_in_which_nothing_goes_past_claw_hears_nothing() -> None:
    assert texts(home({"entity_id": "lock.a"}, assist=pipelines(QUIET, agents=[OURS]))) == []


@pytest.mark.parametrize("engine", ["conversation.claw", "conversation.home_assistant", "conversation.chatgpt"])
def test_preferring_local_commands_is_said_whoever_the_agent_is(engine: str) -> None:
    row = QUIET | {"prefer_local_intents": True, "conversation_engine": engine}
    found = texts(home(assist=pipelines(row, agents=[OURS])))
    assert found[0].startswith('warning assist "Prefer handling commands locally" is on in "Home"')


@pytest.mark.parametrize(("exposed", "level"), [(True, "warning"), (False, "note")])
def test_another_agent_is_worse_where_locks_are_exposed_to_it(level: str, *, exposed: bool) -> None:
    row = QUIET | {"conversation_engine": "conversation.chatgpt"}
    found = texts(home({"entity_id": "lock.a", "exposed": exposed}, assist=pipelines(row, agents=[OURS])))
    assert found[0].startswith(f"{level} assist these assistants")
    assert "conversation.chatgpt" in found[0]
    assert any("lock.a" in one for one in found) is exposed


def test_home_assistants_own_agent_is_named_as_such() -> None:
    row = QUIET | {"conversation_engine": "conversation.home_assistant"}
    assert any("Home Assistant itself" in one for one in texts(home(assist=pipelines(row, agents=[OURS]))))


def test_a_token_that_may_do_too_much_is_said_with_what_mends_it() -> None:
    (one,) = bypasses(home(token_of=ADMIN), ())
    assert (one.level, one.about) == ("warning", "token")
    assert "the owner of this Home Assistant" in one.text
    assert "Add user" in one.mend


def test_what_only_an_administrator_could_tell_is_said() -> None:
    there = home({"entity_id": "light.a"}, {"entity_id": "lock.a"})
    for entity in there.house.registry.entities.values():
        object.__setattr__(entity, "exposed", None)
    (one,) = bypasses(there, ())
    assert (one.level, one.about) == ("note", "exposure")
    assert "light.a" in one.text
    assert "lock.a" not in one.text


def test_a_satellite_in_no_room_is_said() -> None:
    (one,) = bypasses(home({"entity_id": "assist_satellite.lost"}), ())
    assert (one.level, one.about) == ("note", "voice")


def test_answers_of_any_shape_are_no_trouble_and_names_are_harmless() -> None:
    for odd in (None, 3, [], {"pipelines": 3}, {"pipelines": [3, None, {}]}):
        there = home(assist=pipelines())
        object.__setattr__(there.assist, "pipelines", odd)
        bypasses(there, ())
    row = {"name": "\u202e\x1b[31m" * 50, "prefer_local_intents": True, "conversation_engine": "x\ny"}
    assert all(one.text.isprintable() for one in bypasses(home(assist=pipelines(row)), ()))
