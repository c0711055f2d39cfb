"""Programs and memory in a whole daemon: what one keeps, what it finds, and what no memory brings about by itself."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from claw.memory.model import OWNERS, private_to
from claw.mind.whereabouts import PRESENCE
from tests.memory_house import ANNA, BEN, TOM, VOICE, Household, household

FREE = """
version: 1
rules:
  - {id: talk, allow: [claw.notify, claw.model, claw.read, claw.remember]}
  - {id: free, allow: ["light.*", "lock.*"]}
  - {id: look, allow: claw.read_presence, who: {role: [owner, adult]}, notify: subject}
"""


@pytest_asyncio.fixture
async def home(tmp_path: Path) -> AsyncIterator[Household]:
    async with household(tmp_path, FREE) as found:
        yield found


async def test_what_a_person_has_just_said_is_kept_at_once_and_found_again(home: Household) -> None:
    home.model.program = 'await remember("Ben likes green tea")'
    reply = await home.daemon.desk.say("would you make a note: Ben likes green tea", ANNA)
    assert reply.status in {"done", "started"}, reply.text
    assert [(one.fact.sentence, one.trust) for one in home.active] == [("Ben likes green tea", "owner_told")]
    home.model.program = (
        "found = await recall(\"green tea\")\nf\"{found[0]['text']} {found[0]['about']} {found[0]['id']}\""
    )
    reply = await home.daemon.desk.say("so what does he drink", replace(ANNA, conversation="web:1:other"))
    assert f"Ben likes green tea Ben {home.active[0].id}" in reply.text


async def test_what_a_program_puts_in_other_words_waits_for_a_yes(home: Household) -> None:
    home.model.program = 'await remember("Ben likes coffee with milk")'
    await home.daemon.desk.say("would you make a note: Ben likes green tea", ANNA)
    assert home.active == []
    (proposal,) = home.daemon.desk.remembering.proposals(ANNA)
    assert "Ben likes coffee with milk" in str(proposal)


async def test_each_hears_in_a_program_what_is_for_them(home: Household) -> None:
    home.told("the gift is in the shed", visibility=private_to("anna"))
    home.told("the ladder is in the shed", BEN)
    home.model.program = "' + '.join(sorted(one['text'] for one in await recall('shed')))"
    found = {
        by.person: (await home.daemon.desk.say("what could be out there", by)).text for by in (ANNA, BEN, TOM, VOICE)
    }
    assert "the gift is in the shed + the ladder is in the shed" in found["anna"]
    assert "the ladder is in the shed" in found["ben"]
    assert "gift" not in found["ben"]
    assert "shed" not in found["tom"] + found[None]


async def test_a_secret_leaves_no_program_for_other_ears(home: Household) -> None:
    home.told("the gift is in the shed", visibility=private_to("anna"))
    looks = "for one in await recall('shed'):\n    await notify(one['text'], to="
    home.model.program = f"{looks}'everyone')"
    async with home.daemon.desk.feed(BEN) as his:
        reply = await home.daemon.desk.say("let them all know what is in the shed", ANNA)
        assert reply.status in {"failed", "refused"}, reply.text
        await home.daemon.audit.append("running", {})
        assert "gift" not in str([his.get_nowait() for _ in range(his.qsize())])
    home.model.program = f"{looks}'me')"
    async with home.daemon.desk.feed(ANNA):  # what nobody hears was not sent
        reply = await home.daemon.desk.say("let me know what is in the shed", ANNA)
    assert reply.status in {"done", "started"}, reply.text


async def test_what_is_not_for_everybody_is_in_no_prompt(home: Household) -> None:
    home.told("the gift is in the shed", visibility=private_to("anna"))
    home.told("the safe is in the shed", visibility=OWNERS)
    home.told("the ladder is in the shed")
    home.model.seen.clear()
    await home.daemon.desk.say("what could be out there in the shed", ANNA)
    assert "the ladder is in the shed" in home.model.seen[0]
    assert "gift" not in home.model.seen[0]
    assert "safe is" not in home.model.seen[0]


async def test_no_memory_unlocks_a_door_where_the_rules_ask_nobody(home: Household) -> None:
    home.model.program = 'await call("lock.unlock", "lock.front_door")'
    await home.daemon.desk.say("have the front door so that the plumber gets in", ANNA)
    assert [one.name for one in home.did()] == ["lock.unlock"], "these rules ask nobody"
    home.model.program = 'await call("lock.lock", "lock.front_door")'
    await home.daemon.desk.say("have it shut again for the night please", ANNA)
    home.did()
    home.told("the plumber comes through the front door")
    home.model.program = 'await call("lock.unlock", "lock.front_door")'
    reply = await home.daemon.desk.say("have the front door so that the plumber gets in", ANNA)
    assert (reply.status, home.did()) == ("pending", [])
    done = await home.daemon.desk.answer(reply.pending[0].id, ANNA, yes=True)
    assert done.status in {"done", "started"}
    assert [one.name for one in home.did()] == ["lock.unlock"]
    home.model.program = 'await call("light.turn_on", "light.porch")'
    reply = await home.daemon.desk.say("have some light for the plumber out there", ANNA)
    assert reply.status == "done", "a lamp needs no question"


async def test_a_prompt_holds_at_most_eight_memories_as_quotations(home: Household) -> None:
    for at in range(20):
        home.told(f'the boiler part {at} is spare" and {"very " * 30} old')
    home.model.seen.clear()
    await home.daemon.desk.say("what would the boiler need for winter I wonder", ANNA)
    prompt = home.model.seen[0]
    lines = [line for line in prompt.split("\n") if line.startswith("m") and line[1:2].isdigit()]
    assert 0 < len(lines) <= 8
    assert all(line.endswith('"') and line.count('"') == 2 for line in lines)
    assert len(prompt.encode()) <= 6_200


@pytest.mark.parametrize("trust", ["observed", "guest_told"])
async def test_what_residents_did_not_tell_marks_program_and_talk(home: Household, trust: str) -> None:
    kept = home.told("the shed is warm")
    db = home.daemon.memory.store.ground.db
    with db.conn:
        db.execute("update memories set trust = ? where id = ?", (trust, kept.id))
    home.facts.announce()
    await home.daemon.desk.say("is it nice out in the shed you think", ANNA)
    assert home.daemon.thinking is not None
    assert home.daemon.thinking.programs.marks.of(ANNA.conversation) == (f"memory {kept.id}",)


async def test_the_past_of_a_person_is_judged_in_a_program_too_and_told_to_them(home: Household) -> None:
    home.house.set_state("person.anna", "not_home")
    home.model.program = 'past = await history("person.anna", hours=2)\nstr(len(past) > 0)'
    async with home.daemon.desk.feed(ANNA) as hers:
        reply = await home.daemon.desk.say("was somebody out a lot lately", BEN)
        assert "True" in reply.text, reply.text
        kinds = [
            one.payload["action"]["name"] for one in home.daemon.audit.entries(0, 500, kinds=("intent",)) if one.payload
        ]
        assert kinds.count(PRESENCE) == 1, "asked once, though the program ran twice"
        async with asyncio.timeout(5):
            while (event := await hers.get())["type"] != "message":
                pass
        assert event["text"] == "ben: asked when you came and went."
    for by in (VOICE, TOM):
        reply = await home.daemon.desk.say("was somebody out a lot lately", by)
        assert "True" not in reply.text
