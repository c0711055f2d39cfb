"""Nothing is written about anybody who has not agreed, whichever way it may have come about."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claw.base.erasure import Erasure
from claw.base.errors import Broken
from claw.gate.cause import Kind, Who
from claw.house.backend import Link
from claw.house.mirror import Mirror
from claw.house.model import Cause, Change, Entity, House, Registry, State
from claw.memory.observed import MOST_WAITING, Observed
from claw.policy.people import People, Person
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.held_clock import HeldClock

PEOPLE = People(
    [
        Person("anna", "Anna", "owner"),
        Person("ben", "Ben", "adult"),
        Person("cleo", "Cleo", "child"),
        Person("gus", "Gus", "guest"),
    ]
)
LAMP, LOCK = "light.hall", "lock.door"
BEN = Who("person", "Ben")


class Watched:
    """A lamp and a lock, somebody who moves them, and what was written of it."""

    def __init__(self, folder: Path) -> None:
        self.clock = HeldClock()
        self.mirror = Mirror(self.clock)
        self.db = open_database(folder / "claw.db")
        migrate(self.db)
        self.who: dict[str | None, Who] = {}
        self.agreed: set[str] = set()
        self.observed = Observed(
            self.db, self.clock, self.mirror, self._behind, PEOPLE, lambda person: person in self.agreed
        )
        self.awake: list[str] = []
        self.observed.active.append(self.awake.append)
        self.mirror.watch(self.observed.take)
        self.sync()
        self._contexts = 0

    def _behind(self, context: str | None, cause: Cause | None) -> Who:
        del cause
        return self.who.get(context, Who("hand"))

    def sync(self, lamp: str = "off") -> None:
        registry = Registry(
            entities={LAMP: Entity(LAMP, "Hall", registry_id="reg-lamp"), LOCK: Entity(LOCK, "Door")},
        )
        self.mirror.linked(Link("lost"))
        self.mirror.synced(House(registry, {LAMP: State("unknown"), LOCK: State("locked")}))
        self.mirror.changed([Change(LAMP, State(lamp))])
        self.mirror.linked(Link("ready"))

    def change(self, value: str, who: Who, entity: str = LAMP, parent: str | None = None, **attributes: Any) -> None:
        self._contexts += 1
        context = f"c{self._contexts}"
        self.who[context] = who
        cause = Cause(parent=parent)
        self.mirror.changed([Change(entity, State(value, attributes, self.clock.now(), context, cause))])

    def rows(self) -> list[tuple[Any, ...]]:
        return self.db.execute(
            "select entity, before, after, cause, person, run, audit from changes order by id"
        ).fetchall()

    def written(self, who: Who, parent: str | None = None) -> list[tuple[Any, ...]]:
        """Have ``who`` turn the lamp on, and return what was written of it."""
        self.change("on", who, parent=parent)
        self.observed.flush()
        return self.rows()


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path)
    yield made
    made.db.close()


def test_what_somebody_does_who_agreed_is_written_by_what_the_thing_is_not_its_name(watched: Watched) -> None:
    watched.agreed.add("ben")
    assert watched.written(BEN) == [("reg-lamp", "off", "on", "person", "ben", None, None)]
    assert watched.awake == ["ben"]


def test_nothing_is_written_before_anybody_agreed(watched: Watched) -> None:
    assert watched.written(BEN) == []
    assert watched.written(Who("claw", "Ben", "web", 7)) == []
    assert watched.written(Who("hand")) == []
    assert watched.written(Who("automation", run="automation.x")) == []
    assert watched.awake == []


def test_anothers_yes_is_none_for_me(watched: Watched) -> None:
    watched.agreed |= {"anna", "cleo"}
    assert watched.written(BEN) == []


def test_a_guest_cannot_agree(watched: Watched) -> None:
    watched.agreed |= {"anna", "ben", "gus"}
    assert watched.written(Who("person", "Gus")) == []


def test_what_claw_did_for_somebody_is_theirs_with_its_number_in_the_log(watched: Watched) -> None:
    watched.agreed.add("anna")
    assert watched.written(Who("claw", "Anna", "web", 7)) == [("reg-lamp", "off", "on", "claw", "anna", None, 7)]


@pytest.mark.parametrize("who", [Who("hand"), Who("claw", None, "voice:hall", 3), Who("unnamed")])
def test_an_unknown_hand_is_written_only_where_every_owner_and_adult_agreed(watched: Watched, who: Who) -> None:
    watched.agreed |= {"anna", "cleo"}
    assert watched.written(who) == []
    watched.agreed.add("ben")
    watched.change("off", BEN)
    (row, last) = watched.written(who)
    assert row[4] == "ben"
    assert last[4] is None


@pytest.mark.parametrize("kind", ["stranger", "unseen"])
def test_a_stranger_is_never_written(watched: Watched, kind: Kind) -> None:
    watched.agreed |= {"anna", "ben", "cleo", "gus"}
    assert watched.written(Who(kind)) == []


def test_somebody_whose_name_two_people_have_is_nobody(watched: Watched) -> None:
    watched.observed._people = People([Person("b1", "Ben", "adult"), Person("b2", "Ben", "adult")])
    watched.agreed |= {"b1", "b2"}
    assert watched.written(BEN) == []


def test_an_automation_by_the_clock_tells_of_nobody(watched: Watched) -> None:
    watched.agreed.add("ben")
    rows = watched.written(Who("automation", run="automation.evening"))
    assert rows == [("reg-lamp", "off", "on", "automation", None, "automation.evening", None)]


@pytest.mark.parametrize(
    "who",
    [
        Who("automation", run="automation.motion", trigger="binary_sensor.motion"),
        Who("automation", run="automation.motion"),
        Who("automation", run="automation.button", after=Who("person", "Anna")),
        Who("script", run="script.movie", after=Who("automation", after=Who("person", "Anna"))),
    ],
)
def test_an_automation_that_a_movement_set_off_tells_of_whoever_moved(watched: Watched, who: Who) -> None:
    watched.agreed.add("ben")
    assert watched.written(who, parent="p") == []
    watched.agreed.add("anna")
    watched.change("off", Who("stranger"))
    assert [row[3] for row in watched.written(who, parent="p")] == ["automation"]


def test_a_routine_of_claws_own_is_nobodys_hand(watched: Watched) -> None:
    watched.agreed.add("ben")
    assert watched.written(Who("claw", "Anna", "routine", 5)) == [("reg-lamp", "off", "on", "claw", None, None, 5)]


def test_a_lock_is_never_written(watched: Watched) -> None:
    watched.agreed |= {"anna", "ben"}
    watched.change("unlocked", BEN, LOCK)
    assert watched.observed.flush() == 0


def test_a_lamp_that_fades_is_written_once(watched: Watched) -> None:
    watched.agreed.add("ben")
    watched.who["fade"] = BEN
    for brightness in (10, 80, 160, 255):
        state = State("on", {"brightness": brightness}, watched.clock.now(), "fade")
        watched.mirror.changed([Change(LAMP, state)])
    assert watched.observed.flush() == 1
    assert watched.rows()[0][1:3] == ("off", "on 100")


async def test_two_changes_by_hand_are_two(watched: Watched) -> None:
    watched.agreed |= {"anna", "ben"}
    watched.mirror.changed([Change(LAMP, State("on"))])
    await watched.clock.advance(60)
    watched.mirror.changed([Change(LAMP, State("off"))])
    assert watched.observed.flush() == 2


def test_what_was_found_so_after_the_house_was_out_of_sight_is_not_written(watched: Watched) -> None:
    watched.agreed |= {"anna", "ben"}
    watched.sync(lamp="on")
    assert watched.observed.flush() == 0
    watched.change("off", BEN)
    assert watched.observed.flush() == 1


def test_a_full_disk_loses_nothing(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    watched.agreed.add("ben")
    watched.change("on", BEN)
    watched.db.execute("pragma query_only = on")
    with pytest.raises(Broken):
        watched.observed.flush()
    watched.db.execute("pragma query_only = off")
    assert watched.observed.flush() == 1


async def test_a_look_that_fails_is_taken_up_again(watched: Watched) -> None:
    watched.agreed.add("ben")
    watched.change("on", BEN)
    watched.db.execute("pragma query_only = on")
    await watched.observed.look()
    watched.db.execute("pragma query_only = off")
    await watched.observed.look()
    assert len(watched.rows()) == 1


def test_what_waits_has_an_end(watched: Watched) -> None:
    for number in range(MOST_WAITING + 10):
        watched.change("on" if number % 2 == 0 else "off", BEN)
    assert len(watched.observed._waiting) == MOST_WAITING


def test_whoever_takes_their_yes_back_has_nothing_left(watched: Watched) -> None:
    watched.agreed |= {"anna", "ben"}
    watched.change("on", BEN)
    watched.change("off", Who("person", "Anna"))
    watched.change("on", Who("hand"))
    watched.change("off", Who("automation", run="automation.x"))
    watched.observed.flush()
    assert watched.observed.drop("ben") == 2
    assert [row[4] for row in watched.rows()] == ["anna", None]


async def test_what_is_older_than_habits_are_looked_for_goes(watched: Watched) -> None:
    watched.agreed.add("ben")
    watched.change("on", BEN)
    await watched.clock.advance(100)
    watched.change("off", BEN)
    watched.observed.flush()
    (at,) = watched.db.execute("select max(at) from changes").fetchone()
    assert watched.observed.expire(watched.clock.now()) == 1
    assert watched.db.execute("select at from changes").fetchall() == [(at,)]


async def test_what_waits_is_forgotten_with_the_rest(watched: Watched) -> None:
    watched.agreed.add("ben")
    watched.change("on", BEN)
    await watched.clock.advance(100)
    noon = watched.clock.now()
    watched.change("off", BEN)
    assert watched.observed.erase(Erasure(memories=frozenset({1}))) == 0
    assert watched.observed.erase(Erasure(since=noon)) == 1
    assert watched.observed.erase(Erasure(person="anna")) == 1
    assert watched.observed.flush() == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    agreed=st.sets(st.sampled_from(["anna", "ben", "cleo", "gus"])),
    kind=st.sampled_from(["claw", "person", "automation", "script", "stranger", "unnamed", "hand", "unseen"]),
    person=st.sampled_from([None, "Anna", "Ben", "Cleo", "Gus", "Nobody"]),
    channel=st.sampled_from(["web", "voice:hall", "cli", ""]),
    after=st.none() | st.builds(Who, st.just("person"), st.sampled_from(["Anna", "Ben", "Gus"])),
)
def test_no_row_ever_tells_of_somebody_who_did_not_agree(
    watched: Watched, agreed: set[str], kind: Kind, person: str | None, channel: str, after: Who | None
) -> None:
    watched.db.execute("delete from changes")
    watched.agreed = agreed
    watched.change("off", Who("stranger"))
    watched.observed.flush()
    who = Who(kind, person, channel, after=after)
    rows = watched.written(who, parent="p")
    everybody = {"anna", "ben"} <= agreed
    for row in rows:
        if row[4] is not None:
            assert row[4] in agreed - {"gus"}
        elif row[3] == "hand":
            assert everybody
        elif after is not None and kind != "claw":
            assert str(after.person).casefold() in agreed - {"gus"} or (person or "").casefold() in agreed
        else:
            assert everybody
