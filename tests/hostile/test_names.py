"""Somebody who can name things wants a command to reach another thing: no name that is accepted steals a sentence."""

import random
from collections.abc import Iterator
from pathlib import Path

import claw.daemon
import tests.unit.mind as sentences_of
from claw.base.action import Origin
from claw.base.errors import Refused
from claw.house.file import load_house
from claw.house.mirror import Mirror
from claw.house.model import House, State
from claw.memory.aliases import Aliases
from claw.memory.talk_names import TalkNames
from claw.mind.intents import Intents
from claw.mind.taken import TakenWords
from claw.mind.understood import Understood
from claw.policy.people import People, Person
from tests.held_clock import HeldClock
from tests.unit.memory.test_aliases import Remembered

HOME = load_house(Path(claw.daemon.__file__).parent / "demo" / "house.yaml")
PEOPLE = People([Person("anna", "Anna", "owner")])
ANNA = Origin(channel="web", person="anna", authenticated=True)
THINGS = tuple(
    entity.entity_id
    for entity in HOME.registry.entities.values()
    if not entity.hidden
    and entity.category is None
    and entity.domain in {"light", "media_player", "lock", "cover", "scene"}
)
TRIES = 300


def lines(name: str) -> list[str]:
    text = (Path(next(iter(sentences_of.__path__))) / name).read_text(encoding="utf-8")
    rows = (line.partition("=>")[0].strip() for line in text.splitlines() if "=>" in line)
    return [row for row in rows if row and not row.startswith("#")]


def wanted(dice: random.Random, said: list[str]) -> Iterator[str]:
    """Give names that an attacker would try: parts of sentences, names of things, each a little changed."""
    names = [name for entity in HOME.registry.entities.values() for name in entity.names]
    names += [area.name for area in HOME.registry.areas.values()]
    while True:
        words = dice.choice(said).split() if dice.random() < 0.7 else dice.choice(names).split()
        start = dice.randrange(len(words))
        name = " ".join(words[start : start + dice.randint(1, 4)])
        if dice.random() < 0.5 and len(name) > 1:
            at = dice.randrange(len(name))
            name = name[:at] + dice.choice(["", name[at] * 2, dice.choice("aeiourst"), f"{name[at]} "]) + name[at + 1 :]
        yield name


def heard(intents: Intents, house: House, said: list[str]) -> list[Understood]:
    return [intents.recognise(text, house, Origin("cli", place="kitchen")) for text in said]


def test_no_name_that_is_accepted_steals_a_sentence() -> None:
    said = lines("english.txt")
    assert len(said) > 200
    mirror = Mirror(HeldClock())
    mirror.synced(HOME)
    intents = Intents(["en"])
    before = heard(intents, HOME, said)
    known = Remembered()
    aliases = Aliases(known, mirror, PEOPLE, TakenWords(intents, mirror), lambda: None, TalkNames(HeldClock()))
    dice = random.Random(7)
    accepted: list[str] = []
    for name, _ in zip(wanted(dice, said), range(TRIES), strict=False):
        try:
            fact = aliases.fact(dice.choice(THINGS), name, ANNA)
        except Refused:
            continue
        accepted.append(" ".join(name.split()))
        known.keep(fact, "owner_told")
        if len(accepted) % 5 == 0:
            intents.refresh(mirror.registry)
    house = mirror.house()
    assert {name for entity in house.registry.entities.values() for name in entity.called} == set(accepted)
    assert len(accepted) >= 10  # else nothing was tried
    after = heard(intents, house, said)
    stolen = [(text, was, now) for text, was, now in zip(said, before, after, strict=True) if was != now]

    assert stolen == [], accepted


def test_a_thing_that_comes_later_is_not_named_by_an_older_alias() -> None:
    mirror = Mirror(HeldClock())
    mirror.synced(HOME)
    known = Remembered()
    intents = Intents(["en"])
    aliases = Aliases(known, mirror, PEOPLE, TakenWords(intents, mirror), lambda: None, TalkNames(HeldClock()))
    known.keep(aliases.fact("light.porch", "Jupiter", ANNA), "owner_told")
    entity = HOME.registry.entities["light.office_desk"]
    new = type(entity)("light.jupiter", "Jupiter", registry_id="new")
    registry = type(HOME.registry)(
        areas=HOME.registry.areas, entities={**HOME.registry.entities, new.entity_id: new}, version=5
    )
    mirror.synced(House(registry, {**HOME.states, new.entity_id: State("off")}))
    command = intents.recognise("turn on Jupiter", mirror.house(), Origin("cli"))
    assert [action.entities for action in getattr(command, "actions", ())] == [("light.jupiter",)]
