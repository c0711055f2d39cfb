import asyncio
import hashlib
import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from claw.base.action import Action, Origin, Pending, Terms, canonical
from claw.base.clock import SystemClock
from claw.base.erasure import Erasure
from claw.base.errors import Broken, Refused
from claw.gate.answering import Choice, may_answer
from claw.gate.confirm import MOST_OF_ONE_SOURCE
from claw.gate.refusals import WRITTEN_A_MINUTE
from claw.house.file import parse_house
from tests.gate_room import CHILD, HOUSE, LAMP_OFF, LAMP_ON, OWNER, PEOPLE, POLICY, UNLOCK, VOICE, Room, gate_room
from tests.held_clock import HeldClock

BEN = Origin("cli", "ben", authenticated=True, strength="session")


async def asked(room: Room, action: Action = UNLOCK, origin: Origin = OWNER) -> Pending:
    pending = (await room.gate.perform((action,), origin)).pending
    assert pending is not None
    return pending


@pytest.mark.parametrize(
    ("origin", "says"),
    [
        (CHILD, "only owner or adult"),
        (VOICE, "cannot be answered by voice"),
        (Origin("web", "anna", authenticated=False), "signed-in"),
        (Origin("web", None, authenticated=True), "signed-in"),
        (Origin("telegram", "anna", authenticated=True), "cannot be answered by telegram"),
    ],
)
async def test_only_whom_and_what_the_rule_names_may_answer(tmp_path: Path, origin: Origin, says: str) -> None:
    async with gate_room(tmp_path) as room:
        pending = await asked(room)
        with pytest.raises(Refused, match=says):
            await room.gate.answer(pending.id, origin, yes=True)
        assert [one.id for one in room.questions.waiting()] == [pending.id]
        assert room.hand.sent == []


def test_without_terms_voice_and_background_never_answer() -> None:
    for channel in ("voice:hall", "routine", "system"):
        with pytest.raises(Refused):
            may_answer(Terms(), Origin(channel, "anna", authenticated=True), PEOPLE)
    may_answer(Terms(), OWNER, PEOPLE)


