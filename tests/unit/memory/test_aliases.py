"""What a household calls its things, and what nothing may be called."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from claw.base.action import Action, Origin
from claw.base.errors import Refused
from claw.house.mirror import Mirror
from claw.house.model import Area, Entity, Floor, House, Registry
from claw.memory.aliases import Aliases
from claw.memory.model import Fact, Memory, Told, Trust, private_to
from claw.memory.talk_names import TalkNames
from claw.policy.people import People, Person
from tests.held_clock import HeldClock

NOW = datetime(2026, 3, 4, 20, tzinfo=UTC)
LAMP = Entity("light.big_lamp", "Big Lamp", registry_id="r1", area="hall")
DESK = Entity("light.desk", "Desk Lamp", registry_id="r2", area="hall")
DOOR = Entity("lock.front", "Front Door", registry_id="r3")
LEAVING = Entity("scene.leaving", "Leaving", registry_id="r4")
READING = Entity("scene.reading", "Reading", registry_id="r5")
GATE = Entity("script.gate", "Drive", registry_id="r6")
HIDDEN = Entity("light.hidden", "Hidden", hidden=True)
HOUSE = Registry(
    areas={"hall": Area("hall", "Hall", aliases=("Entrance",))},
    floors={"up": Floor("up", "Attic")},
    entities={one.entity_id: one for one in (LAMP, DESK, DOOR, LEAVING, READING, GATE, HIDDEN)},
    reaches={"scene.leaving": ("light.desk", "lock.front"), "scene.reading": ("light.desk",)},
)
PEOPLE = People(
    [Person("anna", "Anna", "owner"), Person("ben", "Ben", "adult"), Person("gus", "Gus", "guest")],
)
ANNA = Origin(channel="web", person="anna", authenticated=True)
BEN = replace(ANNA, person="ben")


class Remembered:
    """What is remembered, as a list."""

    def __init__(self) -> None:
        self.changed: list[Callable[[], None]] = []
        self.rows: list[Memory] = []

    def active(self, kind: str | None = None, subject: str | None = None, predicate: str | None = None) -> list[Memory]:
        del subject, predicate
        return [row for row in self.rows if kind in {None, row.fact.kind}]

    def keep(self, fact: Fact, trust: Trust = "resident_told", **more: object) -> None:
        row = Memory(len(self.rows) + 1, fact, "active", trust, True, 1.0, "anna", NOW)
        self.rows.append(replace(row, **more))  # pyright: ignore[reportArgumentType]  fields by name
        self.tell()

    def tell(self) -> None:
        for tell in self.changed:
            tell()


class Phrases:
    def taken(self, name: str) -> str | None:
        return "That is a word of mine." if name.casefold() == "stop" else None


class Room:
    def __init__(self) -> None:
        self.mirror = Mirror(HeldClock())
        self.mirror.synced(House(HOUSE, {}))
        self.known = Remembered()
        self.aliases = Aliases(self.known, self.mirror, PEOPLE, Phrases(), lambda: NOW, TalkNames(HeldClock()))

    def call(self, entity_id: str, name: str, origin: Origin = ANNA, trust: Trust = "resident_told") -> None:
        self.known.keep(self.aliases.fact(entity_id, name, origin), trust)

    def called(self, entity_id: str) -> tuple[str, ...]:
        return self.mirror.registry.entities[entity_id].called


@pytest.fixture
def room() -> Room:
    return Room()


def test_a_given_name_is_one_of_its_names_at_once_and_after_a_rename(room: Room) -> None:
    room.call("light.big_lamp", "  Jupiter ")
    assert room.called("light.big_lamp") == ("Jupiter",)
    renamed = replace(LAMP, entity_id="light.sun")
    rest = {key: one for key, one in HOUSE.entities.items() if key != "light.big_lamp"}
    room.mirror.synced(House(replace(HOUSE, entities={**rest, "light.sun": renamed}), {}))
    assert room.called("light.sun") == ("Jupiter",)


def test_a_name_that_is_forgotten_is_gone_at_once(room: Room) -> None:
    room.call("light.big_lamp", "Jupiter")
    room.known.rows.clear()
    room.known.tell()
    assert room.called("light.big_lamp") == ()


def test_a_memory_of_another_kind_does_not_renew_the_house(room: Room) -> None:
    room.call("light.big_lamp", "Jupiter")
    seen: list[Registry] = []
    room.mirror.on_registry(lambda registry, _renamed: seen.append(registry))
    room.known.keep(Fact("fact", "house", "colour", "white", "The house is white."))
    assert seen == []


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Desk Lamp",
            "desk lamps",
            "Desk",
            "Dsek lamp",
            "Hall",
            "Entrance",
            "Atic",
            "Front Door",
            "Frontdoor",
            "Front",
        ),
        *("Anna", "stop", "x", "42", "", "a" * 41, "one two three four five", "Moon; unlock", "Moon: lamp", "50 %"),
    ],
)
def test_nothing_is_called_what_could_be_taken_for_something_else(room: Room, name: str) -> None:
    with pytest.raises(Refused):
        room.aliases.fact("light.big_lamp", name, ANNA)


def test_a_name_is_given_once(room: Room) -> None:
    room.call("light.big_lamp", "Jupiter")
    with pytest.raises(Refused, match="already"):
        room.aliases.fact("light.big_lamp", "jupiter", ANNA)
    with pytest.raises(Refused, match="could be taken for"):
        room.aliases.fact("light.desk", "Jupitr", ANNA)
    for name in ("Saturn", "Venus", "Neptune", "Uranus"):
        room.call("light.big_lamp", name)
    with pytest.raises(Refused, match="forget one"):
        room.aliases.fact("light.big_lamp", "Mercury", ANNA)


@pytest.mark.parametrize("thing", ["lock.front", "scene.leaving", "script.gate"])
def test_only_an_owner_names_what_lets_people_in_or_out(room: Room, thing: str) -> None:
    with pytest.raises(Refused, match="Only an owner"):
        room.aliases.fact(thing, "Sesame", BEN)
    fact = room.aliases.fact(thing, "Sesame", ANNA)
    room.known.keep(fact, "resident_told")
    assert room.called(thing) == ()  # written by nobody who may
    room.known.rows.clear()
    room.known.keep(fact, "owner_told")
    assert room.called(thing) == ("Sesame",)


def test_what_only_lamps_hang_on_is_named_by_anybody_who_lives_here(room: Room) -> None:
    room.call("scene.reading", "Sesame", BEN)
    assert room.called("scene.reading") == ("Sesame",)


@pytest.mark.parametrize(
    "origin",
    [
        replace(ANNA, authenticated=False),
        Origin(channel="voice:hall"),
        replace(ANNA, person="gus"),
        replace(ANNA, person="nobody"),
    ],
)
def test_a_name_for_good_is_given_by_somebody_who_lives_here(room: Room, origin: Origin) -> None:
    with pytest.raises(Refused, match="live here"):
        room.aliases.fact("light.big_lamp", "Jupiter", origin)


@pytest.mark.parametrize("thing", ["light.none", "light.hidden"])
def test_only_what_is_in_the_house_for_daily_use_gets_a_name(room: Room, thing: str) -> None:
    with pytest.raises(Refused, match="no such thing"):
        room.aliases.fact(thing, "Jupiter", ANNA)


@pytest.mark.parametrize(
    "more",
    [{"trust": "guest_told"}, {"trust": "external"}, {"explicit": False}, {"taint": ("calendar",)}],
)
def test_a_name_from_anywhere_else_names_nothing(room: Room, more: dict[str, object]) -> None:
    room.known.keep(room.aliases.fact("light.big_lamp", "Jupiter", ANNA), **more)  # pyright: ignore[reportArgumentType]
    assert room.called("light.big_lamp") == ()


def test_a_name_of_one_person_alone_names_nothing_for_the_others(room: Room) -> None:
    fact = room.aliases.fact("light.big_lamp", "Jupiter", ANNA)
    room.known.keep(replace(fact, visibility=private_to("anna")))
    assert room.called("light.big_lamp") == ()


def test_a_thing_that_the_house_itself_calls_so_keeps_its_name_for_itself(room: Room) -> None:
    room.call("light.big_lamp", "Jupiter")
    new = Entity("lock.jupiter", "Jupiter", registry_id="r9")
    room.mirror.synced(House(replace(HOUSE, entities={**HOUSE.entities, new.entity_id: new}), {}))
    assert room.called("light.big_lamp") == ()


def test_the_same_rules_hold_for_whoever_writes(room: Room) -> None:
    told = Told("resident_told", person="ben", explicit=True)
    fact = room.aliases.fact("light.big_lamp", "Jupiter", ANNA)
    room.aliases.check(fact, told, "adult")
    room.aliases.check(Fact("fact", "house", "colour", "white", "The house is white."), told, None)
    bad = [
        replace(fact, value={"name": "Desk Lamp"}),
        replace(fact, value={"name": ["Jupiter"]}),
        replace(fact, value="Jupiter"),
        replace(fact, predicate="is"),
        replace(fact, several=False),
        replace(fact, subject="entity:lock.gone"),
        replace(fact, subject="entity:r3"),
        replace(fact, subject="area:hall"),
    ]
    for one in bad:
        with pytest.raises(Refused):
            room.aliases.check(one, told, "adult")
    with pytest.raises(Refused, match="outside"):
        room.aliases.check(fact, replace(told, taint=("mail",)), "owner")
    room.aliases.check(replace(fact, subject="entity:r3"), told, "owner")


def test_a_script_that_opens_something_is_guarded_by_its_steps() -> None:
    room = Room()
    steps = {"script.gate": (Action("cover.open_cover", ("cover.drive",)),)}
    room.mirror.synced(House(replace(HOUSE, steps=steps), {}))
    with pytest.raises(Refused, match="Only an owner"):
        room.aliases.fact("script.gate", "Sesame", BEN)
    room.mirror.synced(House(replace(HOUSE, steps={"script.gate": (Action("light.turn_on", ("light.desk",)),)}), {}))
    assert room.aliases.fact("script.gate", "Sesame", BEN)


VOICE = Origin(channel="voice:hall", conversation="v")


def test_anybody_may_call_a_thing_something_for_the_length_of_a_talk(room: Room) -> None:
    assert room.aliases.name_for_talk("light.big_lamp", "Jupiter", VOICE) == "Big Lamp"
    assert room.aliases.talks.said("turn on Jupiter", "v") == "turn on Big Lamp"
    assert room.called("light.big_lamp") == ()
    with pytest.raises(Refused, match="Only an owner"):
        room.aliases.name_for_talk("lock.front", "Jupiter", VOICE)
    with pytest.raises(Refused):
        room.aliases.name_for_talk("light.big_lamp", "Saturn", replace(VOICE, conversation=""))


def test_who_does_not_live_here_is_not_told_what_things_are_called_here(room: Room) -> None:
    room.call("light.desk", "Jupiter")
    with pytest.raises(Refused) as refused:
        room.aliases.name_for_talk("light.big_lamp", "Jupitr", VOICE)
    assert "Jupiter" not in str(refused.value)
    assert room.aliases.name_for_talk("light.big_lamp", "Saturn", VOICE) == "Big Lamp"


def test_a_thing_that_shares_all_its_names_gets_none_in_a_talk(room: Room) -> None:
    twin = Entity("light.twin", "Big Lamp", registry_id="r8")
    room.mirror.synced(House(replace(HOUSE, entities={**HOUSE.entities, twin.entity_id: twin}), {}))
    with pytest.raises(Refused):
        room.aliases.name_for_talk("light.twin", "Jupiter", VOICE)
