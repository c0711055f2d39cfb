from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import claw.daemon
from claw.base.action import Action, Json, Outcome
from claw.base.clock import SystemClock
from claw.base.errors import Refused
from claw.gate.prior import KEPT, prior
from claw.gate.restore import never
from claw.gate.undo import CannotUndo, Reversal, reversal
from claw.house.fields import Choice, Duration, Field, Flag, Moment, Number, Numbers, Service, Text, choices, finite
from claw.house.file import load_house
from claw.house.model import House, Registry, State
from claw.house.semantics import apply
from claw.house.services import CATALOGUE, validate
from tests.talked_house import came_of, house

DEMO = load_house(Path(claw.daemon.__file__).parent / "demo" / "house.yaml")
NOW = SystemClock().now()


def after(outcome: Outcome) -> House:
    """Return the house as ``outcome`` left it: its things are in their state before, then the act is applied."""
    told = house()
    states = dict(told.states)
    for entity in outcome.action.entities:
        value = outcome.before.get(entity, states[entity].value)
        states[entity] = State(value, {**states[entity].attributes, **outcome.prior.get(entity, {})})
    return apply(House(told.registry, states), outcome.action, NOW)


def back(outcome: Outcome, *, may_open: bool = False) -> Reversal:
    return reversal((outcome,), after(outcome), may_open=may_open)


def changed(name: str, entity: str, before: str, **data: Json) -> Outcome:
    return came_of(name, entity, "done", before={entity: before}, **data)


@pytest.mark.parametrize(
    ("outcome", "then"),
    [
        (changed("light.turn_on", "light.worktop", "off"), Action("light.turn_off", ("light.worktop",))),
        (changed("lock.unlock", "lock.front", "locked"), Action("lock.lock", ("lock.front",))),
        (
            came_of("cover.open_cover", "cover.garage", "started", before={"cover.garage": "closed"}),
            Action("cover.close_cover", ("cover.garage",)),
        ),
        (changed("cover.close_cover", "cover.left", "open"), Action("cover.open_cover", ("cover.left",))),
        (
            changed("climate.turn_off", "climate.bedroom", "heat"),
            Action("climate.set_hvac_mode", ("climate.bedroom",), {"hvac_mode": "heat"}),
        ),
        (
            changed("alarm_control_panel.alarm_disarm", "alarm_control_panel.house", "armed_home"),
            Action("alarm_control_panel.alarm_arm_home", ("alarm_control_panel.house",)),
        ),
    ],
)
def test_what_was_done_is_taken_back(outcome: Outcome, then: Action) -> None:
    told = {entity: State(one.value, {**one.attributes, **ABLE}) for entity, one in after(outcome).states.items()}
    assert reversal((outcome,), House(house().registry, told)).actions == (then,)


ABLE = {"supported_features": 0xFFFFFF, "hvac_modes": ["heat", "off"]}
DEMO_LAMP = "light.living_room_lamp"


def acted(action: Action, before: House = DEMO) -> tuple[Outcome, House]:
    """Do ``action`` on the twin and return what the gate would have recorded, and the house after it."""
    values = {entity: before.states[entity].value for entity in action.entities}
    now = apply(before, action, NOW)
    ends = {entity: now.states[entity].value for entity in action.entities}
    return Outcome(action, "done", "", 7, None, values, ends, prior=prior(action, before.states)), now


def test_a_lamp_comes_back_as_bright_and_as_warm_as_it_was() -> None:
    lit = apply(DEMO, Action("light.turn_on", (DEMO_LAMP,), {"brightness": 90, "color_temp_kelvin": 2700}), NOW)
    outcome, now = acted(Action("light.turn_off", (DEMO_LAMP,)), lit)
    (action,) = reversal((outcome,), now).actions
    assert action.data == {"brightness": 90, "color_temp_kelvin": 2700}
    outcome, now = acted(Action("light.turn_on", (DEMO_LAMP,), {"hs_color": [200, 80]}), lit)
    (action,) = reversal((outcome,), now).actions
    assert action.data == {"color_temp_kelvin": 2700}


