"""What people say is kept for those who agreed, and of them only what is theirs."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from claw.base.action import Origin
from claw.memory.episodes import Episodes
from claw.memory.listening import KEPT, Listening
from claw.memory.passages import Passages
from claw.memory.residents import Consent
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.held_clock import HeldClock

ANNA = Origin("web", "anna", authenticated=True, conversation="c")
ROLES = {"anna": "owner", "ben": "adult", "carl": "child", "gus": "guest", "dora": "adult"}


@pytest.fixture
def db(tmp_path: Path) -> Database:
    database = open_database(tmp_path / "claw.db")
    migrate(database)
    return database


@pytest.fixture
def episodes(db: Database) -> Episodes:
    return Episodes(db, HeldClock(), Passages(db))


@pytest.fixture
def listening(episodes: Episodes) -> Listening:
    return Listening(episodes, lambda person: Consent(talks=person != "dora"), ROLES.get, str.title)


@pytest.mark.parametrize(
    ("person", "trust"), [("anna", "owner_told"), ("ben", "resident_told"), ("carl", "resident_told")]
)
def test_who_lives_here_and_agreed_is_kept_for_a_while(
    person: str, trust: str, listening: Listening, episodes: Episodes
) -> None:
    listening.heard("the plumber comes on Friday", replace(ANNA, person=person))
    kept = episodes.last("c")
    assert kept is not None
    assert (kept.text, kept.person, kept.trust) == ("the plumber comes on Friday", person, trust)
    assert kept.until == kept.at + KEPT


@pytest.mark.parametrize(
    "origin",
    [
        replace(ANNA, person="dora"),
        replace(ANNA, person="gus"),
        replace(ANNA, person="nobody"),
        replace(ANNA, person=None),
        replace(ANNA, authenticated=False),
        replace(ANNA, taint=("calendar",)),
        replace(ANNA, routine="evening"),
        replace(ANNA, skill="cosy"),
        replace(ANNA, channel="routine"),
        replace(ANNA, channel="system"),
    ],
)
def test_of_all_others_nothing_is_kept(origin: Origin, listening: Listening, db: Database) -> None:
    listening.heard("the plumber comes on Friday", origin)
    assert db.execute("select count(*) from episodes").fetchone() == (0,)
    assert db.execute("select count(*) from passages").fetchone() == (0,)


@pytest.mark.parametrize("text", ["", " \n", "my password is hunter2", "the alarm code is 4711"])
def test_no_words_and_secrets_are_not_kept(text: str, listening: Listening, db: Database) -> None:
    listening.heard(text, ANNA)
    assert db.execute("select count(*) from episodes").fetchone() == (0,)


def test_a_disk_that_fails_is_nobodys_business_but_the_logs(
    listening: Listening, db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    db.execute("drop table episodes")
    listening.heard("the plumber comes on Friday", ANNA)
    assert "cannot be kept" in caplog.text
