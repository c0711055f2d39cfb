"""What people teach Claw by talking, in a whole daemon: names, likings, corrections, and what they always mean."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from claw.base.action import Origin, Reply
from claw.base.clock import ShownClock
from claw.daemon.build import Daemon
from claw.daemon.staging import Staging
from claw.gate.card import card
from claw.memory.model import Memory
from tests.living import NOBODY, OWNER, living

NIGHT = datetime(2026, 3, 4, 23, 0, tzinfo=ZoneInfo("Europe/Berlin"))
NOON = NIGHT.replace(hour=12)
BEN = replace(OWNER, person="ben", source="ben", conversation="web:ben")
TOM = replace(OWNER, person="tom", source="tom", conversation="web:tom")
"""A guest of the demo's household."""


@asynccontextmanager
async def at(folder: Path, moment: datetime, languages: tuple[str, ...] = ("en",)) -> AsyncIterator[Daemon]:
    async with living(folder, languages=languages, staging=Staging(ShownClock(moment), {})) as daemon:
        yield daemon


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with at(tmp_path, NIGHT) as made:
        yield made


async def say(daemon: Daemon, text: str, origin: Origin = OWNER) -> Reply:
    return await daemon.desk.say(text, origin)


def kept(daemon: Daemon, kind: str) -> list[Memory]:
    return daemon.memory.store.facts.active(kind=kind)


def brightness(daemon: Daemon, entity: str = "light.bedroom_ceiling") -> int | None:
    value = daemon.mirror.states[entity].attributes.get("brightness")
    return None if value is None else round(value / 2.55)


async def test_a_name_works_at_once_in_every_language_and_after_a_restart(tmp_path: Path) -> None:
    async with at(tmp_path, NIGHT, ("en", "de")) as daemon:
        assert (await say(daemon, "turn on Jupiter")).status == "unclear"
        assert "'Jupiter'" in (await say(daemon, "call the bedside lamp the Jupiter")).text
        assert (await say(daemon, "turn on Jupiter")).status == "done"
        assert (await say(daemon, "schalte Jupiter aus", replace(OWNER, language="de"))).status == "done"
    async with at(tmp_path, NIGHT) as daemon:
        assert (await say(daemon, "turn on Jupiter", NOBODY)).status == "done"
        assert daemon.mirror.states["light.bedroom_bedside"].value == "on"


async def test_a_name_that_is_forgotten_names_nothing(daemon: Daemon) -> None:
    await say(daemon, "call the bedside lamp Jupiter")
    await say(daemon, "forget that")
    assert kept(daemon, "alias") == []
    assert (await say(daemon, "turn on Jupiter")).status == "unclear"


async def test_a_name_that_could_be_taken_for_another_is_refused(daemon: Daemon) -> None:
    for name in ("stop", "Kitchen", "Front Door", "Frontdoor", "everything", "turn off", "Anna", "and"):
        await say(daemon, f"call the bedside lamp {name}")
    assert kept(daemon, "alias") == []
    assert daemon.mirror.registry.entities["light.bedroom_bedside"].called == ()


async def test_only_an_owner_names_a_lock_and_the_card_says_which_one_it_is(daemon: Daemon) -> None:
    assert (await say(daemon, "call the front door Sesame", BEN)).status == "refused"
    assert kept(daemon, "alias") == []
    await say(daemon, "call the front door Sesame")
    reply = await say(daemon, "unlock Sesame", BEN)
    assert reply.status == "pending"
    shown = card(reply.pending[0], daemon.mirror.house(), daemon.people)
    assert [(line.entity, line.name) for line in shown.lines] == [("lock.front_door", '"Front Door", called "Sesame"')]
    assert daemon.mirror.states["lock.front_door"].value == "locked"


