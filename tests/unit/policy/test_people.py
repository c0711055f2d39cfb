from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from claw.base.errors import Broken
from claw.policy.people import Hours, People, Person

ANNA = Person("anna", "Anna", "owner", uid=1000)
MIA = Person("mia", "Mia", "child")


def test_people_are_found_by_id_and_by_unix_user() -> None:
    people = People([ANNA, MIA])
    assert people.get("mia") is MIA
    assert people.by_uid(1000) is ANNA
    assert list(people) == [ANNA, MIA]
    assert len(people) == 2


def test_nobody_has_no_role() -> None:
    people = People([ANNA])
    assert people.role("anna") == "owner"
    assert people.role("stranger") is None
    assert people.role(None) is None
    assert people.get(None) is None
    assert people.by_uid(0) is None


@pytest.mark.parametrize("other", [Person("anna", "Other", "guest"), Person("other", "Other", "guest", uid=1000)])
def test_two_people_share_neither_id_nor_unix_user(other: Person) -> None:
    with pytest.raises(Broken, match="anna"):
        People([ANNA, other])


def test_the_table_is_the_same_in_any_order_and_differs_with_any_field() -> None:
    assert People([ANNA, MIA]).table() == People([MIA, ANNA]).table()
    assert People([ANNA, MIA]).table() != People([ANNA, Person("mia", "Mia", "adult")]).table()


CLEO = Person("cleo", "Cleo", "service", hours=(Hours("22:00", "02:00", ("fri",)),), end=date(2026, 1, 9))


@pytest.mark.parametrize(
    ("moment", "counts"),
    [
        ("2026-01-09 21:59", False),
        ("2026-01-09 22:00", True),  # a Friday, and the last day
        ("2026-01-10 00:00", False),
        ("2026-01-02 23:00", True),
        ("2026-01-03 01:59", True),
        ("2026-01-03 02:00", False),
        ("2026-01-08 23:00", False),
    ],
)
def test_somebody_counts_in_their_hours_until_their_last_day_is_over(moment: str, counts: bool) -> None:
    people, now = People([CLEO, ANNA]), datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert people.counts(CLEO, now) is counts
    assert people.role("cleo", now) == ("service" if counts else None)
    assert people.role("anna", now) == "owner"
    assert people.role("cleo") == "service"


def test_of_several_hours_one_is_enough() -> None:
    dora = Person("dora", "Dora", "service", hours=(Hours("08:00", "09:00"), Hours("18:00", "19:00")))
    people = People([dora])
    counts = [people.counts(dora, datetime(2026, 1, 5, hour, 30, tzinfo=UTC)) for hour in (7, 8, 12, 18, 19)]
    assert counts == [False, True, False, True, False]


def test_where_the_time_is_not_known_only_who_always_counts_does() -> None:
    people = People([CLEO, ANNA])
    assert people.counts(ANNA, None)
    assert not people.counts(CLEO, None)


@pytest.mark.parametrize("hours", [Hours("07:00", "07:00"), Hours("24:00", "07:00"), Hours("07:00", "08:00", ("x",))])
def test_hours_that_hold_no_time_are_refused(hours: Hours) -> None:
    with pytest.raises(Broken, match="hours of 'x'"):
        People([Person("x", "X", "guest", hours=(hours,))])


@pytest.mark.parametrize(
    "change",
    [{"entity": "person.a"}, {"rooms": ("hall",)}, {"hours": (Hours("07:00", "08:00"),)}, {"end": date(2026, 1, 1)}],
)
def test_the_table_covers_where_and_when_somebody_counts(change: dict[str, Any]) -> None:
    assert People([replace(ANNA, **change)]).table() != People([ANNA]).table()


def test_people_are_replaced_whole_or_not_at_all() -> None:
    people = People([ANNA, MIA])
    people.replace([MIA])
    assert (people.get("anna"), people.by_uid(1000), dict(people.roles)) == (None, None, {"mia": "child"})
    for odd in ([ANNA, ANNA], [ANNA, Person("other", "Other", "guest", uid=1000)]):
        with pytest.raises(Broken):
            people.replace(odd)
    with pytest.raises(Broken):
        people.replace([Person("eve", "Eve", "guest", hours=(Hours("22:00", "22:00"),))])
    assert list(people) == [MIA]
    assert people.get("eve") is None


def test_who_is_shut_out_has_a_name_and_nothing_else() -> None:
    people = People([replace(ANNA, barred=True), MIA])
    assert people.get("anna") == replace(ANNA, barred=True)
    assert people.role("anna") is None
    assert people.role("anna", datetime(2026, 1, 5, tzinfo=UTC)) is None
    assert not people.counts(replace(ANNA, barred=True), datetime(2026, 1, 5, tzinfo=UTC))
    assert not people.counts(replace(ANNA, barred=True), None)
    assert people.by_uid(1000) is None
    assert dict(people.roles) == {"mia": "child"}
