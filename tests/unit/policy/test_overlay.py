import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from claw.base.action import Action, Origin, Pending, Terms
from claw.base.erasure import Erasure
from claw.base.errors import Broken, Refused
from claw.house.model import Entity, House, Registry
from claw.policy.decide import Policy
from claw.policy.overlay import TASK_S, Grant, Overlay, digest
from claw.policy.people import People, Person
from claw.policy.rules import Rule
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.held_clock import HeldClock

PEOPLE = People([Person("anna", "Anna", "owner"), Person("ben", "Ben", "adult")])
ANNA = Origin("web", "anna", authenticated=True, conversation="c1")
IDS = ("lock.front", "lock.shed", "lock.safe", "light.a")
REGISTRY = Registry(entities={name: Entity(name, name, registry_id=f"id of {name}") for name in IDS})
HOUSE = House(REGISTRY, {})
UNLOCK = Action("lock.unlock", ("lock.front", "lock.shed"))
ASK = {"id": "ask", "confirm": "lock.*", "ask": {"grant": "30 min"}}
SAFE = {"id": "safe", "deny": "lock.unlock", "on": {"entity": "lock.safe"}}


def policy(*rules: dict[str, Any]) -> Policy:
    return Policy([Rule.model_validate(rule) for rule in rules], PEOPLE)


RULES = policy(ASK, SAFE)


class Room:
    """An overlay on a real database, with a clock that a test holds."""

    def __init__(self, folder: Path) -> None:
        self.clock = HeldClock()
        self.path = folder / "claw.db"
        self.db: Database = open_database(self.path)
        migrate(self.db)
        self.overlay = Overlay(self.db, self.clock)

    def asked(self, action: Action = UNLOCK, origin: Origin = ANNA, rules: Policy = RULES) -> Pending:
        terms = rules.decide(HOUSE, action, origin, self.clock.now()).terms
        assert terms is not None
        things = {name: f"id of {name}" for name in action.entities}
        now = self.clock.now()
        return Pending("q", "?", (action,), origin, terms, "ask", {}, now, now + timedelta(minutes=2), 1, things)

    def granted(
        self,
        action: Action = UNLOCK,
        origin: Origin = ANNA,
        rules: Policy = RULES,
        seconds: float | None = 600,
        uses: int | None = None,
    ) -> Grant:
        asks = rules.asks(HOUSE, action, origin, self.clock.now())
        asked = self.asked(action, origin, rules)
        grant = self.overlay.grant(asked, asks, author="anna", reason="r", seconds=seconds, uses=uses)
        self.overlay.keep(grant)
        return grant

    def decide(
        self, action: Action = UNLOCK, origin: Origin = ANNA, rules: Policy = RULES, house: House = HOUSE
    ) -> str:
        decision = rules.decide(house, action, origin, self.clock.now(), overlay=self.overlay)
        assert (decision.grant is not None) is (decision.effect == "allow")
        return decision.effect

    def restarted(self) -> None:
        self.overlay = Overlay(self.db, self.clock)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    room = Room(tmp_path)
    yield room
    room.db.close()


def test_a_yes_for_a_while_lifts_the_question_for_that_while(room: Room) -> None:
    assert room.decide() == "confirm"
    grant = room.granted()
    assert room.decide() == "allow"
    assert RULES.decide(HOUSE, UNLOCK, ANNA, room.clock.now(), overlay=room.overlay).grant == grant.id
    assert RULES.decide(HOUSE, UNLOCK, ANNA, room.clock.now()).effect == "confirm"


def test_it_covers_some_of_the_things_and_no_other(room: Room) -> None:
    room.granted(Action("lock.unlock", ("lock.front",)))
    assert room.decide(Action("lock.unlock", ("lock.front",))) == "allow"
    assert room.decide(Action("lock.unlock", ("lock.shed",))) == "confirm"
    assert room.decide() == "confirm"
    assert room.decide(Action("lock.open", ("lock.front",))) == "confirm"
    assert room.decide(Action("lock.unlock")) == "confirm", "no entity at all is not some of them"


def test_it_covers_no_other_data(room: Room) -> None:
    room.granted(Action("lock.lock", ("lock.front",), {"a": 1}))
    assert room.decide(Action("lock.lock", ("lock.front",), {"a": 1})) == "allow"
    for data in ({}, {"a": 2}, {"a": 1, "b": 1}):
        assert room.decide(Action("lock.lock", ("lock.front",), data)) == "confirm"