def test_several_acts_on_one_thing_go_back_to_before_the_first() -> None:
    first, one = acted(Action("light.turn_on", ("light.kitchen_ceiling",), {"brightness": 90}))
    second, two = acted(Action("light.turn_on", ("light.kitchen_ceiling",), {"brightness": 200}), one)
    found = reversal((first, second), two)
    assert [action.name for action in found.actions] == ["light.turn_off"]
    found = reversal((second,), two)
    assert [dict(action.data) for action in found.actions] == [{"brightness": 90}]


def test_the_last_act_is_taken_back_first_and_alike_orders_are_one() -> None:
    lamps = ("light.kitchen_ceiling", "light.bedroom_ceiling")
    on, one = acted(Action("light.turn_on", lamps))
    unlocked, two = acted(Action("lock.unlock", ("lock.front_door",)), one)
    found = reversal((on, unlocked), two)
    assert [(action.name, set(action.entities)) for action in found.actions] == [
        ("lock.lock", {"lock.front_door"}),
        ("light.turn_off", set(lamps)),
    ]
    assert found.undoes == (7,)


@pytest.mark.parametrize(
    ("action", "code"),
    [
        (Action("claw.notify", (), {"to": "everyone", "text": "hello"}), "sent"),
        (Action("claw.remember", (), {"op": "keep"}), "memory"),
        (Action("media_player.media_next_track", ("media_player.kitchen_speaker",)), "skipped"),
        (Action("scene.turn_on", ("scene.movie_time",)), "effects"),
        (Action("script.turn_on", ("script.good_night",)), "effects"),
        (Action("todo.add_item", ("todo.shopping",), {"item": "milk"}), "list"),
        (Action("vacuum.locate", ("vacuum.robot",)), "over"),
        (Action("dishwasher.start", ("light.kitchen_ceiling",)), "foreign"),
    ],
)
def test_what_no_order_takes_back_is_said(action: Action, code: str) -> None:
    found = reversal((Outcome(action, "sent", "", 3),), DEMO)
    assert found.actions == ()
    assert [(one.code, one.entry) for one in found.cannot] == [(code, 3)]


@pytest.mark.parametrize("status", ["failed", "unchanged", "unknown", "refused"])
def test_what_did_not_move_is_not_taken_back(status: Any) -> None:
    outcome = came_of("light.turn_on", "light.worktop", status, before={"light.worktop": "off"})
    assert reversal((outcome,), house()) == Reversal()
    message = Action("claw.notify", (), {"to": "everyone", "text": "hello"})
    assert reversal((Outcome(message, status, "", 3),), DEMO) == Reversal()


def test_an_act_that_named_nothing_is_nobody_s_to_take_back() -> None:
    (found,) = reversal((Outcome(Action("light.turn_on"), "sent", "", 3),), DEMO).cannot
    assert (found.code, found.entry) == ("foreign", 3)


def test_what_is_left_alone_is_left_alone() -> None:
    outcome, now = acted(Action("light.turn_on", ("light.kitchen_ceiling", DEMO_LAMP)))
    mine = CannotUndo("changed", DEMO_LAMP)
    found = reversal((outcome,), now, {DEMO_LAMP: mine})
    assert [action.entities for action in found.actions] == [("light.kitchen_ceiling",)]
    assert found.cannot == (mine,)


def test_a_thing_that_is_gone_or_was_unknown_is_said() -> None:
    outcome, now = acted(Action("light.turn_on", (DEMO_LAMP,)))
    assert reversal((outcome,), House(Registry(), {})).cannot[0].code == "gone"
    dead = House(now.registry, {**now.states, DEMO_LAMP: State("unavailable")})
    assert reversal((outcome,), dead).cannot[0].code == "gone"
    unknown = Outcome(outcome.action, "done", "", 1, before={DEMO_LAMP: "unavailable"})
    assert reversal((unknown,), now).cannot[0].code == "unknown"
    assert reversal((Outcome(outcome.action, "done", "", 1),), now).cannot[0].code == "unknown"


