from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from claw.base.action import SYSTEM, Origin
from claw.base.config import ModelConfig
from claw.base.erasure import Erasure
from claw.base.errors import Broken, Refused
from claw.llm.budget import Budget
from claw.llm.call import Call
from claw.store.db import open_database
from claw.store.migrations import migrate

ANNA = Origin("web", "anna", authenticated=True)
BEN = Origin("web", "ben", authenticated=True)
SATELLITE = Origin("voice:hall")
ROUTINE = Origin("routine", "anna", authenticated=True)

WEST = timezone(timedelta(hours=-8))


class Wall:
    """A clock on the wall that a test sets."""

    def __init__(self, now: datetime = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)) -> None:
        self.at = now

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = open_database(tmp_path / "claw.db")
    migrate(db)
    yield db
    db.close()


def budget(db: Database, clock: Wall | None = None, zone: timezone = UTC, **caps: Any) -> Budget:
    config = ModelConfig(**{"name": "m", "tokens_per_day": 1000, "background_tokens_per_day": 300, **caps})
    return Budget(db, clock or Wall(), config, lambda now: now.astimezone(zone))


def asks(tokens: int) -> Call:
    """Return a call that costs exactly so many tokens at most."""
    return Call(({"role": "user", "content": ""},), "plan", tokens - 8)


def tokens(budget: Budget) -> int:
    return budget.status()["tokens"]


def test_nothing_is_spent_at_first(db: Database) -> None:
    assert budget(db).status() == {
        "tokens": 0,
        "tokens_per_day": 1000,
        "background": 0,
        "background_tokens_per_day": 300,
        "money": None,
        "money_per_day": None,
        "by_source": {},
        "by_person": {},
    }


def test_the_most_that_a_call_can_cost_counts_until_it_is_known(db: Database) -> None:
    ledger = budget(db)
    entry = ledger.reserve(asks(600), ANNA)
    assert tokens(ledger) == 600
    with pytest.raises(Refused, match="today's tokens for the model are used up; until midnight"):
        ledger.reserve(asks(401), ANNA)
    ledger.settle(entry, 50, 10)
    assert tokens(ledger) == 60
    ledger.reserve(asks(940), ANNA)
    with pytest.raises(Refused):
        ledger.reserve(asks(9), ANNA)


def test_a_restart_forgets_nothing_and_a_call_it_interrupted_was_spent(db: Database) -> None:
    first = budget(db)
    first.settle(first.reserve(asks(500), ANNA), 100, 0)
    first.reserve(asks(500), ANNA)
    again = budget(db)
    assert tokens(again) == 600
    with pytest.raises(Refused):
        again.reserve(asks(401), ANNA)


def test_a_call_that_never_went_out_costs_nothing(db: Database) -> None:
    ledger = budget(db)
    ledger.settle(ledger.reserve(asks(1000), ANNA), 0, 0)
    ledger.reserve(asks(1000), ANNA)


def test_a_new_day_begins_at_the_households_midnight(db: Database) -> None:
    clock = Wall(datetime(2026, 11, 21, 7, 0, tzinfo=UTC))  # 23:00 in the west
    ledger = budget(db, clock, WEST)
    ledger.reserve(asks(1000), ANNA)
    clock.at += timedelta(seconds=3599)
    with pytest.raises(Refused):
        ledger.reserve(asks(9), ANNA)
    clock.at += timedelta(seconds=1)
    ledger.reserve(asks(1000), ANNA)


def test_a_clock_that_is_set_back_gives_nothing_back(db: Database) -> None:
    clock = Wall()
    ledger = budget(db, clock)
    ledger.reserve(asks(1000), ANNA)
    clock.at -= timedelta(days=3)
    with pytest.raises(Refused):
        ledger.reserve(asks(9), ANNA)


def test_the_background_has_its_own_cap_and_counts_with_the_rest(db: Database) -> None:
    ledger = budget(db)
    ledger.reserve(asks(200), ROUTINE)
    ledger.reserve(asks(100), SYSTEM)
    with pytest.raises(Refused, match="work in the background"):
        ledger.reserve(asks(9), ROUTINE)
    assert ledger.status()["background"] == 300
    ledger.reserve(asks(700), ANNA)
    with pytest.raises(Refused, match="for the model are used up"):
        ledger.reserve(asks(9), ANNA)


def test_each_channel_and_each_person_may_have_a_cap(db: Database) -> None:
    ledger = budget(db, tokens_per_source=500, tokens_per_person=300)
    ledger.reserve(asks(300), ANNA)
    with pytest.raises(Refused, match="your tokens of today"):
        ledger.reserve(asks(9), ANNA)
    with pytest.raises(Refused, match="today's tokens for web are used up"):
        ledger.reserve(asks(201), BEN)
    ledger.reserve(asks(200), BEN)
    ledger.reserve(asks(400), SATELLITE)
    assert ledger.status()["by_source"] == {"voice:hall": 400, "web": 500}
    assert ledger.status()["by_person"] == {"anna": 300, "ben": 200}


def test_who_is_not_proven_spends_nobody_elses(db: Database) -> None:
    ledger = budget(db, tokens_per_person=300)
    ledger.reserve(asks(300), Origin("web", "anna"))
    ledger.reserve(asks(300), ANNA)
    assert ledger.status()["by_person"] == {"anna": 300}


