"""What asking a model has cost, day by day: for whoever looks back, from the ledger that the budget keeps.

It reads whether or not there is a model now: what it cost last month stays so.
"""

from datetime import date, timedelta

from sqlite_utils import Database

from claw.base.action import Json

MILLION = 1_000_000


def spent(db: Database, today: date, days: int, *, priced: bool) -> list[dict[str, Json]]:
    """Return one row for each of the last ``days`` days, oldest first: tokens in and out, money, and the background's.

    ``today`` is the household's own day; ``money`` in the currency of the configured prices, None where there are none
    (``priced``).
    """
    first = today - timedelta(days=days - 1)
    rows = db.execute(
        "select day, sum(tokens_in), sum(tokens_out), sum((tokens_in + tokens_out) * background), sum(money)"
        " from spending where day >= ? and day <= ? group by day",
        (first.isoformat(), today.isoformat()),
    )
    found = {row[0]: row[1:] for row in rows.fetchall()}
    told: list[dict[str, Json]] = []
    for at in range(days):
        day = (first + timedelta(days=at)).isoformat()
        tokens_in, tokens_out, background, money = found.get(day, (0, 0, 0, 0))
        told.append(
            {
                "day": day,
                "tokens_in": tokens_in,
                "tokens_out": tokens_out,
                "background": background,
                "money": money / MILLION if priced else None,
            }
        )
    return told