DANGEROUS = {
    "lock.unlock",
    "lock.open",
    "alarm_control_panel.alarm_disarm",
    "valve.open_valve",
    "valve.set_valve_position",
    "cover.open_cover",
}


@given(
    st.sampled_from(
        [
            ("lock.lock", "lock.front_door"),
            ("cover.close_cover", "cover.garage_door"),
            ("valve.close_valve", "valve.garden_irrigation"),
            ("alarm_control_panel.alarm_arm_away", "alarm_control_panel.house"),
            ("alarm_control_panel.alarm_arm_home", "alarm_control_panel.house"),
        ]
    ),
    st.sampled_from(["done", "started", "sent"]),
    st.sampled_from(["open", "closed", "locked", "unlocked", "disarmed", "armed_away", "opening", "on", "jammed"]),
    st.dictionaries(st.just("current_position"), st.integers(0, 100)),
)
def test_taking_back_never_lets_anybody_in_unless_asked_by_name(
    act: tuple[str, str], status: Any, before: str, shown: dict[str, int]
) -> None:
    name, entity = act
    outcome = Outcome(Action(name, (entity,)), status, "", 1, before={entity: before}, prior={entity: shown})
    now = apply(DEMO, outcome.action, NOW)
    found = reversal((outcome,), now)
    assert not {action.name for action in found.actions} & DANGEROUS
    asked = reversal((outcome,), now, may_open=True)
    assert not any(one.code == "opens" for one in asked.cannot)


def test_by_name_a_lock_is_asked_to_be_unlocked() -> None:
    unlocked = House(DEMO.registry, {**DEMO.states, "lock.front_door": State("unlocked")})
    outcome, now = acted(Action("lock.lock", ("lock.front_door",)), unlocked)
    assert reversal((outcome,), now).cannot[0].code == "opens"
    assert reversal((outcome,), now, may_open=True).actions == (Action("lock.unlock", ("lock.front_door",)),)


def _value(field: Field, state: State) -> st.SearchStrategy[Json]:  # noqa: PLR0911  one for each kind of field
    match field:
        case Number(low=low, high=high):
            bounds = [_figure(low, state), _figure(high, state)]
            return st.integers(int(bounds[0]), int(bounds[1]))
        case Flag():
            return st.booleans()
        case Choice(options=options):
            listed = choices(state, options) if isinstance(options, str) else options
            return st.sampled_from(listed) if listed else st.nothing()
        case Numbers(bounds=bounds):
            return st.tuples(*(st.integers(int(low), int(high)) for low, high in bounds)).map(list)
        case Text():
            return st.text("abc", min_size=1, max_size=4)
        case Duration():
            return st.integers(1, 3600)
        case Moment(form=form):
            return st.just({"date": "2026-01-31", "time": "07:30:00", "datetime": "2026-01-31 07:30:00"}[form])
        case _:
            return st.nothing()


def _figure(bound: Any, state: State) -> float:
    if isinstance(bound, (int, float)):
        return bound
    name, otherwise = bound if isinstance(bound, tuple) else (bound, 0)
    return finite(state.attributes.get(name)) or otherwise


MOVERS = {"scene.turn_on", "script.turn_on"}
"""What moves other things than it names."""