@pytest.mark.parametrize(
    "change",
    [
        {"person": "ben"},
        {"channel": "voice:hall"},
        {"authenticated": False},
        {"person": None},
        {"taint": ("calendar",)},
        {"routine": "night"},
        {"skill": "doors"},
    ],
)
def test_it_is_for_who_asked_as_they_asked(room: Room, change: dict[str, Any]) -> None:
    room.granted()
    assert room.decide(origin=replace(ANNA, **change)) == "confirm"
    assert room.decide(origin=replace(ANNA, conversation="c2", language="de")) == "allow"


def test_it_never_lifts_a_denial(room: Room) -> None:
    room.granted(Action("lock.unlock", ("lock.safe",)), rules=policy(ASK))
    assert room.decide(Action("lock.unlock", ("lock.safe",))) == "deny"
    room.granted()
    assert room.decide(rules=policy(ASK, {"id": "no", "deny": "lock.unlock"})) == "deny"


def test_it_lifts_no_question_of_another_rule_nor_of_one_that_was_rewritten(room: Room) -> None:
    room.granted()
    assert room.decide(rules=policy(ASK, {"id": "more", "confirm": "lock.unlock"})) == "confirm"
    assert room.decide(rules=policy({**ASK, "id": "other"})) == "confirm"
    assert room.decide(rules=policy({**ASK, "why": "other words"})) == "confirm"
    assert room.decide(rules=policy(ASK, {"id": "x", "allow": "light.*"})) == "allow"


def test_it_ends_with_its_time(room: Room) -> None:
    room.granted(seconds=600)
    room.clock._elapsed = 599.9
    assert room.decide() == "allow"
    room.clock._elapsed = 600
    assert room.decide() == "confirm"
    assert room.overlay.grants == ()
    assert room.overlay.hash == ""


def test_a_clock_set_back_does_not_prolong_it(room: Room) -> None:
    room.granted(seconds=600)
    room.clock._elapsed = 600
    room.clock._start -= timedelta(seconds=300)
    assert room.decide() == "confirm"


def test_a_clock_set_back_to_before_it_was_given_ends_it_also_over_a_restart(room: Room) -> None:
    room.granted(seconds=600)
    room.clock._start -= timedelta(days=2)
    assert room.decide() == "confirm"
    room.restarted()
    assert room.decide() == "confirm"
    room.clock._start += timedelta(days=2)
    assert room.decide() == "confirm", "a daemon that once took it for one from the future goes on so"


def test_a_clock_set_back_over_a_restart_leaves_what_is_then_given_in_the_future_out_for_good(room: Room) -> None:
    room.granted(seconds=600)
    room.clock._start -= timedelta(seconds=60)
    room.restarted()
    room.clock._elapsed = 61
    assert room.decide() == "confirm"


@pytest.mark.parametrize("wall", [True, False])
def test_it_ends_by_either_clock_at_the_very_moment(room: Room, wall: bool) -> None:
    grant = room.granted(seconds=600)
    if wall:
        room.clock._start += timedelta(seconds=600)
    else:
        room.clock._elapsed, room.clock._start = 600, room.clock._start - timedelta(seconds=300)
    assert room.decide() == "confirm"
    with pytest.raises(Refused, match="over"):
        room.overlay.use(grant.id)
    assert not room.overlay.end(grant.id), "it was not in force"


def test_it_lasts_as_long_as_the_rule_says_and_never_longer_than_a_day(room: Room) -> None:
    assert room.granted(seconds=1800).expires == room.clock.now() + timedelta(minutes=30)
    room.overlay.end_all()
    rules = policy({**ASK, "ask": {"grant": "24 h"}})
    grant = room.granted(rules=rules, seconds=86_400)
    assert room.decide(rules=rules) == "allow"
    room.overlay.end_all()
    room.overlay.keep(replace(grant, id="long", expires=grant.expires + timedelta(seconds=1)))
    assert room.overlay.grants == ()
    assert room.decide(rules=rules) == "confirm"


def test_a_restart_keeps_what_is_left_of_it(room: Room) -> None:
    room.granted(seconds=600)
    room.clock._elapsed = 300
    before = room.overlay.hash
    room.restarted()
    assert room.overlay.hash == before != ""
    assert room.decide() == "allow"
    room.clock._elapsed = 600
    assert room.decide() == "confirm"
    room.restarted()
    assert room.overlay.grants == ()


