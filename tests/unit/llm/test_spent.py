from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlite_utils import Database

from claw.llm.spent import spent
from claw.store.db import open_database
from claw.store.migrations import migrate

TODAY = date(2026, 3, 2)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = open_database(tmp_path / "claw.db")
    migrate(db)
    for day, background, tokens in (
        ("2026-03-02", 0, 10),
        ("2026-03-02", 1, 5),
        ("2026-02-28", 0, 7),
        ("2026-01-01", 0, 9),
    ):
        db.execute(
            "insert into spending (day, at, purpose, channel, background, tokens_in, tokens_out, money, settled)"
            " values (?, ?, 'plan', 'web', ?, ?, 1, 500000, 1)",
            (day, day, background, tokens),
        )
    yield db
    db.close()


def test_each_day_has_a_row_also_one_on_which_nothing_was_asked(db: Database) -> None:
    found = spent(db, TODAY, 4, priced=True)
    assert [one["day"] for one in found] == ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]
    assert [(one["tokens_in"], one["tokens_out"], one["background"], one["money"]) for one in found] == [
        (0, 0, 0, 0),
        (7, 1, 0, 0.5),
        (0, 0, 0, 0),
        (15, 2, 6, 1.0),
    ]


def test_without_prices_there_is_no_money(db: Database) -> None:
    assert {one["money"] for one in spent(db, TODAY, 2, priced=False)} == {None}
