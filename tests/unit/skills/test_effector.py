"""Who may decide about skills through the effector, whatever the rules of the household let pass."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from claw.audit.entries import Entry
from claw.audit.log import AuditLog
from claw.base.action import Action, Origin, Outcome
from claw.base.erasure import Erasure
from claw.base.errors import Refused
from claw.skills import effector
from claw.skills.effector import ACCEPT, ACTIONS, DISABLE, ENABLE, IMPORT, LEARN, RETIRE, SERVICES
from tests.life_room import ANNA, BEN, CARL, GUS, NAME, OPEN, POLICY, VOICE, LifeRoom, drafted, life_room

NOBODYS = (
    CARL,
    GUS,
    VOICE,
    replace(ANNA, channel="voice:hall"),
    replace(ANNA, channel="screen:hall"),
    replace(ANNA, authenticated=False),
    replace(ANNA, taint=("mail",)),
    replace(ANNA, asks_only=True),
    replace(ANNA, routine="evening"),
    replace(ANNA, skill=NAME),
)
"""Whose word decides nothing about skills."""


class Emptied:
    """A log in which the words of one entry were erased."""

    def __init__(self, one: Entry, log: AuditLog) -> None:
        self._one, self._log = one, log

    def entry(self, seq: int) -> Entry | None:
        return self._one if seq == self._one.seq else self._log.entry(seq)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[LifeRoom]:
    async with life_room(tmp_path, OPEN) as made:
        yield made


async def _act(room: LifeRoom, name: str, origin: Origin) -> Outcome:
    digest = room.standing().hash
    draft = drafted(origin.person or "", "another-light", "imported" if name == IMPORT else "learned")
    if name in {LEARN, IMPORT}:
        return await room.one(Action(name, (), {"skill": draft.name, "hash": room.effector.stage(draft)}), origin)
    data = {"skill": NAME} | ({"hash": digest} if name == ACCEPT else {})
    return await room.one(Action(name, (), data), origin)


@pytest.mark.parametrize("origin", NOBODYS, ids=lambda one: f"{one.person}-{one.channel}-{one.routine}{one.skill}")
@pytest.mark.parametrize("name", ACTIONS)
async def test_no_rule_lets_anybody_decide_who_is_not_proven_to_live_here(
    room: LifeRoom, name: str, origin: Origin
) -> None:
    await room.learned()
    before = room.standing()
    outcome = await _act(room, name, origin)
    assert outcome.status == "refused"
    assert room.standing() == before
    assert room.library.get("another-light") is None


@pytest.mark.parametrize("name", ACTIONS)
async def test_a_grown_up_may_teach_and_turn_off_and_nothing_else(room: LifeRoom, name: str) -> None:
    await room.trusted()
    outcome = await _act(room, name, BEN)
    assert (outcome.status == "refused") is (name not in {LEARN, DISABLE})


@pytest.mark.parametrize("name", ACTIONS)
async def test_the_shipped_rules_let_text_from_outside_decide_nothing(tmp_path: Path, name: str) -> None:
    async with life_room(tmp_path, POLICY) as room:
        await room.learned()
        before = room.standing()
        outcome = await _act(room, name, replace(ANNA, taint=("mail",)))
        assert outcome.status == "refused"
        assert outcome.decision is not None
        assert outcome.decision.rule == "skills-outside-text"
        assert room.standing() == before


async def test_a_program_decides_nothing_about_skills(room: LifeRoom) -> None:
    await room.learned()
    action = Action(ACCEPT, (), {"skill": NAME, "hash": room.standing().hash})
    begun = await room.gate.begin((action,), ANNA, said="reading light", run="r1")
    assert begun.run is not None
    [outcome] = await begun.run.step((action,))
    assert outcome.status == "refused"
    assert room.standing().state == "shadow"


async def test_a_yes_falls_on_the_bytes_that_were_shown_and_no_others(room: LifeRoom) -> None:
    await room.learned()
    shown = room.standing().hash
    await room.learned(draft=drafted(**{"CHANGELOG.md": "# 1.0.1\n\nAnother.\n"}))
    outcome = await room.one(Action(ACCEPT, (), {"skill": NAME, "hash": shown}))
    assert (outcome.status, room.standing().state) == ("refused", "shadow")
    assert "not what you were shown" in outcome.detail


async def test_a_yes_needs_a_green_proof(room: LifeRoom) -> None:
    room.prover.red()
    await room.learned()
    outcome = await room.one(Action(ACCEPT, (), {"skill": NAME, "hash": room.standing().hash}))
    assert outcome.status == "refused"
    assert "does not pass its proof" in outcome.detail


async def test_what_was_staged_is_taken_once_and_by_its_own_act(room: LifeRoom) -> None:
    draft = drafted()
    digest = room.effector.stage(draft)
    wrong = await room.one(Action(IMPORT, (), {"skill": NAME, "hash": digest}))
    assert wrong.status == "refused"
    other = await room.one(Action(LEARN, (), {"skill": NAME, "hash": digest}))
    assert "not here any more" in other.detail
    assert room.library.get(NAME) is None


async def test_what_is_staged_goes_with_any_forgetting(room: LifeRoom) -> None:
    digest = room.effector.stage(drafted())
    assert room.effector.erase(Erasure(person="anna")) == 1
    outcome = await room.one(Action(LEARN, (), {"skill": NAME, "hash": digest}))
    assert outcome.status == "refused"


def test_every_act_is_in_the_catalogue_and_names_no_entity() -> None:
    assert set(SERVICES) == set(ACTIONS)
    assert not any(service.targets for service in SERVICES.values())


async def test_nothing_is_done_but_on_the_gates_own_word_and_once(room: LifeRoom) -> None:
    await room.trusted()
    off = Action(DISABLE, (), {"skill": NAME})
    entry = await room.audit.append("intent", {"action": DISABLE}, origin=ANNA)
    permit = room.desk.issue(off, entry)
    with pytest.raises(Refused, match="another action"):
        await room.effector.perform(permit, Action(RETIRE, (), {"skill": NAME}))
    with pytest.raises(Refused, match="spent already"):
        await room.effector.perform(permit, off)
    assert room.standing().enabled
    await room.effector.perform(room.desk.issue(off, entry), off)
    assert not room.standing().enabled


async def test_who_decides_is_told_by_the_log_and_by_nothing_else(room: LifeRoom) -> None:
    await room.trusted()
    off = Action(DISABLE, (), {"skill": NAME})
    nobodys = await room.audit.append("intent", {"action": DISABLE})
    emptied = await room.audit.append("intent", {"action": DISABLE}, origin=ANNA)
    await room.written()
    entry = room.audit.entry(emptied)
    assert entry is not None
    room.effector._audit = Emptied(replace(entry, payload=None), room.audit)  # type: ignore[assignment]
    for number in (10**6, nobodys, emptied):
        with pytest.raises(Refused, match="does not say who"):
            await room.effector.perform(room.desk.issue(off, number), off)
    assert room.standing().enabled


async def test_an_act_on_something_else_is_none_on_a_skill(room: LifeRoom) -> None:
    action = Action("light.turn_on", ("light.lamp",))
    entry = await room.audit.append("intent", {}, origin=ANNA)
    with pytest.raises(Refused, match="nothing that is done about skills"):
        await room.effector.perform(room.desk.issue(action, entry), action)


async def test_where_there_are_no_skills_nothing_is_decided_about_them(room: LifeRoom) -> None:
    await room.trusted()
    room.effector.deeds = None
    outcome = await room.one(Action(DISABLE, (), {"skill": NAME}))
    assert (outcome.status, outcome.detail) == ("refused", "there are no skills here")


async def test_what_was_staged_under_another_name_is_not_taken(room: LifeRoom) -> None:
    digest = room.effector.stage(drafted(name="another-light"))
    outcome = await room.one(Action(LEARN, (), {"skill": NAME, "hash": digest}))
    assert "not here any more" in outcome.detail
    assert room.library.get("another-light") is None


async def test_of_what_nobody_takes_in_only_the_last_ones_wait(room: LifeRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effector, "MOST_STAGED", 2)
    names = ("first-light", "second-light", "third-light")
    staged = {name: room.effector.stage(drafted(name=name)) for name in names}
    for name, digest in staged.items():
        await room.one(Action(LEARN, (), {"skill": name, "hash": digest}))
    assert [room.library.get(name) is not None for name in names] == [False, True, True]


async def test_of_results_that_nobody_takes_the_last_ones_are_kept(
    room: LifeRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effector, "MOST_RESULTS", 2)
    await room.trusted()
    acts = (DISABLE, ENABLE, DISABLE)
    done = [(await room.one(Action(act, (), {"skill": NAME}))).audit for act in acts]
    found = [room.effector.take(entry) for entry in done]
    assert [one and one.enabled for one in found] == [None, True, False]
    assert [room.effector.take(entry) for entry in done] == [None, None, None]
