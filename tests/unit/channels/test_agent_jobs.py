import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import get_args

import pytest
from sqlite_utils import Database

from claw.base.action import Action, Decision, Origin, Outcome, OutcomeStatus, Pending, Reply, Terms
from claw.base.errors import Refused, Unavailable
from claw.channels import agent_jobs
from claw.channels.agent_jobs import LIFE, MOST_AT_ONCE, MOST_OF_ONE, MOST_TOLD, SAME_S, TOLD_S, Jobs
from claw.gate.perform import Performed
from claw.store.migrations import migrate
from tests.held_clock import HeldClock

LIGHT = Action("light.turn_on", ("light.a",))
DONE = Reply("It is on.", "done", (Outcome(LIGHT, "done", audit=7, decision=Decision("allow", "comfort", "")),))
ASKED = ["act", [LIGHT.as_json()]]


class Asked:
    """The questions, as a test has them stand."""

    def __init__(self) -> None:
        self.standing: dict[str, str] = {}

    def stood(self, question: str) -> str:
        return self.standing.get(question, "")


class Work:
    """Counts how often it is done."""

    def __init__(self, reply: Reply = DONE) -> None:
        self.reply = reply
        self.times = 0
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self) -> Reply:
        self.times += 1
        await self.go.wait()
        return self.reply


@pytest.fixture
def db() -> Database:
    made = Database(memory=True)
    migrate(made)
    return made


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def questions() -> Asked:
    return Asked()


@pytest.fixture
async def jobs(db: Database, clock: HeldClock, questions: Asked) -> AsyncIterator[Jobs]:
    made = Jobs(db, questions, clock, clock)
    yield made
    await made.close()


def question(clock: HeldClock, name: str = "1f2e") -> Pending:
    now = clock.now()
    origin = Origin("mcp:x", "anna")
    return Pending(name, "Unlock?", (LIGHT,), origin, Terms(), "unlock", {}, now, now + timedelta(minutes=2), 5)


async def test_the_same_key_never_acts_twice_and_tells_how_it_stands(jobs: Jobs) -> None:
    work = Work()
    first = await jobs.do("c1", "key", ASKED, work)
    assert (first.state, first.audit, first.rule, first.again) == ("done", (7,), "comfort", False)
    assert first.answer["text"] == "It is on."
    again = await jobs.do("c1", "key", ASKED, work)
    assert (again.id, again.state, again.again, work.times) == (first.id, "done", True, 1)
    assert (await jobs.do("c2", "key", ASKED, work)).id != first.id, "another client's key is another key"
    assert work.times == 2


async def test_a_key_stands_for_one_thing(jobs: Jobs) -> None:
    work = Work()
    await jobs.do("c1", "key", ASKED, work)
    with pytest.raises(Refused, match="something else"):
        await jobs.do("c1", "key", ["act", []], work)
    assert work.times == 1


async def test_without_a_key_the_same_again_at_once_is_the_same(jobs: Jobs, clock: HeldClock) -> None:
    work = Work()
    await jobs.do("c1", "", ASKED, work)
    await jobs.do("c1", "", ASKED, work)
    assert work.times == 1
    await jobs.do("c1", "", ["other"], work)
    await clock.advance(SAME_S + 1)
    await jobs.do("c1", "", ASKED, work)
    assert work.times == 3


async def test_no_word_of_it_is_on_disk_and_what_was_said_is_let_go_of_after_a_minute(
    jobs: Jobs, db: Database, clock: HeldClock
) -> None:
    job = await jobs.do("c1", "key", ["ask", "a secret sentence"], Work(Reply("a secret answer", "answered")))
    assert job.answer["text"] == "a secret answer"
    assert "secret" not in repr(list(db["jobs"].rows))
    await clock.advance(TOLD_S)
    assert jobs.job("c1", job.id).answer == {}
    assert jobs._answers == {}
    assert jobs._under_way == {}


async def test_what_was_under_way_when_the_daemon_ended_is_unknown_and_is_not_done_again(
    jobs: Jobs, db: Database, clock: HeldClock, questions: Asked
) -> None:
    work = Work()
    work.go.clear()
    asking = asyncio.create_task(jobs.do("c1", "key", ASKED, work))
    await clock.settle()
    await jobs.close()
    await asyncio.wait_for(asking, 1)
    later = Jobs(db, questions, clock, clock)
    found = await later.do("c1", "key", ASKED, work)
    assert (found.state, found.again, work.times) == ("unknown", True, 1)


async def test_what_was_approved_when_the_daemon_ended_is_unknown(
    jobs: Jobs, db: Database, clock: HeldClock, questions: Asked
) -> None:
    asked = question(clock)
    questions.standing[asked.id] = "waiting"
    job = await jobs.do("c1", "key", ASKED, Work(Reply("Unlock?", "pending", pending=(asked,))))
    questions.standing[asked.id] = "approved"
    later = Jobs(db, questions, clock, clock)
    assert (job.state, later.job("c1", job.id).state) == ("waiting", "unknown")
    await later.close()