@st.composite
def acts(draw: st.DrawFn) -> Action:
    """Return an act of the catalogue that the demo house takes, on what it names alone."""
    service: Service = draw(
        st.sampled_from([one for one in CATALOGUE.values() if one.targets and one.name not in MOVERS])
    )
    able = [entity for entity in DEMO.states if entity.startswith(f"{service.domain}.")]
    if not able:
        return Action("light.turn_off", (DEMO_LAMP,))
    entity = draw(st.sampled_from(able))
    data: dict[str, Json] = {}
    for name, field in service.fields.items():
        if name == "code" or not (field.required or draw(st.booleans())):
            continue
        values = _value(field, DEMO.states[entity])
        if not values.is_empty:
            data[name] = draw(values)
    return Action(service.name, (entity,), data)


def _shows(entity: str, state: State) -> dict[str, Json]:
    """Return what a person could tell of a thing: of a lamp only the colour that its mode speaks of."""
    domain = entity.partition(".")[0]
    if domain == "timer":
        return {}
    if domain != "light":
        return {name: state.attributes.get(name) for name in KEPT.get(domain, ())}
    if state.value != "on":
        return {}
    mode = state.attributes.get("color_mode")
    names = ["brightness", "color_mode"]
    names += ["color_temp_kelvin"] if mode == "color_temp" else ["hs_color"] if mode in {"hs", "rgb"} else []
    shown = {name: _plain(state.attributes.get(name)) for name in names}
    return shown | {"effect": state.attributes.get("effect") or "off"}  # both mean that there is none


def _figured(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value


def _plain(value: Json) -> Json:
    return [round(part) for part in value] if isinstance(value, (list, tuple)) else value


def _all_of(some: list[Action], told: House) -> tuple[list[Outcome], House]:
    """Do on the twin what is valid of some acts."""
    done: list[Outcome] = []
    for action in some:
        try:
            valid = validate(told, action)
        except Refused:
            continue
        outcome, told = acted(valid, told)
        done.append(outcome)
    return done, told


@settings(max_examples=600, deadline=None)
@given(st.lists(acts(), max_size=3), st.lists(acts(), min_size=1, max_size=3))
def test_every_act_that_is_taken_back_leaves_the_twin_as_it_was(earlier: list[Action], some: list[Action]) -> None:
    _, start = _all_of(earlier, DEMO)
    done, told = _all_of(some, start)
    found = reversal(done, told, may_open=True)
    for action in found.actions:
        told = apply(told, validate(told, action), NOW)
    cannot = {one.entity for one in found.cannot}
    for entity in {entity for outcome in done for entity in outcome.action.entities} - cannot:
        before, now = start.states[entity], told.states[entity]
        unlatched = entity.startswith("lock.") and before.value == "open"  # comes back unlocked: nobody pulls the latch
        assert _figured(now.value) == ("unlocked" if unlatched else _figured(before.value))
        shown = _shows(entity, before)
        if shown.get("preset_mode") and entity.startswith("fan."):
            del shown["percentage"]  # the preset's own affair
        if entity.startswith("climate."):  # a range that it did not show before has no way to be gone again
            shown = {name: value for name, value in shown.items() if value is not None}
        assert {name: value for name, value in _shows(entity, now).items() if name in shown} == shown


def test_only_what_is_known_not_to_come_back_is_not_taken_back() -> None:
    """Every service of the catalogue either has a reason not to be taken back or leads somewhere."""
    assert {name for name in CATALOGUE if never(Action(name, ())) is not None} == {
        *("media_player.media_next_track", "media_player.media_previous_track", "media_player.media_seek"),
        *("media_player.clear_playlist", "scene.turn_on", "script.turn_on", "script.turn_off"),
        *("button.press", "input_button.press", "vacuum.locate", "vacuum.clean_spot", "timer.finish"),
        *("cover.stop_cover", "cover.stop_cover_tilt", "valve.stop_valve", "camera.turn_on", "camera.turn_off"),
        *("notify.send_message", "notify.notify", "notify.persistent_notification"),
        *("assist_satellite.announce", "assist_satellite.ask_question", "tts.speak"),
        *("todo.add_item", "todo.update_item", "todo.remove_item", "todo.remove_completed_items"),
    }
