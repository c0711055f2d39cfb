"""What is not a machine: input helpers, numbers, selects, buttons, timers, counters, lists, scenes, scripts, notes."""

import re
from collections.abc import Mapping
from datetime import timedelta

from claw.base.action import Json
from claw.house.catalogue.goals import becomes, touched, unseen
from claw.house.fields import (
    Choice,
    Duration,
    Feature,
    Field,
    Flag,
    MakeGoal,
    Moment,
    Number,
    Service,
    Text,
    choices,
    finite,
)
from claw.house.model import State
from claw.house.proof import Between, Goal, is_, near

_LONG = 1000
_HAIR = 1e-6
_FOREVER = float("inf")
_LENGTH = re.compile(r"(\d{1,3}):(\d\d):(\d\d)", re.ASCII)
_COUNT = re.compile(r"\d{1,9}", re.ASCII)
_CYCLE: Mapping[str, Field] = {"cycle": Flag()}


def _number(state: State) -> float:
    try:
        return finite(float(state.value)) or 0.0
    except ValueError:
        return 0.0


def _limit(state: State, name: str, otherwise: float) -> float:
    number = finite(state.attributes.get(name))
    return otherwise if number is None else number


def _exactly(state: State, value: float) -> Goal:
    step = finite(state.attributes.get("step")) or 0.0
    return Goal(f"{value:.10g}", state=near(value, max(step / 2 - _HAIR, _HAIR)))


def _set_number(state: State, data: Mapping[str, Json]) -> Goal:
    return _exactly(state, data["value"])


def _count(direction: int, low: str, high: str) -> MakeGoal:
    def goal(state: State, _data: Mapping[str, Json]) -> Goal:
        value = _number(state) + direction * _limit(state, "step", 1)
        return _exactly(state, min(_limit(state, high, _FOREVER), max(_limit(state, low, -_FOREVER), value)))

    return goal


def _reset(state: State, _data: Mapping[str, Json]) -> Goal:
    return _exactly(state, _limit(state, "initial", 0))


def _word(field: str) -> MakeGoal:
    return lambda _state, data: Goal(data[field], state=is_(data[field]))


def _option(move: int | None, end: int = 0) -> MakeGoal:
    """Return the goal of the option ``move`` places on, or of the one at ``end`` when None."""

    def goal(state: State, data: Mapping[str, Json]) -> Goal:
        options = choices(state, "options")
        if not options:
            return Goal(reports=False)
        at = end
        if move is not None and state.value in options:
            at = options.index(state.value) + move
            at = at % len(options) if data.get("cycle", True) else min(max(at, 0), len(options) - 1)
        return Goal(options[at], state=is_(options[at]))

    return goal


def _moment(state: State, data: Mapping[str, Json]) -> Goal:
    if "datetime" in data:
        return Goal(data["datetime"], state=is_(data["datetime"]))
    if not (state.attributes.get("has_date") and state.attributes.get("has_time")):
        value = data.get("date") or data.get("time")
    else:
        day, _, hour = state.value.partition(" ")
        value = f"{data.get('date', day)} {data.get('time', hour or '00:00:00')}"
    return Goal(value, state=is_(value))


def _started(state: State, data: Mapping[str, Json]) -> Goal:
    written = _LENGTH.fullmatch(str(data.get("duration") or state.attributes.get("duration")))
    hours, minutes, seconds = (int(part) for part in written.groups()) if written else (0, 0, 0)
    length = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    attributes: dict[str, Json] = {"duration": str(length), "remaining": str(length)}
    return Goal("active", attributes, is_("active"), stamp="finishes_at", stamp_after_s=length.total_seconds())


def _items(change: int, *, provable: bool) -> MakeGoal:
    """Return the goal that a list has that many more open items; its state counts them."""

    def goal(state: State, _data: Mapping[str, Json]) -> Goal:
        if not _COUNT.fullmatch(state.value):
            return Goal(reports=False)
        count = max(0, int(state.value) + change)
        return Goal(str(count), state=Between(count, _FOREVER), reports=provable)

    return goal


def _updated(state: State, data: Mapping[str, Json]) -> Goal:
    return _items(-1 if data.get("status") == "completed" else 0, provable=False)(state, data)


