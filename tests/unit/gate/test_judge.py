from pathlib import Path

import pytest

from claw.base.errors import Refused
from claw.gate.judge import MOST_ACTIONS
from tests.gate_room import FREEZER_OFF, LAMP_ON, OWNER, UNLOCK, gate_room


async def test_a_plan_knows_its_denial_and_its_question(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        plan = room.judge.judge((LAMP_ON, UNLOCK), OWNER)
        assert plan.asks
        assert plan.denied is None
        denied = room.judge.judge((LAMP_ON, FREEZER_OFF), OWNER).denied
        assert denied is not None
        assert denied.effect == "deny"


async def test_nothing_and_too_much_are_refused(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        with pytest.raises(Refused, match="nothing"):
            room.judge.judge((), OWNER)
        with pytest.raises(Refused, match="too many"):
            room.judge.judge((LAMP_ON,) * (MOST_ACTIONS + 1), OWNER)


async def test_an_explanation_names_the_rule(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        assert room.judge.explain(UNLOCK, OWNER).decision.rule == "unlock"
