"""Routines of every kind, to be written as automations: what each test of the export holds against its own judge."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from claw.base.action import Origin
from claw.policy.people import People, Person
from claw.routines.model import Routine
from claw.routines.place import Place
from claw.routines.spec import Spec

MADE = datetime(2026, 1, 5, 12, tzinfo=UTC)
PLACE = Place(ZoneInfo("Europe/Amsterdam"), (52.0, 5.0))
PEOPLE = People(
    [
        Person("anna", "Anna", "owner", entity="person.anna"),
        Person("ben", "Ben", "adult", entity="person.ben"),
        Person("gus", "Gus", "guest"),
    ]
)
ANNA = Origin("web", "anna", authenticated=True)
LIGHT = {"actions": [{"action": "light.turn_on", "entities": ["light.bed_light"], "data": {"brightness_pct": 40}}]}


def routine(when: Any, do: Any = LIGHT, *, ident: str = "r1", state: Any = "on", **more: Any) -> Routine:
    """Return a routine as it would stand in a row."""
    kept = {key: more.pop(key) for key in ("expires", "skips") if key in more}
    spec = Spec.model_validate({"name": "Lamp", "when": when, "do": do, **more})
    skips = frozenset(date.fromisoformat(one) for one in kept.get("skips", ()))
    return Routine(ident, spec, ANNA, MADE, state, expires=kept.get("expires"), skips=skips)


TRIGGERS: dict[str, Any] = {
    "time": {"at": "07:00"},
    "time on days": {"at": "07:00:30", "days": ["mon", "wed"]},
    "cron": {"cron": "0 7,19 * * 1-5"},
    "cron often": {"cron": "*/10 * * * *"},
    "cron either day": {"cron": "30 6 1 * sun"},
    "cron month": {"cron": "0 12 24 12 *"},
    "minutes": {"every": "7 min"},
    "seconds": {"every": "45 s"},
    "days": {"every": "3 d", "since": "2026-01-05T07:00:00"},
    "once": {"once": "2026-11-27T18:00:00"},
    "once in a zone": {"once": "2026-11-27T18:00:00+00:00"},
    "sunset": {"sun": "sunset", "offset": "-30 min", "days": ["fri"]},
    "sunrise": {"sun": "sunrise"},
    "state": {"state": "binary_sensor.movement_backyard", "to": "on", "for": "2 min"},
    "any state": {"state": "input_select.mode"},
    "from a state": {"state": "input_select.mode", "from": ["home", 'it\'s "night"'], "to": "away"},
    "above": {"number": "sensor.outside_temperature", "above": 26, "hysteresis": 1, "for": "1 min"},
    "below an attribute": {"number": "climate.hvac", "attribute": "current_temperature", "below": 18.5},
    "event": {"event": "doorbell", "data": {"button": 2, "by": "{{ states }}"}},
    "bare event": {"event": "doorbell"},
    "last leaves": {"presence": "last", "does": "leaves", "for": "5 min"},
    "first comes": {"presence": "first", "does": "comes"},
    "anyone comes": {"presence": "anyone", "does": "comes"},
    "somebody leaves": {"presence": ["ben"], "does": "leaves"},
    "condition": {
        "holds": {
            "sun": "down",
            "home": ["anna", "ben"],
            "states": {"input_select.mode": ["home", "don't"], "sensor.outside_temperature": {"min": 3, "max": 20}},
            "between": ["22:00", "07:00"],
            "days": ["mon", "sun"],
        },
        "for": "30 s",
    },
}
CONDITIONS: dict[str, Any] = {
    "between": {"between": ["07:00", "22:30"]},
    "a night": {"between": ["22:00", "07:00"], "days": ["fri"]},
    "until midnight": {"between": ["20:00", "24:00"]},
    "sun to clock": {"between": ["sunset-00:30", "23:00"]},
    "dark": {"between": ["sunset", "sunrise+01:00"]},
    "sun": {"sun": "up"},
    "states": {"states": {"input_select.mode": "home", "sensor.outside_temperature": {"min": 3}}},
    "nobody": {"home": "nobody"},
    "anyone": {"home": "anyone"},
    "one of two": {"home": ["anna", "ben"]},
    "away": {"away": ["ben"]},
    "taint": {"tainted": False},
}
STEPS: dict[str, Any] = {
    "actions": LIGHT,
    "text with a template": {
        "actions": [{"action": "input_text.set_value", "entities": ["input_text.note"], "data": {"value": "{{ 1 }}{%"}}]
    },
    "a code": {
        "actions": [
            {
                "action": "alarm_control_panel.alarm_arm_home",
                "entities": ["alarm_control_panel.security"],
                "data": {"code": "1234"},
            }
        ]
    },
    "said": {"say": "Dinner: {{ states('x') }}", "to": "everyone"},
    "own act": {"actions": [{"action": "claw.remember", "data": {"text": "x"}}]},
    "notified": {"actions": [{"action": "claw.notify", "data": {"to": "everyone", "text": "hi"}}]},
    "skill": {"skill": "movie-time", "arguments": {"level": 5}},
    "prompt": {"prompt": "Is it cold?", "gate": "True"},
}


def every_kind() -> dict[str, Routine]:
    """Return a routine for each trigger, condition and step, and one with all there is besides, by what it shows."""
    found = {f"trigger {name}": routine(one) for name, one in TRIGGERS.items()}
    found |= {f"condition {name}": routine(TRIGGERS["time"], only_if=one) for name, one in CONDITIONS.items()}
    found |= {f"step {name}": routine(TRIGGERS["time"], one) for name, one in STEPS.items()}
    found["everything"] = routine(
        [TRIGGERS["time"], TRIGGERS["time on days"], TRIGGERS["cron month"], TRIGGERS["state"]],
        [LIGHT, {"say": "It is on"}],
        state="paused",
        quiet=["22:00:00", "07:00"],
        cooldown="10 min",
        max_runs=3,
        until="2027-01-01T00:00:00",
        overlap="restart",
        missed="all",
        skips=["2026-11-28"],
        expires=datetime(2026, 2, 1, tzinfo=UTC),
    )
    return found
