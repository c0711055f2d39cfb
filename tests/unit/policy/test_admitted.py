"""Who was let in or shut out while the daemon ran, beside the configuration's people."""

from datetime import UTC, datetime

import pytest
from sqlite_utils import Database

from claw.base.errors import Broken, Refused
from claw.policy.admitted import LONGEST_NAME, MOST_PEOPLE, Admitted
from claw.policy.people import People, Person
from claw.store.migrations import migrate

NOW = datetime(2026, 1, 5, tzinfo=UTC)
ANNA = Person("anna", "Anna", "owner", uid=1000)
NAMES = (
    ("  Zoë   Müller ", "zoe_muller"),
    ("Zoe-Muller", "zoe_muller_2"),
    ("李", "person"),
    ("anna!", "anna_2"),
    ("Nobody", "nobody_2"),
)


@pytest.fixture
def db() -> Database:
    made = Database(memory=True)
    migrate(made)
    return made


def test_whom_an_owner_lets_in_is_of_the_household_also_after_a_restart(db: Database) -> None:
    admitted = Admitted(db, [ANNA])
    ben = admitted.newcomer("Ben", "adult")
    assert admitted.people() == (ANNA,), "a newcomer is nobody yet"
    assert admitted.put(ben, NOW) == (ANNA, ben) == Admitted(db, [ANNA]).people()


def test_somebody_whom_the_configuration_names_is_as_it_says(db: Database) -> None:
    Admitted(db).put(Person("anna", "Anna", "guest"), NOW)
    assert Admitted(db, [ANNA]).people() == (ANNA,)
    assert Admitted(db, [ANNA]).is_configured("anna")
    assert not Admitted(db).is_configured("anna")


def test_who_is_shut_out_stays_in_the_table_and_counts_as_nobody_also_after_a_restart(db: Database) -> None:
    admitted = Admitted(db, [ANNA])
    admitted.bar("anna", NOW)
    admitted.bar("anna", NOW)
    for one in (admitted, Admitted(db, [ANNA])):
        people = People(one.people())
        assert people.get("anna") is not None
        assert people.role("anna") is None
        assert people.by_uid(1000) is None
        assert "anna" not in people.roles
    admitted.admit("anna")
    assert People(Admitted(db, [ANNA]).people()).role("anna") == "owner"


def test_a_bar_holds_at_once_where_the_disk_takes_nothing_and_is_lifted_only_on_disk(db: Database) -> None:
    admitted = Admitted(db, [ANNA])
    db.conn.execute("pragma query_only = on")
    with pytest.raises(Broken):
        admitted.bar("anna", NOW)
    assert People(admitted.people()).role("anna") is None
    with pytest.raises(Broken):
        admitted.admit("anna")
    assert People(admitted.people()).role("anna") is None


def test_an_id_comes_from_the_name_and_is_never_somebody_elses(db: Database) -> None:
    admitted = Admitted(db, [ANNA])
    for name, ident in (
        ("  Zoë   Müller ", "zoe_muller"),
        ("Zoe-Muller", "zoe_muller_2"),
        ("李", "person"),
        ("anna!", "anna_2"),
    ):
        found = admitted.newcomer(name, "adult")
        assert found.id == ident
        admitted.put(found, NOW)


@pytest.mark.parametrize("name", ["", "  ", "x" * (LONGEST_NAME + 1), "a\x00b", "anna", "ANNA "])
def test_a_name_that_is_none_or_is_taken_is_refused(db: Database, name: str) -> None:
    with pytest.raises(Refused):
        Admitted(db, [ANNA]).newcomer(name, "adult")


def test_there_is_a_most_of_people(db: Database) -> None:
    admitted = Admitted(db, [Person(f"p{at}", f"P {at}", "guest") for at in range(MOST_PEOPLE)])
    with pytest.raises(Refused, match="already"):
        admitted.newcomer("One More", "guest")


def test_what_would_be_is_not_written(db: Database) -> None:
    admitted = Admitted(db, [ANNA])
    ben = Person("ben", "Ben", "adult")
    assert admitted.with_(ben) == (ANNA, ben)
    assert admitted.people() == (ANNA,)
    admitted.put(ben, NOW)
    assert admitted.with_(Person("ben", "Ben", "child"))[1].role == "child"
    assert admitted.people()[1].role == "adult"


def test_a_row_that_cannot_be_read_ends_the_start(db: Database) -> None:
    db.execute("insert into accounts values ('eve', 'Eve', 'root', '')")
    with pytest.raises(Broken, match="root"):
        Admitted(db)


def test_the_table_is_another_with_a_bar(db: Database) -> None:
    admitted = Admitted(db, [ANNA])
    before = People(admitted.people()).table()
    admitted.bar("anna", NOW)
    assert People(admitted.people()).table() != before
