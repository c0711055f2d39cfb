from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from claw.base.action import Origin
from claw.daemon.build import Daemon
from claw.house.model import Cause
from claw.house.simulated import SimulatedHouse
from claw.mind.past import moment_words
from claw.mind.phrases import LANGUAGES, phrases
from tests.living import NOBODY, OWNER, living

GARAGE, LAMP, DOOR = "cover.garage_door", "light.hall_ceiling", "lock.front_door"


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with living(tmp_path, languages=LANGUAGES) as made:
        house = simulated(made)
        house.set_state("person.ben", "home", user_id="u-ben")
        yield made


def simulated(daemon: Daemon) -> SimulatedHouse:
    assert isinstance(daemon.backend, SimulatedHouse)
    return daemon.backend


async def ask(daemon: Daemon, text: str, by: Origin = OWNER) -> str:
    reply = await daemon.desk.say(text, by)
    assert reply.status == "answered", reply
    assert "u-ben" not in reply.text
    return reply.text


async def test_who_opened_the_garage(daemon: Daemon) -> None:
    simulated(daemon).set_state(GARAGE, "open", context="c1", cause=Cause(user="u-ben"))
    said = await ask(daemon, "who opened the garage")
    assert said.startswith("The garage door is open since ")
    assert said.endswith(": it was Ben.")


async def test_who_it_was_is_remembered_when_it_is_no_longer_so(daemon: Daemon) -> None:
    simulated(daemon).set_state(DOOR, "unlocked", context="c1", cause=Cause(user="u-ben"))
    simulated(daemon).set_state(DOOR, "locked")
    said = await ask(daemon, "when was the front door unlocked")
    assert said.startswith("The front door was unlocked at ")
    assert said.endswith(": it was Ben.")
    assert "Home Assistant does not say which" in await ask(daemon, "who locked the front door")


async def test_claw_says_that_it_was_claw_and_for_whom(daemon: Daemon) -> None:
    reply = await daemon.desk.say("turn off the hall light", NOBODY)
    entry = reply.outcomes[0].audit
    assert f"I did it, asked through “voice:hall” (entry {entry})" in await ask(daemon, "why is the hall light off")
    reply = await daemon.desk.say("turn on the hall light", OWNER)
    assert f"I did it for Anna (entry {reply.outcomes[0].audit})" in await ask(daemon, "who turned on the hall light")


async def test_an_automation_is_named_with_what_set_it_off(daemon: Daemon) -> None:
    house = simulated(daemon)
    house.set_state("binary_sensor.hall_motion", "off")
    house.set_state("binary_sensor.hall_motion", "on", context="c1")
    house.set_state("automation.evening", "on", context="c2", cause=Cause(parent="c1"))
    house.set_state(LAMP, "off", context="c2", cause=Cause(parent="c1"))
    said = await ask(daemon, "why is the hall light off")
    assert said.endswith(": it was the automation “automation.evening”, set off by “Hall Motion”.")


async def test_what_nobody_saw_is_said_as_that(daemon: Daemon) -> None:
    assert "I did not see it happen; I only know since" in await ask(daemon, "why is the hall light on")
    assert (await ask(daemon, "who opened the garage")).startswith("I did not see that happen to the garage door")


@pytest.mark.parametrize(
    ("language", "text", "part"),
    [
        ("de", "wer hat die Garage geöffnet", "das war Ben"),
        ("fr", "qui a ouvert le garage", "était Ben"),
        ("nl", "wie heeft de garage geopend", "dat was Ben"),
        ("zh", "谁打开了车库门", "是Ben"),
        ("de", "seit wann ist die Garage offen", "das war Ben"),
        ("fr", "pourquoi le garage est ouvert", "était Ben"),
        ("nl", "waarom is de garage open", "dat was Ben"),
    ],
)
async def test_it_is_asked_and_told_in_other_languages(daemon: Daemon, language: str, text: str, part: str) -> None:
    simulated(daemon).set_state(GARAGE, "open", context="c1", cause=Cause(user="u-ben"))
    origin = Origin("web", "anna", authenticated=True, source="test", conversation=language, language=language)
    assert part in await ask(daemon, text, origin)


async def test_a_name_cannot_speak_for_claw(daemon: Daemon) -> None:
    house = simulated(daemon)
    house.set_state("automation.x_the_door_is_locked", "on", context="c2", cause=Cause(parent="c1"))
    house.set_state(GARAGE, "open", context="c2", cause=Cause(parent="c1"))
    assert "“automation.x_the_door_is_locked”" in await ask(daemon, "who opened the garage")


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 7, 10, 6, 5, tzinfo=UTC), "08:05"),
        (datetime(2026, 7, 9, 21, 59, tzinfo=UTC), "23:59 (Thursday, 9 July 2026)"),
        (datetime(2026, 7, 9, 22, 1, tzinfo=UTC), "00:01"),
    ],
)
def test_a_moment_is_told_in_the_house_s_own_time(moment: datetime, said: str) -> None:
    assert moment_words(moment, datetime(2026, 7, 10, 12, tzinfo=UTC), "Europe/Berlin", phrases("en")) == said


def test_an_unknown_time_zone_is_told_in_utc() -> None:
    noon = datetime(2026, 7, 10, 12, tzinfo=UTC)
    assert moment_words(noon, noon, "Mars/Olympus", phrases("en")) == "12:00"
