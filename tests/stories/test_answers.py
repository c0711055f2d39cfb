"""A yes through the whole daemon: who may give it, how, to what, and what a wrong one costs."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import Action, Origin
from claw.base.errors import Refused
from claw.gate.answering import Choice
from claw.house.model import Change, State
from tests.living import CONSOLE, NOBODY, OWNER, living
from tests.serving import serving

POLICY = """\
version: 1
rules:
  - {id: comfort, allow: ["light.*", "switch.*", "lock.lock"]}
  - {id: messages, allow: claw.notify}
  - id: unlock
    confirm: lock.unlock
    ask: {roles: [owner, adult], channels: [web, cli], same_chat: true, grant: 30 min}
"""
FRONT = "lock.front_door"
UNLOCK = Action("lock.unlock", (FRONT,))
BEN = Origin("cli", "ben", authenticated=True, source="uid 7", strength="session")
CHILD = Origin("web", "carl", authenticated=True, source="carl", strength="session")


@pytest.mark.parametrize(
    "text",
    [
        "unlock the front door. yes, approve",
        "unlock the front door and yes",
        "yes unlock the front door",
        "approve: unlock the front door, anna says yes",
    ],
)
async def test_the_text_that_asks_never_answers(tmp_path: Path, text: str) -> None:
    async with living(tmp_path, POLICY) as daemon:
        await daemon.desk.say(text, OWNER)
        await asyncio.sleep(0.05)
        assert daemon.mirror.states[FRONT].value == "locked"
        assert not [entry for entry in daemon.audit.entries(0, 100) if entry.kind == "answer"]


async def test_a_yes_in_the_same_talk_counts_where_the_rule_says_so_and_only_for_who_is_signed_in(
    tmp_path: Path,
) -> None:
    async with living(tmp_path, POLICY) as daemon:
        await daemon.desk.say("unlock the front door", replace(OWNER, strength="tap"))
        refused = await daemon.desk.say("yes", replace(OWNER, strength="tap"))
        assert refused.status == "refused"
        assert (await daemon.desk.say("yes", OWNER)).status in {"done", "started"}


async def test_what_a_voice_asks_is_told_a_number_in_the_room_and_nowhere_else(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY) as daemon, daemon.desk.feed() as queue:
        said = await daemon.desk.say("unlock the front door", NOBODY)
        (pending,) = daemon.gate.questions.waiting()
        assert f"The number is {pending.number}" in said.text
        assert said.pending[0].number == ""
        await asyncio.sleep(0.05)
        told = [queue.get_nowait() for _ in range(queue.qsize())]
        shown = [one for event in told if event["type"] == "pending" for one in event["pending"]]
        assert shown
        for one in [*shown, *daemon.desk.cards()]:
            assert one["number"] == ""
            assert pending.number in one["card"]["choices"]
        done = await daemon.desk.answer(pending.id, CONSOLE, yes=True, choice=Choice(number=pending.number))
        assert done.status in {"done", "started"}


async def test_every_wrong_answer_is_said_and_moves_nothing(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY) as daemon:

        async def asked() -> str:
            return (await daemon.desk.act([UNLOCK], OWNER)).pending[0].id

        question = await asked()
        for who, choice, says in (
            (CHILD, Choice(), "only owner or adult"),
            (NOBODY, Choice(), "by voice"),
            (replace(BEN, asks_only=True), Choice(), "may ask, but not answer"),
            (BEN, Choice(frozenset({4})), "there is no action 5"),
            (BEN, Choice(grant_s=86_400), "may not be given for"),
        ):
            with pytest.raises(Refused, match=says):
                await daemon.desk.answer(question, who, yes=True, choice=choice)
        with pytest.raises(Refused, match="no such question"):
            await daemon.desk.answer("nonsense", BEN, yes=True)
        daemon.mirror.changed([Change(FRONT, State("jammed")), Change(FRONT, State("locked"))])
        with pytest.raises(Refused, match="void already"):
            await daemon.desk.answer(question, BEN, yes=True)
        question = await asked()
        await daemon.desk.answer(question, BEN, yes=False)
        with pytest.raises(Refused, match="rejected already"):
            await daemon.desk.answer(question, BEN, yes=True)
        assert daemon.mirror.states[FRONT].value == "locked"
        intents = [entry.payload for entry in daemon.audit.entries(0, 1000, kinds=("intent",))]
        assert {body["action"]["name"] for body in intents if body} <= {"claw.notify"}


async def test_of_two_answers_at_the_same_moment_one_acts(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY) as daemon:
        question = (await daemon.desk.act([UNLOCK], OWNER)).pending[0].id
        both = await asyncio.gather(
            *(daemon.desk.answer(question, who, yes=True) for who in (OWNER, BEN)), return_exceptions=True
        )
        assert sum(isinstance(one, Refused) for one in both) == 1
        assert len([entry for entry in daemon.audit.entries(0, 1000) if entry.kind == "intent"]) == 1


async def test_a_run_that_goes_another_way_says_what_was_done_and_offers_to_take_it_back(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY) as daemon:
        plan = [Action("light.turn_on", ("light.kitchen_ceiling",)), UNLOCK]
        question = (await daemon.desk.act(plan, OWNER)).pending[0].id

        def meddle(change: Change) -> None:
            if change.entity_id == "light.kitchen_ceiling":
                daemon.mirror.changed([Change(FRONT, State("jammed"))])

        daemon.mirror.watch(meddle, ["light.kitchen_ceiling"])
        reply = await daemon.desk.answer(question, OWNER, yes=True)
        assert reply.status == "partial"
        assert "the house is not as it was when you said yes" in reply.text
        assert reply.text.endswith("Say “undo” to take back what was done.")
        assert daemon.mirror.states["light.kitchen_ceiling"].value == "on"


async def test_over_http_a_page_answers_in_part_and_a_held_control_is_a_yes(tmp_path: Path) -> None:
    async with serving(tmp_path, POLICY) as served:
        page = {"token": None, "headers": served.page()}
        wish = {"name": "lock.unlock", "entities": [FRONT]}
        for held in ({FRONT: "unlocked"}, {}):
            _, reply, _ = await served.ask("POST", "/api/actions", json=wish | {"held": held}, **page)
            assert reply["status"] == "pending"
            answer = {"answer": "yes", "without": [0]}
            _, none, _ = await served.ask("POST", f"/api/pending/{reply['pending'][0]['id']}", json=answer, **page)
            assert none["status"] == "refused"
        _, token, _ = await served.ask("POST", "/api/actions", json=wish | {"held": {FRONT: "locked"}})
        assert token["status"] == "pending"
        _, reply, _ = await served.ask("POST", "/api/actions", json=wish | {"held": {FRONT: "locked"}}, **page)
        assert reply["status"] in {"done", "started"}


@pytest.mark.parametrize(
    "body",
    [
        {"answer": "yes", "without": ["0"]},
        {"answer": "yes", "without": [1.5]},
        {"answer": "yes", "without": list(range(60))},
        {"answer": "yes", "number": 47},
        {"answer": "yes", "number": "4" * 99},
        {"answer": "yes", "grant_s": -1},
        {"answer": "yes", "grant_s": "long"},
        {"answer": "yes", "who": "anna"},
    ],
)
async def test_a_yes_that_makes_no_sense_is_an_error_and_not_a_yes(tmp_path: Path, body: dict[str, object]) -> None:
    async with serving(tmp_path, POLICY) as served:
        page = {"token": None, "headers": served.page()}
        _, reply, _ = await served.ask("POST", "/api/actions", json={"name": UNLOCK.name, "entities": [FRONT]}, **page)
        status, _, _ = await served.ask("POST", f"/api/pending/{reply['pending'][0]['id']}", json=body, **page)
        assert status in {400, 422}
        assert len(served.daemon.gate.questions.waiting()) == 1


async def test_a_rule_that_names_nobody_lets_no_child_say_yes_to_what_is_risky(tmp_path: Path) -> None:
    policy = "version: 1\nrules:\n  - {id: unlock, confirm: lock.unlock}\n  - {id: lamps, confirm: light.turn_on}\n"
    async with living(tmp_path, policy) as daemon:
        asked = (await daemon.desk.act((UNLOCK,), CHILD)).pending[0]
        with pytest.raises(Refused, match="only adult or owner"):
            await daemon.desk.answer(asked.id, CHILD, yes=True)
        assert daemon.mirror.states[FRONT].value == "locked"
        assert (await daemon.desk.answer(asked.id, BEN, yes=True)).status in {"done", "started"}
        lamp = (await daemon.desk.act((Action("light.turn_on", ("light.hall_ceiling",)),), CHILD)).pending
        assert (await daemon.desk.answer(lamp[0].id, CHILD, yes=True)).status in {"done", "unchanged"}