def test_it_ends_with_its_uses_also_over_a_restart(room: Room) -> None:
    grant = room.granted(uses=2)
    room.overlay.use(grant.id)
    room.restarted()
    assert room.decide() == "allow"
    room.overlay.use(grant.id)
    assert room.decide() == "confirm"
    with pytest.raises(Refused, match="over"):
        room.overlay.use(grant.id)
    room.restarted()
    assert room.decide() == "confirm"


def test_each_act_under_it_is_counted_by_the_daemon_that_runs(room: Room) -> None:
    grant = room.granted(uses=2)
    room.overlay.use(grant.id)
    room.overlay.use(grant.id)
    with pytest.raises(Refused, match="over"):
        room.overlay.use(grant.id)
    assert room.decide() == "confirm"


def test_a_row_with_no_use_left_is_left_out(room: Room) -> None:
    grant = room.granted()
    for uses in (0, -1):
        room.overlay.keep(replace(grant, id=f"used {uses}", uses=uses))
    room.restarted()
    assert [one.id for one in room.overlay.grants] == [grant.id]


def test_nothing_is_done_under_a_grant_that_is_over(room: Room) -> None:
    grant = room.granted()
    room.overlay.use(grant.id)
    assert room.overlay.end(grant.id)
    assert not room.overlay.end(grant.id)
    assert room.decide() == "confirm"
    with pytest.raises(Refused):
        room.overlay.use(grant.id)
    room.restarted()
    assert room.decide() == "confirm"


def test_all_of_them_can_be_ended_at_once(room: Room) -> None:
    room.granted()
    room.granted(Action("lock.lock", ("lock.front",)))
    assert room.overlay.end_all() == 2
    assert room.decide() == "confirm"


def test_a_database_that_takes_nothing_keeps_no_grant_in_force(room: Room) -> None:
    room.granted()
    room.granted(Action("lock.lock", ("lock.front",)))
    room.db.conn.execute("pragma query_only = on")
    with pytest.raises(Broken):
        room.overlay.end_all()
    assert room.overlay.grants == ()
    assert room.decide() == "confirm"


def test_what_was_asked_about_one_thing_is_no_answer_about_another_in_the_same_plan(room: Room) -> None:
    front, shed = Action("lock.unlock", ("lock.front",)), Action("lock.lock", ("lock.shed",))
    pending = replace(room.asked(), actions=(front, shed))
    asks = RULES.asks(HOUSE, UNLOCK, ANNA, room.clock.now()) | RULES.asks(HOUSE, shed, ANNA, room.clock.now())
    grant = room.overlay.grant(pending, asks, author="anna", seconds=60)
    assert grant.covers(REGISTRY, front, ANNA, asks)
    for other in (Action("lock.unlock", ("lock.shed",)), UNLOCK, Action("lock.unlock")):
        assert not grant.covers(REGISTRY, other, ANNA, asks)


def test_where_nothing_was_asked_nothing_is_answered(room: Room) -> None:
    assert not room.granted().covers(REGISTRY, UNLOCK, ANNA, ())


def test_a_yes_for_a_task_holds_in_that_task(room: Room) -> None:
    rules = policy({**ASK, "ask": {"grant": "task"}})
    room.granted(rules=rules, seconds=None)
    assert room.decide(rules=rules) == "allow"
    assert room.decide(rules=rules, origin=replace(ANNA, conversation="c2")) == "confirm"
    assert room.decide(rules=rules, origin=replace(ANNA, task="t")) == "confirm"
    room.clock._elapsed = TASK_S
    assert room.decide(rules=rules) == "confirm"


def test_what_may_not_be_granted_is_not(room: Room) -> None:
    asks = RULES.asks(HOUSE, UNLOCK, ANNA, room.clock.now())
    asked = room.asked()
    nobody = replace(asked, origin=Origin("voice:hall"))
    house = replace(asked, origin=replace(ANNA, person=None))
    unproven = replace(asked, origin=replace(ANNA, authenticated=False))
    each_time = replace(asked, terms=Terms())
    nameless = replace(asked, terms=Terms(once_per_task=True), origin=replace(ANNA, conversation=""))
    for pending, wrong in (
        (asked, {"seconds": 1801.0}),
        (asked, {"seconds": 0.0}),
        (asked, {"seconds": float("nan")}),
        (asked, {"seconds": None}),
        (asked, {"seconds": 60.0, "uses": 0}),
        (nobody, {"seconds": 60.0}),
        (house, {"seconds": 60.0}),
        (unproven, {"seconds": 60.0}),
        (each_time, {"seconds": 60.0}),
        (nameless, {"seconds": None}),
    ):
        with pytest.raises(Refused):
            room.overlay.grant(pending, asks, author="anna", **wrong)  # type: ignore[arg-type]
    with pytest.raises(Refused):
        room.overlay.grant(asked, (), author="anna", seconds=60)


