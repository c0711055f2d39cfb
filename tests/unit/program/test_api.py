import inspect
import re

import pytest

from claw.daemon.demo import FOLDER
from claw.house.fields import Service
from claw.house.file import load_house, parse_house
from claw.house.model import House, Registry, State
from claw.program.api import (
    FUNCTIONS,
    MOST_FUNCTIONS,
    UNFILLED,
    check_ids,
    offered,
    services,
    stubs,
    told,
)
from claw.program.events import Mistyped

HOUSE = load_house(FOLDER / "house.yaml")
PORTS = {"history", "read", "extract"}


def test_there_are_at_most_twelve_functions_with_those_to_come() -> None:
    own = [one for one in FUNCTIONS.values() if not one.of]
    assert len(own) + len(UNFILLED) <= MOST_FUNCTIONS


def test_a_function_whose_port_is_not_filled_is_in_no_stub_and_in_no_prompt() -> None:
    for ports in ({"history"}, set[str]()):
        text = stubs(HOUSE, offered(ports), {}) + told(offered(ports))
        assert ("history(" in text) == ("history" in ports)
        assert "read(" not in text
        assert "def extract(" not in text
        assert "await text.extract(" not in text
        for name in UNFILLED:
            assert f"{name}(" not in text


def test_a_text_of_the_house_can_be_shown_where_no_source_can_be_read() -> None:
    assert "show" in {one.name for one in offered(())}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda one: one.name)
def test_the_stub_takes_what_is_really_taken(function: object) -> None:
    one = FUNCTIONS[getattr(function, "name", "")]
    last = next(line for line in reversed(one.stub.splitlines()) if "def " in line)
    assert ("async def" in last) == one.awaited
    signature = last[last.index("(") + 1 : last.rindex("->")]
    names = re.findall(r"(\w+): ", signature.split("**")[0])
    assert signature.startswith("self") == bool(one.of)
    assert names == list(one.takes.model_fields)


def test_the_stubs_are_python_and_know_every_id_of_the_house() -> None:
    text = stubs(HOUSE, offered(PORTS), {}, ["calendar"])
    names: dict[str, object] = {}
    exec(compile(text, "stubs", "exec"), names)  # noqa: S102  what a checker would read
    for entity_id in HOUSE.states:
        assert repr(entity_id) in text
    for name in services(HOUSE, {}):
        assert repr(name) in text
    assert inspect.isfunction(names["call"])
    assert "Source = Literal['calendar']" in text


def test_a_thing_is_a_number_a_word_or_a_text_to_the_checker() -> None:
    house = parse_house(
        {
            "entities": [
                {
                    "entity_id": "sensor.t",
                    "name": "T",
                    "state": "unavailable",
                    "attributes": {"unit_of_measurement": "C"},
                },
                {"entity_id": "light.a", "name": "A", "state": "on"},
                {"entity_id": "input_text.n", "name": "N", "state": "anything"},
            ]
        }
    )
    text = stubs(house, offered(()), {})
    assert "Measured = Literal['sensor.t']" in text
    assert "Worded = Literal['light.a']" in text
    assert "Written = Literal['input_text.n']" in text
    assert "Source = Literal['(none)']" in text


def test_services_are_those_of_things_in_the_house_and_those_that_were_declared() -> None:
    house = parse_house({"entities": [{"entity_id": "light.a", "name": "A", "state": "on"}]})
    own = {"claw.notify": Service("claw.notify"), "wled.effect": Service("wled.effect")}
    assert services(house, own) == ("light.turn_off", "light.turn_on", "wled.effect")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ('for one in ["light.hall_ceiling", "light.hall_celing"]: pass', "there is light.hall_ceiling"),
        ('await call("light.turnon", "light.porch")', "light.turn_on"),
        ('x = {"lock.cellar": 1}', "lock.cellar"),
        ("x = f\"{state('light.nowhere')}\"", "light.nowhere"),
    ],
)
def test_an_id_that_the_house_has_not_is_found_wherever_it_stands(source: str, says: str) -> None:
    with pytest.raises(Mistyped, match=re.escape(says)):
        check_ids(source, HOUSE, {})


def test_a_thing_is_known_as_soon_as_it_is_there_and_no_longer() -> None:
    states: dict[str, State] = {}
    house = House(Registry(), states)
    source = 'await call("valve.open_valve", "valve.garden")'
    check_ids(source, house, {})  # there is nothing of the kind: it is any text
    states["valve.yard"] = State("closed")
    with pytest.raises(Mistyped, match=r'no "valve\.garden"'):
        check_ids(source, house, {})
    states["valve.garden"] = State("closed")
    check_ids(source, house, {})
    del states["valve.garden"]
    with pytest.raises(Mistyped, match=r'no "valve\.garden"'):
        check_ids(source, house, {})


def test_what_a_person_declared_is_known_and_what_is_of_claw_is_not() -> None:
    extra = {name: Service(name) for name in ("shelly.blink", "claw.model")}
    check_ids('await call("shelly.blink")', HOUSE, extra)
    with pytest.raises(Mistyped, match=r"there is no .*there is shelly\.blink"):
        check_ids('await call("shelly.blinks")', HOUSE, extra)


@pytest.mark.parametrize(
    "source",
    [
        'await call("light.turn_on", "light.porch", brightness_pct=1.5)',
        '"e.g. light.nowhere is what this says"',
        '"www.example" + "1.5" + "lock." + ".lock"',
        "this is no python (",
        "(" * 10_000,
        'x = "\\0"',
        '"light.nowhere"' + " " * 30_000,
    ],
)
def test_other_text_is_no_id(source: str) -> None:
    check_ids(source, HOUSE, {})


def test_tools_of_other_servers_give_a_text_and_are_there_only_where_they_were_accepted() -> None:
    tool = {"mcp.notes.search": Service(name="mcp.notes.search", targets=False)}
    text = stubs(HOUSE, offered(PORTS), tool)
    assert "Tool = Literal['mcp.notes.search']" in text
    assert "async def call(service: Tool, **data: Any) -> Text: ..." in text
    assert "mcp.notes.search" not in services(HOUSE, tool)
    assert "Tool" not in stubs(HOUSE, offered(PORTS), {})
