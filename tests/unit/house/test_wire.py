"""Frames and rows from Home Assistant become the house model, whatever shape they come in."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.house.model import Cause, Change, Person, State
from claw.house.wire import Feed, Lists, Unreadable, daily_entities, past_from, registry_from, states_from

LAMP = {"s": "on", "a": {"friendly_name": "Lamp", "brightness": 9}, "c": {"id": "c1"}, "lc": 1700000000}


def fed(*events: Any) -> Feed:
    feed = Feed()
    for event in events:
        feed.take(event)
    return feed


def test_the_first_event_tells_every_state() -> None:
    changes, shaping = (feed := Feed()).take({"a": {"light.lamp": LAMP}})
    state = State("on", LAMP["a"], datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), "c1")
    assert changes == [Change("light.lamp", state)]
    assert feed.states == {"light.lamp": state}
    assert shaping


@pytest.mark.parametrize(
    ("diff", "value", "attributes", "context", "shaping"),
    [
        ({"+": {"s": "off", "lc": 1700000001, "c": "c2"}}, "off", LAMP["a"], "c2", False),
        (
            {"+": {"a": {"brightness": 7}, "lu": 1700000001}},
            "on",
            {"friendly_name": "Lamp", "brightness": 7},
            "c1",
            False,
        ),
        ({"+": {"a": {"hue": 1}}, "-": {"a": ["brightness"]}}, "on", {"friendly_name": "Lamp", "hue": 1}, "c1", False),
        ({"-": {"a": ["brightness", "ghost"]}}, "on", {"friendly_name": "Lamp"}, "c1", False),
        ({"+": {"a": {"friendly_name": "Sun"}}}, "on", {"friendly_name": "Sun", "brightness": 9}, "c1", True),
        ({"-": {"a": ["friendly_name"]}}, "on", {"brightness": 9}, "c1", True),
    ],
)
def test_a_difference_changes_what_it_names_and_nothing_else(
    diff: Any, value: str, attributes: dict[str, Any], context: str, *, shaping: bool
) -> None:
    feed = fed({"a": {"light.lamp": LAMP}})
    before = feed.states["light.lamp"]
    changes, shaped = feed.take({"c": {"light.lamp": diff}})
    after = feed.states["light.lamp"]
    assert changes == [Change("light.lamp", after)]
    assert (after.value, dict(after.attributes), after.context, shaped) == (value, attributes, context, shaping)
    assert before.attributes == LAMP["a"], "a state that was handed out never moves"


def test_an_entity_that_is_gone_is_told_once() -> None:
    feed = fed({"a": {"light.lamp": LAMP}})
    assert feed.take({"r": ["light.lamp", "light.ghost"]}) == ([Change("light.lamp", None)], True)
    assert not feed.states
    assert feed.take({"r": ["light.lamp"]}) == ([], False)


def test_what_is_not_an_entity_id_is_left_out() -> None:
    row = {"s": "on", "a": {}}
    assert not fed({"a": {"Light.Lamp": row, "light": row, "light.a\n": row, "light.ä": row, "": row}}).states


@pytest.mark.parametrize(
    "event",
    [
        None, [], "a", {"a": []}, {"a": {"light.lamp": None}}, {"a": {"light.lamp": {}}},
        {"a": {"light.lamp": {"s": 1}}},
        {"a": {"light.lamp": {"s": "on", "a": [1]}}}, {"a": {"light.lamp": {"s": "on", "lc": 1e99}}},
        {"a": {"light.lamp": {"s": "on", "lc": "noon"}}}, {"c": {"light.ghost": {"+": {}}}}, {"r": 5},
    ],
)  # fmt: skip
def test_an_event_that_cannot_be_followed_is_said(event: Any) -> None:
    with pytest.raises(Unreadable):
        Feed().take(event)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["a", "c", "+", "s", "light.lamp"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "c", "r", "+", "-", "s", "lc", "light.lamp", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=300)
@given(events=st.lists(values, max_size=3))
def test_any_event_is_either_followed_or_said_to_be_unreadable(events: list[Any]) -> None:
    feed = fed({"a": {"light.lamp": LAMP}})
    for event in events:
        try:
            changes, _ = feed.take(event)
        except Unreadable:
            return
        assert all(isinstance(change.state, (State, type(None))) for change in changes)
    assert all(isinstance(state.value, str) for state in feed.states.values())


attribute_sets = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2), max_size=4)


@settings(max_examples=100)
@given(steps=st.lists(st.tuples(st.sampled_from(["on", "off"]), attribute_sets), min_size=1, max_size=6))
def test_differences_lead_to_the_same_state_as_telling_it_whole(steps: list[tuple[str, dict[str, int]]]) -> None:
    value, attributes = steps[0]
    feed = fed({"a": {"light.lamp": {"s": value, "a": attributes}}})
    for new_value, new in steps[1:]:
        plus: dict[str, Any] = {"a": {k: v for k, v in new.items() if attributes.get(k) != v}}
        if new_value != value:
            plus["s"] = new_value
        feed.take({"c": {"light.lamp": {"+": plus, "-": {"a": [k for k in attributes if k not in new]}}}})
        value, attributes = new_value, new
        assert feed.states["light.lamp"] == State(value, attributes)


def state(**attributes: Any) -> State:
    return State("on", attributes)


def lists(**changed: Any) -> Lists:
    rows: dict[str, Any] = {
        "config": {"time_zone": "Europe/Paris", "language": "fr", "unit_system": {"temperature": "°F"}},
        "areas": [{"area_id": "hall", "name": "Hall", "floor_id": "up", "aliases": ["Lobby"], "labels": ["x"]}],
        "devices": [{"id": "d", "name": "Strip", "name_by_user": "My strip", "area_id": "hall", "labels": ["night"]}],
        "entities": [
            {"entity_id": "light.own", "id": "r1", "device_id": "d", "area_id": "den", "labels": ["day"]},
            {"entity_id": "light.device", "id": "r2", "device_id": "d", "area_id": None, "hidden_by": "user"},
            {"entity_id": "sensor.stateless", "id": "r3"},
        ],
        "floors": [{"floor_id": "up", "name": "Upstairs", "level": 1, "aliases": []}],
        "labels": [{"label_id": "night", "name": "Night"}],
        "extended": {"light.own": {"aliases": ["Beacon", None, " "]}, "light.device": None},
    }
    return Lists(**(rows | changed))


STATES = {
    "light.own": state(friendly_name="Own\u202e lamp"),
    "light.device": state(device_class="x"),
    "lock.alone": state(friendly_name=""),
    "light.both": state(entity_id=["light.own", "light.device", 5, "LIGHT.X"]),
    "scene.film": state(entity_id=["light.own"]),
    "person.ann": state(id="ann1", friendly_name="Ann"),
}


def test_a_registry_holds_everything_that_has_a_state() -> None:
    registry = registry_from(lists(), STATES, 7)
    assert set(registry.entities) == set(STATES)
    own, by_device, alone = (registry.entities[i] for i in ("light.own", "light.device", "lock.alone"))
    assert (own.area, own.labels, own.aliases, own.name) == ("den", {"day", "night"}, ("Beacon",), "Own lamp")
    assert (by_device.area, by_device.labels, by_device.hidden, by_device.device_class) == (
        "hall",
        {"night"},
        True,
        "x",
    )
    assert (alone.area, alone.registry_id, alone.name) == (None, None, "alone")
    assert registry.by_registry_id["r2"] is by_device
    assert registry.areas["hall"].floor == "up"
    assert registry.floors["up"].level == 1
    assert registry.labels == {"night": "Night"}
    assert registry.devices["d"].name == "My strip"
    assert registry.people == (Person("ann1", "Ann", None, "person.ann"),)
    assert (registry.time_zone, registry.temperature_unit, registry.language) == ("Europe/Paris", "°F", "fr")
    assert registry.version == 7


def test_a_part_of_a_device_is_where_the_device_is_unless_it_is_elsewhere_and_bears_its_own_labels() -> None:
    """Rows of Home Assistant 2026.11; its own rule is ``async_get_effective_area_id``."""
    part = {
        "area_id": None, "config_entry_id": "01M8", "config_subentry_id": None, "created_at": 1795352428.6,
        "disabled_by": None, "id": "p", "identifiers": [["demo", "outlet_2"]], "labels": [], "modified_at": 1795352430,
        "name_by_user": None, "name": "Outlet 2", "next_name_part": "parent_device", "parent_device_id": "d",
    }  # fmt: skip
    whole = {"id": "d", "name": "Strip", "area_id": "hall", "labels": ["night"], "parent_device_id": None}
    moved, orphan = part | {"id": "q", "area_id": "den"}, part | {"id": "o", "parent_device_id": "gone"}
    entities = [{"entity_id": f"light.{one}", "device_id": one, "area_id": None} for one in "pqo"]
    states = {f"light.{one}": state() for one in "pqo"}
    registry = registry_from(lists(devices=[part, moved, orphan, whole], entities=entities), states, 1)
    assert [registry.entities[f"light.{one}"].area for one in "pqo"] == ["hall", "den", None]
    assert registry.entities["light.p"].labels == frozenset()
    assert (registry.devices["p"].parent, registry.devices["d"].parent) == ("d", None)


def test_a_group_is_made_of_members_and_a_scene_is_not_a_group() -> None:
    assert registry_from(lists(), STATES, 1).groups == {"light.both": ("light.own", "light.device")}


def test_a_house_without_floors_labels_and_aliases_is_a_house() -> None:
    registry = registry_from(lists(floors=[], labels=[], extended=[], config=None), STATES, 1)
    assert not registry.floors
    assert registry.temperature_unit == "°C"


def test_only_daily_entities_are_asked_for_their_aliases() -> None:
    rows = [
        {"entity_id": "a.a"}, {"entity_id": "a.b", "hidden_by": "user"}, {"entity_id": "a.c", "disabled_by": "user"},
        {"entity_id": "a.d", "entity_category": "config"}, {"entity_id": 5}, "x",
    ]  # fmt: skip
    assert daily_entities(rows) == ["a.a"]


@settings(max_examples=150)
@given(rows=st.lists(st.none() | values, min_size=6, max_size=6))
def test_any_rows_make_a_registry_or_are_said_to_be_unreadable(rows: list[Any]) -> None:
    config, *rest = rows
    try:
        registry = registry_from(Lists(config, *rest), STATES, 1)
    except Unreadable:
        return
    assert set(registry.entities) == set(STATES)


def test_a_whole_list_of_states_is_read() -> None:
    row = {"entity_id": "light.a", "state": "on", "attributes": {"x": 1}, "last_changed": "2026-01-05T13:00:00+01:00"}
    found = states_from([row | {"context": {"id": "c"}}, row | {"entity_id": "BAD"}])
    assert found == {"light.a": State("on", {"x": 1}, datetime(2026, 1, 5, 12, tzinfo=UTC), "c")}
    for bad in (None, [None], [{}], [row | {"state": None}], [row | {"last_changed": "x"}]):
        with pytest.raises(Unreadable):
            states_from(bad)


def test_the_past_of_an_entity_is_read() -> None:
    rows = [{"s": "off", "a": {"x": 1}, "lu": 1700000000.0}, {"s": "on", "a": {}, "lu": 1700000005.0, "lc": 1700000004}]
    first, second = past_from(rows)
    assert (first.value, first.attributes, first.changed) == ("off", {"x": 1}, datetime.fromtimestamp(1700000000, UTC))
    assert (second.value, second.changed) == ("on", datetime.fromtimestamp(1700000004, UTC))
    with pytest.raises(Unreadable):
        past_from([5])


@pytest.mark.parametrize(
    ("config", "location"),
    [
        ({"latitude": 52.5, "longitude": 13}, (52.5, 13.0)),
        ({"latitude": -90, "longitude": 180.0}, (-90.0, 180.0)),
        ({"latitude": 91, "longitude": 13}, None),
        ({"latitude": 52.5, "longitude": 181}, None),
        ({"latitude": "52", "longitude": 13}, None),
        ({"latitude": float("nan"), "longitude": 13}, None),
        ({"latitude": True, "longitude": 13}, None),
        ({"latitude": 52.5}, None),
    ],
)
def test_where_the_house_stands_is_told_or_not_known(config: dict[str, object], location: object) -> None:
    assert registry_from(lists(config=config), STATES, 1).location == location


def test_what_scenes_and_scripts_reach_becomes_part_of_the_registry() -> None:
    states = {**STATES, "scene.s": State("x", {"entity_id": ["light.own", 5]}), "script.a": State("off")}
    found = registry_from(lists(related={"script.a": {"entity": ["light.own"]}, "script.b": {}}), states, 1)
    assert found.reaches.items() >= {"scene.s": ("light.own",), "script.a": ("light.own",)}.items()
    assert "script.b" not in found.reaches


def test_a_context_says_who_and_what_before_where_home_assistant_tells() -> None:
    feed = Feed()
    feed.take({"a": {"light.a": {"s": "off", "a": {}, "c": "c0", "lc": 1.0}}})
    assert (feed.states["light.a"].context, feed.states["light.a"].cause) == ("c0", None)
    told = {"id": "c1", "parent_id": None, "user_id": "u"}
    feed.take({"a": {"light.a": {"s": "on", "a": {}, "c": told, "lc": 2.0}}})
    assert (feed.states["light.a"].context, feed.states["light.a"].cause) == ("c1", Cause(user="u"))


@pytest.mark.parametrize(
    ("said", "context", "cause"),
    [
        ("c2", "c2", Cause("p", "u")),  # a bare id in a change: parent and user are as they were
        ({"id": "c2", "user_id": None}, "c2", Cause("p")),
        ({"id": "c2", "parent_id": None, "user_id": None}, "c2", None),
        ({"parent_id": "q"}, "c1", Cause("q", "u")),
        ({"id": "c2", "parent_id": 5, "user_id": ["u"]}, "c2", None),
        (7, None, Cause("p", "u")),
    ],
)
def test_a_change_of_context_tells_only_what_differs(said: Any, context: str | None, cause: Cause | None) -> None:
    feed = Feed()
    before = {"id": "c1", "parent_id": "p", "user_id": "u"}
    feed.take({"a": {"light.a": {"s": "on", "a": {}, "c": before, "lc": 1.0}}})
    feed.take({"c": {"light.a": {"+": {"s": "off", "c": said}}}})
    state = feed.states["light.a"]
    assert (state.context, state.cause) == (context, cause)


def test_a_change_of_attributes_alone_keeps_the_context() -> None:
    feed = Feed()
    feed.take({"a": {"light.a": {"s": "on", "a": {}, "c": {"id": "c1", "user_id": "u"}, "lc": 1.0}}})
    feed.take({"c": {"light.a": {"+": {"a": {"brightness": 3}}}}})
    assert feed.states["light.a"].cause == Cause(user="u")
