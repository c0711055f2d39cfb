"""Random rules and requests of the whole language, small enough that they often meet."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from claw.base.action import Action, Origin
from claw.house.model import Entity, House, State
from claw.policy.people import Hours, People, Person
from claw.policy.rules import Rule
from tests.oracles.literal import Done, World
from tests.unit.policy.random_policies import SERVICES, random_house, random_request, random_rule

PEOPLE = People(
    [
        Person("anna", "Anna", "owner", entity="person.anna"),
        Person("ben", "Ben", "adult", entity="person.ben"),
        Person("mia", "Mia", "child", rooms=("kitchen", "bedroom")),
        Person("gus", "Gus", "guest", rooms=("hall",), end=date(2026, 4, 1)),
        Person(
            "cleo",
            "Cleo",
            "service",
            rooms=("hall", "kitchen"),
            hours=(Hours("08:00", "13:00", ("sat", "mon")), Hours("22:00", "06:30")),
            end=date(2026, 4, 3),
        ),
    ]
)
PLACES = [("Europe/Berlin", (52.52, 13.405)), ("Australia/Sydney", (-33.9, 151.2)), ("UTC", (51.5, 0.0)), ("UTC", None)]
SPANS = [
    ["sunset", "sunrise"],
    ["sunset-00:30", "23:00"],
    ["05:00", "sunrise+01:00"],
    ["sunrise+00:15", "sunset-01:00"],
]
ROUTINES, SKILLS = ["", "", "wake_up", "good_night"], ["", "", "vacation"]


def wide_house(random: Random) -> House:
    house = random_house(random)
    registry = house.registry
    locks = [one for one in registry.entities if one.startswith("lock.")]
    lights = [one for one in registry.entities if one.startswith("light.")]
    scripts = {
        f"script.s{number}": Entity(f"script.s{number}", "S", area=random.choice(["hall", None])) for number in range(3)
    }
    steps = {
        "script.s0": (Action("light.turn_on", (lights[0],)), Action("lock.unlock", (locks[0],))),
        "script.s1": (Action("script.turn_on", ("script.s0",)), Action("light.turn_off", (lights[1],))),
    }
    states = {
        **house.states,
        "person.anna": State(random.choice(["home", "not_home", "unknown"])),
        "person.ben": State(random.choice(["home", "not_home", "work"])),
    }
    groups = {"group.some": (lights[0], random.choice(locks))} if random.random() < 0.5 else {}
    entities = {**registry.entities, **scripts}
    if groups:
        entities["group.some"] = Entity("group.some", "Some")
    zone, location = random.choice(PLACES)
    wide = replace(
        registry,
        entities=entities,
        groups=groups,
        steps=steps,
        reaches={"script.s2": (locks[1],)},
        time_zone=zone,
        location=location,
    )
    return House(wide, states)


def wide_rule(random: Random, number: int, house: House) -> Rule:
    written: dict[str, Any] = random_rule(random, number, house).model_dump(by_alias=True, exclude_defaults=True)
    effect = next(name for name in ("allow", "confirm", "deny") if name in written)
    if random.random() < 0.1:
        written[effect] = ["script.*"]
        written["on"] = {"entity": [random.choice(["script.s0", "script.s1", "script.s2", "script.*"])]}
    if random.random() < 0.35:
        written["when"] = {**written.get("when", {}), **random_when(random)}
        if house.registry.location is None and "sun" in "".join(written["when"].get("between", ())):
            # Where the house does not know where it stands nothing says which neighbouring day a span may reach.
            written["when"].pop("days", None)
    if random.random() < 0.25:
        extra = random.choice(
            [{"rooms": "own"}, {"routine": "wake_*"}, {"skill": ["vacation", "x"]}, {"rooms": "own", "role": "child"}]
        )
        written["who"] = {**written.get("who", {}), **extra}
    if random.random() < 0.25:
        rate: dict[str, Any] = {
            "per": random.choice(["90 s", "5 min", "1 h"]),
            "each": random.choice(["entity", "person", "rule"]),
        }
        rate |= random.choice([{"times": 1}, {"times": 3}, {"sum": "brightness_pct", "total": 150}])
        written["at_most" if effect == "allow" else "more_than"] = rate
    if effect == "confirm" and random.random() < 0.5:
        ask = {
            "strength": random.choice(["tap", "session", "signed"]),
            "grant": random.choice(["30 min", "2 h", "task"]),
        }
        written["ask"] = {**written.get("ask", {}), **ask}
    return Rule.model_validate(written)


def random_when(random: Random) -> dict[str, Any]:
    return random.choice(
        [
            {"between": random.choice(SPANS)},
            {"between": random.choice(SPANS), "days": ["sat", "sun", "tue"]},
            {"sun": random.choice(["up", "down"])},
            {"home": random.choice(["anyone", "nobody", ["anna"], ["anna", "mia"], ["ben", "anna"]])},
            {"away": random.choice([["anna"], ["ben", "anna"], ["mia"]])},
            {"home": "anna", "sun": "down"},
        ]
    )


def plain_request(random: Random, house: House) -> tuple[Action, Origin, datetime]:
    entities = {key: one for key, one in house.registry.entities.items() if one.domain in SERVICES}
    return random_request(random, House(replace(house.registry, entities=entities), house.states))


def wide_request(random: Random, house: House) -> tuple[Action, World]:
    action, origin, now = plain_request(random, house)
    if random.random() < 0.15:
        action = Action(random.choice(["script.turn_on", "script.turn_off"]), (f"script.s{random.randint(0, 2)}",))
    elif random.random() < 0.1 and "group.some" in house.registry.groups:
        action = Action("light.turn_on", ("group.some",))
    return action, World(house, PEOPLE, random_asker(random, origin), now, random_past(random, house, now))


def random_asker(random: Random, origin: Origin) -> Origin:
    person = random.choice([None, "anna", "ben", "mia", "gus", "cleo", "nobody"])
    return replace(
        origin,
        person=person,
        authenticated=random.random() < 0.7,
        routine=random.choice(ROUTINES),
        skill=random.choice(SKILLS),
    )


def random_past(random: Random, house: House, now: datetime) -> tuple[Done, ...]:
    found: list[Done] = []
    for _ in range(random.choice([0, 0, 3, 8])):
        action, origin, _ = plain_request(random, house)
        at = now - timedelta(seconds=random.choice([1, 60, 89, 90, 91, 200, 299, 301, 3000, 4000]))
        found.append(Done(at.astimezone(UTC), action, random_asker(random, origin)))
    return tuple(sorted(found, key=lambda one: one.at))
