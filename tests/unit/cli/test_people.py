"""Who belongs to the household, at the command line."""

from tests.cli_room import Cli, FakeDaemon

ANNA = {
    "id": "anna", "name": "Anna", "role": "owner", "configured": True, "barred": False, "password": True,
    "browsers": 1, "programs": 2,
}  # fmt: skip
BEN = ANNA | {"id": "ben", "name": "Ben", "role": "adult", "configured": False, "barred": True, "password": False}
BEN |= {"browsers": 0, "programs": 0}


def test_everybody_is_listed_with_how_they_come_in(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["people"] = {"ok": [ANNA, BEN]}
    anna, ben = claw("people", "list").out.splitlines()
    assert anna.split() == [
        *("anna", "owner", "Anna", "(from", "the", "configuration)"),
        *("1", "browser,", "2", "programs,", "a", "password"),
    ]
    assert ben.endswith("(from the page)    shut out")


def test_where_nobody_is_known_the_first_step_is_said(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["people"] = {"ok": []}
    assert "claw people first" in claw("people", "list").out
    daemon.answers["people_first"] = {"ok": {"code": "ABCD2345"}}
    assert claw("people", "first").out == "ABCD2345\n"


def test_somebody_is_let_in_with_a_code(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["people_add"] = {"ok": {"person": "ben", "code": "ABCD2345"}}
    assert claw("people", "add", "Ben", "--role", "adult").out.splitlines() == [
        "ben belongs to the household now.",
        "Code to sign in: ABCD2345",
    ]
    assert daemon.asked == [{"do": "people_add", "name": "Ben", "kind": "adult"}]


def test_who_is_shut_out_is_said_with_what_ended_and_how_to_let_them_in_again(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["people_revoke"] = {"ok": {"person": "ben", "ended": {"codes": 1, "grants": 2}}}
    assert claw("people", "revoke", "Ben").out.splitlines() == [
        "ben is shut out; ended: 1 codes, 2 grants.",
        "To let them in again: claw people admit ben",
    ]
    daemon.answers["people_admit"] = {"ok": {"person": "ben"}}
    assert claw("people", "admit", "ben").out == "ben counts again.\n"
    assert daemon.asked == [{"do": "people_revoke", "person": "Ben"}, {"do": "people_admit", "person": "ben"}]


def test_what_could_not_be_ended_is_an_error(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["people_revoke"] = {"error": {"kind": "broken", "text": "they are shut out, but their chats"}}
    assert claw("people", "revoke", "ben").code == 1
