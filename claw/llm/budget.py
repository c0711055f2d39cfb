"""What asking a model has cost today, and what it may still cost.

The most that a call can cost is written down before it goes out and corrected when it is known: a daemon that dies in
between has spent it.  At a cap nothing is asked any more; everything that needs no model goes on as before.  A day is
the household's own, and a clock that is set back gives nothing back.
"""

import math
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from claw.base.action import Json, Origin
from claw.base.clock import Clock
from claw.base.config import ModelConfig
from claw.base.erasure import Erasure
from claw.base.errors import Refused
from claw.llm.call import Call
from claw.store.db import writing

BACKGROUND = frozenset({"routine", "system"})
"""Channels of what nobody asked for just now."""

KEEP_DAYS = 60
MILLION = 1_000_000

_LEFT = "until midnight I do only what needs no model"


class Budget:
    """The ledger in ``claw.db``; used from the event loop only."""

    def __init__(self, db: Database, clock: Clock, caps: ModelConfig, local: Callable[[datetime], datetime]) -> None:
        """``local`` turns a time into the household's own."""
        self._db = db
        self._clock = clock
        self._caps = caps
        self._local = local
        self._cleared = ""
        self._firings: dict[str, int] = {}
        self._reserved: dict[int, tuple[str, int]] = {}

    @contextmanager
    def capped(self, routine: str, tokens: int) -> Generator[None]:
        """Let one firing of a routine cost ``tokens`` at most while this is open; at any other time it costs none."""
        before = self._firings.get(routine)
        self._firings[routine] = tokens
        try:
            yield
        finally:
            del self._firings[routine]
            if before is not None:
                self._firings[routine] = before

    def reserve(self, call: Call, origin: Origin) -> int:
        """Write down the most that ``call`` can cost and return the entry's number.

        Raises Refused, in words for a person, where that is more than is left, Broken where it cannot be written.
        """
        wanted, money = call.tokens_in + call.max_tokens, self._money(call.tokens_in, call.max_tokens)
        now = self._clock.now()
        background = origin.channel in BACKGROUND
        left = self._firing(origin, wanted)
        with writing(Path("claw.db")), self._db.conn as connection:
            self._clear(now)
            self._check(self._day(now), origin, wanted, money, background=background)
            entry = connection.execute(
                "insert into spending (day, at, purpose, channel, person, background, tokens_in, tokens_out, money,"
                " settled) values (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
                (
                    self._day(now),
                    now.isoformat(),
                    call.purpose,
                    origin.channel,
                    _person(origin),
                    background,
                    call.tokens_in,
                    call.max_tokens,
                    money,
                ),
            )
        number = entry.lastrowid or 0
        if left is not None:
            self._firings[origin.routine] = left
            self._reserved[number] = origin.routine, wanted
        return number

    def settle(self, entry: int, tokens_in: int, tokens_out: int) -> None:
        """Write down what a call did cost; nothing where it did not go out. Raises Broken."""
        routine, wanted = self._reserved.pop(entry, ("", 0))
        if routine in self._firings:
            self._firings[routine] += wanted - tokens_in - tokens_out
        with writing(Path("claw.db")), self._db.conn as connection:
            connection.execute(
                "update spending set tokens_in = ?, tokens_out = ?, money = ?, settled = 1 where id = ?",
                (tokens_in, tokens_out, self._money(tokens_in, tokens_out), entry),
            )

    def erase(self, erasure: Erasure) -> int:
        """Take the name from what somebody spent before today; return from how many rows.

        Today's stay: whoever has themselves forgotten may not thereby spend their tokens twice.
        """
        if erasure.since is not None or not (erasure.everything or erasure.person):
            return 0
        with writing(Path("claw.db")), self._db.conn as connection:
            return connection.execute(
                "update spending set person = null where person is not null and day < ? and (? or person = ?)",
                (self._day(self._clock.now()), erasure.everything, erasure.person),
            ).rowcount

    def status(self) -> dict[str, Json]:
        """Return what was spent today and by whom, and the caps; money in the currency of the configured prices."""
        tokens, money, background, _, _ = self._spent(self._day(self._clock.now()), "", None)
        caps = self._caps
        return {
            "tokens": tokens,
            "tokens_per_day": caps.tokens_per_day,
            "background": background,
            "background_tokens_per_day": caps.background_tokens_per_day,
            "money": None if caps.price_in is None and caps.price_out is None else money / MILLION,
            "money_per_day": caps.money_per_day,
            "by_source": self._by("channel"),
            "by_person": self._by("person"),
        }

    def _firing(self, origin: Origin, wanted: int) -> int | None:
        """Return what is left of a routine's firing after ``wanted``, None where no routine asks; raises Refused."""
        if not origin.routine:
            return None
        if origin.routine not in self._firings:
            raise Refused("a routine asks a model only where it says so")
        left = self._firings[origin.routine] - wanted
        if left < 0:
            raise Refused("the tokens that one run of this routine may cost are used up")
        return left

    def _check(self, day: str, origin: Origin, wanted: int, money: int, *, background: bool) -> None:
        caps, person = self._caps, _person(origin)
        tokens, paid, in_background, of_source, of_person = self._spent(day, origin.channel, person)
        limits = (
            (tokens + wanted, caps.tokens_per_day, "today's tokens for the model are used up"),
            (
                in_background + wanted if background else 0,
                caps.background_tokens_per_day,
                "today's tokens for work in the background are used up",
            ),
            (of_source + wanted, caps.tokens_per_source, f"today's tokens for {origin.channel} are used up"),
            (of_person + wanted if person else 0, caps.tokens_per_person, "your tokens of today are used up"),
            (
                paid + money,
                None if caps.money_per_day is None else caps.money_per_day * MILLION,
                "today's money for the model is spent",
            ),
        )
        for would_be, cap, why in limits:
            if cap is not None and would_be > cap:
                raise Refused(f"{why}; {_LEFT}")

    def _spent(self, day: str, channel: str, person: str | None) -> tuple[int, int, int, int, int]:
        """Return today's tokens, money, and the tokens of the background, of this channel and of this person."""
        row = self._db.execute(
            "select coalesce(sum(tokens_in + tokens_out), 0), coalesce(sum(money), 0),"
            " coalesce(sum((tokens_in + tokens_out) * background), 0),"
            " coalesce(sum((tokens_in + tokens_out) * (channel = ?)), 0),"
            " coalesce(sum((tokens_in + tokens_out) * (person is not null and person = ?)), 0)"
            " from spending where day >= ?",
            (channel, person, day),
        ).fetchone()
        return row[0], row[1], row[2], row[3], row[4]

    def _by(self, column: str) -> dict[str, int]:
        day = self._day(self._clock.now())
        rows = self._db.execute(
            f"select {column}, sum(tokens_in + tokens_out) from spending"  # noqa: S608  one of two words of ours
            f" where day >= ? and {column} is not null group by 1 order by 1",
            (day,),
        )
        return dict(rows.fetchall())

    def _clear(self, now: datetime) -> None:
        """Let go of what is long past, once a day."""
        day = self._day(now)
        if self._cleared != day:
            self._db.execute("delete from spending where day < ?", (self._day(now - timedelta(days=KEEP_DAYS)),))
            self._cleared = day

    def _day(self, now: datetime) -> str:
        return self._local(now).date().isoformat()

    def _money(self, tokens_in: int, tokens_out: int) -> int:
        """Return the price in millionths, rounded up."""
        return math.ceil(tokens_in * (self._caps.price_in or 0.0) + tokens_out * (self._caps.price_out or 0.0))


def _person(origin: Origin) -> str | None:
    return origin.person if origin.authenticated else None
