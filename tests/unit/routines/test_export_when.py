"""Triggers in the words of Home Assistant, with what must hold besides where one word of it is not enough."""

import re
from typing import Any

import pytest

from claw.routines.export_when import Around, Exported, exported
from tests.routines_to_export import MADE, PEOPLE, PLACE, TRIGGERS, routine


def of(when: Any) -> tuple[list[Exported], list[str]]:
    around = Around(PEOPLE, PLACE, MADE, [])
    (trigger,) = routine(when).spec.when
    return exported(trigger, around), around.notes


def template(one: Exported) -> list[str]:
    return [only["value_template"] for only in one.only]


@pytest.mark.parametrize(
    ("name", "trigger"),
    [
        ("time", {"trigger": "time", "at": "07:00:00"}),
        ("sunset", {"trigger": "sun", "event": "sunset", "offset": "-00:30:00"}),
        ("sunrise", {"trigger": "sun", "event": "sunrise"}),
        (
            "state",
            {
                "trigger": "state",
                "entity_id": "binary_sensor.movement_backyard",
                "not_from": ["unavailable", "unknown"],
                "to": ["on"],
                "for": {"seconds": 120},
            },
        ),
        (
            "below an attribute",
            {
                "trigger": "numeric_state",
                "entity_id": "climate.hvac",
                "attribute": "current_temperature",
                "below": 18.5,
            },
        ),
        ("bare event", {"trigger": "event", "event_type": "doorbell"}),
        (
            "last leaves",
            {"trigger": "numeric_state", "entity_id": "zone.home", "below": 1, "for": {"seconds": 300}},
        ),
        ("first comes", {"trigger": "numeric_state", "entity_id": "zone.home", "above": 0}),
        (
            "anyone comes",
            {
                "trigger": "state",
                "entity_id": ["person.anna", "person.ben"],
                "to": "home",
                "not_from": ["unavailable", "unknown"],
            },
        ),
    ],
)
def test_what_has_a_counterpart_is_that(name: str, trigger: dict[str, Any]) -> None:
    (one,), notes = of(TRIGGERS[name])
    assert (one.trigger, notes) == (trigger, [])


def test_days_are_a_condition() -> None:
    (one,), _ = of(TRIGGERS["time on days"])
    assert one.only == ({"condition": "time", "weekday": ["mon", "wed"]},)


@pytest.mark.parametrize(
    ("cron", "at", "only"),
    [
        ("0 7,19 * * 1-5", ["07:00:00", "19:00:00"], ["{{ now().weekday() in [0, 1, 2, 3, 4] }}"]),
        ("30 6 1 * sun", ["06:30:00"], ["{{ (now().day in [1] or now().weekday() in [6]) }}"]),
        ("0 12 24 12 *", ["12:00:00"], ["{{ now().day in [24] }}", "{{ now().month in [12] }}"]),
    ],
)
def test_cron_is_times_of_day_with_its_days(cron: str, at: list[str], only: list[str]) -> None:
    (one,), _ = of({"cron": cron})
    assert (one.trigger, template(one)) == ({"trigger": "time", "at": at}, only)


def test_cron_with_too_many_times_is_looked_at_every_minute() -> None:
    (one,), _ = of({"cron": "*/10 * * * *"})
    assert one.trigger == {"trigger": "time_pattern", "minutes": "*", "seconds": "0"}
    assert template(one) == ["{{ now().minute in [0, 10, 20, 30, 40, 50] }}"]


@pytest.mark.parametrize("every", ["7 min", "2 h", "3 d", "45 s", "90 s"])
def test_an_interval_counts_from_the_same_moment(every: str) -> None:
    (one,), notes = of({"every": every})
    seconds = {"7 min": 420, "2 h": 7200, "3 d": 259_200, "45 s": 45, "90 s": 90}[every]
    (said,) = template(one)
    by_minute = re.fullmatch(r"\{\{ \(\(as_timestamp\(now\(\)\) \| int\) // 60 - (\d+)\) % (\d+) == 0 \}\}", said)
    by_second = re.fullmatch(r"\{\{ \(as_timestamp\(now\(\)\) \| int - (\d+)\) % (\d+) == 0 \}\}", said)
    unit, found = (60, by_minute) if by_minute else (1, by_second)
    assert found is not None
    steps = range(0, 2 * seconds + 1, unit)
    hits = [step for step in steps if (int(MADE.timestamp() + step) // unit - int(found[1])) % int(found[2]) == 0]
    assert (hits, notes) == ([0, seconds, 2 * seconds], [])


def test_once_is_a_time_on_one_day_of_the_wall_clock() -> None:
    (one,), _ = of(TRIGGERS["once in a zone"])
    assert one.trigger == {"trigger": "time", "at": "19:00:00"}  # 18:00 UTC is 19:00 in Amsterdam
    assert template(one) == ["{{ now().date() | string == '2026-11-27' }}"]


@pytest.mark.parametrize(
    ("when", "note"),
    [
        (TRIGGERS["above"], "hysteresis"),
        ({"presence": ["gus"], "does": "comes"}, "no entity says where gus is"),
        ({"holds": {"between": ["sunset", "23:00"]}}, "cannot be said"),
        ({"every": "2 min", "since": "2026-01-05T07:00:30"}, "full minute"),
    ],
)
def test_what_differs_is_said(when: Any, note: str) -> None:
    assert any(note in one for one in of(when)[1])


def test_what_has_no_counterpart_is_left_out() -> None:
    assert of({"presence": ["gus"], "does": "comes"})[0] == []
    assert of({"holds": {"between": ["sunset", "23:00"]}})[0] == []