@pytest.mark.parametrize("origin", [NOBODY, TOM])
async def test_a_strangers_name_is_for_their_talk_and_nothing_of_it_is_kept(daemon: Daemon, origin: Origin) -> None:
    assert (await say(daemon, "call the bedside lamp Jupiter", origin)).status == "done"
    reply = await say(daemon, "turn on Jupiter", origin)
    assert [outcome.action.entities for outcome in reply.outcomes] == [("light.bedroom_bedside",)]
    assert (await say(daemon, "turn on Jupiter", replace(origin, conversation="another"))).status == "unclear"
    assert (await say(daemon, "turn on Jupiter")).status == "unclear"
    assert daemon.memory.store.facts.active() == []
    assert (await say(daemon, "call the front door Sesame", origin)).status == "refused"


async def test_bedroom_lights_on_at_eleven_are_as_they_are_liked(tmp_path: Path) -> None:
    async with at(tmp_path, NIGHT) as daemon:
        assert "30 %" in (await say(daemon, "from now on bedroom lights at 30 % after ten")).text
        reply = await say(daemon, "turn on the bedroom lights")
        assert brightness(daemon) == 30
        assert reply.text.endswith("30 %, as you like it after 22:00.")
        await say(daemon, "set the bedroom lights to 80 %")
        assert brightness(daemon) == 80
        assert kept(daemon, "preference")[0].fact.value == {"brightness_pct": 30}
    async with at(tmp_path, NOON) as daemon:
        reply = await say(daemon, "turn on the bedroom lights")
        assert reply.status == "done"
        assert brightness(daemon) != 30
        assert "as you like it" not in reply.text


async def test_a_liking_of_one_room_is_not_carried_into_another(daemon: Daemon) -> None:
    await say(daemon, "remember that I like the bedroom lights at 30 %")
    await say(daemon, "turn on the bedroom lights")
    assert brightness(daemon) == 30
    reply = await say(daemon, "and the kitchen too")
    assert [dict(outcome.action.data) for outcome in reply.outcomes] == [{}]
    assert "as you like" not in reply.text


async def test_what_is_liked_is_what_the_rules_judge_and_the_log_says(daemon: Daemon) -> None:
    await say(daemon, "from now on bedroom lights at 30 % after ten")
    reply = await say(daemon, "turn on the bedroom lights")
    entry = daemon.audit.entry(reply.outcomes[0].audit or 0)
    assert entry is not None
    assert entry.payload is not None
    assert '"brightness_pct": 30' in str(entry.payload).replace("'", '"')


async def test_somebodys_own_liking_goes_first_and_a_voice_hears_nothing_of_either(daemon: Daemon) -> None:
    await say(daemon, "from now on bedroom lights at 30 %")
    await say(daemon, "from now on bedroom lights at 70 % just for me", BEN)
    await say(daemon, "turn on the bedroom lights", BEN)
    assert brightness(daemon) == 70
    await say(daemon, "turn off the bedroom lights")
    reply = await say(daemon, "turn on the bedroom lights", NOBODY)
    assert brightness(daemon) == 30
    assert "like" not in reply.text


async def test_nothing_that_opens_locks_or_heats_is_ever_liked(daemon: Daemon) -> None:
    for wish in ("unlock the front door after ten", "close the blinds after ten", "the heating at 25 degrees"):
        await say(daemon, f"from now on {wish}")
    assert kept(daemon, "preference") == []


async def test_too_bright_mends_it_now_and_is_kept_for_oneself(daemon: Daemon) -> None:
    await say(daemon, "set the bedroom lights to 80 %")
    reply = await say(daemon, "too bright")
    assert reply.status == "done"
    assert brightness(daemon) == 60
    (row,) = kept(daemon, "correction")
    assert (row.author, row.fact.subject, row.fact.visibility) == ("anna", "area:bedroom", "person:anna")
    entry = daemon.audit.entry(row.audit or 0)
    assert entry is not None  # it went through the gate like any other act
    assert await _hears_of(daemon, "too bright", BEN) is False
    await say(daemon, "I don't like this")
    assert brightness(daemon) == 80
    assert len(kept(daemon, "correction")) == 2


async def test_a_complaint_of_a_voice_mends_and_keeps_nothing(daemon: Daemon) -> None:
    await say(daemon, "set the bedroom lights to 80 %", NOBODY)
    await say(daemon, "too bright", NOBODY)
    assert brightness(daemon) == 60
    assert daemon.memory.store.facts.active() == []


