"""Who belongs to the household changes on disk, in the table and in the policy, together."""

from collections.abc import Callable

import pytest
from sqlite_utils import Database

from claw.base.errors import Broken, Invalid, Refused
from claw.policy.admitted import Admitted
from claw.policy.household import Household
from claw.policy.people import People, Person
from claw.store.migrations import migrate
from tests.held_clock import HeldClock

ANNA = Person("anna", "Anna", "owner", uid=1000)


class Rules:
    """A policy that counts how often it came into force, with which people, and may not fit."""

    def __init__(self) -> None:
        self.people: People | None = None
        self.in_force: list[dict[str | None, str]] = []
        self.fits = True

    def anew(self) -> Callable[[], None]:
        if not self.fits:
            raise Invalid("policy.yaml", 3, "found rooms: own")
        return lambda: self.in_force.append(dict(self.people.roles if self.people else {}))


class Room:
    def __init__(self) -> None:
        self.db = Database(memory=True)
        migrate(self.db)
        self.rules = Rules()
        admitted = Admitted(self.db, [ANNA])
        self.people = self.rules.people = People(admitted.people())
        self.household = Household(admitted, self.people, self.rules, HeldClock())

    def after_a_restart(self) -> People:
        return People(Admitted(self.db, [ANNA]).people())


@pytest.fixture
def room() -> Room:
    return Room()


def test_whom_the_household_takes_in_counts_at_once_and_in_the_policy(room: Room) -> None:
    ben = room.household.newcomer("Ben", "adult")
    room.household.put(ben)
    assert room.people.role("ben") == "adult"
    assert room.rules.in_force == [{"anna": "owner", "ben": "adult"}]
    assert room.after_a_restart().role("ben") == "adult"


def test_nobody_comes_in_whom_the_policy_does_not_fit(room: Room) -> None:
    room.rules.fits = False
    with pytest.raises(Refused, match="Ben as adult"):
        room.household.put(room.household.newcomer("Ben", "adult"))
    assert room.people.get("ben") is None
    assert room.after_a_restart().get("ben") is None


def test_nobody_comes_in_where_the_disk_takes_nothing(room: Room) -> None:
    room.db.conn.execute("pragma query_only = on")
    with pytest.raises(Broken):
        room.household.put(Person("ben", "Ben", "adult"))
    assert room.people.get("ben") is None
    assert room.rules.in_force == []


@pytest.mark.parametrize("fails", ["nothing", "disk", "policy"])
def test_who_is_shut_out_is_out_whatever_else_fails(room: Room, fails: str) -> None:
    if fails == "disk":
        room.db.conn.execute("pragma query_only = on")
        with pytest.raises(Broken):
            room.household.bar("anna")
    else:
        room.rules.fits = fails != "policy"
        room.household.bar("anna")
    assert room.people.role("anna") is None
    assert room.people.by_uid(1000) is None
    assert room.household.owners() == []


def test_who_is_admitted_again_counts_again(room: Room) -> None:
    room.household.bar("anna")
    room.household.admit("anna")
    assert room.people.by_uid(1000) == ANNA
    assert room.rules.in_force == [{}, {"anna": "owner"}]
    for act in (room.household.bar, room.household.admit):
        with pytest.raises(Refused, match="stranger"):
            act("stranger")


def test_what_the_configuration_says_only_it_changes(room: Room) -> None:
    with pytest.raises(Refused, match="configuration"):
        room.household.with_role("anna", "guest")
    room.household.put(Person("ben", "Ben", "adult"))
    room.household.put(room.household.with_role("ben", "owner"))
    assert [one.id for one in room.household.owners()] == ["anna", "ben"]
    assert [one.id for one in room.household.owners(but="anna")] == ["ben"]
    assert room.household.is_configured("anna")
    assert not room.household.is_configured("ben")
