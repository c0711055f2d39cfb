"""A routine acts for its maker: judged as what it is and as that person, and the stricter counts."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import Action, Decision, Origin, Terms
from claw.base.errors import Refused
from claw.gate.makers import NO_NAME, NoRoutines, as_asked, stricter
from tests.gate_room import CHILD, LAMP_OFF, LAMP_ON, OWNER, POLICY, UNLOCK, VOICE, gate_room

ROUTINE = Origin("routine", "anna", authenticated=True, routine="blinds", source="routine:blinds", task="run")

BY_EAR = """\
version: 1
rules:
  - {id: lamps, allow: "light.*"}
  - {id: unlock, confirm: lock.unlock, ask: {roles: [owner, adult], channels: [web, cli], wait: 1 min}}
  - {id: not-by-ear, deny: light.turn_off, who: {channel: voice}}
  - {id: asked-by-ear, confirm: light.turn_on, who: {channel: voice}, ask: {roles: [owner]}}
  - {id: not-at-night, deny: lock.lock, who: {channel: routine}}
  - {id: locking, allow: lock.lock}
  - {id: children, deny: "light.*", who: {role: child}}
  - {id: outside, deny: "light.*", when: {tainted: true}}
"""


class Known:
    """Knows one routine and who made it."""

    def __init__(self, maker: Origin | None = OWNER) -> None:
        self.made_by = maker
        self.refuses = ""
        self.never = frozenset[str]()
        self.dry = frozenset[str]()

    def maker(self, origin: Origin) -> Origin | None:
        if origin.routine != "blinds" or self.refuses:
            raise Refused(self.refuses or f"there is no routine {origin.routine} here")
        return self.made_by

    def bound(self, actions: Sequence[Action], origin: Origin) -> None:
        if any(action.name in self.never for action in actions):
            raise Refused(f"{origin.routine} never does that")

    def charged(self, action: Action, origin: Origin) -> None:
        if action.name in self.dry:
            raise Refused(f"{origin.routine} runs dry")


def test_without_routines_nothing_is_done_in_the_name_of_one() -> None:
    with pytest.raises(Refused, match="no routine blinds"):
        NoRoutines().maker(ROUTINE)
    with pytest.raises(Refused, match="no routine blinds"):
        NoRoutines().bound([LAMP_ON], ROUTINE)
    with pytest.raises(Refused, match="no routine blinds"):
        NoRoutines().charged(LAMP_ON, ROUTINE)


async def test_a_name_that_nobody_knows_does_nothing(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        for makers in (room.judge.makers, Known()):
            room.judge.makers = makers
            outcome = await room.one(LAMP_ON, replace(OWNER, routine="made up"))
            assert (outcome.status, "no routine made up" in outcome.detail) == ("refused", True)
        assert not room.hand.sent


async def test_the_channel_of_routines_in_the_name_of_none_does_nothing(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.judge.makers = Known()
        outcome = await room.one(LAMP_ON, replace(ROUTINE, routine=""))
        assert (outcome.status, outcome.detail) == ("refused", NO_NAME)
        assert not room.hand.sent


@pytest.mark.parametrize(
    ("maker", "action", "effect", "rule"),
    [
        (OWNER, LAMP_ON, "allow", "lamps"),
        (OWNER, Action("lock.lock", ("lock.door",)), "deny", "not-at-night"),
        (OWNER, UNLOCK, "confirm", "unlock"),
        (VOICE, LAMP_OFF, "deny", "not-by-ear"),
        (VOICE, LAMP_ON, "confirm", "asked-by-ear"),
        (CHILD, LAMP_ON, "deny", "children"),
        (replace(OWNER, taint=("mail",)), LAMP_ON, "deny", "outside"),
    ],
    ids=["both", "as a routine", "a question", "by ear", "asked by ear", "child", "outside text"],
)
async def test_what_a_routine_and_its_maker_may_both_do(
    maker: Origin | None, action: Action, effect: str, rule: str, tmp_path: Path
) -> None:
    async with gate_room(tmp_path, BY_EAR) as room:
        room.judge.makers = Known(maker)
        decision = room.judge.judge((action,), ROUTINE).decisions[0]
        assert (decision.effect, decision.rule) == (effect, rule)


async def test_what_is_bound_is_refused_whatever_the_rules_allow(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.judge.makers = known = Known()
        known.never = frozenset({"light.turn_on"})
        assert (await room.one(LAMP_ON, ROUTINE)).detail == "blinds never does that"
        assert (await room.one(LAMP_OFF, ROUTINE)).status == "unchanged"


async def test_what_changes_between_the_verdict_and_the_act_counts(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.judge.makers = known = Known()
        decision = room.judge.judge((LAMP_ON,), ROUTINE).decisions[0]
        known.made_by = replace(CHILD, taint=())
        room.judge.charge(LAMP_ON, decision, ROUTINE)
        known.refuses = "it was removed"
        with pytest.raises(Refused, match="it was removed"):
            room.judge.charge(LAMP_ON, decision, ROUTINE)
        known.refuses, known.never = "", frozenset({"light.turn_on"})
        with pytest.raises(Refused, match="never does that"):
            room.judge.charge(LAMP_ON, decision, ROUTINE)


async def test_what_runs_dry_is_judged_and_not_done(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.judge.makers = known = Known()
        known.dry = frozenset({"light.turn_on"})
        assert room.judge.judge((LAMP_ON,), ROUTINE).denied is None
        assert (await room.one(LAMP_ON, ROUTINE)).detail == "blinds runs dry"
        assert not room.hand.sent


async def test_a_question_of_a_routine_falls_when_its_maker_may_no_more(tmp_path: Path) -> None:
    async with gate_room(tmp_path, POLICY) as room:
        room.judge.makers = known = Known()
        pending = (await room.gate.perform((UNLOCK,), ROUTINE)).pending
        assert pending is not None
        known.made_by = CHILD
        assert (await room.gate.answer(pending.id, OWNER, yes=True)).outcomes[0].status == "refused"
        assert not room.hand.sent


def test_its_maker_asks_with_what_the_run_knows() -> None:
    origin = replace(ROUTINE, skill="dim", taint=("mail",))
    asked = as_asked(replace(OWNER, taint=("calendar",), routine="other"), origin)
    assert asked == replace(OWNER, taint=("calendar", "mail"), skill="dim", task="run")


def test_the_stricter_of_two_tells_whom_either_tells() -> None:
    one = Decision("allow", "a", "", notify=("person:anna",), grant="g")
    other = Decision("allow", "b", "", notify=("person:ben", "person:anna"))
    asks = Decision("confirm", "c", "", terms=Terms(roles=("owner",)))
    denies = Decision("deny", "d", "")
    assert stricter(other, one).notify == ("person:ben", "person:anna")
    assert stricter(other, one).grant == "g"
    assert (stricter(one, asks).effect, stricter(one, asks).terms) == ("confirm", asks.terms)
    assert stricter(one, asks).grant == stricter(asks, one).grant == "g"
    assert stricter(one, denies).effect == stricter(denies, one).effect == "deny"
    assert stricter(denies, one).grant is None
    nobody = stricter(asks, Decision("confirm", "e", "", terms=Terms(roles=("child",))))
    assert nobody.effect == "deny"
