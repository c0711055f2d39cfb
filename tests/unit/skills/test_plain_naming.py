"""How rights and values are put: by the names of the house, by what a person names, by an id where nothing else is."""

from dataclasses import replace

import pytest

from claw.house.model import Area, Entity, Floor, Registry
from claw.skills.manifest import Bound, Capability, Event, Parameter, Selector, Which, Wish
from claw.skills.plain_naming import Naming

REGISTRY = Registry(
    areas={"hall": Area("hall", "Hall"), "kitchen": Area("kitchen", "Kitchen")},
    floors={"up": Floor("up", "Upstairs")},
    labels={"night": "Night"},
    entities={
        "light.sofa": Entity("light.sofa", "Sofa", area="hall"),
        "light.a": Entity("light.a", "Lamp"),
        "light.b": Entity("light.b", "Lamp"),
        "lock.front": Entity("lock.front", "Front door", area="hall"),
        "cover.garage": Entity("cover.garage", "Garage", device_class="garage"),
        "cover.blind": Entity("cover.blind", "Blind", device_class="blind"),
    },
)
PARAMETERS = {
    "area": Parameter(type="area", here=True),
    "lamp": Parameter(type="entity", domain=("light", "switch"), area=("hall",)),
    "level": Parameter(type="number", min=5, max=40, unit="%", default=30),
    "rest": Parameter(type="duration", min=60, max=7200, ask="How long?"),
    "mood": Parameter(type="enum", values=("calm", "very calm")),
    "loud": Parameter(type="bool"),
}
NAMING = Naming(PARAMETERS, REGISTRY)


@pytest.mark.parametrize(
    ("which", "said"),
    [
        ({"domain": "light"}, "lights"),
        ({"domain": ["light", "switch"], "area": ["hall", "kitchen"]}, 'lights and switches in "Hall" or "Kitchen"'),
        ({"domain": "light", "area": "{area}"}, "lights in the room you name or are in"),
        ({"domain": "light", "floor": "up"}, 'lights on the floor "Upstairs"'),
        ({"domain": "light", "without": {"label": "night"}}, 'lights, but not anything with the label "Night"'),
        ({"domain": "cover", "device_class": ["blind", "garage"]}, "covers (blind or garage)"),
        ({"label": "night"}, 'anything with the label "Night"'),
        ({"device_class": "door"}, "anything (door) in the house"),
        ({"entity": "light.sofa"}, 'the light "Sofa"'),
        ({"entity": ["light.a", "light.sofa"]}, 'the light "Lamp" (light.a) and the light "Sofa"'),
        ({"entity": "light.gone"}, '"light.gone", which is not in this house'),
        ({"entity": "light.*"}, 'what has an id like "light.*"'),
        ({"entity": "*", "domain": "light"}, 'what has an id like "*" as far as lights'),
        ({"entity": "{lamp}"}, "the light or switch you name"),
        ({"domain": "light", "area": "cellar"}, 'lights in "cellar"'),
    ],
)
def test_which_things_are_meant(which: dict[str, object], said: str) -> None:
    assert NAMING.things(Selector.model_validate(which)) == said


def test_two_rooms_that_are_named_are_told_apart() -> None:
    two = Naming({"here": Parameter(type="area"), "there": Parameter(type="area")}, REGISTRY)
    assert two.things(Which(domain=("light",), area=("{there}",))) == 'lights in the room you name as "there"'


@pytest.mark.parametrize(
    ("bound", "said"),
    [
        (Bound(max=30), "at most 30 % bright"),
        (Bound(min=5), "at least 5 % bright"),
        (Bound(min=5, max=30), "5 to 30 % bright"),
        (Bound(values=(20, 40)), "20 or 40 % bright"),
        (Bound(values=("{level}",)), "brightness as you say: 5 to 40 %"),
        (Bound(any=True), "brightness as it likes"),
    ],
)
def test_how_far_a_figure_may_go(bound: Bound, said: str) -> None:
    right = Capability(call="light.turn_on", on=Selector(domain=("light",)), data={"brightness_pct": bound})
    assert NAMING.right(right) == f"turn on lights ({said})"


def test_words_and_codes_that_may_be_anything_are_told_as_such() -> None:
    right = Capability(call="claw.notify", data={"text": Bound(any=True), "to": Bound(values=("person:anna",))})
    assert NAMING.right(right) == 'send messages (text as it likes, to "person:anna")'


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("area", '"area": any room; where you name none, the one you are in'),
        ("lamp", '"lamp": lights or switches in "Hall"'),
        ("level", '"level": 5 to 40 %; where you say none, 30'),
        ("rest", '"rest": 1 min to 2 h; where it is missing it asks "How long?"'),
        ("mood", '"mood": calm or "very calm"'),
        ("loud", '"loud": yes or no'),
    ],
)
def test_what_a_run_is_given(name: str, said: str) -> None:
    assert NAMING.taken(name, PARAMETERS[name]) == said


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(of=Selector(domain=("light",)), values=("on",)), "lights: all on"),
        (Wish(of=Selector(domain=("light",)), values=("on", "off"), how="any"), "lights: at least one on or off"),
        (Wish(of=Selector(domain=("light",)), attribute="color_temp", min=1, how="none"),
         "lights: none with color temp at least 1"),
        (Wish(of=Selector(entity=("{lamp}",)), attribute="brightness", values=("{level}",)),
         "the light or switch you name: all with brightness as you say: 5 to 40 %"),
        (Wish(of=Selector(domain=("light",)), values=(True,)), "lights: all yes"),
    ],
)  # fmt: skip
def test_what_must_be_so(wish: Wish, said: str) -> None:
    assert NAMING.wish(wish) == said


def test_what_sets_it_off() -> None:
    event = Event(of=Selector(domain=("sensor",)), above=30, below=10, lasting="5 min")
    assert NAMING.event(event) == "sensors rise above 30 and fall below 10 for 5 min"
    assert NAMING.event(Event(of=Selector(domain=("sensor",)))) == "sensors change"


@pytest.mark.parametrize(
    ("call", "on", "risky"),
    [
        ("lock.unlock", {"entity": "lock.front"}, True),
        ("lock.lock", {"entity": "lock.front"}, False),
        ("lock.unlock", {"entity": "lock.gone"}, False),
        ("lock.unlock", {"entity": "lock.*"}, True),
        ("lock.unlock", {"area": "{area}"}, True),
        ("cover.open_cover", {"entity": "cover.garage"}, True),
        ("cover.open_cover", {"entity": "cover.blind"}, False),
        ("cover.open_cover", {"domain": "cover"}, True),
        ("cover.open_cover", {"domain": "cover", "device_class": ["blind", "curtain"]}, False),
        ("lock.unlock", {"area": "kitchen"}, False),
        ("nobody.knows", {"entity": "lock.front"}, False),
        ("light.turn_on", {"domain": "light"}, False),
    ],
)
def test_what_is_risky_is_known_as_such(call: str, on: dict[str, object], risky: bool) -> None:
    assert NAMING.dangerous(Capability(call=call, on=Selector.model_validate(on))) is risky


def test_a_name_that_wants_to_say_something_stays_a_name() -> None:
    named = replace(REGISTRY, entities={"lock.x": Entity("lock.x", 'lamp" and nothing else, promised')})
    assert Naming({}, named).things(Which(entity=("lock.x",))) == ('the lock "lamp\' and nothing else, promised"')
