"""Where people were: asked of the policy, told to its subject, and never to guests or voices."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import Origin
from claw.base.errors import Refused
from claw.daemon.build import Daemon
from claw.daemon.demo import FOLDER
from claw.house.file import load_house
from claw.house.simulated import SimulatedHouse
from claw.memory.audience import Hearing
from claw.mind.intents import Intents
from claw.mind.understood import Question
from claw.mind.whereabouts import PRESENCE, Whereabouts, follows
from claw.policy.people import People, Person
from tests.living import NOBODY, living

RULES = """
version: 1
rules:
  - {id: talk, allow: claw.notify}
  - {id: look, allow: claw.read_presence, who: {role: [owner, adult]}, notify: subject}
"""
ANNA = Origin("web", "anna", authenticated=True, source="client 1", conversation="web:1:main", strength="session")
BEN = Origin("web", "ben", authenticated=True, source="client 2", conversation="web:2:main", strength="session")
ASKED = "when did Anna come home"


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with living(tmp_path) as made:
        assert isinstance(made.backend, SimulatedHouse)
        made.backend.set_state("person.anna", "not_home")
        made.backend.set_state("person.anna", "home")
        yield made


def looks(daemon: Daemon) -> list[str]:
    entries = daemon.audit.entries(0, 1000, kinds=("intent",))
    return [
        one.payload["action"]["data"]["person"] for one in entries if (one.payload or {})["action"]["name"] == PRESENCE
    ]


async def test_when_somebody_else_came_is_told_by_the_rules_and_they_hear_of_it(daemon: Daemon) -> None:
    async with daemon.desk.feed(ANNA) as hers, daemon.desk.feed(BEN) as his:
        reply = await daemon.desk.say(ASKED, BEN)
        assert reply.status == "answered", reply.text
        assert "Anna" in reply.text
        assert looks(daemon) == ["anna"]
        while (event := await hers.get())["type"] != "message":
            pass
        assert (event["to"], event["text"]) == ("person:anna", "ben: asked when you came and went.")
        told = [his.get_nowait() for _ in range(his.qsize())]
        assert not [one for one in told if one["type"] == "message"]


async def test_of_oneself_one_may_ask_and_nobody_is_told(daemon: Daemon) -> None:
    assert (await daemon.desk.say(ASKED, ANNA)).status == "answered"
    assert looks(daemon) == []


@pytest.mark.parametrize(
    "origin",
    [
        NOBODY,
        Origin("voice:hall", "anna", authenticated=True, source="hall", conversation="v"),
        Origin("screen:kitchen", "ben", authenticated=True, source="tablet", conversation="s"),
        Origin("web", "ben", source="client 2", conversation="web:2:main"),
        Origin("web", "gus", authenticated=True, source="client 3", conversation="web:3:main"),
    ],
)
async def test_voices_screens_and_strangers_are_refused_before_any_rule_is_asked(
    tmp_path: Path, origin: Origin
) -> None:
    async with living(tmp_path, f"{RULES}  - {{id: all, allow: 'claw.*'}}") as daemon:
        assert isinstance(daemon.backend, SimulatedHouse)
        daemon.backend.set_state("person.anna", "not_home")
        for said in (ASKED, "who changed person.anna", "since when is Anna away"):
            reply = await daemon.desk.say(said, origin)
            assert reply.status in {"refused", "unclear"} or reply.text == "I do not know.", reply.text
        for thing in ("person.anna", "Anna"):
            with pytest.raises(Refused, match="those who live here"):
                await daemon.desk.lookback.who(thing, origin)
        assert looks(daemon) == []


async def test_what_no_rule_allows_is_refused_and_in_the_log(tmp_path: Path) -> None:
    async with living(tmp_path, "version: 1\nrules:\n  - {id: talk, allow: claw.notify}") as daemon:
        assert (await daemon.desk.say(ASKED, BEN)).status == "refused"
        with pytest.raises(Refused):
            await daemon.desk.lookback.who("person.anna", BEN)
        assert looks(daemon) == []
        assert [one.kind for one in daemon.audit.entries(0, 100) if one.kind == "refusal"]


async def test_where_somebody_has_to_be_asked_it_is_not_told_and_no_question_stays(tmp_path: Path) -> None:
    async with living(tmp_path, "version: 1\nrules:\n  - {id: look, confirm: claw.read_presence}") as daemon:
        reply = await daemon.desk.say(ASKED, BEN)
        assert reply.status == "refused"
        assert daemon.desk.pending() == []


async def test_a_lamp_is_nobodys_and_is_asked_about_as_before(daemon: Daemon) -> None:
    await daemon.desk.say("turn on the kitchen lights", ANNA)
    assert (await daemon.desk.lookback.who("light.kitchen_ceiling", NOBODY))["who"]["kind"] == "claw"
    assert looks(daemon) == []


def test_who_is_followed_by_nothing_that_says_so_is_meant_by_what_is_called_like_them() -> None:
    people = People([Person("anna", "Anna", "owner", entity="person.a"), Person("ben", "Ben", "adult")])
    there = Whereabouts(None, people, Hearing(people, lambda: None))  # type: ignore[arg-type]
    things = ("person.a", "person.ben", "person.anna", "zone.home")
    assert [there.subject(one) for one in things] == ["anna", "ben", "person.anna", "zone.home"]


def test_what_follows_people_is_known_by_its_domain() -> None:
    assert follows("person.anna")
    assert follows("device_tracker.phone")
    assert follows("zone.home")
    assert not follows("light.person")


@pytest.mark.parametrize(
    ("language", "came", "left"),
    [
        ("en", ("when did Anna come home", "what time did Anna get back"), ("when did Anna leave the house",)),
        ("de", ("wann ist Anna nach Hause gekommen", "wann kam Anna heim"), ("wann ist Anna gegangen",)),
        ("fr", ("quand Anna est-elle rentrée", "quand est rentrée Anna"), ("à quelle heure est partie Anna",)),
        ("nl", ("wanneer is Anna thuisgekomen", "hoe laat kwam Anna thuis"), ("wanneer ging Anna weg",)),
        ("zh", ("Anna什么时候回家的", "Anna几点到家"), ("Anna几点出门的",)),
    ],
)
async def test_it_is_asked_as_people_ask_it(language: str, came: tuple[str, ...], left: tuple[str, ...]) -> None:
    house, intents = load_house(FOLDER / "house.yaml"), Intents((language,))
    for wanted, sentences in (("home", came), ("not_home", left)):
        for sentence in sentences:
            found = await intents.listen(sentence, house, Origin("web", "ben", language=language))
            assert isinstance(found, Question), sentence
            assert (found.kind, found.entities, found.wanted) == ("when", ("person.anna",), wanted)


async def test_only_people_come_and_go() -> None:
    house, intents = load_house(FOLDER / "house.yaml"), Intents(("en",))
    for sentence in ("when did Porch Light go out", "when did the hall lamp go out", "when did the kitchen leave"):
        assert not isinstance(await intents.listen(sentence, house, Origin("web", "ben")), Question), sentence


@pytest.mark.parametrize("channel", ["openai:chat", "mcp:agent"])
async def test_a_program_that_speaks_for_a_model_is_told_neither_who_did_what_nor_where_anybody_is(
    daemon: Daemon, channel: str
) -> None:
    await daemon.desk.say("turn on the kitchen sink", replace(BEN, conversation="web:2:other"))
    model = replace(ANNA, channel=channel, strength="tap", asks_only=True, conversation=f"{channel}:1")
    for asked in (
        "who turned on the kitchen sink",
        "when was the kitchen sink turned on",
        "who is home",
        "is Anna at home",
    ):
        reply = await daemon.desk.say(asked, model)
        assert (reply.status, "Ben" in reply.text, "at home" in reply.text) == ("refused", False, False), reply.text
    assert (await daemon.desk.say("is the kitchen sink on", model)).status == "answered"
    assert (await daemon.desk.say("who is home", ANNA)).status == "answered"


async def test_a_voice_from_no_known_room_is_not_told_who_is_home(daemon: Daemon) -> None:
    assert (await daemon.desk.say("who is home", replace(NOBODY, place=None))).status == "refused"
    assert (await daemon.desk.say("who is home", NOBODY)).status == "answered"
