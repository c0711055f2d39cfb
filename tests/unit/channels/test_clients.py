import secrets
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from claw.base.action import Origin
from claw.base.errors import Broken, Refused
from claw.channels.clients import (
    DEFAULT_CEILING,
    EVERY_RIGHT,
    MODEL_CEILING,
    MOST_OVER,
    MOST_SESSIONS,
    SIGN_IN_TRIES,
    Clients,
    place_of,
)
from claw.channels.codes import ALPHABET
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.held_clock import HeldClock


class Household:
    def __init__(self) -> None:
        self.roles = {"anna": "owner", "mia": "child", "eve": "guest"}

    def role(self, person_id: str | None) -> str | None:
        return self.roles.get(person_id or "")


@pytest.fixture
def db(tmp_path: Path) -> Database:
    opened = open_database(tmp_path / "claw.db")
    migrate(opened)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def household() -> Household:
    return Household()


@pytest.fixture
def clients(db: Database, clock: HeldClock, household: Household) -> Clients:
    return Clients(db, clock, household)


def test_a_token_is_recognised_as_its_client(clients: Clients) -> None:
    client, token = clients.issue("kitchen tablet", "anna")
    found = clients.recognise(token)
    assert found is not None
    assert (found.id, found.person, found.ceiling) == (client.id, "anna", DEFAULT_CEILING)


def test_a_token_is_256_random_bits_and_only_its_hash_is_kept(clients: Clients, db: Database, tmp_path: Path) -> None:
    _, token = clients.issue("script", "anna")
    key = token.partition(".")[2]
    assert len(key) >= 43
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert key.encode() not in stored
    assert len(next(iter(db["clients"].rows))["hash"]) == 64


@pytest.mark.parametrize("change", ["", "x", ".", "claw_", "claw_.", "claw_zzzz.yyyy"])
def test_what_is_not_a_token_is_nobody(clients: Clients, change: str) -> None:
    clients.issue("script", "anna")
    assert clients.recognise(change) is None