def test_money_is_counted_by_the_configured_prices(db: Database) -> None:
    ledger = budget(db, tokens_per_day=10**9, money_per_day=0.01, price_in=2.5, price_out=10)
    entry = ledger.reserve(Call(({"role": "user", "content": ""},), "plan", 990), ANNA)
    assert ledger.status()["money"] == pytest.approx(0.00992)  # 8 tokens in, 990 out
    ledger.settle(entry, 400, 100)
    assert ledger.status()["money"] == pytest.approx(0.002)
    with pytest.raises(Refused, match="today's money for the model is spent"):
        ledger.reserve(Call(({"role": "user", "content": ""},), "plan", 799), ANNA)
    ledger.reserve(Call(({"role": "user", "content": ""},), "plan", 798), ANNA)


def test_a_cap_of_zero_asks_nothing(db: Database) -> None:
    with pytest.raises(Refused):
        budget(db, tokens_per_day=0).reserve(asks(8), ANNA)


def test_what_is_refused_is_not_written_down(db: Database) -> None:
    ledger = budget(db)
    for _ in range(3):
        with pytest.raises(Refused):
            ledger.reserve(asks(2000), ANNA)
    assert db.table("spending").count == 0


def test_what_is_long_past_is_let_go(db: Database) -> None:
    clock = Wall()
    ledger = budget(db, clock)
    ledger.reserve(asks(9), ANNA)
    clock.at += timedelta(days=59)
    ledger.reserve(asks(9), ANNA)
    assert db.table("spending").count == 2
    clock.at += timedelta(days=3)
    ledger.reserve(asks(9), ANNA)
    assert db.table("spending").count == 2


def test_a_ledger_that_cannot_be_written_is_said(db: Database) -> None:
    ledger = budget(db)
    db.table("spending").drop()
    with pytest.raises(Broken, match=r"claw\.db"):
        ledger.reserve(asks(9), ANNA)
    with pytest.raises(Broken, match=r"claw\.db"):
        ledger.settle(1, 1, 1)


CALLS = st.tuples(
    st.integers(8, 600), st.integers(0, 700), st.sampled_from([ANNA, BEN, SATELLITE, ROUTINE]), st.booleans()
)


@settings(max_examples=30)
@given(st.lists(CALLS, max_size=12))
def test_no_cap_is_ever_passed_by_what_is_reserved(calls: list[tuple[int, int, Origin, bool]]) -> None:
    db = Database(memory=True)
    migrate(db)
    ledger = budget(db, tokens_per_source=700, tokens_per_person=500)
    for most, actual, origin, comes_back in calls:
        before = ledger.status()
        try:
            entry = ledger.reserve(asks(most), origin)
        except Refused:
            assert ledger.status() == before
            continue
        after = ledger.status()
        assert after["tokens"] == before["tokens"] + most <= 1000
        assert after["background"] <= 300
        assert after["by_source"][origin.channel] <= 700
        assert all(one <= 500 for one in after["by_person"].values())
        if comes_back:
            ledger.settle(entry, min(actual, most), 0)
    db.close()


def test_who_is_forgotten_has_no_name_beside_what_they_spent_before_today(db: Database) -> None:
    clock = Wall()
    ledger = budget(db, clock)
    ledger.reserve(asks(10), ANNA)
    ledger.reserve(asks(10), BEN)
    clock.at += timedelta(days=1)
    ledger.reserve(asks(10), ANNA)
    assert ledger.erase(Erasure(person="anna", since=clock.at)) == 0
    assert ledger.erase(Erasure(words=("anna",))) == 0
    assert ledger.erase(Erasure(person="anna")) == 1
    assert [row["person"] for row in db["spending"].rows] == [None, "ben", "anna"]
    assert ledger.status()["by_person"] == {"anna": 10}, "nobody spends today's tokens twice"
    assert ledger.erase(Erasure(everything=True)) == 1


NAMED = Origin("routine", "anna", authenticated=True, routine="weather")


def test_a_routine_costs_nothing_where_it_does_not_say_so(db: Database) -> None:
    ledger = budget(db)
    with pytest.raises(Refused, match="only where it says so"):
        ledger.reserve(asks(9), NAMED)
    with ledger.capped("other", 100), pytest.raises(Refused, match="only where it says so"):
        ledger.reserve(asks(9), NAMED)
    with ledger.capped("weather", 100):
        ledger.reserve(asks(100), NAMED)
    with pytest.raises(Refused, match="only where it says so"):
        ledger.reserve(asks(9), NAMED)
    assert tokens(ledger) == 100


def test_one_firing_costs_no_more_than_it_may_whatever_it_asks(db: Database) -> None:
    ledger = budget(db)
    with ledger.capped("weather", 100):
        entry = ledger.reserve(asks(80), NAMED)
        with pytest.raises(Refused, match="one run of this routine"):
            ledger.reserve(asks(21), NAMED)
        ledger.settle(entry, 20, 10)
        with pytest.raises(Refused, match="one run of this routine"):
            ledger.reserve(asks(71), NAMED)
        ledger.reserve(asks(70), NAMED)
    assert tokens(ledger) == 100
    with ledger.capped("weather", 500), pytest.raises(Refused, match="work in the background"):
        ledger.reserve(asks(201), NAMED)  # the caps of the day hold, too


def test_a_run_in_a_run_has_its_own_tokens(db: Database) -> None:
    ledger = budget(db)
    with ledger.capped("weather", 50):
        with ledger.capped("weather", 100):
            ledger.reserve(asks(90), NAMED)
        ledger.reserve(asks(50), NAMED)