def test_something_else_under_the_same_id_is_not_what_was_granted(room: Room) -> None:
    room.granted()
    thief = replace(REGISTRY, entities={**REGISTRY.entities, "lock.front": Entity("lock.front", "T", registry_id="t")})
    assert room.decide(house=House(thief, {})) == "confirm"
    gone = replace(REGISTRY, entities={"lock.shed": REGISTRY.entities["lock.shed"]})
    assert RULES.decide(House(gone, {}), UNLOCK, ANNA, room.clock.now(), overlay=room.overlay).effect == "deny"


def test_a_script_that_does_something_else_now_is_not_what_was_granted(room: Room) -> None:
    script, lock = Action("script.turn_on", ("script.s",)), Action("lock.unlock", ("lock.front",))
    entities = {**REGISTRY.entities, "script.s": Entity("script.s", "S", registry_id="id of script.s")}
    rules = policy(ASK, {"id": "s", "allow": "script.*", "on": {"entity": "script.s"}})
    does = House(Registry(entities=entities, steps={"script.s": (lock,)}), {})
    now = room.clock.now()
    pending = replace(room.asked(lock), actions=(script,), things={"script.s": "id of script.s"})
    room.overlay.keep(room.overlay.grant(pending, rules.asks(does, script, ANNA, now), author="anna", seconds=600))
    assert room.decide(script, rules=rules, house=does) == "allow"
    other = House(Registry(entities=entities, steps={"script.s": (Action("lock.unlock", ("lock.shed",)),)}), {})
    assert room.decide(script, rules=rules, house=other) == "confirm"


@pytest.mark.parametrize(
    "statement",
    [
        "update overlay set expires = '2027-01-01T00:00:00+00:00'",
        "update overlay set created = '2026-01-04T00:00:00+00:00'",
        "update overlay set author = 'ben'",
        "update overlay set reason = 'other'",
        "update overlay set body = '{}'",
        "update overlay set body = '[]'",
        "update overlay set body = 'null'",
        "update overlay set body = 'not json'",
        "update overlay set body = x'ff00'",
        "update overlay set id = 'another'",
    ],
)
def test_a_row_that_was_changed_is_left_out_and_told_of(
    room: Room, statement: str, caplog: pytest.LogCaptureFixture
) -> None:
    room.granted()
    room.db.execute(statement)
    with caplog.at_level(logging.ERROR):
        room.restarted()
    assert room.decide() == "confirm"
    assert "not what was written" in caplog.text


@pytest.mark.parametrize("key", ["uses", "task", "things", "origin", "actions", "asks", "expires"])
def test_a_body_that_was_changed_is_left_out(room: Room, key: str) -> None:
    grant = room.granted(uses=1)
    ((body,),) = room.db.execute("select body from overlay").fetchall()
    written = json.loads(body)
    written[key] = {"uses": 99, "task": "x", "things": {}, "actions": [], "asks": []}.get(key)
    room.db.execute("update overlay set body = ?", (json.dumps(written),))
    room.restarted()
    assert grant.id not in {one.id for one in room.overlay.grants}


def test_a_row_that_the_log_does_not_know_is_left_out(room: Room) -> None:
    grant = room.granted(uses=3)
    room.overlay.use(grant.id)
    assert Overlay(room.db, room.clock, lambda *row: row == (grant.id, digest(grant))).grants != ()
    assert Overlay(room.db, room.clock, lambda *_: False).grants == ()


def test_the_hash_names_what_is_in_force(room: Room) -> None:
    room.granted()
    one = room.overlay.hash
    grant = room.granted(Action("lock.lock", ("lock.front",)))
    assert len({one, room.overlay.hash, ""}) == 3
    room.overlay.end(grant.id)
    assert room.overlay.hash == one


@pytest.mark.parametrize("erasure", [Erasure(person="anna"), Erasure(everything=True), Erasure(words=("lock.front",))])
def test_what_is_forgotten_of_a_grant_is_what_is_over(room: Room, erasure: Erasure) -> None:
    over = room.granted()
    room.overlay.end(over.id)
    held = room.granted()
    assert room.overlay.erase(Erasure(person="ben", words=("something else",))) == 0
    assert room.overlay.erase(erasure) == 1
    assert [row["id"] for row in room.db["overlay"].rows] == [held.id]
    assert room.decide() == "allow"