@given(text=st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_no_text_is_a_client_without_a_secret(text: str) -> None:
    db = Database(memory=True)
    migrate(db)
    clients = Clients(db, HeldClock(), Household())
    client, _ = clients.issue("script", "anna")
    assert clients.recognise(text) is None
    assert clients.recognise(f"claw_{client.id}.{text}") is None
    db.close()


def test_a_token_ends_when_it_expires(clients: Clients, clock: HeldClock) -> None:
    _, token = clients.issue("script", "anna", life=timedelta(hours=1))
    clock._start += timedelta(minutes=59)
    assert clients.recognise(token) is not None
    clock._start += timedelta(minutes=1)
    assert clients.recognise(token) is None


def test_a_revoked_token_is_nobody_also_after_a_restart(
    clients: Clients, db: Database, clock: HeldClock, household: Household
) -> None:
    client, token = clients.issue("script", "anna")
    clients.revoke(client.id)
    assert clients.recognise(token) is None
    assert Clients(db, clock, household).recognise(token) is None


def test_a_token_survives_a_restart(clients: Clients, db: Database, clock: HeldClock, household: Household) -> None:
    _, token = clients.issue("script", "anna", {"stop"})
    found = Clients(db, clock, household).recognise(token)
    assert found is not None
    assert found.ceiling == {"stop"}


def test_somebody_who_left_the_household_has_no_clients(clients: Clients, household: Household) -> None:
    _, token = clients.issue("script", "anna")
    del household.roles["anna"]
    assert clients.recognise(token) is None


def test_last_use_is_written_at_most_once_a_minute(clients: Clients, db: Database, clock: HeldClock) -> None:
    _, token = clients.issue("script", "anna")

    def written() -> str | None:
        clients.flush()
        return next(iter(db["clients"].rows))["last_used"]

    clients.recognise(token)
    first = written()
    assert first is not None
    clock._start += timedelta(seconds=30)
    clients.recognise(token)
    assert written() == first
    clock._start += timedelta(seconds=31)
    clients.recognise(token)
    assert written() > first


@pytest.mark.parametrize(
    ("name", "person", "ceiling"),
    [("x", "nobody", {"talk"}), ("x", "anna", {"everything"}), ("", "anna", {"talk"}), ("a\nb", "anna", {"talk"})],
)
def test_a_client_that_makes_no_sense_is_refused(clients: Clients, name: str, person: str, ceiling: set[str]) -> None:
    with pytest.raises(Refused):
        clients.issue(name, person, ceiling)
    assert clients.all() == []


def test_a_code_signs_in_once(clients: Clients) -> None:
    code = clients.sign_in_code("anna")
    assert len(code) == 8
    assert set(code) <= set(ALPHABET)
    client, secret = clients.sign_in(code, "Firefox")
    assert client.kind == "session"
    assert client.ceiling == EVERY_RIGHT
    assert clients.recognise(secret) is not None
    with pytest.raises(Refused):
        clients.sign_in(code, "Firefox")


def test_a_code_is_read_as_a_person_types_it(clients: Clients) -> None:
    code = clients.sign_in_code("anna")
    assert clients.sign_in(f" {code[:4].lower()}-{code[4:].lower()} ", "x")[0].person == "anna"


def test_a_code_ends_after_ten_minutes(clients: Clients, clock: HeldClock) -> None:
    code = clients.sign_in_code("anna")
    clock._start += timedelta(minutes=10)
    with pytest.raises(Refused):
        clients.sign_in(code, "x")


def test_many_wrong_tries_void_every_code_that_stands(clients: Clients) -> None:
    codes = [clients.sign_in_code("anna"), clients.sign_in_code("mia")]
    for _ in range(SIGN_IN_TRIES):
        with pytest.raises(Refused):
            clients.sign_in("".join(secrets.choice(ALPHABET) for _ in range(8)), "x")
    for code in codes:
        with pytest.raises(Refused):
            clients.sign_in(code, "x")


def test_one_less_does_not(clients: Clients) -> None:
    code = clients.sign_in_code("anna")
    for _ in range(SIGN_IN_TRIES - 1):
        with pytest.raises(Refused):
            clients.sign_in("22222222", "x")
    assert clients.sign_in(code, "x")[0].person == "anna"


def test_a_new_code_voids_the_earlier_one(clients: Clients) -> None:
    first = clients.sign_in_code("anna")
    clients.sign_in_code("anna")
    with pytest.raises(Refused):
        clients.sign_in(first, "x")


def test_a_guest_may_not_read_the_log_or_reset(clients: Clients) -> None:
    client, _ = clients.sign_in(clients.sign_in_code("eve"), "x")
    assert client.ceiling == {"talk", "stop"}


def test_a_code_is_for_people_of_the_household(clients: Clients) -> None:
    with pytest.raises(Refused):
        clients.sign_in_code("mallory")


def test_a_damaged_row_is_said_and_not_skipped(
    clients: Clients, db: Database, clock: HeldClock, household: Household
) -> None:
    client, _ = clients.issue("script", "anna")
    with db.conn:
        db.execute("update clients set expires = 'soon' where id = ?", [client.id])
    with pytest.raises(Broken):
        Clients(db, clock, household)


def test_a_database_that_cannot_be_written_issues_nothing(clients: Clients, db: Database) -> None:
    db.execute("pragma query_only=on")
    with pytest.raises(Broken):
        clients.issue("script", "anna")
    assert clients.all() == []


def test_a_shared_screen_is_a_place_and_may_only_talk_and_stop(db: Database, clock: HeldClock) -> None:
    clients = Clients(db, clock, Household(), lambda _: False, lambda: {"kitchen"})
    session, secret = clients.sign_in(clients.sign_in_code("screen:kitchen"), "a tablet")
    assert (session.person, session.ceiling) == ("screen:kitchen", {"talk", "stop"})
    assert clients.recognise(secret) is not None
    token, _ = clients.issue("a frame", "screen:kitchen", EVERY_RIGHT)
    assert token.ceiling == {"talk", "stop"}
    assert place_of("screen:kitchen") == "kitchen"
    assert place_of("anna") is None
    later = Clients(db, clock, Household())
    assert later.recognise(secret) is not None, "the house is not there yet, and the screen hangs where it hung"
    for nowhere in ("screen:", "screen:attic", "screen", "screen:Kitchen"):
        with pytest.raises(Refused):
            clients.sign_in_code(nowhere)
    with pytest.raises(Refused, match="no room"):
        later.sign_in_code("screen:kitchen")


def test_what_speaks_for_a_model_may_never_more_than_talk_and_stop(
    clients: Clients, db: Database, clock: HeldClock, household: Household
) -> None:
    client, token = clients.issue("some chat", "anna", EVERY_RIGHT, kind="model")
    assert (client.kind, client.ceiling) == ("model", MODEL_CEILING)
    again = Clients(db, clock, household).recognise(token)
    assert again is not None
    assert (again.kind, again.ceiling) == ("model", MODEL_CEILING)


def test_a_row_of_a_kind_that_there_is_not_is_no_way_in(
    clients: Clients, db: Database, clock: HeldClock, household: Household
) -> None:
    client, _ = clients.issue("some chat", "anna")
    db.table("clients").update(client.id, {"kind": "master"})
    with pytest.raises(Broken, match="master"):
        Clients(db, clock, household)


def test_whoever_proved_to_be_somebody_gets_a_session_of_theirs_and_an_unknown_one_gets_none(clients: Clients) -> None:
    client, secret = clients.enter("mia", "a browser" * 20)
    found = clients.recognise(secret)
    assert found is not None
    assert (found.id, found.kind, found.person) == (client.id, "session", "mia")
    assert not found.may("reset")
    with pytest.raises(Refused):
        clients.enter("stranger", "x")


def test_outside_of_their_hours_nobody_signs_in(db: Database, clock: HeldClock, household: Household) -> None:
    clients = Clients(db, clock, household, lambda person: person != "eve")
    with pytest.raises(Refused, match="now"):
        clients.enter("eve", "x")


async def test_one_session_too_many_ends_the_one_that_was_not_used_for_longest(
    clients: Clients, clock: HeldClock
) -> None:
    made: list[tuple[str, str]] = []
    for _ in range(MOST_SESSIONS):
        client, secret = clients.enter("anna", "x")
        made.append((client.id, secret))
        await clock.advance(120)
    clients.recognise(made[0][1])
    clients.enter("mia", "x")
    clients.enter("anna", "x")
    gone = [ident for ident, secret in made if clients.recognise(secret) is None]
    assert gone == [made[1][0]]


def test_rows_that_are_over_do_not_pile_up(clients: Clients, db: Database) -> None:
    for _ in range(MOST_OVER + 5):
        clients.revoke(clients.enter("anna", "x")[0].id)
    assert len(clients.all()) <= MOST_OVER + 1
    assert db.table("clients").count == len(clients.all())


def test_all_that_somebody_has_is_ended_at_once_or_all_but_one_or_one_kind(clients: Clients, db: Database) -> None:
    kept, _ = clients.enter("anna", "this one")
    _, other = clients.enter("anna", "x")
    _, token = clients.issue("x", "anna")
    _, mias = clients.enter("mia", "x")
    assert clients.end("anna", but=kept.id, kinds=("session",)) == 1
    assert clients.recognise(other) is None
    assert clients.recognise(token) is not None
    assert clients.end("anna") == 2
    assert clients.end("anna") == 0
    assert clients.recognise(token) is None
    assert clients.recognise(mias) is not None
    assert {row["revoked"] is None for row in db.table("clients").rows if row["person"] == "anna"} == {False}


def test_what_is_ended_is_ended_also_where_the_disk_takes_nothing(clients: Clients, db: Database) -> None:
    _, token = clients.issue("x", "anna")
    mia, session = clients.enter("mia", "x")
    db.conn.execute("pragma query_only = on")
    with pytest.raises(Broken):
        clients.end("anna")
    with pytest.raises(Broken):
        clients.revoke(mia.id)
    assert clients.recognise(token) is None
    assert clients.recognise(session) is None


def test_every_change_of_who_may_come_in_is_told_with_who_made_it(clients: Clients) -> None:
    heard: list[tuple[str, str, str, str]] = []
    clients.told.append(lambda what, person, client, by: heard.append((what, person, client, by.channel)))
    by = Origin("cli", "anna")
    token = clients.issue("x", "mia", by=by)[0].id
    code = clients.sign_in_code("mia", by)
    session = clients.sign_in(code, "x")[0].id
    clients.revoke(token, by)
    clients.revoke(token, by)
    clients.end("mia", by=by)
    assert heard == [
        ("issued", "mia", token, "cli"),
        ("code", "mia", "", "cli"),
        ("signed_in", "mia", session, "web"),
        ("ended", "mia", token, "cli"),
        ("ended", "mia", session, "cli"),
    ]


def test_a_code_that_waits_is_voided(clients: Clients) -> None:
    code = clients.sign_in_code("mia")
    assert (clients.forget_code("mia"), clients.forget_code("mia")) == (1, 0)
    with pytest.raises(Refused):
        clients.sign_in(code, "x")
