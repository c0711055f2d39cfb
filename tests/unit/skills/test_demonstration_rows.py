"""A demonstration on disk: what is open comes back as it was, what is over holds nothing of what was seen."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from claw.base.action import Action, Origin
from claw.base.errors import Broken
from claw.house.model import Cause
from claw.skills.demonstration_lines import Left, Line, Snapshot
from claw.skills.demonstration_rows import Rows
from claw.skills.demonstration_steps import Step
from claw.store.db import open_database
from claw.store.migrations import migrate
from tests.shown_room import ANNA, BEN

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
LAMP = "light.lamp"


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    db = open_database(tmp_path / "claw.db")
    migrate(db)
    return Rows(db)


def test_what_is_being_watched_comes_back_as_it_was(rows: Rows) -> None:
    steps = [
        Step(START, LAMP, Snapshot("on", {"brightness": 3, "hs_color": [1.5, 2]}), "c", Cause("p", "u"), machine=True),
        Step(START + timedelta(seconds=1.5), "cover.c", Snapshot("closed")),
    ]
    began = {LAMP: Snapshot("off"), "cover.c": Snapshot("open", {"current_position": 100})}
    origin = Origin("web", "anna", "hall", authenticated=True, conversation="c1", language="de", strength="session")
    number = rows.add(START, origin, "sieh mir zu")
    rows.watched(number, steps, began)
    found = rows.open()
    assert found is not None
    assert (found.id, found.started, found.origin, found.said) == (number, START, origin, "sieh mir zu")
    assert (found.state, list(found.steps), dict(found.began)) == ("watching", steps, began)


def test_an_open_question_comes_back_with_its_lines(rows: Rows) -> None:
    number = rows.add(START, ANNA, "watch me")
    lines = (Line((LAMP, "light.b"), (Action("light.turn_on", (LAMP, "light.b"), {"brightness_pct": 3}),)),)
    left = (Left("lock.a", "opens"),)
    rows.asks(number, lines, left, {LAMP: {"state": "off", "brightness": None}})
    found = rows.open()
    assert found is not None
    assert (found.state, found.lines, found.left) == ("asking", lines, left)
    assert found.before == {LAMP: {"state": "off", "brightness": None}}


def test_only_one_stands_open_and_what_is_over_holds_nothing(rows: Rows) -> None:
    first = rows.add(START, ANNA, "watch me")
    rows.watched(first, [Step(START, LAMP, Snapshot("on"))], {})
    second = rows.add(START, BEN, "watch me")
    found = rows.open()
    assert found is not None
    assert (found.id, found.origin.person) == (second, "ben")
    rows.end(second, START + timedelta(minutes=1), "dropped")
    assert rows.open() is None
    kept = rows._db.conn.execute("select person, state, changes, before from demonstrations order by id").fetchall()
    assert kept == [("anna", "another began", "[]", "{}"), ("ben", "dropped", "[]", "{}")]


def test_a_disk_that_does_not_take_it_is_told(rows: Rows) -> None:
    rows._db.conn.execute("pragma query_only = on")
    with pytest.raises(Broken):
        rows.add(START, ANNA, "watch me")


@pytest.mark.parametrize("column", ["origin", "started", "changes", "before", "state"])
@given(text=st.text(max_size=40).filter(lambda text: "\x00" not in text and text.isprintable()))
def test_a_row_that_somebody_wrote_is_read_or_left(
    column: str, text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if column not in _DATABASES:
        _DATABASES[column] = open_database(tmp_path_factory.mktemp("rows") / "claw.db")
        migrate(_DATABASES[column])
    db = _DATABASES[column]
    rows = Rows(db)
    number = rows.add(START, ANNA, "watch me")
    with db.conn:
        db["demonstrations"].update(number, {column: text})
    found = rows.open()
    assert found is None or found.id == number


_DATABASES: dict[str, Database] = {}
