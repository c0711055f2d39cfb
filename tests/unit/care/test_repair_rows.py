import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from claw.care.repair_kept import Use
from claw.care.repair_rows import rows
from claw.house.model import Entity, Registry
from claw.memory.model import Fact, Told
from claw.memory.rows import INSERT_MEMORY, memory_row
from claw.memory.written import from_text
from claw.routines.spec import Spec
from tests.unit.care.test_repair_kept import db, put

__all__ = ["db"]

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NEW = Entity("light.new", "New Lamp", registry_id="n1")
REGISTRY = Registry(entities={"light.new": NEW})
PAIRS = {"light.old": "light.new"}
SPEC = {
    "name": "Ann's secret",
    "when": [{"state": "light.old", "to": ["on"]}],
    "only_if": {"states": {"light.old": "on", "light.x": "on"}},
    "do": [{"actions": [{"action": "light.turn_on", "entities": ["light.x", "light.old"]}]}, {"say": "secret words"}],
}


def remember(db: sqlite3.Connection, fact: Fact) -> str:
    told = Told("owner_told", "cli", person="anna", explicit=True, audit=1)
    return str(db.execute(INSERT_MEMORY, memory_row(fact, told, NOON, status="active", supersedes=None)).lastrowid)


ALIAS = Fact("alias", "entity:o1", "called", {"name": "Jupiter"}, "Old is Jupiter", several=True)
LIKING = Fact("preference", "entity:o1", "light.brightness_pct", {"brightness_pct": 30}, "the old lamp at 30 %")


def test_a_routine_changes_in_every_place_that_names_the_thing_and_no_word_is_shown(db: sqlite3.Connection) -> None:
    put(db, "routines", id="r1", spec=json.dumps(SPEC), kept="{}", state="on")
    (row,) = rows(db, [Use("routine", "r1", "light.old", gone=True)] * 2, PAIRS, REGISTRY)
    assert row.name == "routine r1"
    assert {"when.1.state: light.old", "do.1.actions.1.entities.2: light.old"} <= set(row.before)
    assert "only_if.states.light.old.values.1: on" in row.before
    assert all("light.old" in line for line in row.before)
    assert row.after == tuple(line.replace("light.old", "light.new") for line in row.before)
    assert "secret" not in row.diff
    assert row.diff.startswith("--- routine r1\n+++ routine r1\n")
    assert row.act is not None
    assert (row.act.name, row.act.data["routine"]) == ("claw.routine_change", "r1")
    assert Spec.model_validate_json(row.act.data["spec"]) == Spec.model_validate(
        json.loads(json.dumps(SPEC).replace("light.old", "light.new"))
    )


def test_where_the_newcomer_has_the_same_id_a_routine_is_made_anew_by_its_person(db: sqlite3.Connection) -> None:
    put(db, "routines", id="r1", spec=json.dumps(SPEC), kept="{}", state="on")
    (row,) = rows(db, [Use("routine", "r1", "light.old", gone=True)], {"light.old": "light.old"},
                  Registry(entities={"light.old": replace(NEW, entity_id="light.old")}))  # fmt: skip
    assert (row.before, row.after) == (("light.old: the one that is gone",), ("light.old: the one that came",))
    assert row.act is None


@pytest.mark.parametrize(
    "part",
    [
        {"only_if": {"states": {"light.old": "on", "light.x": "off"}}},
        {"do": [{"actions": [{"action": "light.turn_on", "entities": ["light.x", "light.old"]}]}]},
        {"when": [{"state": "light.old"}], "do": [{"actions": [{"action": "light.turn_on", "entities": ["light.x"]}]}]},
    ],
)
def test_a_routine_that_names_the_newcomer_too_is_made_anew_by_its_person(
    db: sqlite3.Connection, part: dict[str, object]
) -> None:
    """One condition would swallow another, a lamp would be named twice, or a routine would set itself off."""
    spec = {"name": "x", "when": [{"at": "07:00"}], "do": [{"say": "so"}]} | part
    put(db, "routines", id="r1", spec=json.dumps(spec), kept="{}", state="on")
    registry = Registry(entities={"light.x": Entity("light.x", "X", registry_id="x")})
    (row,) = rows(db, [Use("routine", "r1", "light.old", gone=True)], {"light.old": "light.x"}, registry)
    assert row.act is None
    assert any("light.old" in line for line in row.before)


def test_what_cannot_be_read_or_stands_in_a_skill_is_left(db: sqlite3.Connection) -> None:
    put(db, "routines", id="r1", spec="{broken", kept="{}", state="on")
    put(db, "routines", id="skill-x-1", spec=json.dumps(SPEC), kept="{}", state="on")
    uses = [Use("routine", one, "light.old", gone=True) for one in ("r1", "skill-x-1", "r9")]
    assert rows(db, uses, PAIRS, REGISTRY) == ()
    assert rows(None, uses, PAIRS, REGISTRY) == ()


def test_a_name_and_a_liking_go_over_to_the_newcomer_and_say_nothing_else(db: sqlite3.Connection) -> None:
    alias, liking = remember(db, ALIAS), remember(db, LIKING)
    uses = [Use("alias", alias, "light.old", True, "Jupiter"), Use("preference", liking, "light.old", gone=True)]
    found = rows(db, uses, PAIRS, REGISTRY)
    assert [row.name for row in found] == [f"memory {alias}", f"memory {liking}"]
    assert {(row.before, row.after) for row in found} == {(("about: light.old",), ("about: light.new",))}
    facts = [from_text(str(row.act.data["fact"])) for row in found if row.act is not None]
    assert facts == [
        replace(ALIAS, subject="entity:n1", sentence='"New Lamp" (light.new) is also called "Jupiter"'),
        replace(LIKING, subject="entity:n1"),
    ]


def test_a_name_of_what_is_still_there_is_given_up_first(db: sqlite3.Connection) -> None:
    use = Use("alias", remember(db, ALIAS), "light.old", False, "Jupiter")
    (row,) = rows(db, [use], PAIRS, REGISTRY)
    assert (row.act, row.again) == (None, "call New Lamp Jupiter")
    (row,) = rows(db, [replace(use, name="x; reboot")], PAIRS, REGISTRY)
    assert (row.act, row.again) == (None, "")


def test_a_memory_that_cannot_be_read_is_said_anew(db: sqlite3.Connection) -> None:
    (row,) = rows(db, [Use("alias", "77", "light.old", True, "Jupiter")], PAIRS, REGISTRY)
    assert row.act is None
