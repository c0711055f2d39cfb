"""What somebody may take along is what they would be told, and not a word more."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from claw.base.action import Origin
from claw.memory import export as module
from claw.memory.audience import audience_of
from claw.memory.export import Export
from claw.memory.model import GUESTS, OWNERS, Fact, private_to
from claw.memory.residents import Residents
from tests.forgetting_room import ANNA, BEN, GUEST, KIM, PEOPLE, VOICE, ForgettingRoom, forgetting_room

FACTS = {
    "guests": Fact("fact", "thing:wifi", "is called", "Magpie", "The wifi is called Magpie", visibility=GUESTS),
    "household": Fact("fact", "thing:boiler", "filter", "cartridge", "The boiler takes a cartridge"),
    "owners": Fact("fact", "person:kim", "grounded", "may", "Kim is grounded in May", visibility=OWNERS),
    "bens": Fact("fact", "person:ben", "writes", "novel", "Ben writes a novel", visibility=private_to("ben")),
}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[ForgettingRoom]:
    async with forgetting_room(tmp_path) as made:
        for name, fact in FACTS.items():
            await made.tell(fact, BEN if name == "bens" else ANNA, f"please keep that {fact.sentence}")
        made.episodes.note(BEN, "I talked about the garden", "resident_told", keep=timedelta(days=1))
        made.db.execute(
            "insert into changes (at, entity, before, after, cause, person) values ('1', 'light.a', 'off', 'on', 'x',"
            " 'ben'), ('2', 'light.b', 'off', 'on', 'x', 'anna')"
        )
        yield made


@pytest.fixture
def export(room: ForgettingRoom) -> Export:
    residents = Residents(room.db, room.clock)
    residents.follow(PEOPLE)
    return Export(
        room.db, room.facts, residents, lambda origin: audience_of(origin, PEOPLE, room.clock.now()), room.clock
    )


def told(export: Export, origin: Origin) -> set[str]:
    sentences = {one["fact"]["sentence"] for one in export.of(origin)["memories"]}
    return {name for name, fact in FACTS.items() if fact.sentence in sentences}


@pytest.mark.parametrize(
    ("origin", "names"),
    [
        (ANNA, {"guests", "household", "owners"}),
        (BEN, {"guests", "household", "bens"}),
        (KIM, {"guests", "household"}),
        (GUEST, {"guests"}),
        (VOICE, {"guests"}),
    ],
)
def test_everybody_takes_along_what_they_may_hear(export: Export, origin: Origin, names: set[str]) -> None:
    assert told(export, origin) == names
    whole = json.dumps(export.of(origin))
    for name, fact in FACTS.items():
        assert (fact.sentence in whole) is (name in names)


def test_ones_own_words_and_habits_are_given_and_nobody_elses(export: Export) -> None:
    found = export.of(BEN)
    assert [one["text"] for one in found["episodes"]] == [
        "please keep that Ben writes a novel",
        "I talked about the garden",
    ]
    assert [one["entity"] for one in found["changes"]] == ["light.a"]
    assert found["consents"] == {"habits": False, "talks": False}
    assert [one["person"] for one in found["lived_here"]] == ["ben"]
    sources = {one["fact"]["sentence"]: one["evidence"][0] for one in found["memories"]}
    assert sources[FACTS["bens"].sentence]["text"] == "please keep that Ben writes a novel"
    annas = sources[FACTS["household"].sentence]
    assert (annas["person"], annas["text"], "episode" in annas) == ("anna", "", False)


@pytest.mark.parametrize("origin", [GUEST, VOICE, Origin("web"), Origin("voice:hall", "anna", authenticated=True)])
def test_a_stranger_learns_no_name(export: Export, origin: Origin) -> None:
    found = export.of(origin)
    assert set(found) == {"format", "exported", "person", "memories", "cut"}
    assert found["person"] is None
    assert [(one["author"], one["evidence"]) for one in found["memories"]] == [(None, [])]
    assert "anna" not in json.dumps(found).casefold()


def test_what_is_too_much_is_cut_and_said(export: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 1)
    found = export.of(BEN)
    assert (len(found["memories"]), len(found["episodes"]), found["cut"]) == (1, 1, ["memories", "episodes"])
