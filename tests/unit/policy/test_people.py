import pytest

from claw.base.errors import Broken
from claw.policy.people import People, Person

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