async def test_who_always_answers_the_same_is_asked_once_and_then_understood(tmp_path: Path) -> None:
    async with at(tmp_path, NIGHT) as daemon:
        for _ in range(3):
            assert (await say(daemon, "turn on the speaker")).status == "unclear"
            reply = await say(daemon, "the kitchen one")
            assert [outcome.action.entities for outcome in reply.outcomes] == [("media_player.kitchen_speaker",)]
        assert reply.text.endswith("Shall I always take the kitchen speaker when you say “speaker” here?")
        assert (await say(daemon, "yes", replace(OWNER, conversation="other"))).status == "unclear"
        assert (await say(daemon, "yes")).status == "done"
        reply = await say(daemon, "turn off the speaker")
        assert [outcome.action.entities for outcome in reply.outcomes] == [("media_player.kitchen_speaker",)]
        assert (await say(daemon, "turn on the speaker", BEN)).status == "unclear"
    async with at(tmp_path, NIGHT) as daemon:
        assert (await say(daemon, "turn on the speaker")).status == "done"


async def test_a_no_is_not_asked_again(tmp_path: Path) -> None:
    async with at(tmp_path, NIGHT) as daemon:
        await _three_times(daemon)
        assert (await say(daemon, "no")).status == "done"
        assert "always" not in (await _three_times(daemon)).text
    async with at(tmp_path, NIGHT) as daemon:
        assert "always" not in (await _three_times(daemon)).text


async def _three_times(daemon: Daemon) -> Reply:
    for _ in range(3):
        await say(daemon, "turn on the speaker")
        reply = await say(daemon, "the kitchen one")
    return reply


async def _hears_of(daemon: Daemon, words: str, origin: Origin) -> bool:
    hearing = daemon.memory.store.hearing.of(origin)
    return any(words in row.fact.sentence for row in daemon.memory.store.facts.shown(hearing))


BOUNDED = """
version: 1
rules:
  - {id: memory, allow: [claw.remember, claw.forget], who: {role: [owner, adult]}}
  - {id: calm, allow: light.turn_on, within: {brightness_pct: {max: 20, unit: "%"}}}
  - {id: dark, allow: light.turn_off}
"""


async def test_a_liking_never_gets_past_a_bound_of_the_rules(tmp_path: Path) -> None:
    async with living(tmp_path, BOUNDED) as daemon:
        await say(daemon, "from now on bedroom lights at 30 %")
        assert len(kept(daemon, "preference")) == 1
        assert (await say(daemon, "turn on the bedroom lights")).status == "refused"
        await say(daemon, "from now on bedroom lights at 20 %")
        await say(daemon, "turn off the bedroom lights")
        assert (await say(daemon, "turn on the bedroom lights")).status == "done"
        assert brightness(daemon) == 20


async def test_a_correction_puts_no_question_to_anybody(tmp_path: Path) -> None:
    policy = "version: 1\nrules:\n  - {id: ask, confirm: claw.remember}\n  - {id: lights, allow: light.*}\n"
    async with living(tmp_path, policy) as daemon:
        await say(daemon, "set the bedroom lights to 80 %")
        assert (await say(daemon, "too bright")).status == "done"
        assert daemon.desk.pending() == []
        assert kept(daemon, "correction") == []


async def test_what_is_liked_stands_on_the_card_of_what_has_to_be_confirmed(tmp_path: Path) -> None:
    policy = "version: 1\nrules:\n  - {id: keep, allow: claw.remember}\n  - {id: ask, confirm: light.turn_on}\n"
    async with living(tmp_path, policy) as daemon:
        await say(daemon, "from now on bedroom lights at 30 %")
        reply = await say(daemon, "turn on the bedroom lights")
        shown = card(reply.pending[0], daemon.mirror.house(), daemon.people)
        assert {"brightness pct 30" in line.becomes for line in shown.lines} == {True}
        assert "30 %" in reply.text
