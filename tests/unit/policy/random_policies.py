"""Random houses, rules and requests, small enough that rules and requests often meet."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from claw.base.action import Action, Origin
from claw.house.model import Area, Entity, Floor, House, Registry, State
from claw.policy.people import People, Person
from claw.policy.rules import Rule

AREAS = {"kitchen": "ground", "hall": "ground", "bedroom": "upper", "garden": None}
SERVICES = {
    "light": ["turn_on", "turn_off"],
    "lock": ["lock", "unlock"],
    "cover": ["open_cover", "close_cover"],
    "climate": ["set_temperature", "turn_off"],
    "scene": ["turn_on"],
    "switch": ["turn_on"],
}
CLASSES = {"cover": ["garage", "blind", None], "switch": ["outlet", None]}
CHANNELS = ["web", "cli", "voice:hall", "voice:kitchen", "screen:hall", "routine"]
PEOPLE = People([Person("anna", "Anna", "owner"), Person("ben", "Ben", "adult"), Person("mia", "Mia", "child")])
TIMES = ["00:00", "06:30", "07:00", "12:00", "22:00", "24:00"]


def random_house(random: Random, per_domain: int = 4, rooms: Mapping[str, str | None] = AREAS) -> House:
    entities, states = {}, {}
    for domain in SERVICES:
        for number in range(per_domain):
            entity_id = f"{domain}.{random.choice(['a', 'b', 'main'])}_{number}"
            entities[entity_id] = Entity(
                entity_id,
                entity_id,
                area=random.choice([*rooms, None]),
                labels=frozenset(random.sample(["night", "critical", "shared"], random.randint(0, 2))),
                device_class=random.choice(CLASSES.get(domain, [None])),
                exposed=random.choice([True, True, False, None]),
            )
            value = random.choice(["on", "off", "unavailable", "unknown", "21.5"])
            if random.random() < 0.9:
                states[entity_id] = State(value)
    areas = {name: Area(name, name, floor) for name, floor in rooms.items()}
    floors = {name: Floor(name, name) for name in ("ground", "upper")}
    registry = Registry(
        areas=areas, floors=floors, entities=entities, time_zone=random.choice(["UTC", "Europe/Berlin"])
    )
    return House(registry, states)


def renamed(random: Random, house: House) -> House:
    """Return the house after somebody renamed much of it; what took an old id over is meant by none."""
    entities, states = dict(house.registry.entities), dict(house.states)
    for old in random.sample(list(entities), len(entities) // 2):
        entity = entities.pop(old)
        new = f"{entity.domain}.{random.choice(['a', 'b', 'main'])}_{random.randint(5, 9)}"
        if new in entities:
            entities[old] = entity
            continue
        entities[new] = replace(entity, entity_id=new, former=old)
        state = states.pop(old, None)
        if state is not None:
            states[new] = state
        if random.random() < 0.3:
            entities[old] = replace(entity, former="", area=random.choice([*AREAS, None]))
            states[old] = State(random.choice(["on", "off"]))
    return House(replace(house.registry, entities=entities), states)


def random_rule(random: Random, number: int, house: House, named: float = 0.3, *, wide: bool = True) -> Rule:
    """``named`` of the rules name exact entities; only ``wide`` ones speak about actions of every domain."""
    effect = random.choice(["allow", "allow", "confirm", "deny"])
    domain = random.choice(list(SERVICES))
    kinds = [f"{domain}.*", f"{domain}.{random.choice(SERVICES[domain])}", f"{domain}.t*"]
    actions = random.choice([*kinds, "*.turn_*", "*"] if wide else kinds)
    rule: dict[str, object] = {"id": f"r{number}", effect: actions}
    ids = list(house.registry.entities)
    if random.random() < named:
        rule["on"] = {"entity": random.sample(ids, random.randint(1, 2))}
    elif random.random() < 0.5:
        rule["on"] = random_on(random)
    if random.random() < 0.15:
        rule["except"] = random_on(random)
    if random.random() < 0.4:
        rule["who"] = random.choice(
            [
                {"role": random.sample(["owner", "adult", "child", "guest"], 2)},
                {"person": "mia"},
                {"channel": random.choice(["voice", "web", "voice:hall", "screen:*", "*"])},
                {"place": random.choice([*AREAS, "*"])},
                {"authenticated": random.random() < 0.5},
                {"role": "adult", "channel": ["web", "cli"]},
            ]
        )
    if random.random() < 0.4:
        start, end = random.sample(TIMES[:-1], 2)
        rule["when"] = random.choice(
            [
                {"between": [start, end]},
                {"between": [start, "24:00"], "days": ["sat", "sun"]},
                {"between": ["22:00", "06:30"], "days": "mon"},
                {"tainted": random.random() < 0.5},
                {
                    "states": {
                        random.choice(ids): random.choice(["on", ["on", "off"], {"min": 20}, {"max": 21, "min": 5}])
                    }
                },
            ]
        )
    if random.random() < 0.2:
        bounds = random.choice(
            [
                {"brightness_pct": {"max": random.choice([30, 80])}},
                {"temperature": {"min": 16, "max": 25, "unit": "°C"}},
                {"brightness_pct": {"min": 10}, "temperature": {"max": 22, "unit": "°C"}},
            ]
        )
        rule[random.choice({"allow": ["within"], "confirm": ["within", "beyond"], "deny": ["beyond"]}[effect])] = bounds
    if effect == "confirm" and random.random() < 0.7:
        rule["ask"] = {
            "roles": random.sample(["owner", "adult", "child"], random.randint(1, 2)),
            "wait": random.choice(["30 s", "2 min"]),
            "same_chat": random.random() < 0.5,
        }
    return Rule.model_validate(rule)


def random_on(random: Random) -> dict[str, object]:
    return random.choice(
        [
            {"area": random.choice(["kitchen", "hall", "*", "b*"])},
            {"floor": random.choice(["ground", "upper"])},
            {"label": random.sample(["night", "critical"], 1)},
            {"device_class": ["garage", "outlet"]},
            {"entity": random.choice(["*", "light.*", "*.main_*", "lock.a_?"])},
            {"label": "shared", "area": ["hall", "garden"]},
            {"exposed": random.random() < 0.7},
            {"exposed": True, "area": "*"},
        ]
    )


def random_request(random: Random, house: House) -> tuple[Action, Origin, datetime]:
    entities = list(house.registry.entities)
    entity = random.choice(entities)
    domain = entity.partition(".")[0]
    name = f"{domain}.{random.choice(SERVICES[domain])}"
    chosen = tuple(random.sample([one for one in entities if one.startswith(domain)], random.choice([1, 1, 1, 2])))
    data: dict[str, object] = {}
    if name == "light.turn_on" and random.random() < 0.7:
        data = random.choice(
            [{"brightness_pct": random.choice([5, 30, 31, 80, 100])}, {"brightness": random.choice([76, 77, 204, 255])}]
        )
    if name == "climate.set_temperature":
        data = random.choice(
            [{"temperature": random.choice([15.5, 16, 25, 26])}, {"target_temp_low": 18, "target_temp_high": 30}, {}]
        )
    if random.random() < 0.05:
        name, chosen, data = random.choice(["claw.notify", "shell_command.x", "mqtt.publish"]), (), {}
    origin = Origin(
        random.choice(CHANNELS),
        person=random.choice([None, "anna", "ben", "mia", "nobody"]),
        place=random.choice([None, "hall", "kitchen"]),
        authenticated=random.random() < 0.6,
        taint=random.choice([(), (), ("calendar",)]),
    )
    now = datetime(2026, 3, 28, tzinfo=UTC) + timedelta(minutes=random.randrange(60 * 24 * 9))
    return Action(name, chosen, data), origin, now
