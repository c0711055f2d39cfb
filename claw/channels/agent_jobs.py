"""What a program that speaks for a model asked to be done, once each: no key acts twice, also after a crash.

A row is on disk before anything is asked of the desk, and its state is brought up to date as outcomes come.  It holds
hashes, numbers and ids, no words: what was answered in words is kept for a minute, in memory alone, for whoever lost
the line just then.
"""

import asyncio
import hashlib
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol

from sqlite_utils import Database

from claw.base.action import Json, Origin, Outcome, Pending, Reply
from claw.base.clock import Clock, Timer, within
from claw.base.errors import Refused, Unavailable
from claw.channels.shown import shown
from claw.gate.perform import Performed
from claw.store.db import writing

logger = logging.getLogger(__name__)

State = Literal["accepted", "waiting", "done", "sent", "refused", "failed", "unknown"]
"""How a job stands: being done, a person is asked, done (its state was seen), sent (it never reports), ..."""

LIFE = timedelta(hours=24)
"""How long a key stands for what it was given for."""

MOST_OF_ONE = 200
"""Jobs of one client that are known; the oldest make room."""

MOST_AT_ONCE = 8
"""Jobs of one client that are under way."""

MOST_TOLD = 40
"""Answers of one client whose words are kept."""

TOLD_S = 60.0
"""How long the words of an answer are kept."""

PATIENCE_S = 20.0
"""How long whoever asks waits for the answer before it hears that it is on its way."""

SAME_S = 5.0
"""Without a key, the same again within so many seconds is the same: clients try again what they got no answer to."""

_OF_OUTCOME: Mapping[str, State] = {
    "done": "done",
    "unchanged": "done",
    "sent": "sent",
    "started": "accepted",
    "failed": "failed",
    "refused": "refused",
    "unknown": "unknown",
}
_OF_REPLY: Mapping[str, State] = {
    "done": "done",
    "answered": "done",
    "started": "accepted",
    "pending": "waiting",
    "refused": "refused",
    "stopped": "refused",
    "unclear": "failed",
}
_OF_QUESTION: Mapping[str, State] = {"waiting": "waiting", "approved": "accepted"}
_WORST: tuple[State, ...] = ("unknown", "failed", "refused", "waiting", "accepted", "sent", "done")


