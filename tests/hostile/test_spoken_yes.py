"""A yes that is said aloud, and everybody who would like to have said it.

One question stands that a spoken yes may answer: a lamp, asked for at the hall's satellite.  Each attempt changes one
thing about who answers, how, or when; none of them may move anything, and afterwards the right yes still counts.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import Action, Origin, Pending
from claw.base.errors import Refused
from claw.gate.answering import Choice
from claw.gate.confirm import ANSWERING_CHANNELS
from tests.gate_room import GARAGE, LAMP_OFF, LAMP_ON, UNLOCK, Room, gate_room
from tests.lived_clock import LivedClock

HALL = Origin("voice:hall", place="hall", source="10.0.0.5", conversation="voice:10.0.0.5:hall:aa11")
KITCHEN = Origin("voice:kitchen", place="kitchen", source="10.0.0.5", conversation="voice:10.0.0.5:kitchen:bb22")

POLICY = """\
version: 1
rules:
  - {id: messages, allow: claw.notify}
  - {id: locking, allow: lock.lock}
  - {id: lamps, confirm: light.*, ask: {channels: [voice, web]}}
  - {id: doors, confirm: [lock.unlock, cover.*], ask: {channels: [voice, web]}}
  - {id: freezer, confirm: switch.*, ask: {channels: [voice, web], roles: [owner]}}