_VALUE: Mapping[str, Field] = {"value": Number(low="min", high="max", step="step", required=True)}
_OPTION: Mapping[str, Field] = {"option": Choice(options="options", required=True)}
_ITEM = Text(required=True)
_ITEM_DETAILS: Mapping[str, Field] = {
    "due_date": Moment(form="date", needs=Feature("TodoListEntityFeature.SET_DUE_DATE_ON_ITEM", 16)),
    "due_datetime": Moment(form="datetime", needs=Feature("TodoListEntityFeature.SET_DUE_DATETIME_ON_ITEM", 32)),
    "description": Text(longest=_LONG, needs=Feature("TodoListEntityFeature.SET_DESCRIPTION_ON_ITEM", 64)),
}
_DUE = (frozenset({"due_date", "due_datetime"}),)
_DELETE = Feature("TodoListEntityFeature.DELETE_TODO_ITEM", 2)
_NOTE: Mapping[str, Field] = {"message": Text(longest=_LONG, required=True), "title": Text()}


def _selects(domain: str) -> tuple[Service, ...]:
    return (
        Service(f"{domain}.select_option", _OPTION, goal=_word("option")),
        Service(f"{domain}.select_next", _CYCLE, goal=_option(1)),
        Service(f"{domain}.select_previous", _CYCLE, goal=_option(-1)),
        Service(f"{domain}.select_first", goal=_option(None)),
        Service(f"{domain}.select_last", goal=_option(None, -1)),
    )


_TODO = (
    Service(
        "todo.add_item",
        {"item": _ITEM, **_ITEM_DETAILS},
        Feature("TodoListEntityFeature.CREATE_TODO_ITEM", 1),
        _items(1, provable=True),
        exclusive=_DUE,
    ),
    Service(
        "todo.update_item",
        {"item": _ITEM, "rename": Text(), "status": Choice(options=("needs_action", "completed")), **_ITEM_DETAILS},
        Feature("TodoListEntityFeature.UPDATE_TODO_ITEM", 4),
        _updated,
        exclusive=_DUE,
        any_of=frozenset({"rename", "status", *_ITEM_DETAILS}),
    ),
    Service("todo.remove_item", {"item": _ITEM}, _DELETE, _items(-1, provable=False)),
    Service("todo.remove_completed_items", {}, _DELETE, unseen()),
)

_TIMERS = (
    Service("timer.start", {"duration": Duration()}, goal=_started),
    Service("timer.pause", goal=becomes("paused"), only_in=("active", "paused")),
    Service("timer.cancel", goal=becomes("idle")),
    Service("timer.finish", goal=becomes("idle"), only_in=("active", "paused")),
    Service("counter.increment", goal=_count(1, "minimum", "maximum")),
    Service("counter.decrement", goal=_count(-1, "minimum", "maximum")),
    Service("counter.reset", goal=_reset),
    Service(
        "counter.set_value",
        {"value": Number(low=("minimum", 0), high=("maximum", 1_000_000), whole=True, required=True)},
        goal=_set_number,
    ),
)

SERVICES = (
    Service("input_boolean.turn_on", goal=becomes("on")),
    Service("input_boolean.turn_off", goal=becomes("off")),
    Service("input_number.set_value", _VALUE, goal=_set_number),
    Service("input_number.increment", goal=_count(1, "min", "max")),
    Service("input_number.decrement", goal=_count(-1, "min", "max")),
    Service("number.set_value", _VALUE, goal=_set_number),
    *_selects("input_select"),
    *_selects("select"),
    Service(
        "input_text.set_value",
        {"value": Text(shortest=("min", 0), longest=("max", 100), required=True)},
        goal=_word("value"),
    ),
    Service(
        "input_datetime.set_datetime",
        {
            "date": Moment(form="date", attributes=("has_date",)),
            "time": Moment(form="time", attributes=("has_time",)),
            "datetime": Moment(form="datetime", attributes=("has_date", "has_time")),
        },
        goal=_moment,
        exclusive=(frozenset({"date", "datetime"}), frozenset({"time", "datetime"})),
        any_of=frozenset({"date", "time", "datetime"}),
    ),
    Service("input_button.press", goal=touched()),
    Service("button.press", goal=touched()),
    *_TIMERS,
    *_TODO,
    Service("scene.turn_on", {"transition": Number(low=0, high=300, unit="s")}, goal=touched(), patience_s=10.0),
    Service("script.turn_on", goal=touched("last_triggered"), patience_s=10.0),
    Service("script.turn_off", goal=becomes("off")),
    Service("notify.send_message", _NOTE, goal=lambda _state, _data: Goal(stamp="state", reports=False)),
    # The old notifiers are services without entities; what they take besides words (``data``) has no schema.
    Service("notify.notify", _NOTE, targets=False),
    Service("notify.persistent_notification", _NOTE, targets=False),
    # ``entity_id`` is what the note is about.  Older versions read the message as a template.
    Service(
        "logbook.log",
        {
            "name": Text(longest=60, required=True, without="{}"),
            "message": Text(required=True, without="{}"),
            "entity_id": Text(without="{}"),
            "domain": Text(longest=64, without="{}"),
        },
        targets=False,
    ),
)