async def test_who_asks_hears_after_a_while_that_it_is_on_its_way_and_later_what_came(
    jobs: Jobs, clock: HeldClock
) -> None:
    work = Work()
    work.go.clear()
    asking = asyncio.create_task(jobs.do("c1", "key", ASKED, work, patience_s=3))
    await clock.advance(3)
    job = await asking
    assert (job.state, job.audit) == ("accepted", ())
    work.go.set()
    await clock.settle()
    assert jobs.job("c1", job.id).state == "done"


async def test_who_asked_may_go_away_and_it_is_done_all_the_same(jobs: Jobs, clock: HeldClock, db: Database) -> None:
    work = Work()
    work.go.clear()
    asking = asyncio.create_task(jobs.do("c1", "key", ASKED, work))
    await clock.settle()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    work.go.set()
    await clock.settle()
    assert [row["state"] for row in db["jobs"].rows] == ["done"]


async def test_a_job_that_breaks_is_unknown(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    async def broken() -> Reply:
        raise RuntimeError("a bug")

    assert (await jobs.do("c1", "key", ASKED, broken)).state == "unknown"
    assert "a bug" in caplog.text


async def test_a_waiting_job_ends_as_its_question_does(jobs: Jobs, clock: HeldClock, questions: Asked) -> None:
    work = Work(Reply("Unlock?", "pending", pending=(question(clock),)))
    questions.standing["1f2e"] = "waiting"
    job = await jobs.do("c1", "key", ASKED, work)
    assert (job.state, job.rule, job.question) == ("waiting", "unlock", "1f2e")
    assert job.answer["question"]["id"] == "1f2e"
    for stood, state in (("approved", "accepted"), ("expired", "refused"), ("void", "refused"), ("", "refused")):
        questions.standing["1f2e"] = stood
        assert jobs.job("c1", job.id).state == state
    jobs.answered(question(clock, "another"), Performed())
    jobs.answered(question(clock), Performed((Outcome(LIGHT, "done", audit=9),)))
    found = jobs.job("c1", job.id)
    assert (found.state, found.audit, found.answer) == ("done", (9,), {})


@pytest.mark.parametrize(("status", "state"), [("done", "done"), ("failed", "failed"), ("unknown", "unknown")])
async def test_an_act_on_its_way_ends_as_it_was_seen(jobs: Jobs, status: str, state: str) -> None:
    started = Outcome(LIGHT, "started", audit=17)
    job = await jobs.do("c1", "key", ASKED, Work(Reply("opening", "started", (started,))))
    assert job.state == "accepted"
    for number in (1, 7, None):
        jobs.ended(Outcome(LIGHT, "failed", audit=number), Origin("mcp:x"))
    assert jobs.job("c1", job.id).state == "accepted"
    jobs.ended(Outcome(LIGHT, status, audit=17), Origin("mcp:x"))  # type: ignore[arg-type]
    assert jobs.job("c1", job.id).state == state


async def test_a_plan_is_as_far_as_its_worst_act(jobs: Jobs) -> None:
    outcomes = (Outcome(LIGHT, "done", audit=1), Outcome(LIGHT, "refused", "no", audit=2))
    job = await jobs.do("c1", "key", ASKED, Work(Reply("partly", "partial", outcomes)))
    assert (job.state, job.audit, job.answer["why"]) == ("refused", (1, 2), ["no"])


async def test_nobody_hears_of_anothers_job(jobs: Jobs) -> None:
    job = await jobs.do("c1", "key", ASKED, Work())
    for client, name in (("c2", job.id), ("c1", "0" * 16)):
        with pytest.raises(Refused, match="no such job"):
            jobs.job(client, name)


async def test_one_client_may_not_fill_anything_up(jobs: Jobs, db: Database, clock: HeldClock) -> None:
    work = Work()
    work.go.clear()
    asking = [asyncio.create_task(jobs.do("c1", f"k{n}", ASKED, work)) for n in range(MOST_AT_ONCE)]
    await clock.settle()
    with pytest.raises(Unavailable, match="under way"):
        await jobs.do("c1", "one more", ASKED, work)
    assert (await jobs.do("c2", "key", ASKED, Work())).state == "done", "another client is not held up"
    work.go.set()
    await asyncio.gather(*asking)
    for number in range(MOST_OF_ONE + 10):
        await jobs.do("c1", f"n{number}", ASKED, work)
    await clock.settle()
    assert db["jobs"].count_where("client = 'c1'") == MOST_OF_ONE
    assert len(jobs._under_way) <= MOST_TOLD + 2
    assert len(jobs._answers) <= MOST_TOLD + 2


async def test_a_key_is_known_for_a_day(jobs: Jobs, clock: HeldClock) -> None:
    work = Work()
    await jobs.do("c1", "key", ASKED, work)
    await clock.advance(LIFE.total_seconds() + 1)
    await jobs.do("c1", "another", ASKED, work)
    assert not (await jobs.do("c1", "key", ASKED, work)).again
    assert work.times == 3


def test_every_status_has_a_state_and_every_state_a_rank() -> None:
    assert set(agent_jobs._OF_OUTCOME) == set(get_args(OutcomeStatus))
    assert set(agent_jobs._WORST) == set(get_args(agent_jobs.State))
