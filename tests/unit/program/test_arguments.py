from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import Json
from claw.base.errors import Refused
from claw.program import arguments
from claw.program.arguments import (
    ActArguments,
    Arguments,
    AskArguments,
    HistoryArguments,
    NotifyArguments,
    ScheduleArguments,
    TextRef,
    WaitArguments,
    bound,
)
from claw.program.events import Call, Span

ALL = [one for one in vars(arguments).values() if isinstance(one, type) and issubclass(one, Arguments)]


def a_call(*args: Json, **kwargs: Json) -> Call:
    return Call(1, "it", args, kwargs, Span(0, 1, 1))


def test_arguments_come_by_place_and_by_name() -> None:
    act = bound(ActArguments, a_call("light.turn_on", ["light.a", "light.b", "light.a"], brightness_pct=40))
    assert isinstance(act, ActArguments)
    assert (act.service, act.named, act.data) == ("light.turn_on", ("light.a", "light.b"), {"brightness_pct": 40})
    one = bound(ActArguments, a_call("light.turn_on", entities="light.a"))
    assert isinstance(one, ActArguments)
    assert (one.named, one.data) == (("light.a",), {})


def test_entities_may_come_by_home_assistants_name_for_them_and_only_once() -> None:
    for named in ("light.a", ["light.a"]):
        act = bound(ActArguments, a_call("light.turn_on", entity_id=named, transition=1))
        assert isinstance(act, ActArguments)
        assert (act.named, act.data) == (("light.a",), {"transition": 1})
    twice = bound(ActArguments, a_call("light.turn_on", "light.a", entity_id="lock.door"))
    assert isinstance(twice, ActArguments)
    assert (twice.named, twice.data) == (("light.a",), {"entity_id": "lock.door"})
    for odd in (7, None, {"x": 1}, [None, ["light.a"]]):
        act = bound(ActArguments, a_call("light.turn_on", entity_id=odd))
        assert isinstance(act, ActArguments)
        assert act.named == ()


def test_a_message_may_be_a_text_that_the_program_cannot_read() -> None:
    found = bound(NotifyArguments, a_call({"handle": "t1"}))
    assert isinstance(found, NotifyArguments)
    assert found.text == TextRef(handle="t1")


def test_a_whole_number_is_a_number() -> None:
    found = bound(WaitArguments, a_call("sensor.t", above=24, seconds=5))
    assert isinstance(found, WaitArguments)
    assert (found.above, found.seconds) == (24.0, 5.0)


@pytest.mark.parametrize(
    ("model", "call", "says"),
    [
        (WaitArguments, a_call("sensor.t", seconds=61), "seconds"),
        (WaitArguments, a_call("sensor.t", seconds=True), "seconds"),
        (WaitArguments, a_call("sensor.t", above=float("nan")), "above"),
        (WaitArguments, a_call("sensor.t", above=10**400), "above"),
        (HistoryArguments, a_call("sensor.t", "24"), "hours"),
        (HistoryArguments, a_call(), "entity"),
        (HistoryArguments, a_call("sensor.t", entity="sensor.u"), "twice"),
        (HistoryArguments, a_call("sensor.t", 1, 2), "at most 2"),
        (HistoryArguments, a_call("sensor.t", code=1), "code"),
        (AskArguments, a_call(""), "question"),
        (AskArguments, a_call("which?", ["x"] * 21), "options"),
        (ActArguments, a_call(7), "service"),
        (ActArguments, a_call("light.turn_on", ["light.a", None]), "entities"),
    ],
)
def test_anything_else_is_refused_by_name(model: type[Arguments], call: Call, says: str) -> None:
    with pytest.raises(Refused, match=says):
        bound(model, call)


def test_a_refusal_does_not_repeat_what_the_program_gave() -> None:
    with pytest.raises(Refused) as refusal:
        bound(AskArguments, a_call({"secret": "4711"}))
    assert "4711" not in str(refusal.value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("model", ALL)
@given(args=st.lists(VALUES, max_size=4), kwargs=st.dictionaries(st.text(max_size=8), VALUES, max_size=3))
def test_whatever_a_program_gives_it_is_bound_or_refused(
    model: type[Arguments], args: list[Json], kwargs: Mapping[str, Json]
) -> None:
    try:
        found = bound(model, a_call(*args, **kwargs))
    except Refused:
        return
    assert isinstance(found, model)


def test_a_wait_that_is_too_long_is_told_what_to_write_in_its_place() -> None:
    with pytest.raises(Refused, match=r"seconds: 60 at most; .*schedule\('when \.\.\.', acts, once=True\)"):
        bound(WaitArguments, a_call("light.a", "off", seconds=61))
    assert bound(WaitArguments, a_call("light.a", "off", seconds=60)) == WaitArguments(entity="light.a", state="off")


@given(st.lists(st.one_of(st.none(), st.text(max_size=5), st.lists(st.text(max_size=3), max_size=4)), max_size=4))
def test_what_is_to_be_scheduled_is_bound_or_refused(acts: list[Json]) -> None:
    try:
        found = bound(ScheduleArguments, a_call("07:00", acts))
    except Refused:
        return
    assert isinstance(found, ScheduleArguments)
    assert len(found.acts) == len(acts)