class Questions(Protocol):
    """The questions that wait (``claw/gate/confirm.py``)."""

    def stood(self, question: str) -> str:
        """Return how a question stands: waiting, approved, rejected, void or expired; empty for one unknown."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """One job: its numbers in the log, the rule that decided, the question that waits; ``answer`` is its words."""

    id: str
    state: State
    created: datetime
    audit: tuple[int, ...] = ()
    rule: str = ""
    question: str = ""
    answer: dict[str, Json] = field(default_factory=dict[str, Json])
    again: bool = False
    """Whether it was asked for before: nothing was done for it now."""


@dataclass(frozen=True)
class _UnderWay:
    """A job whose answer has not come, or came within the last minute."""

    client: str
    task: asyncio.Task[None]
    came: asyncio.Event


class Jobs:
    """The jobs of all clients; ``close`` ends those that are under way."""

    def __init__(self, db: Database, questions: Questions, clock: Clock, timer: Timer) -> None:
        """What was under way when the last daemon ended is unknown from now on: the log and the house say more."""
        self._db = db
        self._questions = questions
        self._clock = clock
        self._timer = timer
        self._under_way: dict[str, _UnderWay] = {}
        self._answers: dict[str, dict[str, Json]] = {}
        self._salt = secrets.token_hex(16)
        self._put("update jobs set state = 'unknown' where state = 'accepted'", ())
        asked = db.execute("select id, question from jobs where state = 'waiting'").fetchall()
        for name, question in asked:
            if questions.stood(question) == "approved":  # and the daemon ended before it was known what came of it
                self._put("update jobs set state = 'unknown' where id = ?", (name,))

    async def do(
        self,
        client: str,
        key: str,
        asked: Json,
        work: Callable[[], Awaitable[Reply]],
        *,
        patience_s: float = PATIENCE_S,
        same_s: float = SAME_S,
    ) -> Job:
        """Have ``work`` done once for ``client`` and ``key`` and return how it stands, at the latest after a while.

        ``asked`` is what is asked for, as JSON.  Without a key the same from the same client is the same while it is
        under way, and within ``same_s`` seconds of when it was first asked.  Raises Refused where the key was given for
        something else, Unavailable where too much is under way.
        """
        written, name = json.dumps(asked, sort_keys=True), secrets.token_hex(8)
        # The hash of a sentence alone could be guessed back to it.
        given, digest = _hash("given", key or name), _hash(key or self._salt, written)
        known = self._known(client, given, digest) if key else self._same(client, digest, same_s)
        if known:
            await self._wait(known, patience_s)
            return replace(self.job(client, known), again=True)
        self._check_room(client)
        self._begin(name, client, given, digest)
        came = asyncio.Event()
        task = asyncio.get_running_loop().create_task(self._work(name, work, came), name=f"job {name}")
        self._under_way[name] = _UnderWay(client, task, came)
        await self._wait(name, patience_s)
        return self.job(client, name)

    def job(self, client: str, name: str) -> Job:
        """Return one job of ``client``; raises Refused where it has none of that id."""
        row = self._db.execute(
            "select state, audit, rule, question, created from jobs where client = ? and id = ?", (client, name)
        ).fetchone()
        if row is None:
            raise Refused("there is no such job")
        state, audit, rule, question, created = row
        if state == "waiting":  # silence is no
            state = _OF_QUESTION.get(self._questions.stood(question), "refused")
        numbers = tuple(json.loads(audit))
        return Job(name, state, datetime.fromisoformat(created), numbers, rule, question, self._answers.get(name, {}))

    def answered(self, pending: Pending, performed: Performed) -> None:
        """Take what came of a question that a person answered, one of ours or not."""
        row = self._db.execute("select id from jobs where question = ?", (pending.id,)).fetchone()
        if row is None:
            return
        state: State = "accepted" if performed.run is not None else _worst(performed.outcomes, "refused")
        self._answers.pop(row[0], None)  # it told of the question
        self._keep(row[0], state, performed.outcomes, pending.rule or "", pending.id)

    def ended(self, outcome: Outcome, origin: Origin) -> None:
        """Take how an act ended that was on its way."""
        del origin
        if outcome.audit is None:
            return
        for name, audit in self._db.execute("select id, audit from jobs where state = 'accepted'").fetchall():
            if outcome.audit in json.loads(audit):
                self._put("update jobs set state = ? where id = ?", (_worst((outcome,), "unknown"), name))

    def _known(self, client: str, key: str, digest: str) -> str:
        """Return the job that has this key, empty where none has; raises Refused where it is for something else."""
        row = self._db.execute("select id, digest from jobs where client = ? and key = ?", (client, key)).fetchone()
        if row is not None and row[1] != digest:
            raise Refused("this key was used for something else; use a new one for each thing to be done")
        return row[0] if row is not None else ""

    def _same(self, client: str, digest: str, seconds: float) -> str:
        """Return the job that a request without a key repeats, empty where it repeats none."""
        row = self._db.execute(
            "select id, created from jobs where client = ? and digest = ? order by created desc, rowid desc limit 1",
            (client, digest),
        ).fetchone()
        if row is None:
            return ""
        one = self._under_way.get(row[0])
        awaited = one is not None and not one.came.is_set()
        lately = self._clock.now() - datetime.fromisoformat(row[1]) <= timedelta(seconds=seconds)
        return row[0] if awaited or lately else ""

    async def close(self) -> None:
        """End what is under way; the next daemon calls it unknown."""
        tasks = [one.task for one in self._under_way.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait(self, name: str, seconds: float) -> None:
        """Wait until the job has its answer, or for a while; whoever asked may go away without ending it."""
        if (one := self._under_way.get(name)) is not None:
            await within(self._timer, seconds, one.came.wait())

    async def _work(self, name: str, work: Callable[[], Awaitable[Reply]], came: asyncio.Event) -> None:
        try:
            await self._worked(name, work)
            came.set()
            await self._timer.sleep(TOLD_S)
        finally:
            came.set()
            self._answers.pop(name, None)
            self._under_way.pop(name, None)

    async def _worked(self, name: str, work: Callable[[], Awaitable[Reply]]) -> None:
        try:
            self._replied(name, await work())
        except Exception:
            # The boundary of a job: whoever asked hears that nobody knows, and the log of the process says why.
            logger.exception("A job of a program that speaks for a model failed unexpectedly")
            self._put("update jobs set state = 'unknown' where id = ?", (name,))

    def _replied(self, name: str, reply: Reply) -> None:
        state: State = "waiting" if reply.pending else _worst(reply.outcomes, _OF_REPLY.get(reply.status, "failed"))
        question = reply.pending[0] if reply.pending else None
        rules = [one.decision.rule for one in reply.outcomes if one.decision is not None and one.decision.rule]
        rule = (question.rule if question is not None else next(iter(rules), "")) or ""
        self._answers[name] = _told(reply)
        self._keep(name, state, reply.outcomes, rule, question.id if question is not None else "")

    def _check_room(self, client: str) -> None:
        """Raise Unavailable where too much is under way; what was answered longest ago makes room."""
        mine = [one for one in self._under_way.values() if one.client == client]
        if sum(not one.came.is_set() for one in mine) >= MOST_AT_ONCE:
            raise Unavailable(f"{MOST_AT_ONCE} jobs are under way; wait for one of them")
        for one in [one for one in mine if one.came.is_set()][: max(0, len(mine) - MOST_TOLD)]:
            one.task.cancel()

    def _begin(self, name: str, client: str, key: str, digest: str) -> None:
        """Write the row down before anything is asked for; raises Broken, with nothing asked, where that fails."""
        now = self._clock.now()
        with writing(Path("claw.db")), self._db.conn:
            self._db.conn.execute("delete from jobs where created < ?", ((now - LIFE).isoformat(),))
            self._db.conn.execute(
                "delete from jobs where client = ? and id not in"
                " (select id from jobs where client = ? order by created desc, rowid desc limit ?)",
                (client, client, MOST_OF_ONE - 1),
            )
            self._db.conn.execute(
                "insert into jobs values (?, ?, ?, ?, 'accepted', '[]', '', '', ?)",
                (name, client, key, digest, now.isoformat()),
            )

    def _keep(self, name: str, state: State, outcomes: Sequence[Outcome], rule: str, question: str) -> None:
        audit = json.dumps([one.audit for one in outcomes if one.audit is not None])
        self._put(
            "update jobs set state = ?, audit = ?, rule = ?, question = ? where id = ?",
            (state, audit, rule, question, name),
        )

    def _put(self, statement: str, values: tuple[str, ...]) -> None:
        with writing(Path("claw.db")), self._db.conn:
            self._db.conn.execute(statement, values)


def _worst(outcomes: Sequence[Outcome], otherwise: State) -> State:
    found = {_OF_OUTCOME[one.status] for one in outcomes}
    worst: Sequence[State] = [state for state in _WORST if state in found]
    return worst[0] if worst else otherwise


def _told(reply: Reply) -> dict[str, Json]:
    """Return the words of an answer, and why what was refused was: for a minute, and for who asked."""
    why = [one.detail for one in reply.outcomes if one.status in {"refused", "failed", "unknown"} and one.detail]
    told: dict[str, Json] = {"text": reply.text, "why": why[:10]}
    if reply.pending:
        one = reply.pending[0]
        told["question"] = {"id": one.id, "text": one.question, "expires": one.expires.isoformat()}
    return shown(told)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()
