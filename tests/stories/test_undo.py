"""Taking back, through the whole daemon: whose acts, which things, judged anew, never twice."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import Action, Json, Origin, Reply
from claw.base.errors import Refused, Unavailable
from claw.daemon.build import Daemon
from claw.house.backend import Link
from claw.house.model import Cause
from claw.house.simulated import SimulatedHouse
from tests.living import OWNER, living
from tests.talking import until

POLICY = """\
version: 1
rules:
  - {id: talk, allow: [claw.notify], why: Claw may speak}
  - id: comfort
    allow: [light.*, fan.*, media_player.*, climate.*, switch.*, cover.*, vacuum.*, scene.*]
    on: {entity: "*.*"}
    except: {entity: [cover.garage_door, scene.*, switch.freezer]}
  - {id: movie, allow: scene.turn_on, on: {entity: scene.movie_time}}
  - {id: locking, allow: lock.lock}
  - {id: unlocking, confirm: lock.unlock, ask: {roles: [owner, adult], channels: [web, cli]}}
  - {id: garage, confirm: "cover.*", on: {entity: cover.garage_door}, ask: {channels: [web, cli]}}
  - {id: dark, deny: light.turn_off, on: {entity: light.porch}, why: the porch stays lit}
"""

BEN = Origin("web", "ben", authenticated=True, source="ben", conversation="ben", strength="session")
CARL = Origin("web", "carl", authenticated=True, source="carl", conversation="carl", strength="session")
VOICE = Origin("voice:hall", place="hall", source="satellite", conversation="hall")
KITCHEN, LAMP, DOOR = "light.kitchen_ceiling", "light.living_room_lamp", "lock.front_door"


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with living(tmp_path, POLICY) as made:
        yield made


def simulated(daemon: Daemon) -> SimulatedHouse:
    assert isinstance(daemon.backend, SimulatedHouse)
    return daemon.backend


async def act(daemon: Daemon, name: str, *entities: str, by: Origin = OWNER, **data: Json) -> int:
    """Do something and return its number in the log."""
    reply = await daemon.desk.act([Action(name, entities, data)], by)
    number = reply.outcomes[0].audit
    assert number is not None
    return number


async def say(daemon: Daemon, text: str, by: Origin = OWNER) -> Reply:
    return await daemon.desk.say(text, by)


async def undo(daemon: Daemon, by: Origin = OWNER, **what: Any) -> dict[str, Json]:
    return await daemon.desk.lookback.undo(by, **what)


def value(daemon: Daemon, entity: str) -> str:
    return daemon.mirror.states[entity].value


def intents(daemon: Daemon) -> list[dict[str, Json]]:
    return [dict(entry.payload or {}) for entry in daemon.audit.entries(0, 1000, kinds=["intent"])]


async def test_undo_goes_back_step_by_step_and_no_further(daemon: Daemon) -> None:
    await say(daemon, "turn on the kitchen lights")
    await say(daemon, "set the living room lamp to 20 percent")
    await say(daemon, "brighter")
    bright = daemon.mirror.states[LAMP].attributes["brightness"]
    assert (await say(daemon, "undo")).status == "done"
    assert daemon.mirror.states[LAMP].attributes["brightness"] == 51 != bright
    assert (await say(daemon, "undo that")).status == "done"
    assert daemon.mirror.states[LAMP].attributes["brightness"] == 128
    assert (await say(daemon, "undo")).status == "done"
    assert value(daemon, KITCHEN) == "off"
    assert (await say(daemon, "undo")).status == "unclear"


async def test_the_whole_of_one_request_is_taken_back_in_one(daemon: Daemon) -> None:
    await say(daemon, "turn on the kitchen lights and turn off the living room lamp")
    await say(daemon, "undo")
    assert (value(daemon, KITCHEN), value(daemon, LAMP)) == ("off", "on")


async def test_what_is_taken_back_stands_beside_the_intent_and_is_not_taken_back_twice(daemon: Daemon) -> None:
    number = await act(daemon, "light.turn_on", KITCHEN)
    told = await undo(daemon, seq=number)
    assert told["undoes"] == [number]
    assert intents(daemon)[-1]["undoes"] == [number]
    again = await undo(daemon, seq=number)
    assert [one["code"] for one in again["cannot"]] == ["undone"]
    assert again["outcomes"] == []


async def test_an_undo_can_be_undone_by_its_number_and_then_the_act_again(daemon: Daemon) -> None:
    number = await act(daemon, "light.turn_on", KITCHEN)
    first = (await undo(daemon, seq=number))["outcomes"][0]["audit"]
    second = await undo(daemon, seq=first)
    assert value(daemon, KITCHEN) == "on"
    assert second["undoes"] == [first]
    assert (await undo(daemon, seq=number))["status"] == "done"
    assert value(daemon, KITCHEN) == "off"


async def test_an_undo_is_judged_by_what_it_does_and_inherits_no_permission(daemon: Daemon) -> None:
    number = await act(daemon, "light.turn_on", "light.porch")
    told = await undo(daemon, seq=number)
    assert value(daemon, "light.porch") == "on"
    assert told["status"] == "refused"
    assert "the porch stays lit" in told["text"]


async def test_undoing_a_lock_by_number_is_an_unlock_that_somebody_must_approve(daemon: Daemon) -> None:
    simulated(daemon).set_state(DOOR, "unlocked")
    number = await act(daemon, "lock.lock", DOOR)
    told = await undo(daemon, seq=number)
    assert told["status"] == "pending"
    assert value(daemon, DOOR) == "locked"
    (question,) = daemon.desk.pending()
    assert [action.name for action in question.actions] == ["lock.unlock"]
    reply = await daemon.desk.answer(question.id, BEN, yes=True)
    assert reply.outcomes[0].status == "done"
    assert value(daemon, DOOR) == "unlocked"
    again = await undo(daemon, seq=number)
    assert [one["code"] for one in again["cannot"]] == ["undone"]


@pytest.mark.parametrize("text", ["undo", "undo that", "take that back", "not that one"])
async def test_no_spoken_undo_unlocks(daemon: Daemon, text: str) -> None:
    simulated(daemon).set_state(DOOR, "unlocked")
    await say(daemon, "lock the front door")
    reply = await say(daemon, text)
    assert not reply.pending
    assert value(daemon, DOOR) == "locked"
    assert daemon.desk.pending() == []


async def test_a_plain_undo_without_a_number_unlocks_nothing_either(daemon: Daemon) -> None:
    simulated(daemon).set_state(DOOR, "unlocked")
    await act(daemon, "lock.lock", DOOR)
    told = await undo(daemon)
    assert (told["status"], [one["code"] for one in told["cannot"]]) == ("refused", ["opens"])
    assert daemon.desk.pending() == []


async def test_a_yes_to_the_act_is_no_yes_to_its_undoing(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.gate.verify.ANSWER_S", 0.05)
    reply = await daemon.desk.act([Action("cover.open_cover", ("cover.garage_door",))], OWNER)
    await daemon.desk.answer(reply.pending[0].id, OWNER, yes=True)
    told = await undo(daemon)
    assert told["status"] == "pending"
    assert [action.name for action in daemon.desk.pending()[0].actions] == ["cover.close_cover"]


async def test_a_child_undoes_only_its_own(daemon: Daemon) -> None:
    theirs = await act(daemon, "light.turn_on", KITCHEN, by=OWNER)
    mine = await act(daemon, "light.turn_off", LAMP, by=CARL)
    with pytest.raises(Refused, match="somebody else's"):
        await undo(daemon, CARL, seq=theirs)
    assert (await undo(daemon, CARL, since="00:00"))["undoes"] == [mine]
    assert (value(daemon, KITCHEN), value(daemon, LAMP)) == ("on", "on")
    with pytest.raises(Refused, match="nothing of yours"):
        await undo(daemon, CARL)
    assert (await undo(daemon, BEN, seq=theirs))["status"] == "done"


@pytest.mark.parametrize(
    "by",
    [
        VOICE,
        Origin("web", "anna", authenticated=False, source="test", conversation="other"),
        Origin("web", None, source="x", conversation="c"),
    ],
)
async def test_who_is_not_proved_undoes_only_what_was_done_in_the_same_talk(daemon: Daemon, by: Origin) -> None:
    number = await act(daemon, "light.turn_on", KITCHEN)
    with pytest.raises(Refused, match="somebody else's"):
        await undo(daemon, by, seq=number)
    assert (await undo(daemon, by, since="00:00"))["status"] == "unclear"
    with pytest.raises(Refused, match="nothing of yours"):
        await undo(daemon, by)
    assert (await say(daemon, "undo", by)).status == "unclear"
    assert value(daemon, KITCHEN) == "on"


async def test_a_room_takes_back_what_the_room_said(daemon: Daemon) -> None:
    await say(daemon, "turn on the kitchen lights", VOICE)
    assert (await say(daemon, "undo", VOICE)).status == "done"
    assert value(daemon, KITCHEN) == "off"


async def test_while_stopped_nothing_is_taken_back(daemon: Daemon) -> None:
    number = await act(daemon, "light.turn_on", KITCHEN)
    daemon.stop.engage("test", OWNER)
    assert (await say(daemon, "undo")).status == "stopped"
    assert (await undo(daemon, seq=number))["status"] == "stopped"
    assert value(daemon, KITCHEN) == "on"


async def test_a_thing_that_somebody_changed_since_is_left_alone_and_said(daemon: Daemon) -> None:
    number = await act(daemon, "light.turn_on", KITCHEN, "light.kitchen_sink")
    house = simulated(daemon)
    house.set_state("person.ben", "home", user_id="u-ben")
    house.set_state(KITCHEN, "on", context="c9", cause=Cause(user="u-ben"), brightness=20)
    told = await undo(daemon, seq=number)
    assert (value(daemon, KITCHEN), value(daemon, "light.kitchen_sink")) == ("on", "off")
    assert told["status"] == "partial"
    assert [(one["entity"], one["code"]) for one in told["cannot"]] == [(KITCHEN, "changed")]
    assert "it was Ben" in told["text"]
    assert "u-ben" not in str(told)


async def test_a_hand_that_moved_it_elsewhere_counts_and_a_device_that_only_reports_does_not(daemon: Daemon) -> None:
    number = await act(daemon, "light.turn_on", KITCHEN, brightness=100)
    simulated(daemon).set_state(KITCHEN, "on", brightness=101)  # its own rounding, in a context of its own
    assert (await undo(daemon, seq=number))["status"] == "done"
    number = await act(daemon, "light.turn_on", KITCHEN, brightness=100)
    simulated(daemon).set_state(KITCHEN, "on", brightness=180)
    assert [one["code"] for one in (await undo(daemon, seq=number))["cannot"]] == ["changed"]


async def test_claw_s_own_account_is_nobody_else(daemon: Daemon) -> None:
    """Home Assistant tells a change of ours with the user whose token Claw holds."""
    number = await act(daemon, "light.turn_on", KITCHEN, brightness=100)
    _, context = daemon.follower.recent[number]
    simulated(daemon).set_state(KITCHEN, "on", context=context, cause=Cause(user="u-claw"))
    assert (await undo(daemon, seq=number))["status"] == "done"


async def test_a_later_act_of_claw_is_a_change_until_it_is_taken_back_itself(daemon: Daemon) -> None:
    first = await act(daemon, "light.turn_on", KITCHEN, brightness=100)
    second = await act(daemon, "light.turn_on", KITCHEN, brightness=200, by=BEN)
    told = await undo(daemon, seq=first)
    assert [one["code"] for one in told["cannot"]] == ["changed"]
    assert f"entry {second}" in told["text"]
    await undo(daemon, seq=second)
    assert (await undo(daemon, seq=first))["status"] == "done"
    assert value(daemon, KITCHEN) == "off"


async def test_since_leaves_out_what_guards_the_house_unless_it_is_ticked(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.gate.verify.ANSWER_S", 0.5)  # time for a lock, none for a blind
    simulated(daemon).set_state(DOOR, "unlocked")
    await act(daemon, "light.turn_on", KITCHEN)
    await act(daemon, "lock.lock", DOOR)
    await act(daemon, "cover.close_cover", "cover.bedroom_blinds")
    told = await undo(daemon, since="00:00")
    assert value(daemon, KITCHEN) == "off"
    assert {one["entity"] for one in told["cannot"] if one["code"] == "guarded"} == {DOOR, "cover.bedroom_blinds"}
    assert daemon.desk.pending() == []
    ticked = await undo(daemon, since="00:00", tick=[DOOR])
    assert [action.name for action in daemon.desk.pending()[0].actions] == ["lock.unlock"]
    assert {one["entity"] for one in ticked["cannot"] if one["code"] == "guarded"} == {"cover.bedroom_blinds"}
    assert value(daemon, DOOR) == "locked"


async def test_since_takes_everybody_s_back_to_before_the_first(daemon: Daemon) -> None:
    await act(daemon, "light.turn_on", KITCHEN, brightness=50)
    await act(daemon, "light.turn_on", KITCHEN, brightness=250, by=CARL)
    await act(daemon, "light.turn_off", LAMP, by=BEN)
    await undo(daemon, since="00:00")
    lamp = daemon.mirror.states[LAMP]
    assert (value(daemon, KITCHEN), lamp.value, lamp.attributes["brightness"]) == ("off", "on", 128)


async def test_what_cannot_be_taken_back_is_said_and_the_rest_is_done(daemon: Daemon) -> None:
    await act(daemon, "scene.turn_on", "scene.movie_time")
    await act(daemon, "media_player.media_next_track", "media_player.kitchen_speaker")
    await act(daemon, "light.turn_on", "light.bathroom_mirror")
    told = await undo(daemon, since="00:00")
    assert value(daemon, "light.bathroom_mirror") == "off"
    assert {one["code"] for one in told["cannot"]} >= {"effects", "skipped"}
    assert told["status"] == "partial"


async def test_a_dry_run_says_what_would_be_and_does_nothing(daemon: Daemon) -> None:
    simulated(daemon).set_state(DOOR, "unlocked")
    await act(daemon, "light.turn_on", KITCHEN, "light.porch")
    await act(daemon, "lock.lock", DOOR)
    before = daemon.audit.head().seq
    told = await undo(daemon, since="00:00", tick=[DOOR], dry_run=True)
    verdicts = {tuple(one["action"]["entities"]): one["effect"] for one in told["would"]}
    assert verdicts == {(DOOR,): "confirm", (KITCHEN, "light.porch"): "deny"}
    assert (value(daemon, KITCHEN), daemon.desk.pending()) == ("on", [])
    await asyncio.sleep(0.05)
    assert not any(entry.kind in {"intent", "request"} for entry in daemon.audit.entries(before, 100))


async def test_one_denied_thing_does_not_keep_the_others(daemon: Daemon) -> None:
    await act(daemon, "light.turn_on", "light.porch")
    await act(daemon, "light.turn_on", KITCHEN, brightness=30)
    await act(daemon, "light.turn_off", LAMP)
    told = await undo(daemon, since="00:00")
    assert value(daemon, LAMP) == "on"
    assert value(daemon, "light.porch") == "on"
    assert told["status"] == "partial"


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ({"seq": 999}, "entry 999 is no act"),
        ({"seq": 1, "since": "18:00"}, "not both"),
        ({"tick": [DOOR]}, "for a span of time only"),
        ({"since": "six"}, "no time of day"),
        ({"since": "25:00"}, "no time of day"),
        ({"since": "18:00", "tick": ["lock.nowhere"]}, "there is no"),
        ({"since": "18:00", "tick": [f"lock.l{number}" for number in range(60)]}, "there is no"),
    ],
)
async def test_what_makes_no_sense_is_refused(daemon: Daemon, what: dict[str, Any], why: str) -> None:
    with pytest.raises(Refused, match=why):
        await undo(daemon, **what)


async def test_an_act_that_changed_nothing_has_nothing_to_be_taken_back(daemon: Daemon) -> None:
    number = await act(daemon, "lock.lock", DOOR)
    with pytest.raises(Refused, match="changed nothing"):
        await undo(daemon, seq=number)


async def test_without_the_house_nothing_is_tried(daemon: Daemon) -> None:
    await act(daemon, "light.turn_on", KITCHEN)
    daemon.mirror.linked(Link("lost", "restart"))
    with pytest.raises(Unavailable):
        await undo(daemon)
    assert (await say(daemon, "undo")).status == "failed"


async def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY) as first:
        number = await act(first, "light.turn_on", KITCHEN, brightness=77)
        await until(lambda: _settled(first, number))
    async with living(tmp_path, POLICY) as second:
        simulated(second).set_state(KITCHEN, "on", brightness=77)
        told = await undo(second)
        assert told["undoes"] == [number]
        assert value(second, KITCHEN) == "off"


async def _settled(daemon: Daemon, number: int) -> bool:
    return any(child.kind == "outcome" for child in daemon.audit.children(number))