async def test_another_adult_may_answer(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await asked(room, origin=VOICE)
        answered = await room.gate.answer(pending.id, BEN, yes=True, choice=Choice(number=pending.number))
        assert answered.outcomes[0].status == "done"


async def test_it_survives_a_restart_and_is_answered_once(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await asked(room)
    async with gate_room(tmp_path) as room:
        (again,) = room.questions.waiting()
        assert again == pending
        await room.gate.answer(pending.id, OWNER, yes=True)
        assert room.hand.sent == [UNLOCK]
        with pytest.raises(Refused, match="approved already"):
            await room.gate.answer(pending.id, OWNER, yes=True)
        assert room.hand.sent == [UNLOCK]


async def test_two_answers_at_once_act_once(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await asked(room)
        both = await asyncio.gather(
            *(room.gate.answer(pending.id, who, yes=True) for who in (OWNER, BEN)), return_exceptions=True
        )
        assert sum(isinstance(one, Refused) for one in both) == 1
        assert room.hand.sent == [UNLOCK]


async def test_silence_is_no(tmp_path: Path) -> None:
    short = POLICY.replace("channels: [web, cli]", 'channels: [web, cli], wait: "1 s"')
    async with gate_room(tmp_path, short) as room:
        pending = await asked(room)
        await asyncio.sleep(1.1)
        assert room.questions.waiting() == ()
        with pytest.raises(Refused, match="expired"):
            await room.gate.answer(pending.id, OWNER, yes=True)
        assert room.hand.sent == []


async def test_an_unknown_question_is_refused(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        with pytest.raises(Refused, match="no such question"):
            await room.gate.answer("ffffffff", OWNER, yes=True)


async def test_a_question_changed_in_the_database_is_not_what_was_asked(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await asked(room)
        body = json.loads(room.db.execute("select body from pending").fetchone()[0])
        body["actions"][0]["entities"] = ["lock.safe"]
        with room.db.conn:
            room.db.conn.execute("update pending set body = ?", (json.dumps(body),))
        assert room.questions.waiting() == ()
        with pytest.raises(Broken, match="changed after it was asked"):
            await room.gate.answer(pending.id, OWNER, yes=True)
        assert room.hand.sent == []


async def test_a_policy_that_now_denies_voids_the_question(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await asked(room)
    async with gate_room(tmp_path, POLICY + '  - {id: never, deny: "lock.*"}\n') as room:
        answered = await room.gate.answer(pending.id, OWNER, yes=True)
        assert answered.outcomes[0].status == "refused"
        assert room.hand.sent == []


async def test_it_is_refused_at_once_when_nobody_could_say_yes(tmp_path: Path) -> None:
    lonely = POLICY.replace("[owner, adult]", "[guest]")
    async with gate_room(tmp_path, lonely) as room:
        performed = await room.gate.perform((UNLOCK,), OWNER)
        assert performed.pending is None
        assert performed.outcomes[0].status == "refused"
        assert "nobody here may say yes" in performed.outcomes[0].detail


async def test_a_plan_takes_the_strictest_terms_of_its_parts(tmp_path: Path) -> None:
    policy = (
        POLICY
        + "  - {id: lamp, confirm: light.turn_on, "
        + 'ask: {roles: [owner], channels: [cli, phone], wait: "30 s", same_chat: true}}\n'
    )
    async with gate_room(tmp_path, policy) as room:
        performed = await room.gate.perform((UNLOCK, LAMP_ON), OWNER)
        assert performed.pending is not None
        assert performed.pending.terms == Terms(("owner",), ("cli",), 30.0, same_chat=False, strength="session")


async def test_a_plan_that_no_one_person_may_answer_whole_is_refused(tmp_path: Path) -> None:
    policy = POLICY + "  - {id: lamp, confirm: light.turn_on, ask: {channels: [phone]}}\n"
    async with gate_room(tmp_path, policy) as room:
        performed = await room.gate.perform((UNLOCK, LAMP_ON), OWNER)
        assert performed.pending is None
        assert {outcome.status for outcome in performed.outcomes} == {"refused"}
        assert "one by one" in performed.outcomes[0].detail
        assert (room.questions.waiting(), room.hand.sent) == ((), [])


@pytest.mark.parametrize("yes", [True, False])
async def test_a_code_is_kept_no_longer_than_the_question_stands(tmp_path: Path, yes: bool) -> None:
    unlock = Action("lock.unlock", ("lock.door",), {"code": "48392017"})
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.perform((unlock,), OWNER)).pending
        assert pending is not None
        assert "48392017" in str(room.db.execute("select * from pending").fetchall())
        await room.gate.answer(pending.id, OWNER, yes=yes)
        assert [action.data["code"] for action in room.hand.sent] == ["48392017"] * yes
        assert "48392017" not in str(room.db.execute("select * from pending").fetchall())


async def test_one_source_cannot_bury_a_question_under_others(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        first = await asked(room, origin=BEN)
        flood = await asyncio.gather(*(room.gate.perform((UNLOCK,), VOICE) for _ in range(30)))
        assert sum(performed.pending is not None for performed in flood) == MOST_OF_ONE_SOURCE
        refused = next(performed for performed in flood if performed.pending is None)
        assert "wait already" in refused.outcomes[0].detail
        assert len(room.questions.waiting()) == MOST_OF_ONE_SOURCE + 1
        rows = room.audit.head().seq
        for _ in range(50):
            await room.gate.perform((UNLOCK,), VOICE)
        assert room.audit.head().seq <= rows + WRITTEN_A_MINUTE  # nor the log
        assert (await room.gate.answer(first.id, BEN, yes=True)).outcomes[0].status == "done"


class Jumping(SystemClock):
    """A wall clock that somebody sets back, beside a steady one that goes on."""

    def __init__(self) -> None:
        self.back = timedelta()
        self.passed = 0.0

    def now(self) -> datetime:
        return super().now() - self.back

    def monotonic(self) -> float:
        return super().monotonic() + self.passed


async def test_a_clock_set_back_brings_no_question_back_to_life(tmp_path: Path) -> None:
    clock = Jumping()
    async with gate_room(tmp_path, clock=clock) as room:
        pending = await asked(room)
        clock.back, clock.passed = timedelta(hours=1), 200.0
        assert room.questions.waiting() == ()
        later = await asked(room)
        assert [one.id for one in room.questions.waiting()] == [later.id]
        with pytest.raises(Refused, match="expired"):
            await room.gate.answer(pending.id, OWNER, yes=True)
        assert room.hand.sent == []


async def test_a_policy_that_now_asks_somebody_else_voids_the_question(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await asked(room)
    stricter = POLICY + "  - {id: mine, confirm: lock.unlock, ask: {roles: owner, channels: web}}\n"
    async with gate_room(tmp_path, stricter) as room:
        answered = await room.gate.answer(pending.id, BEN, yes=True)
        assert (answered.outcomes[0].status, room.hand.sent) == ("refused", [])
        with pytest.raises(Refused, match="already"):
            await room.gate.answer(pending.id, OWNER, yes=True)


async def test_a_clock_set_back_before_a_restart_lengthens_no_question(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await asked(room)
    clock = HeldClock(pending.created - timedelta(hours=6))
    async with gate_room(tmp_path, clock=clock) as room:
        assert room.questions.waiting()
        await clock.advance(pending.terms.within_s + 1)
        assert room.questions.waiting() == ()
        with pytest.raises(Refused, match="expired"):
            await room.gate.answer(pending.id, OWNER, yes=True)


async def test_a_question_that_lapsed_before_a_restart_leaves_nothing_behind(tmp_path: Path) -> None:
    short = POLICY.replace("channels: [web, cli]", 'channels: [web, cli], wait: "1 s"')
    async with gate_room(tmp_path, short) as room:
        await asked(room)
    await asyncio.sleep(1.1)
    async with gate_room(tmp_path, short) as room:
        await asked(room)
        rows = room.db.execute("select state, body = '' from pending order by created").fetchall()
        assert rows == [("expired", 1), ("waiting", 0)]


async def voiced(room: Room) -> Pending:
    pending = await asked(room, origin=VOICE)
    assert pending.number in pending.choices
    return pending


async def test_a_wrong_number_ends_the_question(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await voiced(room)
        wrong = next(one for one in pending.choices if one != pending.number)
        answered = await room.gate.answer(pending.id, OWNER, yes=True, choice=Choice(number=wrong))
        assert (answered.outcomes[0].status, answered.outcomes[0].detail) == ("refused", "the wrong number was picked")
        with pytest.raises(Refused, match="rejected already"):
            await room.gate.answer(pending.id, OWNER, yes=True, choice=Choice(number=pending.number))
        assert room.hand.sent == []


async def test_a_yes_without_the_number_is_asked_for_it_and_costs_no_try(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await voiced(room)
        with pytest.raises(Refused, match="which number you were told"):
            await room.gate.answer(pending.id, OWNER, yes=True)
        await room.gate.answer(pending.id, OWNER, yes=True, choice=Choice(number=pending.number))
        assert room.hand.sent == [UNLOCK]


async def test_the_number_is_nowhere_in_the_log_not_even_to_be_tried_out(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await voiced(room)
        body = json.loads(room.db.execute("select body from pending").fetchone()[0])
        entry = room.audit.entry(pending.audit)
        assert entry is not None
        assert "number" not in (entry.payload or {})
        bare = {key: value for key, value in body.items() if key != "salt"}
        digests = [
            hashlib.sha256(canonical({**guess, "number": one})).hexdigest()
            for one in pending.choices
            for guess in (bare, {**bare, "salt": ""})
        ]
        assert (entry.payload or {})["digest"] not in digests


async def test_what_is_not_risky_needs_no_number(tmp_path: Path) -> None:
    policy = POLICY + "  - {id: lamp, confirm: light.turn_on, ask: {channels: [web, cli]}}\n"
    async with gate_room(tmp_path, policy) as room:
        assert (await asked(room, LAMP_ON, VOICE)).number == ""
        assert (await asked(room, UNLOCK, OWNER)).number == ""


@pytest.mark.parametrize(
    ("without", "sent"), [((), [LAMP_ON, UNLOCK, LAMP_OFF]), ((1,), [LAMP_ON, LAMP_OFF]), ((0, 2), [UNLOCK])]
)
async def test_what_is_struck_out_is_not_done_and_the_rest_is_in_order(
    tmp_path: Path, without: tuple[int, ...], sent: list[Action]
) -> None:
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.perform((LAMP_ON, UNLOCK, LAMP_OFF), OWNER)).pending
        assert pending is not None
        await room.gate.answer(pending.id, OWNER, yes=True, choice=Choice(frozenset(without)))
        assert room.hand.sent == sent
        await room.written()
        (answer,) = [entry for entry in room.audit.entries(0, 100) if entry.kind == "answer"]
        assert answer.payload is not None
        assert answer.payload.get("without", []) == list(without)
        assert len(answer.payload["digest"]) == 64


async def test_striking_everything_is_a_no(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = (await room.gate.perform((LAMP_ON, UNLOCK), OWNER)).pending
        assert pending is not None
        answered = await room.gate.answer(pending.id, OWNER, yes=True, choice=Choice(frozenset({0, 1})))
        assert {one.detail for one in answered.outcomes} == {"it was rejected"}
        assert room.questions.waiting() == ()
        assert room.hand.sent == []


async def test_striking_what_is_not_there_is_an_error_and_the_question_stands(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await asked(room)
        with pytest.raises(Refused, match="there is no action 3"):
            await room.gate.answer(pending.id, OWNER, yes=True, choice=Choice(frozenset({2})))
        assert [one.id for one in room.questions.waiting()] == [pending.id]


async def test_what_was_approved_has_another_digest_for_every_part(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        digests = set()
        for without in (frozenset[int](), frozenset({0}), frozenset({1})):
            pending = (await room.gate.perform((LAMP_ON, UNLOCK), OWNER)).pending
            assert pending is not None
            digests.add(room.questions.take(pending.id, OWNER, yes=True, choice=Choice(without)).digest)
        assert len(digests) == 3


async def test_whoever_asked_may_take_it_back_by_voice_but_not_say_yes(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await voiced(room)
        with pytest.raises(Refused, match="by voice"):
            await room.gate.answer(pending.id, VOICE, yes=True, choice=Choice(number=pending.number))
        await room.gate.answer(pending.id, VOICE, yes=False)
        assert room.questions.waiting() == ()


async def test_a_risky_yes_needs_a_session_whatever_the_rule_says(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await asked(room)
        with pytest.raises(Refused, match="signed-in page"):
            await room.gate.answer(pending.id, replace(OWNER, strength="tap"), yes=True)
        assert room.hand.sent == []


GRANTING = POLICY.replace("channels: [web, cli]}}", "channels: [web, cli], grant: 30 min}}")


async def test_a_yes_for_longer_than_the_rule_offers_is_refused_and_the_question_stands(tmp_path: Path) -> None:
    for policy in (POLICY, GRANTING):
        async with gate_room(tmp_path / str(len(policy)), policy) as room:
            pending = await asked(room)
            with pytest.raises(Refused, match="may not be given for"):
                await room.gate.answer(pending.id, OWNER, yes=True, choice=Choice(grant_s=3600))
            assert [one.id for one in room.questions.waiting()] == [pending.id]


async def test_a_stop_ends_what_was_granted(tmp_path: Path) -> None:
    async with gate_room(tmp_path, GRANTING) as room:
        pending = await asked(room)
        await room.gate.answer(pending.id, OWNER, yes=True, choice=Choice(grant_s=600))
        assert len(room.overlay.grants) == 1
        room.stop.engage("smoke", OWNER)
        assert room.overlay.grants == ()


async def test_nobody_known_asked_so_nobody_is_granted_anything(tmp_path: Path) -> None:
    async with gate_room(tmp_path, GRANTING) as room:
        pending = await voiced(room)
        with pytest.raises(Refused, match="known person"):
            await room.gate.answer(pending.id, OWNER, yes=True, choice=Choice(number=pending.number, grant_s=600))


async def test_a_signed_yes_is_refused_at_once_while_nobody_has_a_key(tmp_path: Path) -> None:
    policy = POLICY.replace("channels: [web, cli]}}", "channels: [web, cli], strength: signed}}")
    async with gate_room(tmp_path, policy) as room:
        performed = await room.gate.perform((UNLOCK,), OWNER)
        assert performed.pending is None
        assert "nobody here has a key to sign with" in performed.outcomes[0].detail


async def test_another_thing_under_the_same_name_is_not_what_was_asked_about(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await asked(room)
        swapped = [{**row, "registry_id": f"new {row['entity_id']}"} for row in HOUSE["entities"]]
        room.mirror.synced(parse_house({**HOUSE, "entities": swapped}))
        answered = await room.gate.answer(pending.id, OWNER, yes=True)
        assert (answered.outcomes[0].status, room.hand.sent) == ("refused", [])
        assert "is not what it was" in answered.outcomes[0].detail


@pytest.mark.parametrize(
    "erasure",
    [
        Erasure(person="anna"),
        Erasure(conversations=frozenset({"c1"})),
        Erasure(words=("Lock.Door",)),
        Erasure(everything=True),
    ],
)
async def test_a_question_about_what_is_forgotten_is_void(tmp_path: Path, erasure: Erasure) -> None:
    async with gate_room(tmp_path) as room:
        pending = await asked(room)
        assert room.questions.erase(Erasure(person="ben", words=("something else",))) == 0
        assert room.questions.erase(erasure) == 1
        assert room.questions.waiting() == ()
        with pytest.raises(Refused, match="what it was about is forgotten"):
            await room.gate.answer(pending.id, OWNER, yes=True)
        assert room.hand.sent == []


async def test_who_answered_and_why_a_question_was_void_are_forgotten(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        answered, void = await asked(room), await asked(room)
        await room.gate.answer(answered.id, OWNER, yes=True)
        room.questions.void(void.id, "Sam said no")
        assert room.questions.erase(Erasure(person="anna", words=("sam said",))) == 2
        rows = room.db.execute("select state, body, answered_by from pending").fetchall()
        assert sorted(rows) == [("approved", "", None), ("void", "", None)]


@pytest.mark.parametrize(("speaker", "gone"), [("anna", 1), ("ben", 0), ("", 0)])
async def test_a_question_is_void_only_where_its_own_people_are_forgotten(
    tmp_path: Path, speaker: str, gone: int
) -> None:
    async with gate_room(tmp_path) as room:
        await asked(room)
        erasure = Erasure(words=("lock.door",), speakers=frozenset({speaker}))
        assert room.questions.erase(erasure) == gone
        assert len(room.questions.waiting()) == 1 - gone


async def test_a_question_of_nobody_who_is_known_is_forgotten_with_nobody_elses_words(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        assert (await room.gate.perform((UNLOCK,), VOICE)).pending is not None
        assert room.questions.erase(Erasure(words=("lock.door",), speakers=frozenset({"anna"}))) == 0
        assert room.questions.erase(Erasure(words=("lock.door",), speakers=frozenset({""}))) == 1


async def test_why_a_question_was_void_stays_where_nothing_of_it_is_forgotten(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.questions.void((await asked(room)).id, "the door moved")
        assert room.questions.erase(Erasure(words=("sam said",))) == 0
        assert room.db.execute("select body from pending").fetchall() == [("the door moved",)]