"""
ALOUD_ONLY = POLICY.replace("[voice, web]", "[voice]")


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with gate_room(tmp_path, POLICY, LivedClock()) as room:
        room.questions.channels = (*ANSWERING_CHANNELS, "voice")
        yield room


async def asked(room: Room, *actions: Action, origin: Origin = HALL) -> Pending:
    performed = await room.gate.perform(actions or (LAMP_ON,), origin)
    assert performed.pending is not None, performed.outcomes
    return performed.pending


async def refused(room: Room, pending: Pending, origin: Origin, choice: Choice | None = None) -> None:
    with pytest.raises(Refused):
        await room.gate.answer(pending.id, origin, yes=True, **({"choice": choice} if choice else {}))  # type: ignore[arg-type]
    assert room.hand.sent == []


async def passes(room: Room, seconds: float) -> None:
    assert isinstance(room.clock, LivedClock)
    await room.clock.advance(timedelta(seconds=seconds))


async def test_whoever_stands_where_it_was_asked_may_say_yes_and_it_is_done_as_that_satellite(room: Room) -> None:
    pending = await asked(room)
    await passes(room, 14.9)
    answered = await room.gate.answer(pending.id, HALL, yes=True)
    assert [one.status for one in answered.outcomes] == ["done"]
    intent = next(entry for entry in room.audit.entries(0, 100) if entry.kind == "intent")
    assert (intent.origin.channel, intent.origin.person, intent.origin.authenticated) == ("voice:hall", None, False)  # type: ignore[union-attr]


ATTEMPTS: dict[str, dict[str, Any]] = {
    "another satellite": {"channel": "voice:kitchen"},
    "another satellite of the same room": {"channel": "voice:hall_2"},
    "nowhere": {"channel": "voice:nowhere", "place": None},
    "nowhere, with the talk it heard of": {"channel": "voice:nowhere", "place": None, "source": "127.0.0.1"},
    "the satellite's name from another peer": {"source": "10.0.0.66"},
    "no peer": {"source": ""},
    "another talk at the same satellite": {"conversation": "voice:10.0.0.5:hall:ff00"},
    "no talk": {"conversation": ""},
    "the talk of a page": {"conversation": "c1"},
    "another place": {"place": "garden"},
    "no place": {"place": None},
    "a voice without a satellite": {"channel": "voice"},
    "a voice that says it is Anna": {"person": "anna"},
    "a voice that is signed in": {"person": "anna", "authenticated": True, "strength": "session"},
    "a voice that is signed in as nobody": {"authenticated": True},
    "a voice with a proof": {"strength": "signed"},
    "something that Claw read": {"taint": ("calendar",)},
    "a routine": {"routine": "evening"},
    "a routine's own channel": {"channel": "routine", "routine": "evening"},
    "a skill": {"skill": "cosy"},
    "a program": {"task": "t1"},
    "a client that may only ask": {"asks_only": True},
    "Claw itself": {"channel": "system"},
    "a screen in the same room": {"channel": "screen:hall"},
    "a page that knows the talk": {"channel": "web"},
    "a channel called like it": {"channel": "voices:hall"},
    "a house with another case": {"channel": "Voice:hall"},
}


async def test_nobody_else_says_yes(room: Room) -> None:
    pending = await asked(room)
    for changed in ATTEMPTS.values():
        await refused(room, pending, replace(HALL, **changed))
    for choice in (Choice(grant_s=600.0), Choice(without=frozenset({7}))):
        await refused(room, pending, HALL, choice)
    assert [one.id for one in room.questions.waiting()] == [pending.id]
    answered = await room.gate.answer(pending.id, HALL, yes=True)
    assert [one.status for one in answered.outcomes] == ["done"]
    with pytest.raises(Refused, match="already"):
        await room.gate.answer(pending.id, HALL, yes=True)


async def test_a_yes_that_comes_late_is_a_yes_to_something_else(room: Room) -> None:
    pending = await asked(room)
    await passes(room, 15.1)
    await refused(room, pending, HALL)


async def test_a_clock_that_was_set_back_or_ahead_makes_no_late_yes_timely(room: Room) -> None:
    assert isinstance(room.clock, LivedClock)
    pending = await asked(room)
    await passes(room, 15.1)
    room.clock.set_by(timedelta(seconds=-14))
    await refused(room, pending, HALL)
    later = await asked(room, LAMP_OFF, origin=KITCHEN)
    room.clock.set_by(timedelta(seconds=20))
    await refused(room, later, KITCHEN)


async def test_of_two_questions_that_wait_at_a_satellite_a_yes_answers_none(room: Room) -> None:
    first, second = await asked(room), await asked(room, LAMP_OFF, origin=replace(HALL, conversation="voice:x:hall:cc"))
    await refused(room, first, HALL)
    await refused(room, second, second.origin)
    await room.gate.answer(second.id, second.origin, yes=False)  # whoever asked may always take it back
    answered = await room.gate.answer(first.id, HALL, yes=True)
    assert [one.status for one in answered.outcomes] == ["done"]


@pytest.mark.parametrize("actions", [(UNLOCK,), (GARAGE,), (LAMP_ON, UNLOCK)], ids=["lock", "garage", "among lamps"])
async def test_what_is_risky_waits_for_a_page_though_its_rule_names_voice(
    room: Room, actions: tuple[Action, ...]
) -> None:
    pending = await asked(room, *actions)
    assert pending.number
    await refused(room, pending, HALL)
    await refused(room, pending, HALL, Choice(number=pending.number))


async def test_a_rule_that_asks_for_somebody_is_answered_by_no_voice(room: Room) -> None:
    pending = await asked(room, Action("switch.turn_off", ("switch.freezer",)))
    await refused(room, pending, HALL)


async def test_what_was_asked_elsewhere_is_not_answered_aloud(room: Room) -> None:
    page = Origin("web", "anna", authenticated=True, source="test", conversation=HALL.conversation, strength="session")
    pending = await asked(room, LAMP_ON, origin=page)
    await refused(room, pending, HALL)
    assert not room.questions.takes_voice(pending)


async def test_what_was_asked_under_the_influence_of_a_text_is_not_answered_aloud(room: Room) -> None:
    pending = await asked(room, LAMP_ON, origin=replace(HALL, taint=("calendar",)))
    await refused(room, pending, HALL)
    await refused(room, pending, pending.origin)


async def test_what_changed_since_it_was_asked_is_done_on_no_yes(room: Room) -> None:
    pending = await asked(room)
    room.hand.move(LAMP_ON)
    await refused(room, pending, HALL)


async def test_a_policy_that_takes_no_voice_any_more_voids_the_question(tmp_path: Path) -> None:
    clock = LivedClock()
    async with gate_room(tmp_path, POLICY, clock) as room:
        room.questions.channels = (*ANSWERING_CHANNELS, "voice")
        pending = await asked(room)
        async with gate_room(tmp_path / "other", POLICY.replace("[voice, web]", "[web]"), clock) as stricter:
            room.judge.policy = stricter.judge.policy
        answered = await room.gate.answer(pending.id, HALL, yes=True)
        assert [one.status for one in answered.outcomes] == ["refused"]
        assert room.hand.sent == []


async def test_what_only_a_voice_could_answer_and_none_may_is_refused_at_once(tmp_path: Path) -> None:
    async with gate_room(tmp_path, ALOUD_ONLY, LivedClock()) as room:
        performed = await room.gate.perform((LAMP_ON,), HALL)
        assert performed.pending is None  # there is no voice in this daemon
        room.questions.channels = (*ANSWERING_CHANNELS, "voice")
        for action, origin in (
            (LAMP_ON, replace(HALL, place=None)),
            (UNLOCK, HALL),
            (LAMP_ON, replace(HALL, task="t")),
        ):
            performed = await room.gate.perform((action,), origin)
            assert performed.pending is None
            assert [one.status for one in performed.outcomes] == ["refused"]
        assert (await room.gate.perform((LAMP_ON,), HALL)).pending is not None
